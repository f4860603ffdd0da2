#ifndef MESHGW_XDS_RESOURCE_TYPE_H_
#define MESHGW_XDS_RESOURCE_TYPE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace meshgw::internal {

// ResourceType is what a gateway subscribes to, in the order in which a server
// answers.
enum class ResourceType : std::uint8_t {
  kCluster = 0,
  kEndpoints = 1,
  kListener = 2,
};
inline constexpr ResourceType kResourceTypes[] = {
    ResourceType::kCluster, ResourceType::kEndpoints, ResourceType::kListener};

// ResourceTypeName: "Cluster", "ClusterLoadAssignment" or "Listener".
constexpr std::string_view ResourceTypeName(ResourceType type) noexcept {
  switch (type) {
    case ResourceType::kCluster:
      return "Cluster";
    case ResourceType::kEndpoints:
      return "ClusterLoadAssignment";
    case ResourceType::kListener:
      return "Listener";
  }
  return "unknown";
}

// TypeUrl is the type's in requests, and that of its resources.
constexpr std::string_view TypeUrl(ResourceType type) noexcept {
  switch (type) {
    case ResourceType::kCluster:
      return "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    case ResourceType::kEndpoints:
      return "type.googleapis.com/"
             "envoy.config.endpoint.v3.ClusterLoadAssignment";
    case ResourceType::kListener:
      return "type.googleapis.com/envoy.config.listener.v3.Listener";
  }
  return {};
}

// ParseTypeUrl is empty for a type that no gateway asks for.
constexpr std::optional<ResourceType> ParseTypeUrl(
    std::string_view url) noexcept {
  for (const ResourceType type : kResourceTypes) {
    if (TypeUrl(type) == url) return type;
  }
  return std::nullopt;
}

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_RESOURCE_TYPE_H_
