#include "base/syscalls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

#include "base/unique_fd.h"
#include "support/catch.h"

namespace meshgw::internal {
namespace {

TEST_CASE("the table of system calls is one and has no holes") {
  const Syscalls& table = System();
  CHECK(&table == &System());
  CHECK(table.accept4 != nullptr);
  CHECK(table.socket != nullptr);
  CHECK(table.connect != nullptr);
  CHECK(table.setsockopt != nullptr);
  CHECK(table.getsockopt != nullptr);
  CHECK(table.shutdown != nullptr);
  CHECK(table.close != nullptr);
  CHECK(table.recv != nullptr);
  CHECK(table.send != nullptr);
  CHECK(table.splice != nullptr);
  CHECK(table.pipe2 != nullptr);
  CHECK(table.fcntl != nullptr);
  CHECK(table.epoll_ctl != nullptr);
  CHECK(table.epoll_wait != nullptr);
  CHECK(table.epoll_create1 != nullptr);
  CHECK(table.eventfd != nullptr);
  CHECK(table.getpeername != nullptr);
  CHECK(table.getsockname != nullptr);
}

TEST_CASE("the table's calls carry a connection from accept to close") {
  const Syscalls& call = System();
  const UniqueFd listener(
      call.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* where = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener.get(), where, length) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), where, &length) == 0);

  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener.get()}};
  REQUIRE(call.epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener.get(), &event) ==
          0);
  const UniqueFd client(call.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(call.connect(client.get(), where, length) == 0);
  epoll_event got{};
  REQUIRE(call.epoll_wait(epoll.get(), &got, 1, 20000) == 1);
  CHECK(got.data.fd == listener.get());

  sockaddr_in peer{};
  socklen_t peer_length = sizeof(peer);
  const UniqueFd server(call.accept4(listener.get(),
                                     reinterpret_cast<sockaddr*>(&peer),
                                     &peer_length, SOCK_CLOEXEC));
  REQUIRE(server.valid());
  CHECK(peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));

  const int on = 1;
  REQUIRE(call.setsockopt(server.get(), SOL_SOCKET, SO_KEEPALIVE, &on,
                          sizeof(on)) == 0);
  int value = 0;
  socklen_t value_length = sizeof(value);
  REQUIRE(call.getsockopt(server.get(), SOL_SOCKET, SO_KEEPALIVE, &value,
                          &value_length) == 0);
  CHECK(value == 1);

  CHECK(call.send(client.get(), "abc", 3, MSG_NOSIGNAL) == 3);
  char buffer[4] = {};
  CHECK(call.recv(server.get(), buffer, sizeof(buffer), 0) == 3);
  CHECK(std::string_view(buffer, 3) == "abc");
  CHECK(call.shutdown(client.get(), SHUT_WR) == 0);
  CHECK(call.recv(server.get(), buffer, sizeof(buffer), 0) == 0);
}

TEST_CASE("splice of the table moves bytes out of and into pipes") {
  const Syscalls& call = System();
  int from[2];
  int to[2];
  REQUIRE(call.pipe2(from, O_NONBLOCK | O_CLOEXEC) == 0);
  const UniqueFd from_read(from[0]);
  const UniqueFd from_write(from[1]);
  REQUIRE(call.pipe2(to, O_NONBLOCK | O_CLOEXEC) == 0);
  const UniqueFd to_read(to[0]);
  UniqueFd to_write(to[1]);
  CHECK(call.fcntl(from[0], F_GETFD, 0) == FD_CLOEXEC);
  CHECK((call.fcntl(from[0], F_GETFL, 0) & O_NONBLOCK) != 0);
  CHECK(call.fcntl(from[1], F_SETPIPE_SZ, 1 << 17) == 1 << 17);

  CHECK(call.splice(from[0], to[1], 10, SPLICE_F_NONBLOCK) == -1);
  CHECK(errno == EAGAIN);
  REQUIRE(::write(from[1], "hello", 5) == 5);
  CHECK(call.splice(from[0], to[1], 2, SPLICE_F_NONBLOCK) == 2);
  CHECK(call.splice(from[0], to[1], 10, SPLICE_F_NONBLOCK) == 3);
  char buffer[8] = {};
  CHECK(::read(to[0], buffer, sizeof(buffer)) == 5);
  CHECK(std::string_view(buffer, 5) == "hello");
  CHECK(call.close(to_write.release()) == 0);
  CHECK(::read(to[0], buffer, sizeof(buffer)) == 0);
}

TEST_CASE("the table's calls fail as the kernel's do") {
  const Syscalls& call = System();
  errno = 0;
  CHECK(call.recv(-1, nullptr, 0, 0) == -1);
  CHECK(errno == EBADF);
  errno = 0;
  CHECK(call.close(-1) == -1);
  CHECK(errno == EBADF);
}

}  // namespace
}  // namespace meshgw::internal
