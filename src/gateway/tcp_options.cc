#include "gateway/tcp_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include "base/str_format.h"
#include "base/unique_fd.h"

namespace meshgw::internal {
namespace {

// An option that the kernel refuses is left as it is: the connection works
// without.
void Set(const Syscalls& sys, int fd, int level, int name, std::int64_t value) {
  const auto number = static_cast<int>(
      std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
  sys.setsockopt(fd, level, name, &number, sizeof(number));
}

void SetKeepalive(const Syscalls& sys, int fd, const TcpKeepalive& keepalive) {
  if (!keepalive.enabled) return;
  Set(sys, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (keepalive.time.count() > 0) {
    Set(sys, fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.time.count());
  }
  if (keepalive.interval.count() > 0) {
    Set(sys, fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval.count());
  }
  if (keepalive.probes > 0) {
    Set(sys, fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes);
  }
}

void SetCommon(const Syscalls& sys, int fd, const TcpKeepalive& keepalive,
               const TcpOptions& options) {
  Set(sys, fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetKeepalive(sys, fd, keepalive);
  if (options.user_timeout.count() > 0) {
    Set(sys, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout.count());
  }
}

bool IsLoopback(const SocketAddress& address) {
  if (address.family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return ntohl(in->sin_addr.s_addr) >> 24 == 127;
  }
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  return address.family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

}  // namespace

absl::Status CheckTcpOptions(const TcpOptions& options) {
  const std::string& name = options.local_congestion_control;
  if (name.empty()) return absl::OkStatus();
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::setsockopt(fd.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(),
                   static_cast<socklen_t>(name.size())) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  std::string known;
  std::getline(
      std::ifstream("/proc/sys/net/ipv4/tcp_allowed_congestion_control"),
      known);
  return absl::InvalidArgumentError(
      internal::StrFormat("congestion control \"%s\": %s; expected one of: %s",
                          name, std::strerror(error), known));
}

void SetListenerOptions(int fd, const TcpOptions& options) {
  const Syscalls& sys = System();
  SetCommon(sys, fd, options.client_keepalive, options);
  if (options.defer_accept.count() > 0) {
    Set(sys, fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, options.defer_accept.count());
  }
}

void SetClientOptions(const Syscalls& sys, int fd, const TcpOptions& options) {
  SetCommon(sys, fd, options.client_keepalive, options);
}

void SetEndpointOptions(const Syscalls& sys, int fd,
                        const TcpKeepalive& keepalive,
                        const TcpOptions& options) {
  SetCommon(sys, fd, keepalive, options);
}

void SetLocalCongestionControl(const Syscalls& sys, int fd,
                               const SocketAddress& peer,
                               const TcpOptions& options) {
  const std::string& name = options.local_congestion_control;
  if (name.empty() || peer.is_unix()) return;
  SocketAddress own;
  own.length = sizeof(own.storage);
  const bool local =
      IsLoopback(peer) || (sys.getsockname(fd, own.get(), &own.length) == 0 &&
                           HashHost(CompactAddress(own).Expand()) ==
                               HashHost(CompactAddress(peer).Expand()));
  if (!local) return;
  sys.setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(),
                 static_cast<socklen_t>(name.size()));
}

}  // namespace meshgw::internal
