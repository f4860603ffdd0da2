// What the decision on one upstream's mode costs, beside the same rules told
// with names and a map, as a program that keeps its configuration so would.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "meshgw/mesh_gateway_mode.h"

namespace {

using meshgw::MeshGatewayMode;
using meshgw::ModeLayers;
using meshgw::ModeRules;
using meshgw::ModeTarget;

// Random layers, so that no branch can be foreseen.
std::vector<ModeLayers> RandomLayers() {
  std::mt19937 random(7);
  std::vector<ModeLayers> out(4096);
  for (ModeLayers& layers : out) {
    const auto mode = [&] {
      // Most layers say nothing.
      return random() % 2 == 0 ? MeshGatewayMode::kDefault
                               : static_cast<MeshGatewayMode>(random() % 4);
    };
    layers = {mode(), mode(), mode(), mode(), mode(), mode(), mode()};
  }
  return out;
}

const ModeTarget kElsewhere = {.source_datacenter = "primary",
                               .datacenter = "secondary"};
const ModeTarget kHere = {.source_datacenter = "primary",
                          .datacenter = "primary"};

void BM_ResolveMode(benchmark::State& state) {
  const auto layers = RandomLayers();
  const auto rules = static_cast<ModeRules>(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        meshgw::ResolveMode(layers[next % layers.size()],
                            next % 2 == 0 ? kElsewhere : kHere, rules));
    ++next;
  }
}
BENCHMARK(BM_ResolveMode)->ArgName("v1_6")->Arg(0)->Arg(1);

void BM_ExplainMode(benchmark::State& state) {
  const auto layers = RandomLayers();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        meshgw::ExplainMode(layers[next++ % layers.size()], kElsewhere));
  }
}
BENCHMARK(BM_ExplainMode);

using Named = std::map<std::string, std::string>;

std::string ResolveByName(const Named& layers, const std::string& here,
                          const std::string& there) {
  static const std::array<std::string, 7> kOrder = {
      "upstream",
      "upstream_override",
      "service_instance",
      "upstream_defaults",
      "service_defaults",
      "proxy_defaults",
      "destination_service_defaults"};
  for (const std::string& layer : kOrder) {
    const auto found = layers.find(layer);
    if (found == layers.end() || found->second.empty()) continue;
    return here == there ? "none" : found->second;
  }
  return "none";
}

void BM_ReferenceNamesAndMap(benchmark::State& state) {
  std::vector<Named> layers;
  for (const ModeLayers& from : RandomLayers()) {
    const auto name = [](MeshGatewayMode mode) {
      return std::string(meshgw::MeshGatewayModeName(mode));
    };
    layers.push_back(
        {{"upstream", name(from.upstream)},
         {"upstream_override", name(from.upstream_override)},
         {"service_instance", name(from.proxy_instance)},
         {"upstream_defaults", name(from.upstream_defaults)},
         {"service_defaults", name(from.service_defaults)},
         {"proxy_defaults", name(from.proxy_defaults)},
         {"destination_service_defaults", name(from.destination_defaults)}});
  }
  const std::string here = "primary";
  const std::string there = "secondary";
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ResolveByName(layers[next % layers.size()], here,
                                           next % 2 == 0 ? there : here));
    ++next;
  }
}
BENCHMARK(BM_ReferenceNamesAndMap);

}  // namespace
