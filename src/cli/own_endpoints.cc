#include "cli/own_endpoints.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {

std::vector<std::string> OwnEndpoints(
    const RouteTable& routes, const std::vector<std::string>& listening) {
  std::vector<internal::SocketAddress> own;
  for (const std::string& text : listening) {
    const auto address = internal::ParseListenAddress(text);
    if (address.ok()) own.push_back(*address);
  }
  const auto unknown = [] { return internal::SocketAddress(); };
  std::vector<std::string> out;
  for (const auto& cluster : routes.clusters()) {
    for (const Endpoint& endpoint : cluster->endpoints) {
      const auto target =
          internal::FromEndpoint(endpoint.address, endpoint.port);
      const bool reaches =
          target.has_value() &&
          std::any_of(own.begin(), own.end(), [&](const auto& address) {
            return internal::Reaches(*target, address, unknown);
          });
      if (!reaches) continue;
      out.push_back(absl::StrFormat(
          "endpoint %s of %s is this gateway itself and will not be dialled",
          internal::FormatEndpoint(endpoint.address, endpoint.port),
          cluster->name));
    }
  }
  return out;
}

}  // namespace meshgw::cli
