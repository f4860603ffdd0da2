#include <string>
#include <vector>

#include "config_text.h"
#include "support/source_tree.h"

// The examples of the mesh gateway documentation of Consul 1.6, whose copy in
// circulation lost its closing braces: restored they load, as printed they are
// refused.
namespace meshgw::test {
namespace {

Config Load(const std::string& name) {
  const auto files = ReadConfigFiles(SourceTree("testdata/seed/" + name), {});
  REQUIRE(files.ok());
  REQUIRE(files->size() == 1);
  return ConfigOf(files->front().contents, name);
}

struct Upstream {
  std::string name;
  std::string datacenter;
  int port;
  MeshGatewayMode mode;

  bool operator==(const Upstream&) const = default;
};

std::vector<Upstream> UpstreamsOf(const ProxyDefinition& proxy) {
  std::vector<Upstream> out;
  for (const UpstreamDefinition& upstream : proxy.upstreams) {
    out.push_back({upstream.destination_name, upstream.datacenter,
                   upstream.local_bind_port, upstream.mesh_gateway.value});
  }
  return out;
}

TEST_CASE("seed 1: proxy-defaults enables gateways globally") {
  const Config config = Load("1-proxy-defaults.hcl");
  REQUIRE(config.proxy_defaults.has_value());
  const auto& mode = config.proxy_defaults->mesh_gateway;
  CHECK(mode.value == MeshGatewayMode::kLocal);
  CHECK(mode.where == SourceLocation{"1-proxy-defaults.hcl", 4, 10});
}

TEST_CASE("seed 2: service-defaults enables gateways for one service") {
  const Config config = Load("2-service-defaults.hcl");
  REQUIRE(config.service_defaults.size() == 1);
  CHECK(config.service_defaults[0].name == "web");
  CHECK(config.service_defaults[0].mesh_gateway.value ==
        MeshGatewayMode::kLocal);
}

TEST_CASE("seed 3: a proxy definition enables gateways for one instance") {
  const Config config = Load("3-service-instance.hcl");
  REQUIRE(config.services.size() == 1);
  const ServiceDefinition& service = config.services[0];
  CHECK(service.name == "web-sidecar-proxy");
  CHECK(service.id == "web-sidecar-proxy");
  CHECK(service.port == 8181);
  REQUIRE(service.proxy.has_value());
  CHECK(service.proxy->destination_service_name == "web");
  CHECK(service.proxy->mesh_gateway.value == MeshGatewayMode::kRemote);
  CHECK(UpstreamsOf(*service.proxy) ==
        std::vector<Upstream>{
            {"api", "secondary", 10000, MeshGatewayMode::kDefault}});
}

TEST_CASE("seed 4: a sidecar service does the same") {
  const Config config = Load("4-sidecar-service.hcl");
  REQUIRE(config.services.size() == 2);
  CHECK(config.services[0].name == "web");
  CHECK_FALSE(config.services[0].proxy.has_value());
  const ServiceDefinition& sidecar = config.services[1];
  CHECK(sidecar.kind == ServiceKind::kConnectProxy);
  CHECK(sidecar.sidecar_of == "web");
  CHECK(sidecar.port == 21000);
  CHECK(sidecar.proxy->destination_service_name == "web");
  CHECK(sidecar.proxy->local_service_port == 8181);
  CHECK(sidecar.proxy->mesh_gateway.value == MeshGatewayMode::kRemote);
  CHECK(UpstreamsOf(*sidecar.proxy) ==
        std::vector<Upstream>{
            {"api", "secondary", 10000, MeshGatewayMode::kDefault}});
}

TEST_CASE("seed 5 and 6: each upstream has a mode of its own") {
  const std::vector<Upstream> printed = {
      {"api", "", 10000, MeshGatewayMode::kRemote},
      {"db", "", 10001, MeshGatewayMode::kLocal},
      {"logging", "", 10002, MeshGatewayMode::kNone}};
  CHECK(UpstreamsOf(*Load("5-upstreams.hcl").services.at(0).proxy) == printed);

  auto remote = printed;
  for (Upstream& upstream : remote) upstream.datacenter = "secondary";
  const Config sidecar = Load("6-sidecar-upstreams.hcl");
  CHECK(UpstreamsOf(*sidecar.services.at(1).proxy) == remote);
}

TEST_CASE("the seed's text without its braces is refused with its place") {
  const auto files =
      ReadConfigFiles(SourceTree("testdata/seed/as-printed.txt"), {});
  REQUIRE(files.ok());
  CHECK(MistakesIn(files->front().contents) ==
        "7:1: Unknown token: 'destination_name'; expected a number, string, "
        "boolean, list or object");
  CHECK(MistakesIn("Kind = \"proxy-defaults\"\nName = \"global\"\n"
                   "MeshGateway {\nMode = \"local\"\n") ==
        "5:1: object expected closing RBRACE got: EOF; expected '}'");
}

}  // namespace
}  // namespace meshgw::test
