#ifndef MESHGW_CONFIG_HOST_NAME_H_
#define MESHGW_CONFIG_HOST_NAME_H_

#include <string_view>

namespace meshgw::internal {

// FitsServerName says whether a TLS client may send `name` as a server name:
// letters, digits, '-' and '_' in labels of 1 to 63 bytes, parted by dots.
bool FitsServerName(std::string_view name);

// IsHostName says whether `name` is one to look up: FitsServerName, at most 253
// bytes, a dot behind it or not. A last label of digits makes it an IP address
// or nothing ("127.3.2.014").
bool IsHostName(std::string_view name);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_HOST_NAME_H_
