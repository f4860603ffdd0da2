#ifndef MESHGW_CLI_REQUEST_ORIGIN_H_
#define MESHGW_CLI_REQUEST_ORIGIN_H_

#include <string_view>

namespace meshgw::cli {

// IsLocalHost says whether a Host header, with or without a port, is an IP
// address or localhost. Any other name may be that of a web page whose owner
// has it resolve to this host (DNS rebinding).
bool IsLocalHost(std::string_view host);

// IsSameOrigin says whether an Origin header is that of pages of `host` itself,
// over plain HTTP.
bool IsSameOrigin(std::string_view origin, std::string_view host);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_REQUEST_ORIGIN_H_
