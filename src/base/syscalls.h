#ifndef MESHGW_BASE_SYSCALLS_H_
#define MESHGW_BASE_SYSCALLS_H_

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>

namespace meshgw::internal {

// Syscalls is the table of the system calls that carry connections. Each entry
// has the contract of the call that it is named after (-1 and errno on error).
// Tests replace entries to make a call fail; everything else uses System().
struct Syscalls {
  int (*accept4)(int fd, sockaddr* address, socklen_t* length, int flags);
  int (*socket)(int family, int type, int protocol);
  int (*connect)(int fd, const sockaddr* address, socklen_t length);
  int (*setsockopt)(int fd, int level, int name, const void* value,
                    socklen_t length);
  int (*getsockopt)(int fd, int level, int name, void* value,
                    socklen_t* length);
  int (*shutdown)(int fd, int how);
  int (*close)(int fd);
  ssize_t (*recv)(int fd, void* buffer, std::size_t size, int flags);
  ssize_t (*send)(int fd, const void* buffer, std::size_t size, int flags);
  ssize_t (*read)(int fd, void* buffer, std::size_t size);
  ssize_t (*splice)(int in, int out, std::size_t size, unsigned flags);
  int (*pipe2)(int fds[2], int flags);
  int (*fcntl)(int fd, int command, int argument);
  int (*epoll_ctl)(int epoll, int operation, int fd, epoll_event* event);
  int (*epoll_wait)(int epoll, epoll_event* events, int count,
                    int timeout_milliseconds);
  // These have the kernel's own for tables that do not replace them.
  int (*epoll_create1)(int flags) = ::epoll_create1;
  int (*eventfd)(unsigned value, int flags) = ::eventfd;
  int (*getpeername)(int fd, sockaddr* address,
                     socklen_t* length) = ::getpeername;
  int (*getsockname)(int fd, sockaddr* address,
                     socklen_t* length) = ::getsockname;
};

// System returns the table of the kernel's own calls. Thread-safe.
const Syscalls& System() noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_SYSCALLS_H_
