#include <chrono>
#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;

TEST_CASE("an agent's settings are read") {
  const Config config = ConfigOf(R"(
    datacenter = "dc2" primary_datacenter = "dc1" node_name = "n"
    domain = "mesh" bind_addr = "10.0.0.9" advertise_addr_wan = "1.2.3.4"
    connect { enabled = true ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
  )");
  CHECK(config.datacenter.value == "dc2");
  CHECK(config.datacenter.where == SourceLocation{"a.hcl", 2, 18});
  CHECK(config.primary_datacenter.value == "dc1");
  CHECK(config.cluster_id.value == "11111111-2222-3333-4444-555555555555");
  CHECK(config.node_name == "n");
  CHECK(config.domain == "mesh");
  CHECK(config.node_address == "10.0.0.9");
  CHECK(config.node_wan_address == "1.2.3.4");
}

TEST_CASE("the node's address is the advertised one, else the bound one") {
  CHECK(ConfigOf("bind_addr = \"10.0.0.9\" advertise_addr = \"10.0.0.8\"")
            .node_address == "10.0.0.8");
  CHECK(ConfigOf("bind_addr = \"0.0.0.0\"").node_address.empty());
  for (const std::string any : {"::", "[::]", "0::0", "::ffff:0.0.0.0"}) {
    CAPTURE(any);
    CHECK(ConfigOf("bind_addr = \"" + any + "\"").node_address.empty());
  }
  // As Consul, which parts such a text at its space.
  CHECK(ConfigOf("advertise_addr = \" 10.0.0.8\\n\"").node_address ==
        "10.0.0.8");
  CHECK(
      ConfigOf("advertise_addr = \"\" bind_addr = \"10.0.0.9\"").node_address ==
      "10.0.0.9");
}

TEST_CASE("a template matters to a node without an address to advertise only") {
  const std::string bind = "bind_addr = \"{{ GetPrivateIP }}\"";
  CHECK(ConfigOf(bind + " advertise_addr = \"10.0.0.8\"").node_address ==
        "10.0.0.8");
  CHECK(MistakesIn(bind) ==
        "1:13: bind_addr is the template \"{{ GetPrivateIP }}\"; expected the "
        "address itself: templates are not evaluated here");
}

TEST_CASE("config entries are the same alone and in the bootstrap list") {
  const std::string entry =
      "Kind = \"service-defaults\" Name = \"web\" Protocol = \"tcp\" "
      "MeshGateway = { Mode = \"remote\" }";
  for (const std::string& text :
       {entry, "config_entries { bootstrap = [{ " + entry + " }] }",
        "config_entries { bootstrap { " + entry + " } }",
        std::string("kind = \"service-defaults\" name = \"web\" protocol = "
                    "\"tcp\" mesh_gateway { mode = \"remote\" }")}) {
    CAPTURE(text);
    const Config config = ConfigOf(text);
    REQUIRE(config.service_defaults.size() == 1);
    CHECK(config.service_defaults[0].name == "web");
    CHECK(config.service_defaults[0].mesh_gateway.value ==
          MeshGatewayMode::kRemote);
  }
}

TEST_CASE("service-defaults are read with UpstreamConfig and external SNI") {
  const Config config = ConfigOf(R"(
    Kind = "service-defaults" Name = "web" Namespace = "n" Partition = "p"
    ExternalSNI = "x.example.com"
    UpstreamConfig {
      Defaults { MeshGateway { Mode = "local" }
        Limits { MaxConnections = 5 MaxPendingRequests = 6
          MaxConcurrentRequests = 7 } }
      Overrides = [
        { Name = "api" MeshGateway { Mode = "none" } },
        { Name = "db" Namespace = "m" Partition = "q" Peer = "r" }
      ]
    })");
  const ServiceDefaults& entry = config.service_defaults.at(0);
  CHECK(entry.name_space == "n");
  CHECK(entry.partition == "p");
  CHECK(entry.external_sni == "x.example.com");
  CHECK(entry.upstream_defaults.value == MeshGatewayMode::kLocal);
  CHECK(entry.upstream_defaults_limits.max_connections == 5u);
  REQUIRE(entry.upstream_overrides.size() == 2);
  CHECK(entry.upstream_overrides[0].name == "api");
  CHECK(entry.upstream_overrides[0].mesh_gateway.value ==
        MeshGatewayMode::kNone);
  CHECK(entry.upstream_overrides[1].name_space == "m");
  CHECK(entry.upstream_overrides[1].partition == "q");
  CHECK(entry.upstream_overrides[1].peer == "r");
}

TEST_CASE("proxy-defaults hold the mode and the gateways' options") {
  const Config config = ConfigOf(R"(
    Kind = "proxy-defaults" Name = "global"
    MeshGateway { Mode = "remote" }
    Config { connect_timeout_ms = 7 protocol = "http" })");
  CHECK(config.proxy_defaults->mesh_gateway.value == MeshGatewayMode::kRemote);
  CHECK(config.proxy_defaults->gateway_config.connect_timeout->value ==
        milliseconds(7));
}

TEST_CASE("service-resolvers are read with subsets and failover") {
  const Config config = ConfigOf(R"(
    Kind = "service-resolver" Name = "web" DefaultSubset = "v1"
    ConnectTimeout = "1m30s" RequestTimeout = "250ms"
    Subsets {
      v1 { Filter = "Service.Meta.version == 1" }
      v2 { OnlyPassing = true }
    }
    Failover {
      v1 { Service = "web" Datacenters = ["dc2", "dc3"] }
      "*" { Targets = [{ Datacenter = "dc4" }, { Peer = "q" }] }
      v2 { Service = "else" }
    }
    LoadBalancer { Policy = "least_request"
      LeastRequestConfig { ChoiceCount = 3 } })");
  const ServiceResolver& resolver = config.service_resolvers.at(0);
  CHECK(resolver.default_subset == "v1");
  CHECK(resolver.connect_timeout == milliseconds(90000));
  CHECK(resolver.subsets.at("v1").filter.value == "Service.Meta.version == 1");
  CHECK(resolver.subsets.at("v1").filter.where ==
        SourceLocation{"a.hcl", 5, 21});
  CHECK_FALSE(resolver.subsets.at("v1").only_passing);
  CHECK(resolver.subsets.at("v2").only_passing);
  CHECK_FALSE(resolver.redirect.has_value());
  const auto& one = resolver.failover.at("v1").targets;
  REQUIRE(one.size() == 2);
  CHECK(one[0].service == "web");
  CHECK(one[0].datacenter == "dc2");
  CHECK(one[1].service == "web");
  CHECK(one[1].datacenter == "dc3");
  const auto& all = resolver.failover.at("*").targets;
  REQUIRE(all.size() == 2);
  CHECK(all[0].datacenter == "dc4");
  CHECK(all[1].peer == "q");
  REQUIRE(resolver.failover.at("v2").targets.size() == 1);
  CHECK(resolver.failover.at("v2").targets[0].service == "else");
  CHECK(resolver.load_balancing == LoadBalancing::kLeastRequest);
  CHECK(resolver.choice_count == 3);
}

TEST_CASE("a redirect is read with all that it says") {
  const auto redirect = [](const std::string& text) {
    return *ConfigOf("Kind = \"service-resolver\" Name = \"web\" Redirect { " +
                     text + " }")
                .service_resolvers.at(0)
                .redirect;
  };
  const ResolverTarget to = redirect(
      "Service = \"other\" ServiceSubset = \"s\" Namespace = \"n\" "
      "Partition = \"p\"");
  CHECK(to.service == "other");
  CHECK(to.service_subset == "s");
  CHECK(to.name_space == "n");
  CHECK(to.partition == "p");
  CHECK(redirect("Datacenter = \"dc2\"").datacenter == "dc2");
  CHECK(redirect("Service = \"other\" Peer = \"q\"").peer == "q");
}

TEST_CASE("each policy of Consul's load balancer has its counterpart") {
  const std::vector<std::pair<std::string, LoadBalancing>> rows = {
      {"least_request", LoadBalancing::kLeastRequest},
      {"round_robin", LoadBalancing::kRoundRobin},
      {"random", LoadBalancing::kRandom},
      {"maglev", LoadBalancing::kMaglev},
      {"ring_hash", LoadBalancing::kMaglev}};
  for (const auto& [name, policy] : rows) {
    CAPTURE(name);
    CHECK(ConfigOf("Kind = \"service-resolver\" Name = \"a\" LoadBalancer { "
                   "Policy = \"" +
                   name + "\" }")
              .service_resolvers.at(0)
              .load_balancing == policy);
  }
}

TEST_CASE("what only sidecars and live Consuls can do is told by name") {
  CHECK(WarningsIn("Kind = \"mesh\"\nPeering { PeerThroughMeshGateways = true "
                   "}") ==
        "2:11: Peering.PeerThroughMeshGateways has no effect here: files do "
        "not say where peers are");
  const std::string why =
      " has no effect here: it counts requests, which sidecars do; a gateway "
      "carries bytes";
  CHECK(WarningsIn("Kind = \"service-defaults\" Name = \"a\" UpstreamConfig { "
                   "Defaults { Limits {\nMaxPendingRequests = 1\n"
                   "max_concurrent_requests = 2 } } }") ==
        "2:1: UpstreamConfig.Defaults.Limits.MaxPendingRequests" + why +
            "\n3:1: UpstreamConfig.Defaults.Limits.max_concurrent_requests" +
            why);
}

TEST_CASE(
    "a misspelt gateway option of proxy-defaults is told from the right one") {
  const auto warning = [](const std::string& option) {
    return WarningsIn("Kind = \"proxy-defaults\" Name = \"global\" Config {\n" +
                      option + " = 1 }");
  };
  CHECK(warning("envoy_gateway_bind_tagged_addreses") ==
        "2:1: Config.envoy_gateway_bind_tagged_addreses is not known; did you "
        "mean envoy_gateway_bind_tagged_addresses?");
  CHECK(warning("envoy_gateway_keepalive_probes") ==
        "2:1: Config.envoy_gateway_keepalive_probes is not known; did you mean "
        "envoy_gateway_remote_tcp_keepalive_probes?");
  CHECK(warning("my_own") ==
        "2:1: Config.my_own has no effect here: Consul stores it for the "
        "proxy, and this gateway does not know it");
  CHECK(warning("envoy_dns_discovery_type") ==
        "2:1: Config.envoy_dns_discovery_type has no effect here: all "
        "addresses of all host names are used, whatever it says");
  // The sidecars' own need no word.
  for (const char* option :
       {"protocol", "Protocol", "local_connect_timeout_ms",
        "envoy_prometheus_bind_addr", "envoy_extra_static_clusters_json"}) {
    CHECK(warning(option).empty());
  }
}

TEST_CASE("config entries convert scalars into each other, agent files not") {
  CHECK(ConfigOf("Kind = \"service-defaults\" Name = 5")
            .service_defaults.at(0)
            .name == "5");
  CHECK(ConfigOf("Kind = \"service-resolver\" Name = \"a\" Subsets { x { "
                 "OnlyPassing = \"1\" } }")
            .service_resolvers.at(0)
            .subsets.at("x")
            .only_passing);
  // As Go's FormatFloat(x, 'f', -1, 64) writes them.
  const std::vector<std::pair<std::string, std::string>> floats = {
      {"1.5", "1.5"},
      {"0.1", "0.1"},
      {"1e21", "1000000000000000000000"},
      {"1234567.25", "1234567.25"},
      {"1e-7", "0.0000001"}};
  for (const auto& [number, text] : floats) {
    CHECK(ConfigOf("Kind = \"service-defaults\" Name = " + number)
              .service_defaults.at(0)
              .name == text);
  }
  CHECK(MistakesIn("datacenter = 5").starts_with("1:14: datacenter is"));
  // As Go's ParseInt(x, 0, 64) reads them.
  const auto limit = [](const std::string& number) {
    return "Kind = \"service-defaults\" Name = \"a\" UpstreamConfig { Defaults "
           "{ Limits {\nMaxConnections = \"" +
           number + "\" } } }";
  };
  const std::vector<std::pair<std::string, std::uint32_t>> integers = {
      {"8", 8},   {"+8", 8},   {"0x10", 16},
      {"010", 8}, {"0b11", 3}, {"1_000", 1000}};
  for (const auto& [text, number] : integers) {
    CAPTURE(text);
    CHECK(ConfigOf(limit(text))
              .service_defaults.at(0)
              .upstream_defaults_limits.max_connections == number);
  }
  for (const std::string text : {"08", "x", "1.5", " 1"}) {
    CAPTURE(text);
    CHECK_THAT(MistakesIn(limit(text)), Catch::Matchers::StartsWith("2:18: "));
  }
}

TEST_CASE("durations are read as Go reads them") {
  const std::vector<std::pair<std::string, std::int64_t>> rows = {
      {"\"0\"", 0},
      {"\"1ms\"", 1},
      {"\"1.5s\"", 1500},
      {"\"1h2m3s\"", 3723000},
      {"\"2000us\"", 2},
      {"\"2000µs\"", 2},
      {"\"3000000ns\"", 3},
      {"\".5s\"", 500},
      {"\"+1s\"", 1000},
      {"5000000", 5},  // A bare number counts nanoseconds.
  };
  for (const auto& [text, want] : rows) {
    CAPTURE(text);
    CHECK(
        ConfigOf("Kind = \"service-resolver\" Name = \"a\" ConnectTimeout = " +
                 text)
            .service_resolvers.at(0)
            .connect_timeout.count() == want);
  }
  for (const std::string_view text :
       {"\"\"", "\"1\"", "\"s\"", "\"1x\"", "\"-1s\"", "\"1s2\"", "\" 1s\"",
        "\"9999999999h\"", "\".s\"", "-1", "true"}) {
    CAPTURE(text);
    CHECK_FALSE(MistakesIn("Kind = \"service-resolver\" Name = \"a\" "
                           "ConnectTimeout = " +
                           std::string(text))
                    .empty());
  }
}

}  // namespace
}  // namespace meshgw::test
