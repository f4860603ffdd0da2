#ifndef MESHGW_CONFIG_DATACENTER_NAME_H_
#define MESHGW_CONFIG_DATACENTER_NAME_H_

#include <string_view>

namespace meshgw::internal {

// What Consul says of the others.
inline constexpr std::string_view kDatacenterNameRule =
    "can only contain lowercase alphanumeric, - or _ characters";

// IsDatacenterName says whether `name`, lower-cased, is one that Consul takes:
// it is one label of server names. Source: Consul agent/config/builder.go
// validateBasicName.
bool IsDatacenterName(std::string_view name);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_DATACENTER_NAME_H_
