#include <algorithm>

#include "meshgw/route_table.h"

namespace meshgw {

std::string_view EndpointHealthName(EndpointHealth health) noexcept {
  return health == EndpointHealth::kHealthy ? "healthy" : "unhealthy";
}

HealthAndWeight ComputeHealthAndWeight(bool any_critical, bool any_warning,
                                       bool only_passing,
                                       std::uint32_t weight_passing,
                                       std::uint32_t weight_warning) noexcept {
  constexpr std::uint32_t kMaxWeight = 128;
  HealthAndWeight out;
  if (any_critical || (only_passing && any_warning)) {
    out.health = EndpointHealth::kUnhealthy;
  }
  out.weight = any_warning ? weight_warning : weight_passing;
  if (out.weight < 1) {
    out.health = EndpointHealth::kUnhealthy;
    out.weight = 1;
  }
  out.weight = std::min(out.weight, kMaxWeight);
  return out;
}

std::string_view ClusterKindName(ClusterKind kind) noexcept {
  switch (kind) {
    case ClusterKind::kLocalService:
      return "local_service";
    case ClusterKind::kRemoteGateway:
      return "remote_gateway";
    case ClusterKind::kServer:
      return "server";
    case ClusterKind::kExported:
      return "exported";
    case ClusterKind::kOther:
      return "other";
  }
  return "unknown";
}

std::string_view RouteKindName(RouteKind kind) noexcept {
  switch (kind) {
    case RouteKind::kExact:
      return "exact";
    case RouteKind::kSuffix:
      return "suffix";
    case RouteKind::kRegex:
      return "regex";
    case RouteKind::kDefault:
      return "default";
    case RouteKind::kNone:
      return "none";
  }
  return "unknown";
}

}  // namespace meshgw
