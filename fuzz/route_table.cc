// Builds a table from lines and looks names up in it; holds the answers against
// a search of every rule. Lines: "=name", "*.suffix" and "*" (the default) are
// rules, any other is a name to look up.
#include "meshgw/route_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using meshgw::Route;
using meshgw::RouteKind;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Names as they are compared: lower case, without one trailing dot.
std::string Compared(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

const Route* Search(const meshgw::RouteTable& table, const std::string& name) {
  const Route* best = nullptr;
  for (const Route& route : table.routes()) {
    const bool is_name = !name.empty() && name.size() <= 255;
    bool matches = route.kind == RouteKind::kDefault;
    if (route.kind == RouteKind::kExact) {
      matches = is_name && route.match == name;
    } else if (route.kind == RouteKind::kSuffix) {
      const std::string_view tail = std::string_view(route.match).substr(1);
      matches = is_name && name.size() > tail.size() && name.ends_with(tail);
    }
    if (!matches) continue;
    if (best == nullptr || route.kind < best->kind ||
        (route.kind == best->kind && route.match.size() > best->match.size())) {
      best = &route;
    }
  }
  return best;
}

void Check(const meshgw::RouteTable& table, std::string_view name) {
  const meshgw::RouteMatch match = table.Lookup(name);
  Require(match.route == Search(table, Compared(name)));
  std::size_t winners = 0;
  for (const meshgw::RouteCandidate& candidate : table.Explain(name)) {
    if (!candidate.won) continue;
    ++winners;
    Require(match.route != nullptr && candidate.kind == match.kind &&
            candidate.match == match.route->match);
  }
  Require(winners == (match.route != nullptr ? 1u : 0u));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  meshgw::RouteTableBuilder builder;
  meshgw::Cluster cluster;
  cluster.name = "c";
  Require(builder.AddCluster(cluster).ok());
  std::vector<std::string_view> names;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    // What the builder refuses is no rule; it must not matter.
    if (line == "*") {
      (void)builder.SetDefault("c");
    } else if (line.starts_with('*')) {
      (void)builder.AddSuffix(line, "c");
    } else if (line.starts_with('=')) {
      (void)builder.AddExact(line.substr(1), "c");
    } else {
      names.push_back(line);
    }
  }
  const auto table = builder.Build();
  Require(table.ok());
  for (const std::string_view name : names) Check(**table, name);
  // Each rule is found by its own name.
  for (const Route& route : (*table)->routes()) {
    Check(**table, route.match);
    Check(**table, "a" + route.match);
  }
  return 0;
}
