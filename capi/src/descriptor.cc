#include "descriptor.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/sockets.h"
#include "base/str_format.h"
#include "base/syscalls.h"
#include "base/system_error.h"
#include "boundary.h"

namespace meshgw::capi {
namespace {

meshgw_status Refuse(meshgw_error** err, const char* name, std::int32_t fd,
                     std::string_view what, int error = 0) {
  return Fail(
      err, MESHGW_ERR_INVALID_ARGUMENT,
      internal::StrFormat("%s is %d: %s; expected a connected stream socket",
                          name, fd, what),
      error);
}

meshgw_status CheckConnected(std::int32_t fd, const char* name,
                             Blocking blocking, meshgw_error** err) {
  const int flags = ::fcntl(fd, F_GETFL);
  int type = 0;
  socklen_t length = sizeof(type);
  sockaddr_storage peer = {};
  socklen_t peer_length = sizeof(peer);
  if (flags < 0 || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return Refuse(err, name, fd, std::strerror(errno), errno);
  }
  if (type != SOCK_STREAM) {
    return Refuse(err, name, fd, "a socket of another type");
  }
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_length) !=
      0) {
    const int error = errno;
    const int ended = error == ENOTCONN
                          ? internal::EndOfConnection(internal::System(), fd)
                          : 0;
    if (ended == 0) return Refuse(err, name, fd, std::strerror(error), error);
    return Fail(err, MESHGW_ERR_UNAVAILABLE,
                internal::StrFormat("%s is %d: its connection has ended: %s",
                                    name, fd, std::strerror(ended)),
                ended);
  }
  if (blocking == Blocking::kRefused && (flags & O_NONBLOCK) == 0) {
    return Refuse(err, name, fd, "it blocks, O_NONBLOCK is not set");
  }
  return MESHGW_OK;
}

}  // namespace

meshgw_status CheckPair(std::int32_t client_fd, const char* client_name,
                        std::int32_t server_fd, const char* server_name,
                        Blocking blocking, meshgw_error** err) {
  meshgw_status bad = CheckConnected(client_fd, client_name, blocking, err);
  if (bad == MESHGW_OK) {
    bad = CheckConnected(server_fd, server_name, blocking, err);
  }
  if (bad == MESHGW_OK && client_fd == server_fd) {
    return Fail(
        err, MESHGW_ERR_INVALID_ARGUMENT,
        internal::StrFormat("%s is %d, as %s is; expected two connections",
                            server_name, server_fd, client_name));
  }
  return bad;
}

meshgw_status FailArgument(meshgw_error** err, const char* name,
                           const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument &&
      status.code() != absl::StatusCode::kUnavailable) {
    return Fail(err, status);
  }
  const auto message = status.message();
  return Fail(err, StatusOf(status.code()),
              internal::StrFormat("%s: %s", name, message),
              internal::ErrnoOf(status));
}

absl::StatusOr<Signal> Signal::Create() {
  internal::UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd.valid()) return Signal(std::move(fd));
  return internal::SystemError(
      absl::StatusCode::kResourceExhausted, errno,
      internal::StrFormat("cannot make an eventfd: %s", std::strerror(errno)));
}

void Signal::Raise() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written =
      ::write(fd_.get(), &one, sizeof(one));
}

void Signal::Lower() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &count, sizeof(count));
}

}  // namespace meshgw::capi
