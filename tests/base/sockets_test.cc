// What is found out about sockets, and what of that may fail.
#include "base/sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/system_error.h"
#include "base/unique_fd.h"
#include "support/catch.h"

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

}  // namespace
}  // namespace meshgw::internal
