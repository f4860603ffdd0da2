// What a new table costs a worker between two connections, when it has used all
// clusters of the old one: the longest that a connection waits for it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "meshgw/endpoint_picker.h"

namespace {

using meshgw::Cluster;
using meshgw::EndpointPicker;
using meshgw::RouteTable;
using meshgw::RouteTableBuilder;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

Cluster MakeCluster(std::int64_t i) {
  Cluster cluster;
  cluster.name = "service-" + std::to_string(i) + ".default.dc1.internal";
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
    cluster.endpoints.push_back({.address = address, .port = 443});
  }
  return cluster;
}

std::shared_ptr<const RouteTable> MakeTable(std::int64_t count) {
  RouteTableBuilder builder;
  for (std::int64_t i = 0; i < count; ++i) {
    Cluster cluster = MakeCluster(i);
    const std::string name = cluster.name;
    if (!builder.AddCluster(std::move(cluster)).ok()) std::abort();
    if (!builder.AddExact(name, name).ok()) std::abort();
  }
  return *builder.Build();
}

// Endpoints of one cluster changed.
std::shared_ptr<const RouteTable> ChangedIn(const RouteTable& table) {
  const Cluster changed = MakeCluster(1);
  return *table.WithClusters(std::span(&changed, 1));
}

void PickOfEach(EndpointPicker* picker) {
  for (std::uint32_t i = 0; i < picker->table().clusters().size(); ++i) {
    EndpointPicker::Attempts attempts;
    picker->Release(picker->Pick(i, i, {}, &attempts));
  }
}

// `all`: the whole table is new, or one cluster of it. `last`: nobody else
// keeps the old one, so that it is freed there; a gateway keeps it elsewhere.
void BM_Swap(benchmark::State& state) {
  const bool all = state.range(1) != 0;
  const bool last = state.range(2) != 0;
  auto table = MakeTable(state.range(0));
  EndpointPicker picker(table, 1);
  double longest = 0;
  for (auto _ : state) {
    PickOfEach(&picker);
    auto next = all ? MakeTable(state.range(0)) : ChangedIn(*table);
    auto old = std::exchange(table, next);
    if (last) old.reset();
    const auto start = Clock::now();
    picker.SetTable(std::move(next));
    const double took = Seconds(Clock::now() - start).count();
    state.SetIterationTime(took);
    longest = std::max(longest, took);
  }
  state.counters["longest_us"] = 1e6 * longest;
}
BENCHMARK(BM_Swap)
    ->ArgNames({"routes", "all", "last"})
    ->ArgsProduct({{1000, 100000}, {0, 1}, {0, 1}})
    ->Iterations(20)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
