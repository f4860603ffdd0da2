#ifndef MESHGW_TESTS_CATALOG_CATALOG_TEXT_H_
#define MESHGW_TESTS_CATALOG_CATALOG_TEXT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "meshgw/catalog.h"
#include "support/catch.h"

// Small catalogs from texts, and what comes of them as texts.
namespace meshgw::test {

inline const std::string kClusterId = "11111111-2222-3333-4444-555555555555";
inline const std::string kTrustDomain = kClusterId + ".consul";

// A datacenter's name and what its one file says besides.
using Datacenters = std::vector<std::pair<std::string, std::string>>;

inline std::vector<Config> ConfigsOf(const Datacenters& datacenters) {
  std::vector<Config> out;
  for (const auto& [name, text] : datacenters) {
    const ConfigFile file{name + ".hcl",
                          "datacenter = \"" + name + "\"\n" + text};
    ConfigDiagnostics found;
    auto config = ParseConfig({&file, 1}, {}, &found);
    INFO(found.Format());
    REQUIRE(config.ok());
    out.push_back(*std::move(config));
  }
  return out;
}

// The first datacenter is the primary one, with the cluster's id.
inline Catalog CatalogOf(Datacenters datacenters) {
  datacenters[0].second += "\nprimary_datacenter = \"" + datacenters[0].first +
                           "\" connect { ca_config { cluster_id = \"" +
                           kClusterId + "\" } }";
  ConfigDiagnostics found;
  auto catalog = MakeCatalog(ConfigsOf(datacenters), &found);
  INFO(found.Format());
  REQUIRE(catalog.ok());
  return *std::move(catalog);
}

inline Snapshot SnapshotOf(const Catalog& catalog, std::string_view datacenter,
                           const ServiceDefinition* gateway = nullptr) {
  auto snapshot = MakeSnapshot(catalog, datacenter, gateway);
  REQUIRE(snapshot.ok());
  return *std::move(snapshot);
}

// "address:port" with "*weight" unless 1 and "!" when unhealthy, in order.
inline std::string ToText(const std::vector<Endpoint>& endpoints) {
  std::string out;
  for (const Endpoint& endpoint : endpoints) {
    out += absl::StrFormat("%s%s:%d", out.empty() ? "" : " ", endpoint.address,
                           endpoint.port);
    if (endpoint.weight != 1) out += absl::StrFormat("*%d", endpoint.weight);
    if (endpoint.health == EndpointHealth::kUnhealthy) out += "!";
  }
  return out;
}

// The table of a gateway and the warnings of its making.
struct Routes {
  std::shared_ptr<const RouteTable> table;
  std::vector<std::string> warnings;  // Formatted.
  std::size_t warnings_not_shown = 0;

  // The endpoints of the route for `name`, "none" where there is no route.
  std::string To(std::string_view name) const {
    const RouteMatch match = table->Lookup(name);
    return match.route == nullptr ? "none" : ToText(match.cluster->endpoints);
  }
  const Cluster& ClusterOf(std::string_view name) const {
    const RouteMatch match = table->Lookup(name);
    REQUIRE(match.route != nullptr);
    return *match.cluster;
  }
};

inline Routes RoutesOf(const Snapshot& snapshot) {
  Routes out;
  ConfigDiagnostics found;
  auto table = BuildRoutes(snapshot, &found);
  out.warnings_not_shown = found.warnings_not_shown;
  for (const ConfigError& warning : found.warnings) {
    out.warnings.push_back(warning.Format());
  }
  REQUIRE(table.ok());
  out.table = *std::move(table);
  return out;
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CATALOG_CATALOG_TEXT_H_
