#ifndef MESHGW_BASE_IP_ADDRESS_H_
#define MESHGW_BASE_IP_ADDRESS_H_

#include <cstdint>
#include <string_view>

namespace meshgw::internal {

// IpKind is what a text is as an address.
enum class IpKind : std::uint8_t {
  kNone,         // No IP address.
  kUnspecified,  // The one for all interfaces: 0.0.0.0, ::, ::ffff:0.0.0.0.
  kSpecific,
};

// ClassifyIp reads `text` as an IPv4 or IPv6 address as Go's net.ParseIP does:
// no brackets, no zone, no leading zeros in IPv4.
IpKind ClassifyIp(std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_IP_ADDRESS_H_
