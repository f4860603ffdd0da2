#include "base/syscalls.h"

#include <fcntl.h>
#include <sys/eventfd.h>
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
      .epoll_create1 = ::epoll_create1,
      .eventfd = ::eventfd,
      .getpeername = ::getpeername,
      .getsockname = ::getsockname,
  };
  return kSystem;
}

}  // namespace meshgw::internal
