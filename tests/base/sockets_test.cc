// What is found out about sockets, and what of that may fail.
#include "base/sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/system_error.h"
#include "base/unique_fd.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::internal {
namespace {

TEST_CASE("TCP is told from other sockets, and from what is none") {
  const UniqueFd v4(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd local(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  CHECK(IsTcp(System(), v4.get()));
  CHECK_FALSE(IsTcp(System(), local.get()));
  CHECK_FALSE(IsTcp(System(), datagrams.get()));
  CHECK_FALSE(IsTcp(System(), -1));
  Syscalls failing = System();
  failing.getsockopt = [](int, int, int, void*, socklen_t*) {
    errno = ENOMEM;
    return -1;
  };
  CHECK_FALSE(IsTcp(failing, v4.get()));
}

TEST_CASE("errors of a connection that is gone are told from our own") {
  for (const int error :
       {ECONNRESET, EPIPE, ETIMEDOUT, ECONNABORTED, ECONNREFUSED, ENOTCONN,
        EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, ENETRESET}) {
    CAPTURE(error);
    CHECK(IsReset(error));
  }
  for (const int error :
       {0, EAGAIN, EINTR, ENOMEM, ENOBUFS, EBADF, EINVAL, EMFILE, EIO}) {
    CAPTURE(error);
    CHECK_FALSE(IsReset(error));
  }
}

TEST_CASE("a stream socket is taken when it is what was asked for") {
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  int pair[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const UniqueFd one(pair[0]);
  const UniqueFd other(pair[1]);
  const auto invalid = absl::StatusCode::kInvalidArgument;
  CHECK(CheckListening(System(), listener.get()).code() == invalid);
  sockaddr any{.sa_family = AF_UNIX, .sa_data = {}};
  REQUIRE(::bind(listener.get(), &any, sizeof(any.sa_family)) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK(CheckListening(System(), listener.get()).ok());
  CHECK(CheckConnected(System(), listener.get()).code() == invalid);
  CHECK(CheckListening(System(), one.get()).code() == invalid);
  CHECK(CheckConnected(System(), one.get()).ok());
  CHECK((::fcntl(one.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(one.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(other.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK(ErrnoOf(CheckConnected(System(), -1)) == EBADF);
}

TEST_CASE("a connection that has ended is told from none") {
  test::TestServer server;
  test::TestSocket other =
      test::TestSocket::Connect("127.0.0.1:" + std::to_string(server.port()));
  const UniqueFd fd(server.Accept().Release());
  ResetOnClose(System(), other.fd());
  other.Close();
  for (const int error : {ECONNRESET, ENOTCONN}) {
    const absl::Status ended = CheckConnected(System(), fd.get());
    CHECK(ended.code() == absl::StatusCode::kUnavailable);
    CHECK(ErrnoOf(ended) == error);
  }
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    const UniqueFd lonely(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!lonely.valid()) continue;  // A host without IPv6.
    const absl::Status never = CheckConnected(System(), lonely.get());
    CHECK(never.code() == absl::StatusCode::kInvalidArgument);
    CHECK(ErrnoOf(never) == ENOTCONN);
  }
}

TEST_CASE("a connection that is still being made has not ended") {
  const test::TestServer full("127.0.0.1:0", 0);
  const test::TestAddress to("127.0.0.1:" + std::to_string(full.port()));
  std::vector<UniqueFd> clients;
  absl::Status connecting;
  // With a queue that is full the handshake is not answered.
  while (connecting.ok() && clients.size() < 64) {
    clients.emplace_back(
        ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(clients.back().get(), to.get(), to.length);
    connecting = CheckConnected(System(), clients.back().get());
  }
  CHECK(connecting.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ErrnoOf(connecting) == ENOTCONN);
}

TEST_CASE("a socket that listens is no connection that has ended") {
  test::TestServer server;
  const UniqueFd listener(server.Release());
  CHECK(EndOfConnection(System(), listener.get()) == 0);
}

}  // namespace
}  // namespace meshgw::internal
