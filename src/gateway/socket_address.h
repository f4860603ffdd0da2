#ifndef MESHGW_GATEWAY_SOCKET_ADDRESS_H_
#define MESHGW_GATEWAY_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace meshgw::internal {

// SocketAddress is an IPv4, IPv6 or unix-domain address for the socket calls.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  bool is_unix() const { return storage.ss_family == AF_UNIX; }
};

// CompactAddress is the address of a client in 20 bytes, as a connection keeps
// it. IPv4 addresses mapped into IPv6 become IPv4 ones; what is neither has no
// host and no port.
class CompactAddress {
 public:
  explicit CompactAddress(const SocketAddress& address);
  SocketAddress Expand() const;
  bool is_ip() const { return family_ == AF_INET || family_ == AF_INET6; }
  bool is_any() const;       // 0.0.0.0 or ::
  bool is_loopback() const;  // 127.0.0.0/8 or ::1
  bool HasHostOf(const CompactAddress& other) const;
  bool HasPortOf(const CompactAddress& other) const {
    return port_ == other.port_;
  }

 private:
  std::uint8_t host_[16] = {};
  std::uint16_t port_ = 0;  // In network order.
  std::uint16_t family_ = AF_UNSPEC;
};

// IsUnixAddress says whether an endpoint's address is "unix:/path".
inline bool IsUnixAddress(std::string_view address) {
  return address.starts_with("unix:");
}

// FromEndpoint makes the address of an IP literal and a port, or of
// "unix:/path". Nothing for host names and paths that are too long.
std::optional<SocketAddress> FromEndpoint(std::string_view address,
                                          std::uint16_t port);

// ParseListenAddress reads "ip:port", "[ip]:port" or "unix:/path".
// InvalidArgument says what was expected.
absl::StatusOr<SocketAddress> ParseListenAddress(std::string_view text);

// FormatAddress returns "ip:port", "[ip]:port", "unix:/path" or "unix".
std::string FormatAddress(const SocketAddress& address);

// FormatEndpoint is the same for an endpoint's address and port.
std::string FormatEndpoint(std::string_view address, std::uint16_t port);

// Reaches says whether a connect to `target` arrives at the socket of this host
// that listens on `listening`. `source` is called for the connecting socket's
// own address, if that is needed. A socket that listens on :: is taken to
// accept IPv4 too.
bool Reaches(const SocketAddress& target, const SocketAddress& listening,
             absl::FunctionRef<SocketAddress()> source);

// HashHost hashes the host part of an address, for stickiness by client.
std::uint64_t HashHost(const SocketAddress& address);

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_SOCKET_ADDRESS_H_
