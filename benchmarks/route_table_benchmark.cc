// What a look-up costs by the number of routes, beside std::unordered_map and a
// linear search over the same names, and what building a table costs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "meshgw/route_table.h"

namespace {

using meshgw::Cluster;
using meshgw::RouteTable;
using meshgw::RouteTableBuilder;

constexpr std::string_view kTail =
    ".internal.11111111-2222-3333-4444-555555555555.consul";

// A name as Connect writes it: service, namespace, datacenter, trust domain.
std::string ServiceName(std::int64_t i) {
  return "service-" + std::to_string(i) + ".default.dc1" + std::string(kTail);
}
std::string DatacenterSuffix(std::int64_t i) {
  return "dc-" + std::to_string(i) + std::string(kTail);
}

Cluster OneEndpoint(std::string name) {
  Cluster cluster;
  cluster.name = std::move(name);
  cluster.endpoints.push_back({.address = "192.0.2.1", .port = 443});
  return cluster;
}

void Require(const absl::Status& status) {
  if (!status.ok()) std::abort();
}

std::shared_ptr<const RouteTable> BuildTable(std::int64_t exact,
                                             std::int64_t suffixes) {
  RouteTableBuilder builder;
  for (std::int64_t i = 0; i < exact; ++i) {
    const std::string name = ServiceName(i);
    Require(builder.AddCluster(OneEndpoint(name)));
    Require(builder.AddExact(name, name));
  }
  for (std::int64_t i = 0; i < suffixes; ++i) {
    const std::string name = DatacenterSuffix(i);
    Require(builder.AddCluster(OneEndpoint(name)));
    Require(builder.AddSuffix("*." + name, name));
  }
  auto table = builder.Build();
  Require(table.status());
  return *std::move(table);
}

// `wanted` of the names 0..count-1 in random order; the same in every run.
template <typename MakeName>
std::vector<std::string> RandomNames(std::int64_t count, std::size_t wanted,
                                     const MakeName& make_name) {
  std::mt19937_64 random(1);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < wanted; ++i) {
    names.push_back(make_name(static_cast<std::int64_t>(
        random() % static_cast<std::uint64_t>(count))));
  }
  return names;
}

// Looks `names` up in turn, for ever; every one must be found.
void LookupInTurn(benchmark::State& state, const RouteTable& table,
                  const std::vector<std::string>& names) {
  std::size_t next = 0;
  for (auto _ : state) {
    const meshgw::RouteMatch match = table.Lookup(names[next]);
    if (match.cluster == nullptr) std::abort();
    benchmark::DoNotOptimize(match);
    if (++next == names.size()) next = 0;
  }
}

void BM_Exact(benchmark::State& state) {
  const auto table = BuildTable(state.range(0), 10);
  LookupInTurn(
      state, *table,
      RandomNames(state.range(0), static_cast<std::size_t>(state.range(1)),
                  ServiceName));
}
BENCHMARK(BM_Exact)
    ->ArgNames({"routes", "names"})
    ->Args({10, 1})
    ->Args({1000, 1})
    ->Args({100000, 1})
    ->Args({100000, 1000})
    ->Args({100000, 100000});

void BM_Suffix(benchmark::State& state) {
  const auto table = BuildTable(10, state.range(0));
  LookupInTurn(
      state, *table,
      RandomNames(state.range(0), static_cast<std::size_t>(state.range(1)),
                  [](std::int64_t i) {
                    return "v2.api.default." + DatacenterSuffix(i);
                  }));
}
BENCHMARK(BM_Suffix)
    ->ArgNames({"routes", "names"})
    ->Args({10, 1})
    ->Args({1000, 1})
    ->Args({100000, 1})
    ->Args({100000, 1000});

void BM_Miss(benchmark::State& state) {
  const auto table = BuildTable(state.range(0), 1000);
  const std::string name = "unknown.default.dc-none" + std::string(kTail);
  for (auto _ : state) benchmark::DoNotOptimize(table->Lookup(name));
}
BENCHMARK(BM_Miss)->ArgName("routes")->Arg(100000);

// The most labels that a name can have, each of which some suffix has too.
void BM_MissAtEveryLabel(benchmark::State& state) {
  RouteTableBuilder builder;
  Require(builder.AddCluster(OneEndpoint("c")));
  std::string suffix = "b";
  while (suffix.size() < 252) {
    Require(builder.AddSuffix("*." + suffix, "c"));
    suffix += ".b";
  }
  const auto table = *builder.Build();
  std::string name = "a";
  while (name.size() < 253) name += ".a";
  for (auto _ : state) benchmark::DoNotOptimize(table->Lookup(name));
}
BENCHMARK(BM_MissAtEveryLabel);

// The reference: a plain map, which knows neither case nor suffixes.
void BM_ReferenceUnorderedMap(benchmark::State& state) {
  std::unordered_map<std::string, std::uint32_t> map;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    map.emplace(ServiceName(i), static_cast<std::uint32_t>(i));
  }
  const std::vector<std::string> names = RandomNames(
      state.range(0), static_cast<std::size_t>(state.range(1)), ServiceName);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.find(names[next])->second);
    if (++next == names.size()) next = 0;
  }
}
BENCHMARK(BM_ReferenceUnorderedMap)
    ->ArgNames({"routes", "names"})
    ->Args({100000, 1})
    ->Args({100000, 1000})
    ->Args({100000, 100000});

// The reference: every suffix in turn.
void BM_ReferenceLinearSuffix(benchmark::State& state) {
  std::vector<std::string> suffixes;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    suffixes.push_back("." + DatacenterSuffix(i));
  }
  const std::string name =
      "v2.api.default." + DatacenterSuffix(state.range(0) / 2);
  for (auto _ : state) {
    std::size_t found = 0;
    while (!name.ends_with(suffixes[found])) ++found;
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(BM_ReferenceLinearSuffix)
    ->ArgName("routes")
    ->Arg(10)
    ->Arg(1000)
    ->Arg(100000);

void BM_Build(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(BuildTable(state.range(0), 10));
  }
}
BENCHMARK(BM_Build)->ArgName("routes")->Arg(1000)->Arg(100000)->Unit(
    benchmark::kMillisecond);

}  // namespace
