#include <string>
#include <vector>

#include "c_objects.h"
#include "support/source_tree.h"

namespace meshgw::test {
namespace {

constexpr char kTrustDomain[] = "11111111-2222-3333-4444-555555555555.consul";

CatalogPtr Load(const std::string& folder) {
  meshgw_catalog* catalog = nullptr;
  Error error;
  const meshgw_status status =
      meshgw_catalog_load(Str(SourceTree(folder)), &catalog, error.out());
  INFO(error.message());
  REQUIRE(status == MESHGW_OK);
  return CatalogPtr(catalog);
}
CatalogPtr Example() { return Load("examples/two-datacenters"); }

ConfigPtr ParseFile(const std::string& name, const std::string& text) {
  auto file = Sized<meshgw_config_file>();
  file.name = Str(name);
  file.contents = Str(text);
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(&file, 1, &config, nullptr) == MESHGW_OK);
  return ConfigPtr(config);
}

RoutesPtr RoutesOf(const CatalogPtr& catalog, const std::string& datacenter,
                   const std::string& gateway = "",
                   std::string* warnings = nullptr) {
  meshgw_routes* routes = nullptr;
  meshgw_string* text = nullptr;
  REQUIRE(meshgw_catalog_routes(catalog.get(), Str(datacenter), Str(gateway),
                                &routes, &text, nullptr) == MESHGW_OK);
  if (warnings != nullptr) *warnings = Text(meshgw_string_view(text));
  meshgw_string_free(text);
  return RoutesPtr(routes);
}

// "kind cluster" of what `name` leads to.
std::string FoundCluster(const RoutesPtr& routes, const std::string& name) {
  const meshgw_route_match match =
      meshgw_routes_lookup(routes.get(), Str(name));
  if (match.cluster < 0) return meshgw_route_kind_name(match.kind);
  auto cluster = Sized<meshgw_cluster>();
  REQUIRE(meshgw_routes_cluster_at(routes.get(),
                                   static_cast<std::size_t>(match.cluster),
                                   &cluster) == MESHGW_OK);
  return std::string(meshgw_route_kind_name(match.kind)) + " " +
         Text(cluster.name);
}

TEST_CASE("a catalog has a datacenter for each folder, by name") {
  const CatalogPtr catalog = Example();
  REQUIRE(meshgw_catalog_datacenter_count(catalog.get()) == 2);
  CHECK(Text(meshgw_catalog_datacenter_at(catalog.get(), 0)) == "primary");
  CHECK(Text(meshgw_catalog_datacenter_at(catalog.get(), 1)) == "secondary");
  CHECK(meshgw_catalog_datacenter_at(catalog.get(), 2).len == 0);
  CHECK(Text(meshgw_catalog_primary(catalog.get())) == "primary");
}

TEST_CASE("a gateway routes to its services and to the other datacenter") {
  const CatalogPtr catalog = Example();
  std::string warnings = "#";
  const RoutesPtr primary = RoutesOf(catalog, "primary", "", &warnings);
  CHECK(warnings.empty());
  const std::string domain = std::string(".internal.") + kTrustDomain;
  CHECK_THAT(FoundCluster(primary, "web.default.primary" + domain),
             Catch::Matchers::StartsWith("exact "));
  CHECK_THAT(FoundCluster(primary, "API.default.secondary" + domain + "."),
             Catch::Matchers::StartsWith("suffix "));
  CHECK(FoundCluster(primary, "api.default.nowhere" + domain) == "none");
  const RoutesPtr secondary = RoutesOf(catalog, "SECONDARY");
  CHECK_THAT(FoundCluster(secondary, "api.default.secondary" + domain),
             Catch::Matchers::StartsWith("exact "));
  CHECK(FoundCluster(secondary, "") == "none");
}

TEST_CASE("routes outlive the catalog that they are made of") {
  CatalogPtr catalog = Example();
  const RoutesPtr routes = RoutesOf(catalog, "primary");
  catalog.reset();
  CHECK_THAT(FoundCluster(routes, std::string("web.default.primary.internal.") +
                                      kTrustDomain),
             Catch::Matchers::StartsWith("exact "));
}

TEST_CASE("an unknown datacenter or gateway is not found, and named") {
  const CatalogPtr catalog = Example();
  meshgw_routes* routes = nullptr;
  meshgw_string* warnings = nullptr;
  for (const auto& [datacenter, gateway, named] :
       std::vector<std::tuple<const char*, const char*, const char*>>{
           {"dc9", "", "dc9"}, {"primary", "gw9", "gw9"}, {"", "", ""}}) {
    CAPTURE(datacenter, gateway);
    Error error;
    CHECK(meshgw_catalog_routes(catalog.get(), Str(datacenter), Str(gateway),
                                &routes, &warnings,
                                error.out()) == MESHGW_ERR_NOT_FOUND);
    CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(named));
    CHECK(routes == nullptr);
    CHECK(warnings == nullptr);
  }
}

constexpr char kAgent[] =
    "datacenter = \"dc1\" connect { ca_config { cluster_id = "
    "\"11111111-2222-3333-4444-555555555555\" } }\n";

TEST_CASE("one of several gateways must be named") {
  const ConfigPtr config = ParseFile(
      "dc1.hcl",
      std::string(kAgent) +
          "services { id = \"gw1\" name = \"gw\" kind = \"mesh-gateway\" port "
          "= 1 }\nservices { id = \"gw2\" name = \"gw\" kind = "
          "\"mesh-gateway\" port = 2 }\n");
  const meshgw_config* configs[] = {config.get()};
  meshgw_catalog* made = nullptr;
  REQUIRE(meshgw_catalog_create(configs, 1, &made, nullptr) == MESHGW_OK);
  const CatalogPtr catalog(made);
  meshgw_routes* routes = nullptr;
  Error error;
  CHECK(meshgw_catalog_routes(catalog.get(), Str("dc1"), Str(""), &routes,
                              nullptr,
                              error.out()) == MESHGW_ERR_FAILED_PRECONDITION);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("gw1"));
  CHECK(RoutesOf(catalog, "dc1", "gw2") != nullptr);
}

TEST_CASE("a datacenter without a gateway has the routes of a default one") {
  const ConfigPtr config =
      ParseFile("dc1.hcl", std::string(kAgent) +
                               "service { name = \"web\" port = 1 connect { "
                               "sidecar_service { } } }\n");
  const meshgw_config* configs[] = {config.get()};
  meshgw_catalog* made = nullptr;
  REQUIRE(meshgw_catalog_create(configs, 1, &made, nullptr) == MESHGW_OK);
  const CatalogPtr catalog(made);
  CHECK_THAT(
      FoundCluster(RoutesOf(catalog, "dc1"),
                   std::string("web.default.dc1.internal.") + kTrustDomain),
      Catch::Matchers::StartsWith("exact "));
}

TEST_CASE("a catalog copies its configurations") {
  ConfigPtr config = ParseFile("dc1.hcl", kAgent);
  const meshgw_config* configs[] = {config.get()};
  meshgw_catalog* made = nullptr;
  REQUIRE(meshgw_catalog_create(configs, 1, &made, nullptr) == MESHGW_OK);
  const CatalogPtr catalog(made);
  config.reset();
  CHECK(Text(meshgw_catalog_datacenter_at(catalog.get(), 0)) == "dc1");
}

TEST_CASE("a catalog that contradicts itself says so in details") {
  const ConfigPtr first = ParseFile("one.hcl", kAgent);
  const ConfigPtr second = ParseFile("two.hcl", kAgent);
  const ConfigPtr nameless = ParseFile("three.hcl", "");
  const auto refused = [](const std::vector<const meshgw_config*>& configs) {
    meshgw_catalog* catalog = nullptr;
    Error error;
    CHECK(meshgw_catalog_create(configs.data(), configs.size(), &catalog,
                                error.out()) == MESHGW_ERR_INVALID_ARGUMENT);
    CHECK(catalog == nullptr);
    return error.message();
  };
  CHECK_THAT(refused({first.get(), second.get()}),
             Catch::Matchers::ContainsSubstring("and 1 more errors"));
  CHECK_THAT(
      refused({first.get(), nameless.get()}),
      Catch::Matchers::ContainsSubstring("configs[1] names no datacenter"));
  CHECK_THAT(refused({}), Catch::Matchers::ContainsSubstring("count"));
}

TEST_CASE("a catalog that is not there is not found, with its path") {
  meshgw_catalog* catalog = nullptr;
  Error error;
  const std::string path = SourceTree("examples/none");
  CHECK(meshgw_catalog_load(Str(path), &catalog, error.out()) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(path));
  CHECK(error.number() == ENOENT);
}

ModeExplanationPtr Explain(const CatalogPtr& catalog,
                           const std::string& upstream,
                           std::int32_t rules = MESHGW_RULES_LATEST) {
  auto query = Sized<meshgw_upstream_query>();
  query.datacenter = Str("primary");
  query.service = Str("web");
  query.upstream = Str(upstream);
  query.rules = rules;
  meshgw_mode_explanation* explanation = nullptr;
  REQUIRE(meshgw_catalog_explain_mode(catalog.get(), &query, &explanation,
                                      nullptr) == MESHGW_OK);
  return ModeExplanationPtr(explanation);
}

struct Won {
  std::string mode;
  std::string source;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

Won WinnerOf(const ModeExplanationPtr& explanation) {
  Won won;
  const std::size_t count =
      meshgw_mode_explanation_layer_count(explanation.get());
  for (std::size_t i = 0; i < count; ++i) {
    auto layer = Sized<meshgw_mode_layer>();
    REQUIRE(meshgw_mode_explanation_layer_at(explanation.get(), i, &layer) ==
            MESHGW_OK);
    CHECK(layer.why.len > 0);
    if (layer.won == 0) continue;
    won = {meshgw_mode_name(layer.value), meshgw_source_name(layer.source),
           Text(layer.file), layer.line, layer.column};
  }
  return won;
}

TEST_CASE("a mode from a catalog is explained with the place of each layer") {
  const CatalogPtr catalog = Example();
  struct Row {
    const char* upstream;
    const char* mode;
    std::uint32_t line;
    std::int32_t dial;
  };
  for (const auto& [upstream, mode, line, dial] :
       {Row{"api", "remote", 17, MESHGW_DIAL_REMOTE_GATEWAY},
        Row{"db", "local", 25, MESHGW_DIAL_LOCAL_GATEWAY},
        Row{"logging", "none", 33, MESHGW_DIAL_INSTANCE}}) {
    for (const int rules : {MESHGW_RULES_LATEST, MESHGW_RULES_V1_6}) {
      CAPTURE(upstream, rules);
      const ModeExplanationPtr explained = Explain(catalog, upstream, rules);
      const Won won = WinnerOf(explained);
      CHECK(won.mode == mode);
      CHECK(won.source == "upstream");
      CHECK_THAT(won.file, Catch::Matchers::EndsWith("primary/web.hcl"));
      CHECK(won.line == line);
      CHECK(won.column > 1);
      meshgw_mode_decision decision = {};
      REQUIRE(meshgw_mode_explanation_decision(explained.get(), &decision) ==
              MESHGW_OK);
      CHECK(meshgw_mode_name(decision.mode) == won.mode);
      CHECK(decision.dial == dial);
    }
  }
}

// Upstream api of web, which fails over to another datacenter, and then to a
// subset of another service.
CatalogPtr FailoverCatalog() {
  const ConfigPtr dc1 = ParseFile("dc1.hcl", std::string(kAgent) + R"(
services = [
  { name = "web" port = 1 address = "10.1.0.2"
    connect = { sidecar_service = { proxy = { upstreams = [
      { destination_name = "api" local_bind_port = 2
        mesh_gateway = { mode = "remote" } }] } } } },
  { name = "other" port = 1 address = "10.1.0.3"
    connect = { sidecar_service = { port = 2 } } },
]
config_entries { bootstrap = [
  { kind = "service-resolver" name = "api" failover = { "*" = { targets = [
      { datacenter = "dc2" }, { service = "other" service_subset = "v2" }] } } },
  { kind = "service-resolver" name = "other" subsets = { v2 = {} } },
] })");
  const ConfigPtr dc2 = ParseFile("dc2.hcl", R"(datacenter = "dc2"
primary_datacenter = "dc1"
service { kind = "mesh-gateway" name = "gw" port = 8443 address = "10.2.0.1" })");
  const meshgw_config* configs[] = {dc1.get(), dc2.get()};
  meshgw_catalog* catalog = nullptr;
  Error error;
  const meshgw_status status =
      meshgw_catalog_create(configs, 2, &catalog, error.out());
  INFO(error.message());
  REQUIRE(status == MESHGW_OK);
  return CatalogPtr(catalog);
}

TEST_CASE("an explanation has the failovers, with what each of them dials") {
  auto query = Sized<meshgw_upstream_query>();
  query.datacenter = Str("dc1");
  query.service = Str("web");
  query.upstream = Str("api");
  meshgw_mode_explanation* made = nullptr;
  REQUIRE(meshgw_catalog_explain_mode(FailoverCatalog().get(), &query, &made,
                                      nullptr) == MESHGW_OK);
  const ModeExplanationPtr explained(made);
  REQUIRE(meshgw_mode_explanation_failover_count(made) == 2);
  auto first = Sized<meshgw_upstream_failover>();
  auto second = Sized<meshgw_upstream_failover>();
  REQUIRE(meshgw_mode_explanation_failover_at(made, 0, &first) == MESHGW_OK);
  REQUIRE(meshgw_mode_explanation_failover_at(made, 1, &second) == MESHGW_OK);
  CHECK(Text(first.datacenter) == "dc2");
  CHECK(Text(first.partition) == "default");
  CHECK(Text(first.service) == "api");
  CHECK(Text(first.subset).empty());
  CHECK(Text(first.peer).empty());
  CHECK(Text(first.server_name) ==
        std::string("api.default.dc2.internal.") + kTrustDomain);
  CHECK(first.decision.mode == MESHGW_MODE_REMOTE);
  CHECK(first.decision.applies == 1);
  REQUIRE(first.dial_count == 1);
  CHECK(Text(second.service) == "other");
  CHECK(Text(second.subset) == "v2");
  CHECK(second.decision.applies == 0);
  REQUIRE(second.dial_count == 1);
  auto endpoint = Sized<meshgw_endpoint>();
  REQUIRE(meshgw_mode_explanation_failover_dial_at(made, 0, 0, &endpoint) ==
          MESHGW_OK);
  CHECK(Text(endpoint.address) == "10.2.0.1");
  CHECK(endpoint.port == 8443);
  CHECK(meshgw_mode_explanation_failover_dial_at(made, 0, 1, &endpoint) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_mode_explanation_failover_dial_at(made, 2, 0, &endpoint) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_mode_explanation_failover_at(made, 2, &first) ==
        MESHGW_ERR_NOT_FOUND);
}

TEST_CASE("an explanation outlives its catalog") {
  CatalogPtr catalog = Example();
  const ModeExplanationPtr explained = Explain(catalog, "api");
  catalog.reset();
  CHECK_THAT(WinnerOf(explained).file, Catch::Matchers::EndsWith("web.hcl"));
}

TEST_CASE("what a catalog does not have is not found, and named") {
  const CatalogPtr catalog = Example();
  struct Row {
    meshgw_str meshgw_upstream_query::*field;
    const char* value;
  };
  for (const auto& [field, value] :
       {Row{&meshgw_upstream_query::datacenter, "dc9"},
        Row{&meshgw_upstream_query::service, "service9"},
        Row{&meshgw_upstream_query::upstream, "upstream9"},
        Row{&meshgw_upstream_query::proxy_id, "proxy9"}}) {
    CAPTURE(value);
    auto query = Sized<meshgw_upstream_query>();
    query.datacenter = Str("primary");
    query.service = Str("web");
    query.upstream = Str("api");
    query.*field = Str(value);
    meshgw_mode_explanation* explanation = nullptr;
    Error error;
    CHECK(meshgw_catalog_explain_mode(catalog.get(), &query, &explanation,
                                      error.out()) == MESHGW_ERR_NOT_FOUND);
    CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(value));
    CHECK(explanation == nullptr);
  }
}

TEST_CASE("a catalog tells what of its files has no effect, and bad filters") {
  const ConfigPtr config = ParseFile(
      "dc1.hcl",
      std::string(kAgent) +
          "config_entries { bootstrap = [\n{ kind = \"service-router\" name = "
          "\"web\" },\n{ kind = \"service-resolver\" name = \"api\" subsets = "
          "{ v1 = { filter = \"Service.Meta.v ==\" } } }] }\n");
  const meshgw_config* configs[] = {config.get()};
  meshgw_catalog* made = nullptr;
  REQUIRE(meshgw_catalog_create(configs, 1, &made, nullptr) == MESHGW_OK);
  const CatalogPtr catalog(made);
  REQUIRE(meshgw_catalog_warning_count(made) ==
          meshgw_config_warning_count(config.get()));
  REQUIRE(meshgw_catalog_warning_count(made) > 0);
  auto detail = Sized<meshgw_error_detail>();
  CHECK(meshgw_catalog_warning_at(made, 0, &detail) == MESHGW_OK);
  CHECK_THAT(Text(detail.what),
             Catch::Matchers::ContainsSubstring("service-router"));
  CHECK(detail.line == 3);
  CHECK(meshgw_catalog_warning_at(made, 99, &detail) == MESHGW_ERR_NOT_FOUND);
  REQUIRE(meshgw_catalog_filter_error_count(made) == 1);
  CHECK(meshgw_catalog_filter_error_at(made, 0, &detail) == MESHGW_OK);
  CHECK(detail.line == 4);
  CHECK(meshgw_catalog_filter_error_at(made, 1, &detail) ==
        MESHGW_ERR_NOT_FOUND);
}

TEST_CASE("an explanation from a catalog says what is dialled, by which name") {
  const CatalogPtr catalog = Example();
  const ModeExplanationPtr explained = Explain(catalog, "api");
  auto target = Sized<meshgw_upstream_target>();
  REQUIRE(meshgw_mode_explanation_target(explained.get(), &target) ==
          MESHGW_OK);
  CHECK(Text(target.source_datacenter) == "primary");
  CHECK(Text(target.datacenter) == "secondary");
  CHECK(Text(target.service) == "api");
  CHECK(Text(target.server_name) ==
        std::string("api.default.secondary.internal.") + kTrustDomain);
  const std::size_t count = meshgw_mode_explanation_dial_count(explained.get());
  REQUIRE(count > 0);
  auto endpoint = Sized<meshgw_endpoint>();
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(meshgw_mode_explanation_dial_at(explained.get(), i, &endpoint) ==
          MESHGW_OK);
    CHECK(endpoint.address.len > 0);
    CHECK(endpoint.port > 0);
  }
  CHECK(meshgw_mode_explanation_dial_at(explained.get(), count, &endpoint) ==
        MESHGW_ERR_NOT_FOUND);
}

}  // namespace
}  // namespace meshgw::test
