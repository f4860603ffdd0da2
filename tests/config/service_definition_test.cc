#include <map>
#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

TEST_CASE("a service is read in HCL and JSON, in any letter case, alike") {
  const std::vector<ConfigFile> files = {
      {"snake.hcl", R"(service {
        id = "w1" name = "web" port = 80 address = "10.0.0.1"
        tagged_addresses { wan { address = "1.2.3.4" port = 81 } }
        weights { passing = 3 warning = 2 } tags = ["a", "b"]
        meta { version = "2" }
      })"},
      {"case.hcl", R"(Service = {
        ID = "w1" Name = "web" Port = 80 Address = "10.0.0.1"
        TAGGED_Addresses = { wan = { Address = "1.2.3.4" Port = 81 } }
        Weights = { Passing = 3 Warning = 2 } Tags = ["a", "b"]
        Meta = { version = "2" }
      })"},
      {"list.hcl", R"(services = [{
        id = "w1" name = "web" port = 80 address = "10.0.0.1"
        tagged_addresses = { wan = { address = "1.2.3.4" port = 81 } }
        weights = { passing = 3 warning = 2 } tags = ["a", "b"]
        meta = { version = "2" }
      }])"},
      {"snake.json", R"({"service": {
        "id": "w1", "name": "web", "port": 80, "address": "10.0.0.1",
        "tagged_addresses": {"wan": {"address": "1.2.3.4", "port": 81}},
        "weights": {"passing": 3, "warning": 2}, "tags": ["a", "b"],
        "meta": {"version": "2"}
      }})"},
  };
  for (const ConfigFile& file : files) {
    CAPTURE(file.name);
    const Config config = ConfigOf(file.contents, file.name);
    REQUIRE(config.services.size() == 1);
    const ServiceDefinition& service = config.services[0];
    CHECK(service.id == "w1");
    CHECK(service.name == "web");
    CHECK(service.port == 80);
    CHECK(service.address == "10.0.0.1");
    CHECK(service.tagged_addresses.size() == 1);
    CHECK(service.tagged_addresses.at("wan") == ServiceAddress{"1.2.3.4", 81});
    CHECK(service.weights.passing == 3);
    CHECK(service.weights.warning == 2);
    CHECK(service.tags == std::vector<std::string>{"a", "b"});
    CHECK(service.meta.at("version") == "2");
    CHECK(service.where.file == file.name);
  }
}

TEST_CASE("what a service leaves out has Consul's defaults") {
  const ServiceDefinition service =
      ConfigOf("service { name = \"web\" }").services.at(0);
  CHECK(service.kind == ServiceKind::kTypical);
  CHECK(service.id == "web");
  CHECK(service.name_space == "default");
  CHECK(service.partition == "default");
  CHECK(service.port == 0);
  CHECK(service.weights.passing == 1);
  CHECK(service.weights.warning == 1);
  CHECK(service.checks.empty());
  CHECK_FALSE(service.connect_native);
  CHECK_FALSE(service.proxy.has_value());
}

TEST_CASE("each kind of service is known by Consul's name for it") {
  for (const ServiceKind kind :
       {ServiceKind::kTypical, ServiceKind::kMeshGateway,
        ServiceKind::kTerminatingGateway, ServiceKind::kIngressGateway,
        ServiceKind::kApiGateway}) {
    const std::string name(ServiceKindName(kind));
    CAPTURE(name);
    CHECK(ConfigOf("service { name = \"a\" port = 1 kind = \"" + name + "\" }")
              .services.at(0)
              .kind == kind);
  }
  CHECK(ConfigOf("service { name = \"a\" kind = \"other\" }")
            .services.at(0)
            .kind == ServiceKind::kTypical);
}

TEST_CASE("a service's address that nobody could look up is warned of") {
  const auto warnings = [](const std::string& address) {
    return WarningsIn("service {\nname = \"a\" port = 1 address = \"" +
                      address + "\" }");
  };
  for (const std::string good :
       {"", "10.0.0.1", "::1", "db.example.", "unix:/run/db"}) {
    CAPTURE(good);
    CHECK(warnings(good).empty());
  }
  for (const std::string bad : {"127.1.2.11:80", "[::1]", "  ", "127.3.2.014",
                                "fe80::1%lo", "{{ GetPrivateIP }}"}) {
    CHECK(warnings(bad) ==
          "2:31: service.address \"" + bad +
              "\" is no IP address and no host name; expected an IP address "
              "without brackets, zone and port, or a host name");
  }
  // A sidecar has its service's, and no word of its own.
  CHECK(WarningsIn("service { name = \"a\" port = 1 address = \"1.1\"\n"
                   "tagged_addresses { wan { address = \"[::2]\" } }\n"
                   "connect { sidecar_service { } } }") ==
        "1:41: service.address \"1.1\" is no IP address and no host name; "
        "expected an IP address without brackets, zone and port, or a host "
        "name\n"
        "2:36: service.tagged_addresses.wan.address \"[::2]\" is no IP address "
        "and no host name; expected an IP address without brackets, zone and "
        "port, or a host name");
}

TEST_CASE("a kind that Consul does not know is warned of") {
  const auto warnings = [](const std::string& kind) {
    return WarningsIn("service { name = \"a\" port = 1 kind = \"" + kind +
                      "\" }");
  };
  CHECK(warnings("").empty());
  CHECK(warnings("mesh-gateway").empty());
  CHECK(warnings("mesh_gateway") ==
        "1:38: service.kind \"mesh_gateway\" has no effect: there is no such "
        "kind; did you mean \"mesh-gateway\"?");
  CHECK(warnings("Connect-Proxy") ==
        "1:38: service.kind \"Connect-Proxy\" has no effect: there is no such "
        "kind; did you mean \"connect-proxy\"?");
  CHECK(warnings("other") ==
        "1:38: service.kind \"other\" has no effect: there is no such kind");
}

TEST_CASE("a sidecar takes from its service what Consul's would") {
  const Config config = ConfigOf(R"(service {
    id = "w1" name = "web" port = 8080 tags = ["t"] meta { m = "1" }
    address = "10.0.0.1"
    namespace = "n" partition = "p"
    connect { sidecar_service { } }
  })");
  REQUIRE(config.services.size() == 2);
  const ServiceDefinition& sidecar = config.services[1];
  CHECK(sidecar.kind == ServiceKind::kConnectProxy);
  CHECK(sidecar.sidecar_of == "w1");
  CHECK(sidecar.id == "w1-sidecar-proxy");
  CHECK(sidecar.name == "web-sidecar-proxy");
  CHECK(sidecar.port == 21000);
  CHECK(sidecar.address == "10.0.0.1");
  CHECK(sidecar.tags == std::vector<std::string>{"t"});
  CHECK(sidecar.meta.at("m") == "1");
  CHECK(sidecar.name_space == "n");
  CHECK(sidecar.partition == "p");
  REQUIRE(sidecar.proxy.has_value());
  CHECK(sidecar.proxy->destination_service_name == "web");
  CHECK(sidecar.proxy->destination_service_id == "w1");
  CHECK(sidecar.proxy->local_service_address == "127.0.0.1");
  CHECK(sidecar.proxy->local_service_port == 8080);
  REQUIRE(sidecar.checks.size() == 2);
  CHECK(sidecar.checks[0].name == "Connect Sidecar Listening");
  CHECK(sidecar.checks[0].type == "tcp");
  CHECK(sidecar.checks[1].name == "Connect Sidecar Aliasing w1");
  CHECK(sidecar.checks[1].alias_service == "w1");
}

TEST_CASE("what a sidecar says itself is kept") {
  const ServiceDefinition sidecar = ConfigOf(R"(service {
    name = "web" port = 8080 tags = ["t"] address = "10.0.0.1"
    connect { sidecar_service {
      address = "10.0.0.2"
      name = "mine" port = 4000 tags = ["u"] meta { m = "2" }
      check { name = "c" ttl = "1s" }
      proxy { local_service_address = "10.1.1.1" local_service_port = 9 }
    } }
  })")
                                        .services.at(1);
  CHECK(sidecar.name == "mine");
  CHECK(sidecar.id == "web-sidecar-proxy");
  CHECK(sidecar.port == 4000);
  CHECK(sidecar.address == "10.0.0.2");
  CHECK(sidecar.tags == std::vector<std::string>{"u"});
  CHECK(sidecar.meta.at("m") == "2");
  CHECK(sidecar.proxy->local_service_address == "10.1.1.1");
  CHECK(sidecar.proxy->local_service_port == 9);
  CHECK(sidecar.checks.size() == 1);
}

std::string Sidecars(int count, const std::string& first = "") {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += "services { name = \"s" + std::to_string(i) +
           "\" connect { sidecar_service { " + (i == 0 ? first : "") +
           " } } }\n";
  }
  return out;
}

TEST_CASE("sidecars get the ports from 21000 on that are free, up to 21255") {
  const Config config = ConfigOf(Sidecars(4, "port = 21001"));
  std::vector<int> ports;
  for (const ServiceDefinition& service : config.services) {
    if (!service.sidecar_of.empty()) ports.push_back(service.port);
  }
  CHECK(ports == std::vector<int>{21001, 21000, 21002, 21003});
  CHECK(ConfigOf(Sidecars(256)).services.back().port == 21255);
  CHECK(MistakesIn(Sidecars(257))
            .starts_with("257:52: no port provided for sidecar_service and "
                         "none left in the configured range [21000, 21255]; "
                         "expected port = <number>"));
}

std::vector<int> SidecarPorts(const std::vector<ConfigFile>& files) {
  std::vector<int> ports;
  const auto config = ParseConfig(files, {}, nullptr);
  REQUIRE(config.ok());
  for (const ServiceDefinition& service : config->services) {
    if (!service.sidecar_of.empty()) ports.push_back(service.port);
  }
  return ports;
}

TEST_CASE("a sidecar's port is one that no service in front of it has") {
  const std::string sidecar = "connect { sidecar_service { } } }\n";
  const std::string taken = "services { name = \"x\" port = 21000 }\n";
  const std::string web = "services { name = \"web\" port = 21001 " + sidecar;
  CHECK(SidecarPorts({{"a.hcl", taken + web}}) == std::vector<int>{21002});
  CHECK(SidecarPorts({{"a.hcl", web + taken}}) == std::vector<int>{21000});
  CHECK(SidecarPorts({{"a.hcl", taken}, {"b.hcl", web}}) ==
        std::vector<int>{21002});
  // A file's `service` comes behind its `services`.
  const Config config = ConfigOf("service { name = \"last\" " + sidecar + web);
  CHECK(config.services.at(1).id == "web-sidecar-proxy");
  CHECK(config.services.at(1).port == 21000);
  CHECK(config.services.at(3).id == "last-sidecar-proxy");
  CHECK(config.services.at(3).port == 21002);
}

TEST_CASE("the agent's ports block says what sidecars get theirs from") {
  const std::string two = Sidecars(2);
  const auto ports = [&](const std::string& range) {
    return SidecarPorts({{"a.hcl", two}, {"b.hcl", "ports { " + range + " }"}});
  };
  CHECK(ports("sidecar_min_port = 20000") == std::vector<int>{20000, 20001});
  CHECK(ports("sidecar_max_port = 21001") == std::vector<int>{21000, 21001});
  // Each half from another file.
  CHECK(SidecarPorts({{"a.hcl", "ports { sidecar_min_port = 30000 }"},
                      {"b.hcl", "ports { sidecar_max_port = 30001 }"},
                      {"c.hcl", two}}) == std::vector<int>{30000, 30001});
  const std::string none = "no port provided for sidecar_service and ";
  const std::string instead = "; expected port = <number>";
  CHECK(MistakesIn(two + "ports { sidecar_max_port = 21000 }") ==
        "2:50: " + none + "none left in the configured range [21000, 21000]" +
            instead);
  for (const std::string off : {"0", "-1"}) {
    CHECK(
        MistakesIn(Sidecars(1) + "ports { sidecar_min_port = " + off + " }") ==
        "1:50: " + none + "auto-assignment disabled in config" + instead);
  }
  CHECK(MistakesIn("ports { sidecar_min_port = 21256 }") ==
        "1:28: sidecar_min_port cannot be greater than sidecar_max_port; "
        "expected 21256 to be at most 21255");
  CHECK(MistakesIn("ports {\n sidecar_max_port = 9 }") ==
        "2:21: sidecar_min_port cannot be greater than sidecar_max_port; "
        "expected 21000 to be at most 9");
  CHECK(WarningsIn("ports { http = 8500 sidecar_min_port = 21001 }") ==
        "1:9: ports.http has no effect here: it configures a Consul agent");
  CHECK(MistakesIn("ports { htpp = 8500 }") ==
        "1:9: invalid config key ports.htpp; did you mean http?");
}

TEST_CASE("checks belong to their service, to the one they name or the node") {
  const Config config = ConfigOf(R"(
    service { name = "web"
      check { name = "one" tcp = "x" status = "warning" }
      checks = [{ id = "two" ttl = "1s" status = "critical" }]
    }
    check { name = "three" service_id = "web" http = "x" status = "passing" }
    checks { name = "node" args = ["x"] }
  )");
  const auto& checks = config.services.at(0).checks;
  REQUIRE(checks.size() == 3);
  CHECK(checks[0].type == "tcp");
  CHECK(checks[0].status == CheckStatus::kWarning);
  CHECK(checks[1].id == "two");
  CHECK(checks[1].status == CheckStatus::kCritical);
  CHECK(checks[2].name == "three");
  CHECK(checks[2].status == CheckStatus::kPassing);
  REQUIRE(config.node_checks.size() == 1);
  CHECK(config.node_checks[0].name == "node");
  CHECK(config.node_checks[0].status == CheckStatus::kPassing);
}

TEST_CASE("a proxy's upstreams are read with all that they say") {
  const Config config =
      ConfigOf(R"(service { name = "p" kind = "connect-proxy" port = 1
    proxy { destination_service_name = "web"
      upstreams { destination_name = "a" destination_type = "prepared_query"
        local_bind_port = 4 }
      upstreams { destination_name = "b" destination_namespace = "n"
        destination_partition = "default" datacenter = "dc2"
        local_bind_address = "127.0.0.2" local_bind_port = 5
        mesh_gateway { mode = "none" } config { connect_timeout_ms = 1 } }
      upstreams { destination_name = "c" destination_peer = "q"
        local_bind_socket_path = "/s" local_bind_socket_mode = "0600" }
    } })");
  const auto& upstreams = config.services.at(0).proxy->upstreams;
  REQUIRE(upstreams.size() == 3);
  CHECK(upstreams[0].is_prepared_query);
  CHECK_FALSE(upstreams[1].is_prepared_query);
  CHECK(upstreams[1].destination_namespace == "n");
  CHECK(upstreams[1].destination_partition == "default");
  CHECK(upstreams[1].datacenter == "dc2");
  CHECK(upstreams[1].local_bind_address == "127.0.0.2");
  CHECK(upstreams[1].local_bind_port == 5);
  CHECK(upstreams[1].mesh_gateway.value == MeshGatewayMode::kNone);
  CHECK(upstreams[1].mesh_gateway.where == SourceLocation{"a.hcl", 8, 31});
  CHECK(upstreams[2].destination_peer == "q");
  CHECK(upstreams[2].local_bind_socket_path == "/s");
}

MeshGatewayProxyConfig GatewayOptions(const std::string& options) {
  return ConfigOf(
             "service { name = \"g\" kind = \"mesh-gateway\" port = 1 "
             "proxy { config { " +
             options + " } } }")
      .services.at(0)
      .proxy->gateway_config;
}

TEST_CASE("a gateway's own options are read, under old names too") {
  const auto options = GatewayOptions(R"(
    envoy_gateway_bind_tagged_addresses = true
    envoy_gateway_no_default_bind = "true"
    envoy_gateway_bind_addresses { a { address = "::1" port = 7 } }
    connect_timeout_ms = "1500"
    envoy_gateway_remote_tcp_enable_keepalive = true
    envoy_gateway_remote_tcp_keepalive_time = 10
    envoy_gateway_remote_tcp_keepalive_interval = 5
    envoy_gateway_remote_tcp_keepalive_probes = 3)");
  CHECK(options.bind_tagged_addresses->value);
  CHECK(options.no_default_bind->value);
  CHECK(options.bind_addresses->value.at("a") == ServiceAddress{"::1", 7});
  CHECK(options.connect_timeout->value == std::chrono::milliseconds(1500));
  CHECK(options.remote_tcp_keepalive->value);
  CHECK(options.remote_tcp_keepalive_time->value == std::chrono::seconds(10));
  CHECK(options.remote_tcp_keepalive_interval->value ==
        std::chrono::seconds(5));
  CHECK(options.remote_tcp_keepalive_probes->value == 3);

  const auto old = GatewayOptions(R"(
    envoy_mesh_gateway_bind_tagged_addresses = true
    envoy_mesh_gateway_no_default_bind = true
    envoy_mesh_gateway_bind_addresses { a { address = "::1" port = 7 } })");
  CHECK(old.bind_tagged_addresses->value);
  CHECK(old.no_default_bind->value);
  CHECK(old.bind_addresses->value.size() == 1);

  // Beside its new name an old one is nothing, in whatever order: Consul
  // agent/xds/config, "new fields override deprecated ones".
  const std::string new_names = R"(
    envoy_gateway_bind_tagged_addresses = false
    envoy_gateway_no_default_bind = false
    ENVOY_gateway_bind_addresses { b { address = "::2" port = 8 } })";
  const std::string old_names = R"(
    envoy_mesh_gateway_bind_tagged_addresses = true
    envoy_mesh_gateway_no_default_bind = true
    envoy_mesh_gateway_bind_addresses { a { address = "::1" port = 7 } })";
  for (const auto& text : {new_names + old_names, old_names + new_names}) {
    const auto both = GatewayOptions(text);
    CHECK_FALSE(both.bind_tagged_addresses->value);
    CHECK_FALSE(both.no_default_bind->value);
    CHECK(both.bind_addresses->value ==
          std::map<std::string, ServiceAddress>{{"b", {"::2", 8}}});
  }

  // What is below 1 is the default.
  CHECK(GatewayOptions("connect_timeout_ms = -1").connect_timeout->value ==
        std::chrono::milliseconds(0));
}

TEST_CASE("options that a gateway without Envoy cannot have say why") {
  const auto warning = [](const std::string& option) {
    return WarningsIn(
        "service { name = \"g\" kind = \"mesh-gateway\" port = 1 "
        "proxy { config {\n" +
        option + " = 1 } } }");
  };
  const std::string bootstrap = "it belongs to Envoy's bootstrap";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"xds_fetch_timeout_ms", "it times Envoy's own fetches of configuration"},
      {"max_request_headers_kb",
       "nothing is decrypted, so there are no headers"},
      {"envoy_public_listener_json", "it is a piece of Envoy's configuration"},
      {"envoy_extra_static_clusters_json",
       "it is a piece of Envoy's configuration"},
      {"envoy_prometheus_bind_addr", bootstrap},
      {"envoy_stats_flush_interval", bootstrap},
      {"envoy_statsd_url", bootstrap},
      {"envoy_dogstatsd_url", bootstrap},
      {"envoy_dns_discovery_type",
       "all addresses of all host names are used, whatever it says"},
      {"local_idle_timeout_ms",
       "it is an option of sidecars: a gateway carries bytes"},
      {"envoy_new",
       "Consul stores it for the proxy, and this gateway does not "
       "know it"},
      {"my_own",
       "Consul stores it for the proxy, and this gateway does not "
       "know it"},
  };
  for (const auto& [option, why] : rows) {
    CHECK(warning(option) == "2:1: service.proxy.config." + option +
                                 " has no effect here: " + why);
  }
}

TEST_CASE("a misspelt gateway option is told from the right one") {
  CHECK(WarningsIn("service { name = \"g\" kind = \"mesh-gateway\" port = 1 "
                   "proxy { config {\nenvoy_gateway_bind_tagged_addreses = "
                   "true } } }") ==
        "2:1: service.proxy.config.envoy_gateway_bind_tagged_addreses is not "
        "known; did you mean envoy_gateway_bind_tagged_addresses?");
}

TEST_CASE("a service whose name fits no server name is warned of") {
  const auto warning = [](const std::string& name) {
    return WarningsIn("service { name = \"" + name + "\" }");
  };
  for (const char* name : {"web", "Web_2", "a.b", "x-1"}) {
    CHECK(warning(name).empty());
  }
  const std::vector<std::string> names = {"web app", "a..b", "ü", "a.",
                                          std::string(64, 'x')};
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(warning(name).starts_with("1:9: no TLS client can ask for service"));
  }
}

TEST_CASE("an option of the nearer layer wins by whatever name and value") {
  const auto near = GatewayOptions(
      "envoy_mesh_gateway_bind_tagged_addresses = true "
      "envoy_gateway_no_default_bind = false");
  const auto far = GatewayOptions(
      "envoy_gateway_bind_tagged_addresses = false "
      "envoy_gateway_no_default_bind = true");
  const auto merged = near.MergedOver(far);
  CHECK(merged.bind_tagged_addresses->value);
  CHECK_FALSE(merged.no_default_bind->value);
}

TEST_CASE("unset gateway options are taken from the lower layer") {
  const auto high = GatewayOptions("connect_timeout_ms = 1");
  const auto low = GatewayOptions(
      "connect_timeout_ms = 2 envoy_gateway_no_default_bind = true "
      "envoy_gateway_bind_tagged_addresses = false "
      "envoy_gateway_bind_addresses { a { address = \"::1\" port = 7 } } "
      "envoy_gateway_remote_tcp_enable_keepalive = true "
      "envoy_gateway_remote_tcp_keepalive_time = 1 "
      "envoy_gateway_remote_tcp_keepalive_interval = 2 "
      "envoy_gateway_remote_tcp_keepalive_probes = 3");
  const auto merged = high.MergedOver(low);
  CHECK(merged.connect_timeout->value == std::chrono::milliseconds(1));
  CHECK(merged.no_default_bind->value);
  CHECK_FALSE(merged.bind_tagged_addresses->value);
  CHECK(merged.bind_addresses->value.at("a").port == 7);
  CHECK(merged.remote_tcp_keepalive->value);
  CHECK(merged.remote_tcp_keepalive_time->value == std::chrono::seconds(1));
  CHECK(merged.remote_tcp_keepalive_interval->value == std::chrono::seconds(2));
  CHECK(merged.remote_tcp_keepalive_probes->value == 3);
}

}  // namespace
}  // namespace meshgw::test
