#include "base/syscalls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace meshgw::internal {

const Syscalls& System() noexcept {
  static constexpr Syscalls kSystem = {
      .accept4 = ::accept4,
      .socket = ::socket,
      .connect = ::connect,
      .setsockopt = ::setsockopt,
      .getsockopt = ::getsockopt,
      .shutdown = ::shutdown,
      .close = ::close,
      .recv = ::recv,
      .send = ::send,
      .read = ::read,
      .splice =
          [](int in, int out, std::size_t size, unsigned flags) {
            return ::splice(in, nullptr, out, nullptr, size, flags);
          },
      .pipe2 = ::pipe2,
      .fcntl = [](int fd, int command,
                  int argument) { return ::fcntl(fd, command, argument); },
      .epoll_ctl = ::epoll_ctl,
      .epoll_wait = ::epoll_wait,
  };
  return kSystem;
}

bool IsTcp(const Syscalls& sys, int fd) noexcept {
  // An option that nothing else has.
  int value = 0;
  socklen_t length = sizeof(value);
  return sys.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0;
}

}  // namespace meshgw::internal
