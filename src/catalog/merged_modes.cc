#include "catalog/merged_modes.h"

#include <algorithm>
#include <initializer_list>

#include "catalog/instance.h"

namespace meshgw::internal {
namespace {

MeshGatewayMode FirstSet(std::initializer_list<MeshGatewayMode> modes) {
  for (const MeshGatewayMode mode : modes) {
    if (mode != MeshGatewayMode::kDefault) return mode;
  }
  return MeshGatewayMode::kDefault;
}

// What the entries say for one proxy.
struct Entries {
  const ServiceDefaults* defaults;
  MeshGatewayMode proxy_defaults = MeshGatewayMode::kDefault;

  // What a proxy without a mode of its own is given.
  MeshGatewayMode ForProxy() const {
    if (defaults == nullptr) return proxy_defaults;
    return FirstSet({defaults->mesh_gateway.value, proxy_defaults});
  }
  // What an upstream without one is given, of a proxy that has `instance`.
  MeshGatewayMode ForUpstream(const UpstreamDefinition& upstream,
                              MeshGatewayMode instance) const {
    if (upstream.is_prepared_query) return MeshGatewayMode::kDefault;
    if (defaults == nullptr) return FirstSet({instance, proxy_defaults});
    const UpstreamConfigOverride* entry =
        FindUpstreamOverride(*defaults, upstream);
    return FirstSet({entry == nullptr ? MeshGatewayMode::kDefault
                                      : entry->mesh_gateway.value,
                     instance, defaults->upstream_defaults.value, ForProxy()});
  }
};

}  // namespace

void UndoModeMerge(const Config& config, ServiceDefinition* proxy) {
  if (!proxy->proxy.has_value()) return;
  Entries entries{FindServiceDefaults(config,
                                      proxy->proxy->destination_service_name,
                                      proxy->name_space, proxy->partition)};
  if (config.proxy_defaults.has_value()) {
    entries.proxy_defaults = config.proxy_defaults->mesh_gateway.value;
  }
  const MeshGatewayMode seen = proxy->proxy->mesh_gateway.value;
  std::vector<UpstreamDefinition>& upstreams = proxy->proxy->upstreams;
  // Whether a merge of a proxy with `registered` can have this outcome.
  const auto is_outcome = [&](MeshGatewayMode registered) {
    if (seen != FirstSet({registered, entries.ForProxy()})) return false;
    return std::ranges::all_of(upstreams, [&](const UpstreamDefinition& each) {
      return each.mesh_gateway.value != MeshGatewayMode::kDefault ||
             entries.ForUpstream(each, registered) == MeshGatewayMode::kDefault;
    });
  };
  for (const MeshGatewayMode registered : {MeshGatewayMode::kDefault, seen}) {
    if (!is_outcome(registered)) continue;
    proxy->proxy->mesh_gateway.value = registered;
    for (UpstreamDefinition& each : upstreams) {
      if (each.mesh_gateway.value == entries.ForUpstream(each, registered)) {
        each.mesh_gateway.value = MeshGatewayMode::kDefault;
      }
    }
    return;
  }
}

}  // namespace meshgw::internal
