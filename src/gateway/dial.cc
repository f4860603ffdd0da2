#include "gateway/dial.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "gateway/tcp_options.h"

namespace meshgw::internal {
bool IsOutOfResources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS ||
         error == ENOMEM;
}

namespace {

// Errors of a connect that has sent nothing: no local port is free for that
// address, or a rule of this host forbids it.
bool IsOfThisHost(int error) {
  return error == EADDRNOTAVAIL || error == EPERM || error == EACCES;
}

}  // namespace

DialOutcome Dial(const Syscalls& sys, const SocketAddress& address,
                 const Cluster& cluster, const TcpOptions& options,
                 UniqueFd* out, int* error) {
  UniqueFd fd(sys.socket(address.family(),
                         SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.valid()) {
    if (!address.is_unix()) {
      SetEndpointOptions(sys, fd.get(), cluster.keepalive, options);
    }
    int result = 0;
    do {
      result = sys.connect(fd.get(), address.get(), address.length);
    } while (result != 0 && errno == EINTR);
    // EALREADY, EISCONN: a call that was interrupted had begun all the same.
    if (result == 0 || errno == EINPROGRESS || errno == EALREADY ||
        errno == EISCONN) {
      SetLocalCongestionControl(sys, fd.get(), address, options);
      *out = std::move(fd);
      return DialOutcome::kUnderWay;
    }
  }
  *error = errno;
  if (IsOutOfResources(*error)) return DialOutcome::kGatewayFailed;
  return IsOfThisHost(*error) ? DialOutcome::kHostFailed
                              : DialOutcome::kEndpointFailed;
}

}  // namespace meshgw::internal
