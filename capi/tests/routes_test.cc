#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "c_objects.h"
#include "meshgw/route_table.h"

namespace meshgw::test {
namespace {

RoutesBuilderPtr Builder() {
  meshgw_routes_builder* builder = nullptr;
  REQUIRE(meshgw_routes_builder_create(&builder, nullptr) == MESHGW_OK);
  return RoutesBuilderPtr(builder);
}

meshgw_endpoint EndpointAt(std::string_view address, std::uint32_t port) {
  auto endpoint = Sized<meshgw_endpoint>();
  endpoint.address = Str(address);
  endpoint.port = port;
  return endpoint;
}

// Adds a cluster of one endpoint.
meshgw_status AddCluster(const RoutesBuilderPtr& builder,
                         const std::string& name,
                         const std::vector<meshgw_str>& failover = {},
                         meshgw_error** err = nullptr) {
  const meshgw_endpoint endpoint = EndpointAt("127.0.0.1", 8443);
  auto cluster = Sized<meshgw_cluster>();
  cluster.name = Str(name);
  cluster.endpoints = &endpoint;
  cluster.endpoint_count = 1;
  cluster.failover = failover.data();
  cluster.failover_count = failover.size();
  return meshgw_routes_builder_add_cluster(builder.get(), &cluster, err);
}

meshgw_status Add(const RoutesBuilderPtr& builder, std::int32_t kind,
                  const std::string& match, const std::string& cluster,
                  meshgw_error** err = nullptr,
                  const std::string& origin = "") {
  return meshgw_routes_builder_add(builder.get(), kind, Str(match),
                                   Str(cluster), Str(origin), err);
}

RoutesPtr Build(const RoutesBuilderPtr& builder) {
  meshgw_routes* routes = nullptr;
  REQUIRE(meshgw_routes_builder_build(builder.get(), &routes, nullptr) ==
          MESHGW_OK);
  return RoutesPtr(routes);
}

RoutesPtr SomeRoutes() {
  const RoutesBuilderPtr builder = Builder();
  REQUIRE(AddCluster(builder, "a") == MESHGW_OK);
  REQUIRE(AddCluster(builder, "b") == MESHGW_OK);
  const std::string failover = "a";
  REQUIRE(AddCluster(builder, "c", {Str(failover), Str("b")}) == MESHGW_OK);
  REQUIRE(Add(builder, MESHGW_ROUTE_EXACT, "Db.Example", "a", nullptr,
              "db.hcl:1") == MESHGW_OK);
  REQUIRE(Add(builder, MESHGW_ROUTE_SUFFIX, "*.example", "b") == MESHGW_OK);
  REQUIRE(Add(builder, MESHGW_ROUTE_REGEX, "x[0-9]+\\.org", "c") == MESHGW_OK);
  REQUIRE(Add(builder, MESHGW_ROUTE_DEFAULT, "", "b") == MESHGW_OK);
  return Build(builder);
}

std::string Found(const RoutesPtr& routes, const std::string& name) {
  const meshgw_route_match match =
      meshgw_routes_lookup(routes.get(), Str(name));
  return std::string(meshgw_route_kind_name(match.kind)) + " " +
         std::to_string(match.cluster);
}

TEST_CASE("a name leads to the cluster of the first rule that matches") {
  const RoutesPtr routes = SomeRoutes();
  CHECK(Found(routes, "DB.example") == "exact 0");
  CHECK(Found(routes, "db.example.") == "exact 0");
  CHECK(Found(routes, "x.db.example") == "suffix 1");
  CHECK(Found(routes, "X12.org") == "regex 2");
  CHECK(Found(routes, "y12.org") == "default 1");
  CHECK(Found(routes, "") == "default 1");
}

TEST_CASE("no routes lead nowhere") {
  const meshgw_route_match match = meshgw_routes_lookup(nullptr, Str("a"));
  CHECK(match.kind == MESHGW_ROUTE_NONE);
  CHECK(match.cluster == -1);
  const RoutesPtr empty = Build(Builder());
  CHECK(Found(empty, "a") == "none -1");
  CHECK(meshgw_routes_cluster_count(empty.get()) == 0);
  CHECK(meshgw_routes_rule_count(empty.get()) == 0);
}

TEST_CASE("routes say their clusters, endpoints and failovers") {
  const RoutesPtr routes = SomeRoutes();
  REQUIRE(meshgw_routes_cluster_count(routes.get()) == 3);
  auto cluster = Sized<meshgw_cluster>();
  REQUIRE(meshgw_routes_cluster_at(routes.get(), 2, &cluster) == MESHGW_OK);
  CHECK(Text(cluster.name) == "c");
  CHECK(cluster.endpoint_count == 1);
  CHECK(cluster.endpoints == nullptr);
  CHECK(cluster.failover_count == 2);
  CHECK(cluster.failover == nullptr);
  CHECK(cluster.kind == MESHGW_CLUSTER_LOCAL_SERVICE);
  CHECK(cluster.connect_timeout_ms == 5000);
  CHECK(cluster.max_connections == 0);

  auto endpoint = Sized<meshgw_endpoint>();
  REQUIRE(meshgw_routes_endpoint_at(routes.get(), 2, 0, &endpoint) ==
          MESHGW_OK);
  CHECK(Text(endpoint.address) == "127.0.0.1");
  CHECK(endpoint.port == 8443);
  CHECK(endpoint.weight == 1);
  CHECK(endpoint.health == MESHGW_HEALTH_HEALTHY);
  std::size_t index = 99;
  REQUIRE(meshgw_routes_failover_at(routes.get(), 2, 1, &index) == MESHGW_OK);
  CHECK(index == 1);

  CHECK(meshgw_routes_cluster_at(routes.get(), 3, &cluster) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_routes_endpoint_at(routes.get(), 2, 1, &endpoint) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_routes_endpoint_at(routes.get(), 3, 0, &endpoint) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_routes_failover_at(routes.get(), 2, 2, &index) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(meshgw_routes_failover_at(routes.get(), SIZE_MAX, 0, &index) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK(index == 1);
}

TEST_CASE("routes list their rules: names, patterns, the default") {
  const RoutesPtr routes = SomeRoutes();
  REQUIRE(meshgw_routes_rule_count(routes.get()) == 4);
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < 4; ++i) {
    auto rule = Sized<meshgw_route>();
    REQUIRE(meshgw_routes_rule_at(routes.get(), i, &rule) == MESHGW_OK);
    rules.push_back(std::string(meshgw_route_kind_name(rule.kind)) + " " +
                    Text(rule.match) + " " + Text(rule.cluster_name) + " " +
                    std::to_string(rule.cluster) + " " + Text(rule.origin));
  }
  CHECK(rules == std::vector<std::string>{
                     "suffix *.example b 1 ", "exact db.example a 0 db.hcl:1",
                     "regex x[0-9]+\\.org c 2 ", "default * b 1 "});
  auto rule = Sized<meshgw_route>();
  CHECK(meshgw_routes_rule_at(routes.get(), 4, &rule) == MESHGW_ERR_NOT_FOUND);
}

TEST_CASE("a cluster comes back as it was given") {
  meshgw_endpoint endpoints[2] = {EndpointAt("::1", 1),
                                  EndpointAt("unix:/run/s", 0)};
  endpoints[0].id = Str("web-1");
  endpoints[0].weight = 128;
  endpoints[0].health = MESHGW_HEALTH_UNHEALTHY;
  endpoints[0].priority = 7;
  auto in = Sized<meshgw_cluster>();
  in.name = Str("web");
  in.service = Str("service");
  in.datacenter = Str("dc1");
  in.endpoints = endpoints;
  in.endpoint_count = 2;
  in.kind = MESHGW_CLUSTER_EXPORTED;
  in.load_balancing = MESHGW_BALANCE_MAGLEV;
  in.connect_timeout_ms = 250;
  in.max_connections = 9;
  const RoutesBuilderPtr builder = Builder();
  REQUIRE(meshgw_routes_builder_add_cluster(builder.get(), &in, nullptr) ==
          MESHGW_OK);
  const RoutesPtr routes = Build(builder);
  auto out = Sized<meshgw_cluster>();
  REQUIRE(meshgw_routes_cluster_at(routes.get(), 0, &out) == MESHGW_OK);
  CHECK(Text(out.name) == "web");
  CHECK(Text(out.service) == "service");
  CHECK(Text(out.datacenter) == "dc1");
  CHECK(out.kind == in.kind);
  CHECK(out.load_balancing == in.load_balancing);
  CHECK(out.connect_timeout_ms == 250);
  CHECK(out.max_connections == 9);
  REQUIRE(out.endpoint_count == 2);
  auto endpoint = Sized<meshgw_endpoint>();
  REQUIRE(meshgw_routes_endpoint_at(routes.get(), 0, 0, &endpoint) ==
          MESHGW_OK);
  CHECK(Text(endpoint.address) == "::1");
  CHECK(Text(endpoint.id) == "web-1");
  CHECK(endpoint.weight == 128);
  CHECK(endpoint.health == MESHGW_HEALTH_UNHEALTHY);
  CHECK(endpoint.priority == 7);
}

TEST_CASE("a builder refuses names that are taken") {
  const RoutesBuilderPtr builder = Builder();
  REQUIRE(AddCluster(builder, "a") == MESHGW_OK);
  Error error;
  CHECK(AddCluster(builder, "a", {}, error.out()) == MESHGW_ERR_ALREADY_EXISTS);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("a"));
  REQUIRE(Add(builder, MESHGW_ROUTE_EXACT, "x.y", "a") == MESHGW_OK);
  REQUIRE(Add(builder, MESHGW_ROUTE_DEFAULT, "", "a") == MESHGW_OK);
  CHECK(Add(builder, MESHGW_ROUTE_EXACT, "X.Y.", "a") ==
        MESHGW_ERR_ALREADY_EXISTS);
  CHECK(Add(builder, MESHGW_ROUTE_DEFAULT, "", "a") ==
        MESHGW_ERR_ALREADY_EXISTS);
  CHECK(meshgw_routes_rule_count(Build(builder).get()) == 2);
}

TEST_CASE("a builder refuses rules that cannot be, and says why") {
  const RoutesBuilderPtr builder = Builder();
  REQUIRE(AddCluster(builder, "a") == MESHGW_OK);
  struct Row {
    std::int32_t kind;
    std::string match;
  };
  for (const Row& row :
       {Row{MESHGW_ROUTE_EXACT, ""},
        Row{MESHGW_ROUTE_EXACT, std::string(300, 'a')},
        Row{MESHGW_ROUTE_EXACT, "*.x"}, Row{MESHGW_ROUTE_EXACT, "x.."},
        Row{MESHGW_ROUTE_SUFFIX, "x"}, Row{MESHGW_ROUTE_SUFFIX, "*."},
        Row{MESHGW_ROUTE_REGEX, "("}, Row{MESHGW_ROUTE_DEFAULT, "x"}}) {
    CAPTURE(row.kind, row.match);
    Error error;
    CHECK(Add(builder, row.kind, row.match, "a", error.out()) ==
          MESHGW_ERR_INVALID_ARGUMENT);
    CHECK_FALSE(error.message().empty());
  }
  CHECK(meshgw_routes_rule_count(Build(builder).get()) == 0);
}

TEST_CASE("a rule or failover to a cluster that is not there is not found") {
  for (const bool failover : {false, true}) {
    CAPTURE(failover);
    const RoutesBuilderPtr builder = Builder();
    if (failover) {
      REQUIRE(AddCluster(builder, "a", {Str("nobody")}) == MESHGW_OK);
    } else {
      REQUIRE(Add(builder, MESHGW_ROUTE_EXACT, "x", "nobody") == MESHGW_OK);
    }
    meshgw_routes* routes = nullptr;
    Error error;
    CHECK(meshgw_routes_builder_build(builder.get(), &routes, error.out()) ==
          MESHGW_ERR_NOT_FOUND);
    CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("nobody"));
    CHECK(routes == nullptr);
  }
}

TEST_CASE("a builder is used up by building") {
  const RoutesBuilderPtr builder = Builder();
  const RoutesPtr routes = Build(builder);
  meshgw_routes* second = nullptr;
  Error error;
  CHECK(meshgw_routes_builder_build(builder.get(), &second, error.out()) ==
        MESHGW_ERR_FAILED_PRECONDITION);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("builder"));
  CHECK(AddCluster(builder, "a") == MESHGW_ERR_FAILED_PRECONDITION);
  CHECK(Add(builder, MESHGW_ROUTE_DEFAULT, "", "a") ==
        MESHGW_ERR_FAILED_PRECONDITION);
}

// A table of random rules, built through both APIs.
struct Twins {
  RoutesPtr routes;
  std::shared_ptr<const RouteTable> table;
};

Twins RandomTable(std::mt19937* random, const std::vector<std::string>& names) {
  const RoutesBuilderPtr builder = Builder();
  RouteTableBuilder twin;
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(AddCluster(builder, name) == MESHGW_OK);
    REQUIRE(twin.AddCluster({.name = name}).ok());
  }
  const auto below = [random](std::size_t n) { return (*random)() % n; };
  for (int i = 0; i < 12; ++i) {
    const std::string cluster(1, "abc"[below(3)]);
    const std::string& name = names[below(names.size())];
    meshgw_status status = MESHGW_OK;
    absl::Status twin_status;
    switch (below(8)) {
      case 0:
        status = Add(builder, MESHGW_ROUTE_DEFAULT, "", cluster);
        twin_status = twin.SetDefault(cluster);
        break;
      case 1:
        status = Add(builder, MESHGW_ROUTE_REGEX, name, cluster);
        twin_status = twin.AddRegex(name, cluster);
        break;
      case 2:
      case 3:
      case 4:
        status = Add(builder, MESHGW_ROUTE_SUFFIX, "*." + name, cluster);
        twin_status = twin.AddSuffix("*." + name, cluster);
        break;
      default:
        status = Add(builder, MESHGW_ROUTE_EXACT, name, cluster);
        twin_status = twin.AddExact(name, cluster);
    }
    CHECK((status == MESHGW_OK) == twin_status.ok());
  }
  auto table = twin.Build();
  REQUIRE(table.ok());
  return {Build(builder), *table};
}

TEST_CASE("look-ups find what the C++ table finds, and explain it") {
  const std::vector<std::string> names = {"x",     "y",     "x.y",   "y.x",
                                          "x.y.x", "y.x.y", "X.y.X", "x.x."};
  std::mt19937 random(20260801);
  for (int round = 0; round < 200; ++round) {
    const Twins twins = RandomTable(&random, names);
    std::vector<std::string> asked = names;
    for (const std::string& name : names) asked.push_back("z." + name);
    asked.emplace_back("");
    for (const std::string& name : asked) {
      CAPTURE(round, name);
      const RouteMatch want = twins.table->Lookup(name);
      const meshgw_route_match match =
          meshgw_routes_lookup(twins.routes.get(), Str(name));
      REQUIRE(match.kind == static_cast<std::int32_t>(want.kind));
      REQUIRE(match.cluster ==
              (want.cluster == nullptr
                   ? -1
                   : static_cast<std::int32_t>(want.cluster_index)));
      meshgw_route_explanation* made = nullptr;
      REQUIRE(meshgw_routes_explain(twins.routes.get(), Str(name), &made,
                                    nullptr) == MESHGW_OK);
      const RouteExplanationPtr explained(made);
      const meshgw_route_match explained_match =
          meshgw_route_explanation_match(made);
      REQUIRE(explained_match.kind == match.kind);
      REQUIRE(explained_match.cluster == match.cluster);
      int winners = 0;
      for (std::size_t i = 0; i < meshgw_route_explanation_count(made); ++i) {
        auto candidate = Sized<meshgw_route_candidate>();
        REQUIRE(meshgw_route_explanation_at(made, i, &candidate) == MESHGW_OK);
        REQUIRE(candidate.why.len > 0);
        if (candidate.won == 0) continue;
        ++winners;
        REQUIRE(candidate.matched == 1);
        REQUIRE(candidate.kind == match.kind);
        REQUIRE(Text(candidate.cluster_name) == want.cluster->name);
      }
      REQUIRE(winners == (want.cluster == nullptr ? 0 : 1));
    }
  }
}

TEST_CASE("routes live until their last reference is freed") {
  RoutesPtr first = SomeRoutes();
  const RoutesPtr second(meshgw_routes_ref(first.get()));
  CHECK(second.get() == first.get());
  first.reset();
  CHECK(Found(second, "db.example") == "exact 0");
  CHECK(meshgw_routes_ref(nullptr) == nullptr);
}

TEST_CASE("references are taken, used and freed by many threads at once") {
  const RoutesPtr routes = SomeRoutes();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&routes, &wrong] {
      for (int turn = 0; turn < 20000; ++turn) {
        meshgw_routes* mine = meshgw_routes_ref(routes.get());
        const meshgw_route_match match =
            meshgw_routes_lookup(mine, Str("db.example"));
        if (match.cluster != 0) ++wrong;
        meshgw_routes_free(mine);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(Found(routes, "db.example") == "exact 0");
}

}  // namespace
}  // namespace meshgw::test
