// What one choice of an endpoint costs, by policy and number of endpoints,
// beside a plain turn through a vector.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "meshgw/endpoint_picker.h"

namespace {

using meshgw::Cluster;
using meshgw::EndpointPicker;
using meshgw::LoadBalancing;

std::shared_ptr<const meshgw::RouteTable> MakeTable(LoadBalancing policy,
                                                    std::int64_t endpoints) {
  Cluster cluster;
  cluster.name = "c";
  cluster.load_balancing = policy;
  for (std::int64_t i = 0; i < endpoints; ++i) {
    cluster.endpoints.push_back(
        {.address = "endpoint-" + std::to_string(i),
         .port = 443,
         .weight = static_cast<std::uint32_t>(i % 3 + 1)});
  }
  meshgw::RouteTableBuilder builder;
  if (!builder.AddCluster(std::move(cluster)).ok()) std::abort();
  return *builder.Build();
}

void BM_Pick(benchmark::State& state) {
  const auto policy = static_cast<LoadBalancing>(state.range(0));
  state.SetLabel(std::string(meshgw::LoadBalancingName(policy)));
  EndpointPicker picker(MakeTable(policy, state.range(1)), 1);
  std::uint64_t client = 0;
  for (auto _ : state) {
    EndpointPicker::Attempts attempts;
    const EndpointPicker::Selection selection =
        picker.Pick(0, client += 0x9e3779b97f4a7c15u, {}, &attempts);
    benchmark::DoNotOptimize(selection.endpoint);
    picker.OnConnected(selection);
    picker.Release(selection);
  }
}
BENCHMARK(BM_Pick)
    ->ArgNames({"policy", "endpoints"})
    ->ArgsProduct({{0, 1, 2, 3}, {1, 3, 100, 1000}});

void BM_ReferencePlainTurn(benchmark::State& state) {
  const auto table = MakeTable(LoadBalancing::kRoundRobin, state.range(0));
  const auto& endpoints = table->clusters()[0]->endpoints;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(&endpoints[next]);
    if (++next == endpoints.size()) next = 0;
  }
}
BENCHMARK(BM_ReferencePlainTurn)->ArgName("endpoints")->Arg(100);

}  // namespace
