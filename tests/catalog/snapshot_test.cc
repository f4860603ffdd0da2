#include <string>

#include "catalog_text.h"

namespace meshgw::test {
namespace {

// The instances of each service, as "service: id@address:port ...".
std::string Services(const Snapshot& snapshot) {
  std::string out;
  for (const LocalService& service : snapshot.services) {
    out += (out.empty() ? "" : "; ") + service.name + ":";
    for (const ServiceInstance& instance : service.instances) {
      out += absl::StrFormat(" %s@%s:%d", instance.id, instance.address,
                             instance.port);
    }
  }
  return out;
}

TEST_CASE("what Connect can dial is in the snapshot, by its service") {
  const Catalog catalog = CatalogOf({{"dc1", R"(
    services { name = "web" address = "10.0.0.1" port = 80
      connect { sidecar_service { } } }
    services { name = "api" id = "api-1" address = "10.0.0.2" port = 81
      connect { native = true } }
    services { name = "plain" address = "10.0.0.3" port = 82 }
    services { name = "web-proxy-2" kind = "connect-proxy" port = 83
      address = "10.0.0.4" proxy { destination_service_name = "web" } }
    services { name = "gw" kind = "mesh-gateway" port = 84
      address = "10.0.0.5" }
    services { name = "in" kind = "ingress-gateway" port = 85
      address = "10.0.0.6" }
  )"}});
  CHECK(Services(SnapshotOf(catalog, "dc1")) ==
        "web: web-sidecar-proxy@10.0.0.1:21000 web-proxy-2@10.0.0.4:83; "
        "api: api-1@10.0.0.2:81");
}

TEST_CASE(
    "an instance is dialled at its own address, else its service's or node's") {
  const auto address = [](const std::string& agent, const std::string& service,
                          const std::string& sidecar) {
    const Catalog catalog = CatalogOf(
        {{"dc1", agent + " service { name = \"web\" port = 80 " + service +
                     " connect { sidecar_service { " + sidecar + " } } }"}});
    return SnapshotOf(catalog, "dc1").services.at(0).instances.at(0).address;
  };
  const std::string node = "advertise_addr = \"10.0.0.9\"";
  const std::string parent = "address = \"10.0.0.1\"";
  const std::string own = "address = \"10.0.0.2\"";
  CHECK(address(node, parent, own) == "10.0.0.2");
  CHECK(address(node, parent, "") == "10.0.0.1");
  CHECK(address(node, "", "") == "10.0.0.9");
  CHECK(address("", "", "").empty());
  // The address for other datacenters is not for this one.
  CHECK(
      address(node, "", "tagged_addresses { wan { address = \"1.2.3.4\" } }") ==
      "10.0.0.9");
}

// Copies for each would multiply what a few files say into gigabytes.
TEST_CASE("the instances of a node share it, and its checks count for each") {
  const Catalog catalog = CatalogOf({{"dc1", R"(
    node_name = "n" node_meta { rack = "r1" }
    check { id = "disk" name = "disk" status = "critical" ttl = "10s" }
    services { name = "a" address = "10.0.0.1" port = 1
      connect { native = true } }
    services { name = "b" address = "10.0.0.2" port = 2
      connect { native = true } }
  )"}});
  const Snapshot snapshot = SnapshotOf(catalog, "dc1");
  REQUIRE(snapshot.services.size() == 2);
  const ServiceInstance& a = snapshot.services[0].instances.at(0);
  const ServiceInstance& b = snapshot.services[1].instances.at(0);
  CHECK(a.node == b.node);
  REQUIRE(a.node != nullptr);
  CHECK(a.node->name == "n");
  CHECK(a.node->datacenter == "dc1");
  CHECK(a.node->meta.at("rack") == "r1");
  CHECK(a.checks.empty());
  const Routes routes = RoutesOf(snapshot);
  REQUIRE(routes.table->clusters().size() == 2);
  for (const auto& cluster : routes.table->clusters()) {
    CHECK(cluster->endpoints.at(0).health == EndpointHealth::kUnhealthy);
  }
}

TEST_CASE("gateways of other datacenters are dialled at their WAN address") {
  const auto gateway = [](const std::string& agent, const std::string& more) {
    const Catalog catalog = CatalogOf(
        {{"dc1", ""},
         {"dc2", agent +
                     " service { name = \"gw\" kind = \"mesh-gateway\" port = "
                     "8443 " +
                     more + " }"}});
    const Snapshot snapshot = SnapshotOf(catalog, "dc1");
    REQUIRE(snapshot.remote_gateways.size() == 1);
    CHECK(snapshot.remote_gateways[0].datacenter == "dc2");
    const auto& found = snapshot.remote_gateways[0].gateways.at(0);
    return absl::StrFormat("%s:%d", found.address, found.port);
  };
  const std::string lan = "address = \"10.0.0.1\" ";
  CHECK(gateway("", lan + "tagged_addresses { wan { address = \"1.2.3.4\" "
                          "port = 443 } }") == "1.2.3.4:443");
  CHECK(gateway("", lan + "tagged_addresses { wan { address = \"1.2.3.4\" } "
                          "}") == "1.2.3.4:8443");
  CHECK(gateway("", lan + "tagged_addresses { lan { address = \"1.2.3.4\" } "
                          "}") == "10.0.0.1:8443");
  CHECK(gateway("advertise_addr_wan = \"5.6.7.8\"", lan) == "10.0.0.1:8443");
  CHECK(gateway("advertise_addr_wan = \"5.6.7.8\" bind_addr = \"10.0.0.9\"",
                "") == "5.6.7.8:8443");
  CHECK(gateway("bind_addr = \"10.0.0.9\"", "") == "10.0.0.9:8443");
}

TEST_CASE("the trust domain is the primary's, the server domain its own") {
  const Catalog catalog =
      CatalogOf({{"dc1", "domain = \"one\""}, {"DC2", "domain = \"TWO.\""}});
  const Snapshot snapshot = SnapshotOf(catalog, "Dc2");
  CHECK(snapshot.datacenter == "dc2");
  CHECK(snapshot.trust_domain == kTrustDomain);
  CHECK(snapshot.server_domain == "two");
}

TEST_CASE("a gateway's options come from its definition and proxy-defaults") {
  const Catalog catalog = CatalogOf({{"dc1", R"(
    config_entries { bootstrap = [
      { Kind = "proxy-defaults" Name = "global"
        Config { connect_timeout_ms = 1
          envoy_gateway_remote_tcp_enable_keepalive = true } },
      { Kind = "service-defaults" Name = "gw"
        UpstreamConfig { Defaults { Limits { MaxConnections = 7 } } } }
    ] }
    service { name = "gw" kind = "mesh-gateway" port = 8443
      meta { consul-wan-federation = "1" }
      proxy { config { connect_timeout_ms = 2 } } }
  )"}});
  const auto gateway = FindGateway(catalog, "dc1", "");
  REQUIRE(gateway.ok());
  const Snapshot snapshot = SnapshotOf(catalog, "dc1", *gateway);
  CHECK(snapshot.options.connect_timeout->value ==
        std::chrono::milliseconds(2));
  CHECK(snapshot.options.remote_tcp_keepalive->value);
  CHECK(snapshot.limits.max_connections == 7u);
  CHECK(snapshot.wan_federation);

  const Snapshot without = SnapshotOf(catalog, "dc1");
  CHECK(without.options.connect_timeout->value == std::chrono::milliseconds(1));
  CHECK_FALSE(without.limits.max_connections.has_value());
  CHECK_FALSE(without.wan_federation);
}

TEST_CASE("an unknown datacenter is told which ones there are") {
  const Catalog catalog = CatalogOf({{"dc1", ""}, {"dc2", ""}});
  const auto snapshot = MakeSnapshot(catalog, "dc3", nullptr);
  CHECK(snapshot.status().code() == absl::StatusCode::kNotFound);
  CHECK(snapshot.status().message() ==
        "no datacenter \"dc3\" in the catalog; there are: dc1, dc2");
}

TEST_CASE("a gateway is found by its id, or when it is the only one") {
  const std::string one =
      "services { name = \"gw\" id = \"g1\" kind = \"mesh-gateway\" port = 1 }";
  const std::string two =
      "services { name = \"gw\" id = \"g2\" kind = \"mesh-gateway\" port = 2 }";
  const Catalog catalog =
      CatalogOf({{"dc1", one}, {"dc2", one + two}, {"dc3", ""}});
  CHECK((*FindGateway(catalog, "DC1", ""))->id == "g1");
  CHECK((*FindGateway(catalog, "dc2", "g2"))->port == 2);
  const auto several = FindGateway(catalog, "dc2", "");
  CHECK(several.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(several.status().message().find("g1, g2") != std::string::npos);
  CHECK(FindGateway(catalog, "dc2", "g3").status().code() ==
        absl::StatusCode::kNotFound);
  CHECK(FindGateway(catalog, "dc3", "").status().code() ==
        absl::StatusCode::kNotFound);
  CHECK(FindGateway(catalog, "dc4", "").status().code() ==
        absl::StatusCode::kNotFound);
}

// As Consul's agent/xds/listeners.go binds them.
TEST_CASE("a gateway listens where its definition and options say") {
  const auto listens = [](const std::string& more, const std::string& options) {
    const Catalog catalog = CatalogOf(
        {{"dc1",
          "service { name = \"gw\" kind = \"mesh-gateway\" port = 8443 " +
              more + " proxy { config { " + options + " } } }"}});
    const ServiceDefinition* gateway = *FindGateway(catalog, "dc1", "");
    std::string out;
    for (const ListenAddress& listen : ListenAddresses(
             *gateway, SnapshotOf(catalog, "dc1", gateway).options)) {
      out += absl::StrFormat("%s%s=%s:%d", out.empty() ? "" : " ", listen.name,
                             listen.address, listen.port);
    }
    return out;
  };
  const std::string own = "address = \"10.0.0.1\"";
  const std::string tagged =
      " tagged_addresses { lan { address = \"10.0.0.2\" port = 1 } wan { "
      "address = \"10.0.0.3\" port = 2 } }";
  CHECK(listens("", "") == "default=0.0.0.0:8443");
  CHECK(listens(own, "") == "default=10.0.0.1:8443");
  CHECK(listens(own + tagged, "") == "default=10.0.0.1:8443");
  CHECK(listens(own + tagged, "envoy_gateway_bind_tagged_addresses = true") ==
        "default=10.0.0.1:8443 lan=10.0.0.2:1 wan=10.0.0.3:2");
  CHECK(listens(own + tagged,
                "envoy_gateway_bind_tagged_addresses = true "
                "envoy_gateway_no_default_bind = true") ==
        "lan=10.0.0.2:1 wan=10.0.0.3:2");
  // As others dial it there.
  CHECK(listens(own + " tagged_addresses { wan { address = \"10.0.0.3\" } }",
                "envoy_gateway_bind_tagged_addresses = true") ==
        "default=10.0.0.1:8443 wan=10.0.0.3:8443");
  CHECK(listens(own,
                "envoy_gateway_bind_addresses { x { address = \"10.0.0.7\" "
                "port = 7 } }") == "default=10.0.0.1:8443 x=10.0.0.7:7");
  // The same address once.
  CHECK(listens(own,
                "envoy_gateway_bind_addresses { x { address = \"10.0.0.1\" "
                "port = 8443 } }") == "default=10.0.0.1:8443");
  CHECK(listens(own, "envoy_gateway_no_default_bind = true").empty());
}

}  // namespace
}  // namespace meshgw::test
