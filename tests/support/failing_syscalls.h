#ifndef MESHGW_TESTS_SUPPORT_FAILING_SYSCALLS_H_
#define MESHGW_TESTS_SUPPORT_FAILING_SYSCALLS_H_

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include "base/syscalls.h"

namespace meshgw::test {

// The system calls that can be made to fail.
enum class Call {
  kAccept4,
  kSocket,
  kConnect,
  kSetsockopt,
  kGetsockopt,
  kShutdown,
  kRecv,
  kSend,
  kRead,
  kSplice,
  kPipe2,
  kFcntl,
  kEpollCtl,
  kEpollWait,
  kEpollCreate1,
  kEventfd,
  kGetpeername,
  kGetsockname,
};
inline constexpr int kCallCount = static_cast<int>(Call::kGetsockname) + 1;
constexpr std::string_view CallName(Call call) {
  constexpr std::string_view kNames[] = {
      "accept4",  "socket",      "connect",    "setsockopt", "getsockopt",
      "shutdown", "recv",        "send",       "read",       "splice",
      "pipe2",    "fcntl",       "epoll_ctl",  "epoll_wait", "epoll_create1",
      "eventfd",  "getpeername", "getsockname"};
  return kNames[static_cast<std::size_t>(call)];
}

// FailingSyscalls is the kernel's table but for one call, which fails from the
// n-th time on. One at a time: the table holds plain functions.
class FailingSyscalls {
 public:
  // Fails `times` times (0: for ever) from the `nth` time on, 1 being the
  // first.
  static void Fail(Call call, int error, int nth, int times) {
    Heal();
    error_ = error;
    before_ = nth - 1;
    left_ = times == 0 ? kForEver : times;
    failed_ = 0;
    call_ = static_cast<int>(call);
  }
  static void Heal() { call_ = -1; }
  // How often it has failed.
  static int failed() { return failed_; }

  static const internal::Syscalls* Table() {
    using internal::System;
    static constexpr internal::Syscalls kTable = {
        .accept4 =
            [](int fd, sockaddr* address, socklen_t* length, int flags) {
              return Fails(Call::kAccept4)
                         ? -1
                         : System().accept4(fd, address, length, flags);
            },
        .socket =
            [](int family, int type, int protocol) {
              return Fails(Call::kSocket)
                         ? -1
                         : System().socket(family, type, protocol);
            },
        .connect =
            [](int fd, const sockaddr* address, socklen_t length) {
              return Fails(Call::kConnect)
                         ? -1
                         : System().connect(fd, address, length);
            },
        .setsockopt =
            [](int fd, int level, int name, const void* value,
               socklen_t length) {
              return Fails(Call::kSetsockopt)
                         ? -1
                         : System().setsockopt(fd, level, name, value, length);
            },
        .getsockopt =
            [](int fd, int level, int name, void* value, socklen_t* length) {
              return Fails(Call::kGetsockopt)
                         ? -1
                         : System().getsockopt(fd, level, name, value, length);
            },
        .shutdown =
            [](int fd, int how) {
              return Fails(Call::kShutdown) ? -1 : System().shutdown(fd, how);
            },
        .close = [](int fd) { return System().close(fd); },
        .recv = [](int fd, void* buffer, std::size_t size,
                   int flags) -> ssize_t {
          return Fails(Call::kRecv) ? -1
                                    : System().recv(fd, buffer, size, flags);
        },
        .send = [](int fd, const void* buffer, std::size_t size,
                   int flags) -> ssize_t {
          return Fails(Call::kSend) ? -1
                                    : System().send(fd, buffer, size, flags);
        },
        .read = [](int fd, void* buffer, std::size_t size) -> ssize_t {
          return Fails(Call::kRead) ? -1 : System().read(fd, buffer, size);
        },
        .splice = [](int in, int out, std::size_t size,
                     unsigned flags) -> ssize_t {
          return Fails(Call::kSplice) ? -1
                                      : System().splice(in, out, size, flags);
        },
        .pipe2 =
            [](int fds[2], int flags) {
              return Fails(Call::kPipe2) ? -1 : System().pipe2(fds, flags);
            },
        .fcntl =
            [](int fd, int command, int argument) {
              return Fails(Call::kFcntl)
                         ? -1
                         : System().fcntl(fd, command, argument);
            },
        .epoll_ctl =
            [](int epoll, int operation, int fd, epoll_event* event) {
              return Fails(Call::kEpollCtl)
                         ? -1
                         : System().epoll_ctl(epoll, operation, fd, event);
            },
        .epoll_wait =
            [](int epoll, epoll_event* events, int count, int timeout) {
              return Fails(Call::kEpollWait)
                         ? -1
                         : System().epoll_wait(epoll, events, count, timeout);
            },
        .epoll_create1 =
            [](int flags) {
              return Fails(Call::kEpollCreate1) ? -1
                                                : System().epoll_create1(flags);
            },
        .eventfd =
            [](unsigned value, int flags) {
              return Fails(Call::kEventfd) ? -1
                                           : System().eventfd(value, flags);
            },
        .getpeername =
            [](int fd, sockaddr* address, socklen_t* length) {
              return Fails(Call::kGetpeername)
                         ? -1
                         : System().getpeername(fd, address, length);
            },
        .getsockname =
            [](int fd, sockaddr* address, socklen_t* length) {
              return Fails(Call::kGetsockname)
                         ? -1
                         : System().getsockname(fd, address, length);
            },
    };
    return &kTable;
  }

 private:
  static constexpr int kForEver = 1 << 30;

  static bool Fails(Call call) {
    if (call_ != static_cast<int>(call)) return false;
    if (before_-- > 0) return false;
    if (left_-- <= 0) return false;
    ++failed_;
    errno = error_;
    return true;
  }

  static inline std::atomic<int> call_{-1};
  static inline std::atomic<int> error_{0};
  static inline std::atomic<int> before_{0};
  static inline std::atomic<int> left_{0};
  static inline std::atomic<int> failed_{0};
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_FAILING_SYSCALLS_H_
