#include "xds/route_build.h"

#include <algorithm>
#include <random>
#include <string>

#include "support/catch.h"
#include "xds/messages.h"
#include "xds/route_assembler.h"
#include "xds/translate_cluster.h"
#include "xds/translate_listener.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;

namespace {

NameMap<Cluster> Clusters(const std::vector<std::string>& names) {
  NameMap<Cluster> out;
  for (const std::string& name : names) {
    Cluster cluster;
    cluster.name = name;
    cluster.endpoints = {{.address = "192.0.2.1", .port = 443}};
    out.emplace(name, cluster);
  }
  return out;
}

ListenerResource Listener(const std::string& name,
                          const std::vector<FilterChainMessage>& chains) {
  auto out = TranslateListener(GatewayListener(name, chains), {});
  INFO(out.status().message());
  REQUIRE(out.ok());
  return *std::move(out);
}

NameMap<ListenerResource> Only(const ListenerResource& listener) {
  return {{listener.address.name, listener}};
}

// The cluster that serves `name`; empty when the connection is closed.
std::string Lookup(const RouteTable& table, std::string_view name) {
  const RouteMatch match = table.Lookup(name);
  if (match.cluster == nullptr || match.cluster->name == kClosedCluster) {
    return {};
  }
  return match.cluster->name;
}

// What Envoy would do with `name`, chain by chain.
struct EnvoyReference {
  std::vector<ListenerRule> rules;
  NameMap<Cluster> clusters;

  std::string Lookup(const std::string& name) const {
    const ListenerRule* best = nullptr;
    for (const ListenerRule& rule : rules) {
      const bool suffix = rule.match.starts_with("*.");
      const bool matches =
          rule.match == "*" || rule.match == name ||
          (suffix && name.size() > rule.match.size() - 1 &&
           name.ends_with(std::string_view(rule.match).substr(1)));
      if (!matches) continue;
      if (best == nullptr || Rank(rule) > Rank(*best)) best = &rule;
    }
    if (best == nullptr || !best->closed.empty()) return {};
    const std::string cluster = best->by_server_name ? name : best->cluster;
    return clusters.contains(cluster) ? cluster : std::string();
  }

  static std::size_t Rank(const ListenerRule& rule) {
    if (rule.match == "*") return 0;
    return rule.match.starts_with("*.") ? rule.match.size()
                                        : rule.match.size() + 1000;
  }
};

}  // namespace

TEST_CASE("a mesh gateway's listener becomes its table", "[xds]") {
  const std::string api = "api.default.dc1.internal." + kTd;
  const std::string exported = "exported~" + api;
  const std::string external = "api.default.default.peer-a.external." + kTd;
  const auto built = BuildListenerRoutes(
      Only(Listener(
          "default:192.0.2.10:8443",
          {Chain({external}, exported),
           Chain({"*.dc2.internal." + kTd}, "dc2.internal." + kTd),
           Chain({"*.server.dc2.consul"}, "server.dc2.consul"),
           Chain({"node1.server.dc1.consul"}, "node1.server.dc1.consul"),
           SniChain()})),
      Clusters({api, "v2." + api, exported, "dc2.internal." + kTd,
                "server.dc2.consul", "node1.server.dc1.consul"}),
      {});
  REQUIRE(built.table != nullptr);
  CHECK(built.warnings.empty());
  REQUIRE(built.listeners.size() == 1);
  CHECK(built.listeners[0].port == 8443);
  struct Row {
    std::string name, cluster;
  };
  const Row row = GENERATE_COPY(
      Row{api, api}, Row{"v2." + api, "v2." + api}, Row{external, exported},
      Row{"API.default.dc1.internal." + kTd, api}, Row{exported, ""},
      Row{"web.default.dc2.internal." + kTd, "dc2.internal." + kTd},
      Row{"v1.web.default.dc2.internal." + kTd, "dc2.internal." + kTd},
      Row{"dc2.internal." + kTd, "dc2.internal." + kTd},
      Row{"n.server.dc2.consul", "server.dc2.consul"},
      Row{"node1.server.dc1.consul", "node1.server.dc1.consul"},
      Row{"node2.server.dc1.consul", ""},
      Row{"web.default.dc1.internal." + kTd, ""}, Row{"", ""},
      Row{"x.dc3.internal." + kTd, ""});
  CAPTURE(row.name);
  CHECK(Lookup(*built.table, row.name) == row.cluster);
}

TEST_CASE("a closed chain hides wider ones, and its route says why", "[xds]") {
  FilterChainMessage http = Chain({"api.dc2.td"}, "x");
  http.mutable_transport_socket()->set_name("tls");
  const auto built = BuildListenerRoutes(
      Only(Listener("l", {http, Chain({"*.dc2.td"}, "dc2"), SniChain()})),
      Clusters({"dc2", "api.dc2.td"}), {});
  CHECK(Lookup(*built.table, "api.dc2.td").empty());
  CHECK(Lookup(*built.table, "web.dc2.td") == "dc2");
  const RouteMatch match = built.table->Lookup("api.dc2.td");
  REQUIRE(match.route != nullptr);
  CHECK_THAT(match.route->origin,
             Catch::Matchers::ContainsSubstring(
                 "filter_chains[0] of listener l: closed, TLS would have"));
}

TEST_CASE("a rule whose cluster is not there closes, with the reason",
          "[xds]") {
  const auto built = BuildListenerRoutes(
      Only(Listener("l", {Chain({"a.td"}, "missing"), Chain({"b.td"}, "tls"),
                          Chain({"*.td"}, "all")})),
      Clusters({"all"}), {{"tls", "transport_socket tls"}});
  CHECK(Lookup(*built.table, "a.td").empty());
  CHECK_THAT(
      built.table->Lookup("a.td").route->origin,
      Catch::Matchers::ContainsSubstring("cluster missing: is not there"));
  CHECK_THAT(
      built.table->Lookup("b.td").route->origin,
      Catch::Matchers::ContainsSubstring("cluster tls: transport_socket tls"));
  CHECK(Lookup(*built.table, "c.td") == "all");
}

TEST_CASE("a default chain with a cluster takes all other names", "[xds]") {
  const auto built = BuildListenerRoutes(
      Only(Listener("l", {Chain({}, "rest"), SniChain({"*.td"})})),
      Clusters({"rest", "a.td"}), {});
  CHECK(Lookup(*built.table, "a.td") == "a.td");
  CHECK(Lookup(*built.table, "b.td").empty());
  CHECK(Lookup(*built.table, "rest") == "rest");
  CHECK(Lookup(*built.table, "other.example") == "rest");
  CHECK(Lookup(*built.table, "") == "rest");
}

TEST_CASE("clusters that differ in case have one name, and it is said",
          "[xds]") {
  const auto built = BuildListenerRoutes(Only(Listener("l", {SniChain()})),
                                         Clusters({"Web.td", "web.td"}), {});
  CHECK(Lookup(*built.table, "web.td") == "Web.td");
  REQUIRE(built.warnings.size() == 1);
  CHECK_THAT(built.warnings[0],
             Catch::Matchers::ContainsSubstring("no route for cluster web.td"));
}

TEST_CASE("a listener whose chains differ is not served", "[xds]") {
  const ListenerResource first = Listener("a", {SniChain()});
  const ListenerResource other =
      Listener("b", {Chain({"x.td"}, "x"), SniChain()});
  const ListenerResource same = Listener("c", {SniChain()});
  const auto built = BuildListenerRoutes(
      {{"a", first}, {"b", other}, {"c", same}}, Clusters({"x", "x.td"}), {});
  REQUIRE(built.listeners.size() == 2);
  CHECK(built.listeners[0].name == "a");
  CHECK(built.listeners[1].name == "c");
  CHECK(Lookup(*built.table, "x.td") == "x.td");
  REQUIRE(built.warnings.size() == 1);
  CHECK_THAT(built.warnings[0],
             Catch::Matchers::ContainsSubstring("listener b is not served"));
}

TEST_CASE("idle time-outs of chains are those of their clusters", "[xds]") {
  const auto timed = [](const std::vector<std::string>& names,
                        const std::string& cluster, std::int64_t seconds) {
    FilterChainMessage chain;
    for (const auto& name : names) {
      chain.mutable_filter_chain_match()->add_server_names(name);
    }
    TcpProxyMessage proxy;
    proxy.set_cluster(cluster);
    proxy.mutable_idle_timeout()->set_seconds(seconds);
    AddTcpProxy(proxy, &chain);
    return chain;
  };
  RouteAssembler routes;
  routes.SetListener(
      Listener("l", {timed({"a.td"}, "x", 0), timed({"b.td"}, "x", 60),
                     timed({"c.td"}, "y", 0)}));
  for (const auto& [name, cluster] : Clusters({"x", "y", "z"})) {
    routes.SetCluster(cluster);
  }
  auto table = routes.Make();
  CHECK(table->FindCluster("x")->idle_timeout == std::chrono::seconds(60));
  CHECK(table->FindCluster("y")->idle_timeout == std::chrono::seconds(0));
  CHECK(!table->FindCluster("z")->idle_timeout.has_value());
  CHECK(routes.warnings().size() == 1);
  // Also where one cluster is replaced.
  Cluster changed = *table->FindCluster("x");
  changed.idle_timeout.reset();
  changed.endpoints[0].port = 444;
  routes.SetCluster(changed);
  table = routes.Make();
  CHECK(table->FindCluster("x")->endpoints[0].port == 444);
  CHECK(table->FindCluster("x")->idle_timeout == std::chrono::seconds(60));
}

TEST_CASE("a changed endpoint replaces one cluster and shares the rest",
          "[xds]") {
  RouteAssembler routes;
  routes.SetListener(Listener("l", {SniChain()}));
  const NameMap<Cluster> clusters = Clusters({"a", "b", "c"});
  for (const auto& [name, cluster] : clusters) routes.SetCluster(cluster);
  const auto before = routes.Make();
  CHECK(!routes.changed());
  for (const auto& [name, cluster] : clusters) routes.SetCluster(cluster);
  routes.SetListener(Listener("l", {SniChain()}));
  CHECK(!routes.changed());  // The same again.
  CHECK(routes.Make() == before);
  Cluster changed = clusters.at("b");
  changed.endpoints.push_back({.address = "192.0.2.2", .port = 1});
  routes.SetCluster(changed);
  CHECK(routes.changed());
  const auto after = routes.Make();
  CHECK(after->FindCluster("a") == before->FindCluster("a"));
  CHECK(after->FindCluster("c") == before->FindCluster("c"));
  CHECK(after->FindCluster("b")->endpoints.size() == 2);
  CHECK(before->FindCluster("b")->endpoints.size() == 1);
  CHECK(after->routes().data() == before->routes().data());
}

TEST_CASE("any chains and clusters give the table that Envoy would follow",
          "[xds]") {
  const int seed = GENERATE(range(0, 300));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto pick = [&](std::size_t n) { return random() % n; };
  const std::vector<std::string> names = {
      "a", "b", "a.td", "b.td", "c.a.td", "x.c.a.td", "a.other", "td"};
  std::vector<std::string> matches = names;
  for (const char* suffix : {"*.td", "*.a.td", "*.c.a.td", "*.other"}) {
    matches.emplace_back(suffix);
  }
  std::shuffle(matches.begin(), matches.end(), random);
  std::vector<FilterChainMessage> chains;
  std::size_t at = 0;
  for (std::size_t i = pick(5); i > 0; --i) {
    std::vector<std::string> own(matches.begin() + static_cast<long>(at),
                                 matches.begin() + static_cast<long>(at + 2));
    at += 2;
    chains.push_back(pick(2) == 0 ? SniChain(own)
                                  : Chain(own, names[pick(names.size())]));
    if (pick(5) == 0) chains.back().mutable_transport_socket()->set_name("tls");
  }
  const std::size_t rest = pick(3);
  if (rest == 1) chains.push_back(SniChain());
  if (rest == 2) chains.push_back(Chain({}, names[pick(names.size())]));
  std::vector<std::string> present;
  for (const std::string& name : names) {
    if (pick(2) == 0) present.push_back(name);
  }
  const ListenerResource listener = Listener("l", chains);
  const EnvoyReference reference{listener.rules, Clusters(present)};
  const auto built =
      BuildListenerRoutes(Only(listener), reference.clusters, {});
  REQUIRE(built.table != nullptr);
  CHECK(built.warnings.empty());
  for (std::string name : names) {
    for (const char* label : {"", "q.", "z.q."}) {
      CAPTURE(label + name);
      CHECK(Lookup(*built.table, label + name) ==
            reference.Lookup(label + name));
    }
  }
}
