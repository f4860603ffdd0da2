#include <cstddef>
#include <vector>

#include "cases.h"
#include "meshgw/mesh_gateway_mode.h"

namespace meshgw {
namespace {

struct Upstream {
  ModeLayers layers;
  MeshGatewayMode expected;
};

// The example of docs/modes.md: three upstreams with a mode of their own, and
// one that proxy-defaults decides.
Work ResolveExample() {
  using enum MeshGatewayMode;
  std::vector<Upstream> upstreams;
  for (const MeshGatewayMode mode : {kRemote, kLocal, kNone}) {
    upstreams.push_back({{.upstream = mode, .proxy_defaults = kLocal}, mode});
  }
  upstreams.push_back({{.proxy_defaults = kLocal}, kLocal});
  return [upstreams] {
    const ModeTarget target = {.source_datacenter = "primary",
                               .datacenter = "secondary"};
    for (const Upstream& upstream : upstreams) {
      for (const ModeRules rules : {ModeRules::kLatest, ModeRules::kV1_6}) {
        if (ResolveMode(upstream.layers, target, rules).mode !=
            upstream.expected) {
          return false;
        }
      }
    }
    return true;
  };
}

}  // namespace

void AddModeCases(Cases* cases) { (*cases)["mode"] = ResolveExample; }

}  // namespace meshgw
