#include "base/sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/str_format.h"
#include "base/system_error.h"

namespace meshgw::internal {
namespace {

absl::Status NotSuch(int fd, int error, const char* expected) {
  return SystemError(absl::StatusCode::kInvalidArgument, error,
                     internal::StrFormat("descriptor %d: %s; expected %s", fd,
                                         std::strerror(error), expected));
}

absl::Status NotConnected(const Syscalls& sys, int fd, int error,
                          const char* expected) {
  const int ended = error == ENOTCONN ? EndOfConnection(sys, fd) : 0;
  if (ended == 0) return NotSuch(fd, error, expected);
  return SystemError(absl::StatusCode::kUnavailable, ended,
                     internal::StrFormat("descriptor %d: its connection has "
                                         "ended: %s",
                                         fd, std::strerror(ended)));
}

absl::Status CheckStream(const Syscalls& sys, int fd, int listening,
                         const char* expected) {
  int type = 0;
  int accepts = -1;
  socklen_t length = sizeof(type);
  if (sys.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return NotSuch(fd, errno, expected);
  }
  length = sizeof(accepts);
  if (sys.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) != 0) {
    return NotSuch(fd, errno, expected);
  }
  if (type != SOCK_STREAM || accepts != listening) {
    return absl::InvalidArgumentError(
        internal::StrFormat("descriptor %d is not %s", fd, expected));
  }
  return absl::OkStatus();
}

// Whether `fd` is a TCP socket that listens, or whose connection is being made:
// these have a port of their own as well.
bool HasNoConnectionYet(const Syscalls& sys, int fd) noexcept {
  tcp_info info{};
  socklen_t length = sizeof(info);
  return sys.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
         (info.tcpi_state == TCP_LISTEN || info.tcpi_state == TCP_SYN_SENT);
}

absl::Status MakeNonBlocking(const Syscalls& sys, int fd,
                             const char* expected) {
  const int status = sys.fcntl(fd, F_GETFL, 0);
  if (status < 0 || sys.fcntl(fd, F_SETFL, status | O_NONBLOCK) < 0 ||
      sys.fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
    return NotSuch(fd, errno, expected);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsTcp(const Syscalls& sys, int fd) noexcept {
  // An option that nothing else has.
  int value = 0;
  socklen_t length = sizeof(value);
  return sys.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0;
}

int EndOfConnection(const Syscalls& sys, int fd) noexcept {
  int error = 0;
  socklen_t length = sizeof(error);
  sys.getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return error;
  if (HasNoConnectionYet(sys, fd)) return 0;
  // A socket that had a connection keeps its own port.
  sockaddr_storage own{};
  length = sizeof(own);
  if (sys.getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) != 0) {
    return 0;
  }
  in_port_t port = 0;
  if (own.ss_family == AF_INET) {
    port = reinterpret_cast<const sockaddr_in*>(&own)->sin_port;
  } else if (own.ss_family == AF_INET6) {
    port = reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port;
  }
  return port != 0 ? ENOTCONN : 0;
}

bool IsReset(int error) noexcept {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ENOTCONN:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENETRESET:
      return true;
    default:
      return false;
  }
}

void ResetOnClose(const Syscalls& sys, int fd) noexcept {
  const linger now{.l_onoff = 1, .l_linger = 0};
  sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

absl::Status CheckConnected(const Syscalls& sys, int fd) {
  constexpr char kExpected[] = "a connected stream socket";
  if (absl::Status status = CheckStream(sys, fd, 0, kExpected); !status.ok()) {
    return status;
  }
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (sys.getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) {
    return NotConnected(sys, fd, errno, kExpected);
  }
  return MakeNonBlocking(sys, fd, kExpected);
}

absl::Status CheckListening(const Syscalls& sys, int fd) {
  constexpr char kExpected[] = "a listening stream socket";
  absl::Status status = CheckStream(sys, fd, 1, kExpected);
  return status.ok() ? MakeNonBlocking(sys, fd, kExpected) : status;
}

}  // namespace meshgw::internal
