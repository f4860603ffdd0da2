#ifndef MESHGW_CLI_OWN_ENDPOINTS_H_
#define MESHGW_CLI_OWN_ENDPOINTS_H_

#include <string>
#include <vector>

#include "meshgw/route_table.h"

namespace meshgw::cli {

// OwnEndpoints finds the endpoints of `routes` that are the gateway itself,
// which listens on `listening` ("ip:port", "[ip]:port", "unix:/path"): it will
// not dial them. Returns a sentence for each. Which addresses this host has is
// not asked: behind 0.0.0.0 and :: only loopback ones are found.
std::vector<std::string> OwnEndpoints(
    const RouteTable& routes, const std::vector<std::string>& listening);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_OWN_ENDPOINTS_H_
