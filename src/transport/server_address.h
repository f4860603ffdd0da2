#ifndef MESHGW_TRANSPORT_SERVER_ADDRESS_H_
#define MESHGW_TRANSPORT_SERVER_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace meshgw::internal {

// ServerAddress is where a server of the control plane is.
struct ServerAddress {
  std::string host;  // A name, or an IP address without brackets.
  std::uint16_t port = 0;
  std::string path;  // Of a unix socket; host and port are unused then.
  bool tls = false;

  bool is_unix() const { return !path.empty(); }
  bool operator==(const ServerAddress&) const = default;
};

// ParseServerAddress reads an address as Consul's tools take it in
// CONSUL_HTTP_ADDR and CONSUL_GRPC_ADDR: "host", "host:port", either with
// http:// or https:// before it, or unix:///path. Schemes are taken in any
// case; a slash at the end is ignored. Without a scheme `tls` holds, without a
// port `default_port`. InvalidArgument says what was expected.
absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view text,
                                                 std::uint16_t default_port,
                                                 bool tls);

// FormatServerAddress: "10.0.0.1:8502", "https://[::1]:8503" or
// "unix:///run/consul.sock", which ParseServerAddress takes.
std::string FormatServerAddress(const ServerAddress& address);

// FormatAuthority: host and port as of a URL, "localhost" for a unix socket.
std::string FormatAuthority(const ServerAddress& address);

}  // namespace meshgw::internal

#endif  // MESHGW_TRANSPORT_SERVER_ADDRESS_H_
