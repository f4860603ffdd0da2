#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cases.h"
#include "meshgw/route_table.h"

namespace meshgw {
namespace {

constexpr std::size_t kExact = 9000;
constexpr std::size_t kSuffixes = 1000;
constexpr std::size_t kLookUps = 1000;

// Services of the own datacenter by name, other datacenters by suffix, as a
// gateway's table has them.
const std::string kTail =
    ".internal.11111111-2222-3333-4444-555555555555.consul";

std::string ServiceName(std::size_t i) {
  return "service-" + std::to_string(i) + ".default.dc1" + kTail;
}
std::string DatacenterSuffix(std::size_t i) {
  return "dc-" + std::to_string(i) + kTail;
}

std::shared_ptr<const RouteTable> TenThousandRoutes() {
  RouteTableBuilder builder;
  Cluster cluster;
  cluster.name = "all";
  bool added = builder.AddCluster(cluster).ok();
  for (std::size_t i = 0; i < kExact; ++i) {
    added = builder.AddExact(ServiceName(i), "all").ok() && added;
  }
  for (std::size_t i = 0; i < kSuffixes; ++i) {
    added = builder.AddSuffix("*." + DatacenterSuffix(i), "all").ok() && added;
  }
  auto table = builder.Build();
  if (!added || !table.ok()) std::abort();
  return *std::move(table);
}

Work LookUp(std::vector<std::string> names, RouteKind kind) {
  return [names = std::move(names), kind, table = TenThousandRoutes()] {
    for (const std::string& name : names) {
      if (table->Lookup(name).kind != kind) return false;
    }
    return true;
  };
}

Work Exact() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kLookUps; ++i) {
    names.push_back(ServiceName(i * 7 % kExact));
  }
  return LookUp(std::move(names), RouteKind::kExact);
}

Work Suffix() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kLookUps; ++i) {
    names.push_back("api.default." + DatacenterSuffix(i * 7 % kSuffixes));
  }
  return LookUp(std::move(names), RouteKind::kSuffix);
}

Work Miss() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kLookUps; ++i) {
    names.push_back("api.default." + DatacenterSuffix(kSuffixes + i));
  }
  return LookUp(std::move(names), RouteKind::kNone);
}

}  // namespace

void AddRouteCases(Cases* cases) {
  (*cases)["route_exact"] = Exact;
  (*cases)["route_suffix"] = Suffix;
  (*cases)["route_miss"] = Miss;
}

}  // namespace meshgw
