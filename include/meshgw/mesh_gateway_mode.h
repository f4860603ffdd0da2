#ifndef MESHGW_MESH_GATEWAY_MODE_H_
#define MESHGW_MESH_GATEWAY_MODE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace meshgw {

// MeshGatewayMode is one of Consul's four mode values. The numbers are stable.
enum class MeshGatewayMode : std::int32_t {
  kDefault = 0,  // "": a lower layer decides; if none does, as kNone.
  kNone = 1,     // "none": dial the service instance itself.
  kLocal = 2,    // "local": dial a gateway of the source's datacenter.
  kRemote = 3,   // "remote": dial a gateway of the destination's datacenter.
};

// MeshGatewayModeName returns Consul's spelling ("" for kDefault).
std::string_view MeshGatewayModeName(MeshGatewayMode mode) noexcept;

// ParseMeshGatewayMode reads Consul's spelling; case matters. Any other text is
// InvalidArgument with Consul's own message: `Invalid Mesh Gateway Mode: "x"`
// (the value quoted as Go's %q does). Thread-safe.
absl::StatusOr<MeshGatewayMode> ParseMeshGatewayMode(std::string_view text);

// ModeRules selects the precedence of a Consul version.
enum class ModeRules : std::int32_t {
  kLatest = 0,  // Today's Consul: with UpstreamConfig layers.
  kV1_6 = 1,    // Consul 1.6: upstream, instance, service-, proxy-defaults.
};

// ModeSource names the layer that a mode comes from. The numbers are stable.
enum class ModeSource : std::int32_t {
  kBuiltIn = 0,              // Nothing is set anywhere.
  kUpstream = 1,             // proxy.upstreams[].mesh_gateway
  kUpstreamOverride = 2,     // service-defaults UpstreamConfig.Overrides[]
  kProxyInstance = 3,        // proxy.mesh_gateway of the service instance
  kUpstreamDefaults = 4,     // service-defaults UpstreamConfig.Defaults
  kServiceDefaults = 5,      // service-defaults of the source service
  kProxyDefaults = 6,        // proxy-defaults "global"
  kDestinationDefaults = 7,  // service-defaults of the destination service
};
inline constexpr std::size_t kModeLayerCount = 7;  // Without kBuiltIn.

// ModeSourceName returns a stable snake_case name: "built_in", "upstream",
// "upstream_override", "service_instance", "upstream_defaults",
// "service_defaults", "proxy_defaults", "destination_service_defaults".
std::string_view ModeSourceName(ModeSource source) noexcept;

// ModeLayers holds what each layer says; kDefault where it says nothing.
struct ModeLayers {
  MeshGatewayMode upstream = MeshGatewayMode::kDefault;
  MeshGatewayMode upstream_override = MeshGatewayMode::kDefault;
  MeshGatewayMode proxy_instance = MeshGatewayMode::kDefault;
  MeshGatewayMode upstream_defaults = MeshGatewayMode::kDefault;
  MeshGatewayMode service_defaults = MeshGatewayMode::kDefault;
  MeshGatewayMode proxy_defaults = MeshGatewayMode::kDefault;
  MeshGatewayMode destination_defaults = MeshGatewayMode::kDefault;
};

// ModeTarget says where source and destination are. Views are borrowed for the
// call. Empty partitions mean "default".
struct ModeTarget {
  std::string_view source_datacenter;
  std::string_view source_partition;
  std::string_view datacenter;
  std::string_view partition;
  std::string_view peer;          // Not empty: reached by cluster peering.
  bool has_external_sni = false;  // service-defaults ExternalSNI of the target.
  bool is_prepared_query = false;  // Prepared queries never use gateways.
};

// ModeVeto says why a mode that was set is not applied.
enum class ModeVeto : std::int32_t {
  kNone = 0,
  kSameDatacenter = 1,  // Same datacenter and partition: always direct.
  kExternalSni = 2,     // Targets with an external SNI bypass gateways.
  kPreparedQuery = 3,
};

// Dial says what a sidecar dials.
enum class Dial : std::int32_t {
  kInstance = 0,       // The service instance's own address.
  kLocalGateway = 1,   // LAN address of a gateway in the own datacenter.
  kRemoteGateway = 2,  // WAN address of a gateway in the target's.
  kPeerGateway = 3,    // The gateways that the peer advertises.
};
// DialName returns "instance", "local_gateway", "remote_gateway" or
// "peer_gateway".
std::string_view DialName(Dial dial) noexcept;

// ModeDecision is the outcome of ResolveMode.
struct ModeDecision {
  MeshGatewayMode mode = MeshGatewayMode::kNone;  // Never kDefault.
  ModeSource source = ModeSource::kBuiltIn;
  bool applies = false;  // The mode changes what is dialled.
  ModeVeto veto = ModeVeto::kNone;
  Dial dial = Dial::kInstance;
  bool wan_address = false;  // Dial the WAN-tagged address.
  // Peering only: `none` was set and is taken as `remote`, with a warning.
  bool none_taken_as_remote = false;

  bool operator==(const ModeDecision&) const = default;
};

// ResolveMode decides as a Consul sidecar does, by the first layer that is set
// in the order of `rules`. kLatest: upstream, upstream override, proxy
// instance, upstream defaults, service-defaults, proxy-defaults, destination's
// service-defaults; kV1_6 is the same without the two UpstreamConfig layers.
// Source: Consul agent/configentry/resolve.go, agent/xds/endpoints.go; the 1.6
// order agent/service_manager.go. Never allocates. Thread-safe.
ModeDecision ResolveMode(const ModeLayers& layers, const ModeTarget& target,
                         ModeRules rules = ModeRules::kLatest) noexcept;

// ModeLayerExplanation is one layer's part in a decision.
struct ModeLayerExplanation {
  ModeSource source = ModeSource::kBuiltIn;
  MeshGatewayMode value = MeshGatewayMode::kDefault;
  bool considered = true;  // False: these rules do not know the layer.
  bool won = false;
  std::string why;  // A sentence: why it won or lost.
};

// ModeExplanation is a decision with every layer, highest precedence first.
struct ModeExplanation {
  ModeDecision decision;
  std::array<ModeLayerExplanation, kModeLayerCount> layers;
  std::string summary;  // A sentence: what is dialled and why.
};

// ExplainMode decides with the code of ResolveMode and says why. Thread-safe.
ModeExplanation ExplainMode(const ModeLayers& layers, const ModeTarget& target,
                            ModeRules rules = ModeRules::kLatest);

}  // namespace meshgw

#endif  // MESHGW_MESH_GATEWAY_MODE_H_
