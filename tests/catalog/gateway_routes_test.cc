#include <string>

#include "catalog_text.h"

namespace meshgw::test {
namespace {

std::string Internal(const std::string& name) {
  return name + ".internal." + kTrustDomain;
}

// An instance of a service by its proxy.
std::string Instance(const std::string& service, int number,
                     const std::string& more = "") {
  return absl::StrFormat(
      "services { name = \"%s-proxy\" id = \"%s-%d\" kind = \"connect-proxy\" "
      "address = \"10.0.0.%d\" port = 20000 proxy { destination_service_name = "
      "\"%s\" } %s }\n",
      service, service, number, number, service, more);
}

Routes RoutesOf(const std::string& text) {
  return test::RoutesOf(SnapshotOf(CatalogOf({{"dc1", text}}), "dc1"));
}

TEST_CASE("a local service is reached by its name in any case") {
  const Routes routes = RoutesOf(Instance("Web", 1) + Instance("Web", 2));
  CHECK(routes.To(Internal("web.default.dc1")) ==
        "10.0.0.1:20000 10.0.0.2:20000");
  CHECK(routes.To(Internal("WEB.Default.DC1") + ".") ==
        "10.0.0.1:20000 10.0.0.2:20000");
  CHECK(routes.To(Internal("other.default.dc1")) == "none");
  CHECK(routes.To(Internal("v1.web.default.dc1")) == "none");
  CHECK(routes.To(Internal("web.other.dc1")) == "none");
  CHECK(routes.To("web.default.dc1.internal.other.consul") == "none");
  const Cluster& cluster = routes.ClusterOf(Internal("web.default.dc1"));
  CHECK(cluster.kind == ClusterKind::kLocalService);
  CHECK(cluster.service == "Web");
  CHECK(cluster.datacenter == "dc1");
}

TEST_CASE("services of namespaces and partitions have names of their own") {
  const Routes routes =
      RoutesOf(Instance("web", 1) + Instance("web", 2, "namespace = \"n\""));
  CHECK(routes.To(Internal("web.default.dc1")) == "10.0.0.1:20000");
  CHECK(routes.To(Internal("web.n.dc1")) == "10.0.0.2:20000");
}

TEST_CASE("names of other partitions go to the gateways of those") {
  const auto gateway = [](const std::string& id, const std::string& address,
                          const std::string& partition) {
    return absl::StrFormat(
        "services { name = \"gw\" id = \"%s\" kind = \"mesh-gateway\" port = "
        "8443 address = \"%s\" partition = \"%s\" tagged_addresses { wan { "
        "address = \"1%s\" } } }\n",
        id, address, partition, address);
  };
  const Catalog catalog = CatalogOf(
      {{"dc1", gateway("g", "10.1.0.1", "default") +
                   gateway("gp", "10.1.0.2", "p") + Instance("web", 1) +
                   Instance("web", 2, "partition = \"p\"")},
       {"dc2",
        gateway("g", "10.2.0.1", "default") + gateway("gq", "10.2.0.2", "q")}});
  const auto in = [](const std::string& name) {
    return name + ".internal-v1." + kTrustDomain;
  };
  const auto routes_of = [&](const std::string& id) {
    return test::RoutesOf(
        SnapshotOf(catalog, "dc1", *FindGateway(catalog, "dc1", id)));
  };
  const Routes of_default = routes_of("g");
  CHECK(of_default.To(Internal("web.default.dc1")) == "10.0.0.1:20000");
  // At the WAN address, as everything outside the own partition.
  CHECK(of_default.To(in("web.default.p.dc1")) == "110.1.0.2:8443");
  CHECK(of_default.To(Internal("web.default.dc2")) == "110.2.0.1:8443");
  CHECK(of_default.To(in("web.default.q.dc2")) == "110.2.0.2:8443");
  CHECK(of_default.To(in("web.default.p.dc2")) == "none");
  CHECK(of_default.warnings.empty());
  const Routes of_p = routes_of("gp");
  CHECK(of_p.To(in("web.default.p.dc1")) == "10.0.0.2:20000");
  CHECK(of_p.To(Internal("web.default.dc1")) == "110.1.0.1:8443");
  CHECK(of_p.To(Internal("web.default.dc2")) == "110.2.0.1:8443");
}

TEST_CASE("a partition without a gateway is told") {
  const Routes routes =
      RoutesOf(Instance("web", 1) + Instance("web", 2, "partition = \"p\""));
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "partition p of datacenter dc1 has no mesh gateway: names there have "
        "no route");
}

TEST_CASE("warnings of routes are a hundred, and the rest is counted") {
  std::string text;
  for (int i = 0; i < 130; ++i) {
    text += Instance("web", i, absl::StrFormat("partition = \"p%d\"", i));
  }
  const Routes routes = RoutesOf(text);
  CHECK(routes.warnings.size() == 100);
  CHECK(routes.warnings_not_shown == 30);
}

TEST_CASE("a timeout below 1 is the default, whatever lies below it") {
  const auto timeout = [](const std::string& own, const std::string& defaults) {
    const Catalog catalog = CatalogOf(
        {{"dc1",
          Instance("web", 1) +
              "services { name = \"gw\" kind = \"mesh-gateway\" port = 1 proxy "
              "{ config { " +
              own +
              " } } } config_entries { bootstrap = [{ Kind = "
              "\"proxy-defaults\" Name = \"global\" Config { " +
              defaults + " } }] }"}});
    return test::RoutesOf(
               SnapshotOf(catalog, "dc1", *FindGateway(catalog, "dc1", "")))
        .ClusterOf(Internal("web.default.dc1"))
        .connect_timeout.count();
  };
  CHECK(timeout("", "") == 5000);
  CHECK(timeout("", "connect_timeout_ms = 7") == 7);
  CHECK(timeout("connect_timeout_ms = 9", "connect_timeout_ms = 7") == 9);
  CHECK(timeout("connect_timeout_ms = 0", "connect_timeout_ms = 7") == 5000);
  CHECK(timeout("connect_timeout_ms = -1", "connect_timeout_ms = 7") == 5000);
}

// Consul's rule: endpoints.go, structs.CheckServiceNode.
TEST_CASE("health and weight are those of Consul's rule") {
  const auto to = [](const std::string& more) {
    return RoutesOf(Instance("web", 1, more)).To(Internal("web.default.dc1"));
  };
  const std::string weights = "weights { passing = 5 warning = 2 } ";
  const auto check = [](const std::string& status) {
    return "checks { name = \"c\" ttl = \"1s\" status = \"" + status + "\" } ";
  };
  CHECK(to(weights) == "10.0.0.1:20000*5");
  CHECK(to(weights + check("passing")) == "10.0.0.1:20000*5");
  CHECK(to(weights + check("warning")) == "10.0.0.1:20000*2");
  CHECK(to(weights + check("warning") + check("critical")) ==
        "10.0.0.1:20000*2!");
  CHECK(to(check("critical")) == "10.0.0.1:20000!");
  CHECK(to("weights { warning = 0 } " + check("warning")) == "10.0.0.1:20000!");
}

TEST_CASE("checks of the node and of the service count for its sidecar") {
  const std::string sidecar =
      "services { name = \"web\" address = \"10.0.0.1\" port = 80 %s connect { "
      "sidecar_service { } } }";
  const auto to = [](const std::string& text) {
    return RoutesOf(text).To(Internal("web.default.dc1"));
  };
  CHECK(to("services { name = \"web\" address = \"10.0.0.1\" port = 80 "
           "connect { sidecar_service { } } }") == "10.0.0.1:21000");
  CHECK(to("services { name = \"web\" address = \"10.0.0.1\" port = 80 check { "
           "tcp = \"x\" status = \"critical\" } connect { sidecar_service { } "
           "} }") == "10.0.0.1:21000!");
  CHECK(to("check { name = \"disk\" args = [\"x\"] status = \"critical\" }\n" +
           Instance("web", 1)) == "10.0.0.1:20000!");
}

// Consul's rule: agent/checks/alias.go processChecks.
TEST_CASE("an alias check is as bad as what it leads to, however far") {
  const auto to = [](const std::string& more) {
    const std::string head = "node_name = \"here\"\n";
    return RoutesOf(head +
                    Instance("web", 1, "checks { alias_service = \"a\" }") +
                    more)
        .To(Internal("web.default.dc1"));
  };
  const auto service = [](const std::string& name, const std::string& checks) {
    std::string out = "services { name = \"" + name + "\" port = 1 ";
    return out + (checks.empty() ? "" : "checks { " + checks + " } ") + "}\n";
  };
  const auto alias = [](const std::string& of) {
    return "alias_service = \"" + of + "\"";
  };
  const std::string critical = "ttl = \"1s\" status = \"critical\"";
  const std::string unhealthy = "10.0.0.1:20000!";
  const std::string healthy = "10.0.0.1:20000";
  const struct {
    std::string services;
    std::string to;
  } rows[] = {
      {service("a", ""), healthy},
      {service("a", critical), unhealthy},
      // An alias of an alias, in either order of the files.
      {service("a", alias("b")) + service("b", ""), healthy},
      {service("a", alias("b")) + service("b", critical), unhealthy},
      {service("b", critical) + service("a", alias("b")), unhealthy},
      // In a circle, with and without something bad in it.
      {service("a", alias("a")), healthy},
      {service("a", alias("b")) + service("b", alias("a")), healthy},
      {service("a", alias("b")) + service("b", alias("c")) +
           service("c", alias("b") + " } checks { " + critical),
       unhealthy},
      // Of nothing, itself and by way of others.
      {"", unhealthy},
      {service("a", alias("b")), unhealthy},
      // Of the node, too, and of another node, of which nothing is known.
      {service("a", "") + "checks { " + alias("b") + " }\n" +
           service("b", critical),
       unhealthy},
      {service("a", alias("b") + " alias_node = \"HERE\""), unhealthy},
      {service("a", alias("b") + " alias_node = \"there\""), healthy},
  };
  for (const auto& row : rows) {
    INFO(row.services);
    CHECK(to(row.services) == row.to);
  }
  const std::string weights = "weights { passing = 5 warning = 2 } ";
  CHECK(RoutesOf(Instance("web", 1,
                          weights + "checks { alias_service = "
                                    "\"a\" }") +
                 service("a", alias("b")) +
                 service("b", "ttl = \"1s\" status = \"warning\""))
            .To(Internal("web.default.dc1")) == "10.0.0.1:20000*2");
}

const std::string kVersions =
    Instance("web", 1, "meta { v = \"1\" }") +
    Instance("web", 2,
             "meta { v = \"2\" } checks { name = \"c\" ttl = \"1s\" "
             "status = \"warning\" }");

std::string Resolver(const std::string& text) {
  return "config_entries { bootstrap = [{ Kind = \"service-resolver\" Name = "
         "\"web\" " +
         text + " }] }\n";
}

TEST_CASE("subsets are the instances that their filters let through") {
  const Routes routes = RoutesOf(kVersions + Resolver(R"(Subsets {
        one { Filter = "Service.Meta.v == 1" }
        two { Filter = "Service.Meta.v == 2" }
        well { OnlyPassing = true }
        none { Filter = "Service.Meta.v == 3" }
      })"));
  CHECK(routes.To(Internal("web.default.dc1")) ==
        "10.0.0.1:20000 10.0.0.2:20000");
  CHECK(routes.To(Internal("one.web.default.dc1")) == "10.0.0.1:20000");
  CHECK(routes.To(Internal("two.web.default.dc1")) == "10.0.0.2:20000");
  CHECK(routes.To(Internal("well.web.default.dc1")) ==
        "10.0.0.1:20000 10.0.0.2:20000!");
  CHECK(routes.To(Internal("none.web.default.dc1")).empty());
  CHECK(routes.To(Internal("three.web.default.dc1")) == "none");
  CHECK(routes.warnings.empty());
}

TEST_CASE(
    "more endpoints than a table may have are refused with the resolver") {
  std::string instances;
  for (int i = 0; i < 1024; ++i) instances += Instance("web", i);
  const auto build = [&](int count, const std::string& more) {
    std::string subsets;
    for (int i = 0; i < count; ++i) {
      subsets += absl::StrFormat("s%d = { %s } ", i, more);
    }
    const Snapshot snapshot = SnapshotOf(
        CatalogOf(
            {{"dc1", instances + Resolver("Subsets { " + subsets + "}")}}),
        "dc1");
    ConfigDiagnostics found;
    const auto routes = BuildRoutes(snapshot, &found);
    CHECK(routes.ok() == found.errors.empty());
    return found.Format();
  };
  // The name without a subset has the instances once more.
  CHECK(build(1023, "").empty());
  CHECK(build(1024, "") ==
        "dc1.hcl:1026:31: service-resolver web has 1024 instances in 1024 "
        "subsets: too many endpoints; expected at most 1048576 in all subsets "
        "of all services\n");
  // What a subset leaves out counts for nothing.
  CHECK(build(1100, "Filter = \"Service.ID == none\"").empty());
}

TEST_CASE("a long id of an instance counts more than once") {
  const std::string id(600000, 'x');
  std::string subsets;
  for (int i = 0; i < 500; ++i) subsets += absl::StrFormat("s%d { } ", i);
  const Snapshot snapshot = SnapshotOf(
      CatalogOf({{"dc1", "services { name = \"web\" id = \"" + id +
                             "\" port = 1 address = \"10.0.0.1\" connect { "
                             "native = true } }\n" +
                             Resolver("Subsets { " + subsets + "}")}}),
      "dc1");
  CHECK_FALSE(BuildRoutes(snapshot, nullptr).ok());
}

TEST_CASE("a name that no hello can carry has no route, and is told in short") {
  const std::string name(100000, 'x');
  const Routes routes = RoutesOf(Instance(name, 1) + Instance("web", 2));
  CHECK(routes.table->clusters().size() == 1);
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "no route for " + name.substr(0, 255) +
            "...: a route's name is 100065 bytes long; at most 255 fit");
}

TEST_CASE("the name without a subset is the default subset") {
  const Routes routes =
      RoutesOf(kVersions + Resolver("DefaultSubset = \"two\" Subsets { two { "
                                    "Filter = \"Service.Meta.v == 2\" } }"));
  CHECK(routes.To(Internal("web.default.dc1")) == "10.0.0.2:20000");
}

TEST_CASE("a bad filter breaks its own subset only, and says where it is") {
  const Routes routes =
      RoutesOf(kVersions +
               Resolver("Subsets {\n bad { Filter = \"Service.Meta.v =\" }\n "
                        "wrong { Filter = \"Other == 1\" }\n "
                        "good { Filter = \"Service.Meta.v == 1\" } }"));
  CHECK(routes.To(Internal("web.default.dc1")) ==
        "10.0.0.1:20000 10.0.0.2:20000");
  CHECK(routes.To(Internal("good.web.default.dc1")) == "10.0.0.1:20000");
  CHECK(routes.To(Internal("bad.web.default.dc1")) == "none");
  CHECK(routes.To(Internal("wrong.web.default.dc1")) == "none");
  REQUIRE(routes.warnings.size() == 2);
  CHECK(
      routes.warnings[0] ==
      "dc1.hcl:5:17: filter of subset bad of service web: column 16: "
      "unexpected \"=\"; expected ==, !=, in, is empty, contains, matches, or "
      "not with one of them; the subset has no route");
  CHECK(routes.warnings[1].starts_with("dc1.hcl:6:19: filter of subset wrong"));
}

TEST_CASE("a resolver's timeout and balancing hold for its service") {
  const Routes routes =
      RoutesOf(kVersions + Instance("api", 3) +
               Resolver("ConnectTimeout = \"7s\" LoadBalancer { Policy = "
                        "\"maglev\" }"));
  const Cluster& web = routes.ClusterOf(Internal("web.default.dc1"));
  CHECK(web.connect_timeout == std::chrono::seconds(7));
  CHECK(web.load_balancing == LoadBalancing::kMaglev);
  const Cluster& api = routes.ClusterOf(Internal("api.default.dc1"));
  CHECK(api.connect_timeout == std::chrono::seconds(5));
  CHECK(api.load_balancing == LoadBalancing::kLeastRequest);
  const Routes counted = RoutesOf(
      kVersions + Resolver("LoadBalancer { Policy = \"least_request\" "
                           "LeastRequestConfig { ChoiceCount = 5 } }"));
  CHECK(counted.ClusterOf(Internal("web.default.dc1")).choice_count == 5);
}

const std::string kGateway2 =
    "services { name = \"gw\" id = \"g1\" kind = \"mesh-gateway\" port = 8443 "
    "tagged_addresses { wan { address = \"1.1.1.1\" port = 443 } } }\n"
    "services { name = \"gw\" id = \"g2\" kind = \"mesh-gateway\" port = 8443 "
    "address = \"gw.example.com\" }";

TEST_CASE("every name of another datacenter goes to its gateways") {
  const Catalog catalog = CatalogOf({{"dc1", ""}, {"dc2", kGateway2}});
  const Routes routes = test::RoutesOf(SnapshotOf(catalog, "dc1"));
  const std::string gateways = "1.1.1.1:443 gw.example.com:8443";
  CHECK(routes.To(Internal("web.default.dc2")) == gateways);
  CHECK(routes.To(Internal("v1.web.default.dc2")) == gateways);
  CHECK(routes.To(Internal("no-such-service.default.DC2")) == gateways);
  CHECK(routes.To(Internal("dc2")) == "none");
  CHECK(routes.To(Internal("web.default.dc1")) == "none");
  CHECK(routes.To("web.default.dc2.internal.other.consul") == "none");
  // Servers only where the federation goes through gateways.
  CHECK(routes.To("server.dc2.consul") == "none");
  CHECK(routes.To("n.server.dc2.consul") == "none");
  CHECK(routes.ClusterOf(Internal("web.default.dc2")).kind ==
        ClusterKind::kRemoteGateway);
}

TEST_CASE("with WAN federation servers elsewhere are reached too") {
  const std::string here =
      "domain = \"mesh\" service { name = \"gw\" kind = \"mesh-gateway\" port "
      "= "
      "1 meta { consul-wan-federation = \"1\" } proxy { config { "
      "envoy_gateway_remote_tcp_enable_keepalive = true "
      "envoy_gateway_remote_tcp_keepalive_time = 9 connect_timeout_ms = 99 } } "
      "}";
  const Catalog catalog = CatalogOf({{"dc1", here}, {"dc2", kGateway2}});
  const Routes routes = test::RoutesOf(
      SnapshotOf(catalog, "dc1", *FindGateway(catalog, "dc1", "")));
  CHECK(routes.To("n.server.dc2.mesh") == "1.1.1.1:443 gw.example.com:8443");
  const Cluster& remote = routes.ClusterOf(Internal("web.default.dc2"));
  CHECK(remote.keepalive.enabled);
  CHECK(remote.keepalive.time == std::chrono::seconds(9));
  CHECK(remote.connect_timeout == std::chrono::milliseconds(99));
}

TEST_CASE("a datacenter without gateways has no route, and a word for it") {
  const Catalog catalog = CatalogOf({{"dc1", ""}, {"dc2", ""}});
  const Routes routes = test::RoutesOf(SnapshotOf(catalog, "dc1"));
  CHECK(routes.To(Internal("web.default.dc2")) == "none");
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "datacenter dc2 has no mesh gateway: names there have no route");
}

TEST_CASE("names that are equal but for case are reported") {
  const Routes routes = RoutesOf(Instance("web", 1) + Instance("Web", 2));
  CHECK(routes.To(Internal("web.default.dc1")) == "10.0.0.1:20000");
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "no route for " + Internal("web.default.dc1") +
            ", service Web: names are compared without regard to case, and "
            "this one is that of service web");
}

TEST_CASE("a service named like another's subset is reported") {
  const Routes routes = RoutesOf(Instance("web", 1) + Instance("v1.web", 2) +
                                 Resolver("Subsets { v1 { } }"));
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "no route for " + Internal("v1.web.default.dc1") +
            ", service v1.web: names are compared without regard to case, and "
            "this one is that of subset v1 of service web");
}

TEST_CASE("an instance without an address is left out, with a word for it") {
  const Routes routes = RoutesOf(
      "services { name = \"web\" port = 80 connect { sidecar_service "
      "{ } } }");
  CHECK(routes.To(Internal("web.default.dc1")).empty());
  REQUIRE(routes.warnings.size() == 1);
  CHECK(routes.warnings[0] ==
        "instance web-sidecar-proxy is left out: it has no address; set it in "
        "its definition or advertise_addr for its node");
}

}  // namespace
}  // namespace meshgw::test
