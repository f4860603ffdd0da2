#include "gateway/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "gateway/socket_address.h"

namespace meshgw::internal {
namespace {

void SetOptions(const Syscalls& sys, int fd, const TcpKeepalive& keepalive) {
  const auto set = [&](int level, int name, int value) {
    sys.setsockopt(fd, level, name, &value, sizeof(value));
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  if (!keepalive.enabled) return;
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  if (keepalive.time.count() > 0) {
    set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(keepalive.time.count()));
  }
  if (keepalive.interval.count() > 0) {
    set(IPPROTO_TCP, TCP_KEEPINTVL,
        static_cast<int>(keepalive.interval.count()));
  }
  if (keepalive.probes > 0) set(IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes);
}

}  // namespace

bool IsOutOfResources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS ||
         error == ENOMEM;
}

DialOutcome Dial(const Syscalls& sys, const Cluster& cluster,
                 const Endpoint& endpoint, UniqueFd* out, int* error) {
  const auto address = FromEndpoint(endpoint.address, endpoint.port);
  if (!address.has_value()) {  // The path of a socket is too long.
    *error = ENAMETOOLONG;
    return DialOutcome::kEndpointFailed;
  }
  UniqueFd fd(sys.socket(address->family(),
                         SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.valid()) {
    if (!address->is_unix()) SetOptions(sys, fd.get(), cluster.keepalive);
    int result = 0;
    do {
      result = sys.connect(fd.get(), address->get(), address->length);
    } while (result != 0 && errno == EINTR);
    // EALREADY, EISCONN: a call that was interrupted had begun all the same.
    if (result == 0 || errno == EINPROGRESS || errno == EALREADY ||
        errno == EISCONN) {
      *out = std::move(fd);
      return DialOutcome::kUnderWay;
    }
  }
  *error = errno;
  return IsOutOfResources(*error) ? DialOutcome::kGatewayFailed
                                  : DialOutcome::kEndpointFailed;
}

}  // namespace meshgw::internal
