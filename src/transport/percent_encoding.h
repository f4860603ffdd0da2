#ifndef MESHGW_TRANSPORT_PERCENT_ENCODING_H_
#define MESHGW_TRANSPORT_PERCENT_ENCODING_H_

#include <optional>
#include <string>
#include <string_view>

namespace meshgw::internal {

// PercentEncode writes any bytes as a part of a URL's path or query (RFC 3986,
// 2.1); what is unreserved stays.
std::string PercentEncode(std::string_view bytes);

// PercentDecode is the reverse; nothing for a percent sign without two digits.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_TRANSPORT_PERCENT_ENCODING_H_
