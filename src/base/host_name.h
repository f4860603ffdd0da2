#ifndef MESHGW_BASE_HOST_NAME_H_
#define MESHGW_BASE_HOST_NAME_H_

#include <cstddef>
#include <string_view>

namespace meshgw::internal {

// The longest name of a host as text (RFC 1035 2.3.4), without the last dot.
inline constexpr std::size_t kMaxHostName = 253;

// FitsServerName says whether a TLS client may send `name` as a server name: at
// most kMaxHostName letters, digits, '-' and '_' in labels of 1 to 63 bytes,
// parted by dots.
bool FitsServerName(std::string_view name) noexcept;

// IsHostName says whether `name` is one to look up: FitsServerName, a dot
// behind it or not. A last label of digits makes it an IP address or nothing
// ("127.3.2.014").
bool IsHostName(std::string_view name) noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_HOST_NAME_H_
