#include "consul/catalog_json.h"

#include <string>
#include <vector>

#include "consul_answer.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::DiscoveryChain;
using internal::LiveInstance;

TEST_CASE("instances of a service are read with the addresses of their nodes") {
  const auto found = internal::ParseInstances(Real("connect_instances.json"));
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);

  const ServiceDefinition& native = found->at(0).service;
  CHECK(found->at(0).node == "n1");
  CHECK(native.id == "web-native");
  CHECK(native.kind == ServiceKind::kTypical);
  CHECK(native.connect_native);
  CHECK(native.address == "10.0.0.9");
  CHECK(native.port == 80);
  CHECK_FALSE(native.proxy.has_value());
  // One with an address of its own has no use for those of its node.
  CHECK_FALSE(native.tagged_addresses.contains("wan"));
  REQUIRE(native.checks.size() == 1);
  CHECK(native.checks[0].status == CheckStatus::kPassing);

  const ServiceDefinition& proxy = found->at(1).service;
  CHECK(proxy.id == "web-proxy");
  CHECK(proxy.kind == ServiceKind::kConnectProxy);
  CHECK(proxy.address == "127.0.0.1");
  CHECK(proxy.tagged_addresses.at("wan") == ServiceAddress{"198.18.0.1", 443});
  REQUIRE(proxy.checks.size() == 2);
  CHECK(proxy.checks[1].status == CheckStatus::kWarning);
  REQUIRE(proxy.proxy.has_value());
  CHECK(proxy.proxy->destination_service_name == "web");
  CHECK(proxy.proxy->mesh_gateway.value == MeshGatewayMode::kLocal);
  REQUIRE(proxy.proxy->upstreams.size() == 2);
  const UpstreamDefinition& api = proxy.proxy->upstreams[0];
  CHECK(api.destination_name == "api");
  CHECK(api.datacenter == "dc2");
  CHECK(api.mesh_gateway.value == MeshGatewayMode::kLocal);
  CHECK_FALSE(api.is_prepared_query);
  CHECK(proxy.proxy->upstreams[1].is_prepared_query);
}

TEST_CASE("the WAN address of a node is for instances without an own one") {
  const auto found = internal::ParseInstances(R"([{
    "Node":{"Node":"n","Address":"10.0.0.1","TaggedAddresses":{"wan":"1.2.3.4"}},
    "Service":{"ID":"a","Service":"a","Address":"","Port":80}}])");
  REQUIRE(found.ok());
  const ServiceDefinition& service = found->at(0).service;
  CHECK(service.address == "10.0.0.1");
  CHECK(service.tagged_addresses.at("wan") == ServiceAddress{"1.2.3.4", 0});
}

TEST_CASE("no instances are a list of none, or null") {
  for (const char* text : {"[]", "null"}) {
    const auto found = internal::ParseInstances(text);
    REQUIRE(found.ok());
    CHECK(found->empty());
  }
}

TEST_CASE("a mode that is none of Consul's is taken for none") {
  const auto found = internal::ParseLocalService(
      R"({"Kind":"connect-proxy","Proxy":{"MeshGateway":{"Mode":"Local"}}})");
  REQUIRE(found.ok());
  CHECK(found->proxy->mesh_gateway.value == MeshGatewayMode::kNone);
}

TEST_CASE("what is of another type is refused with its place") {
  const struct {
    const char* json;
    const char* error;
  } rows[] = {
      {"{}", "the answer: expected a list"},
      {"[7]", "[0]: expected an object"},
      {R"([{"Node":{"Node":7}}])", "[0].Node.Node: expected a string"},
      {R"([{},{"Service":{"Port":70000}}])",
       "[1].Service.Port: expected a port, at most 65535"},
      {R"([{"Service":{"TaggedAddresses":{"wan":7}}}])",
       "[0].Service.TaggedAddresses.wan: expected an object"},
      {R"([{"Service":{"Connect":{"Native":1}}}])",
       "[0].Service.Connect.Native: expected true or false"},
      {R"([{"Checks":{}}])", "[0].Checks: expected a list"},
      {R"([{"Service":{"Kind":"connect-proxy","Proxy":{"Upstreams":[{},7]}}}])",
       "[0].Service.Proxy.Upstreams[1]: expected an object"},
      {"<html>", "no JSON: syntax error"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json);
    CHECK(Error(internal::ParseInstances(row.json)) == row.error);
  }
}

TEST_CASE("the registration of an agent's own proxy is read") {
  const auto found = internal::ParseLocalService(Real("proxy_service.json"));
  REQUIRE(found.ok());
  CHECK(found->id == "web-proxy");
  REQUIRE(found->proxy.has_value());
  CHECK(found->proxy->upstreams.at(0).mesh_gateway.value ==
        MeshGatewayMode::kLocal);
}

TEST_CASE("the trust domain is read") {
  const auto found = internal::ParseTrustDomain(Real("roots.json"));
  REQUIRE(found.ok());
  CHECK(found->ends_with(".consul"));
  CHECK(Error(internal::ParseTrustDomain("{}")) ==
        "TrustDomain: expected the cluster's trust domain");
}

TEST_CASE("the names of gateways are read") {
  const auto found = internal::ParseServiceNames(Real("gateway_names.json"));
  REQUIRE(found.ok());
  CHECK(*found == std::vector<std::string>{"mesh-gateway"});
}

TEST_CASE("config entries are read for what ways depend on") {
  Config config;
  std::vector<std::string> passed_over;
  for (const char* name : {"proxy_defaults.json", "service_defaults.json",
                           "service_resolvers.json"}) {
    REQUIRE(internal::AddConfigEntries(Real(name), &config, &passed_over).ok());
  }
  CHECK(passed_over.empty());
  REQUIRE(config.proxy_defaults.has_value());
  CHECK(config.proxy_defaults->mesh_gateway.value == MeshGatewayMode::kRemote);
  CHECK(config.proxy_defaults->mesh_gateway.where.file ==
        "/v1/config/proxy-defaults/global");
  REQUIRE(config.service_defaults.size() == 1);
  const ServiceDefaults& web = config.service_defaults[0];
  CHECK(web.name == "web");
  CHECK(web.mesh_gateway.value == MeshGatewayMode::kLocal);
  REQUIRE(web.upstream_overrides.size() == 1);
  CHECK(web.upstream_overrides[0].name == "api");
  CHECK(web.upstream_overrides[0].mesh_gateway.value ==
        MeshGatewayMode::kRemote);
  REQUIRE(config.service_resolvers.size() == 1);
  const ServiceResolver& api = config.service_resolvers[0];
  CHECK(api.default_subset == "v2");
  CHECK(api.subsets.at("v2").filter.value == "Service.Meta.version == `2`");
  CHECK(api.subsets.at("v2").only_passing);
  CHECK(api.failover.at("*").targets.size() == 2);
}

TEST_CASE("an entry that cannot be used is told, and hides no other one") {
  Config config;
  std::vector<std::string> passed_over;
  const absl::Status read = internal::AddConfigEntries(
      R"([{"Kind":"service-defaults","Name":"web","MeshGateway":{"Mode":"Local"}},
          {"Kind":"service-defaults","Name":"api","MeshGateway":{"Mode":"local"}},
          {"Kind":"ingress-gateway","Name":"in","Listeners":[]}])",
      &config, &passed_over);
  REQUIRE(read.ok());
  REQUIRE(config.service_defaults.size() == 1);
  CHECK(config.service_defaults[0].name == "api");
  REQUIRE(passed_over.size() == 1);
  CHECK(passed_over[0].find("/v1/config/service-defaults/web") == 0);
  CHECK(passed_over[0].find("Invalid Mesh Gateway Mode: \"Local\"") !=
        std::string::npos);
}

TEST_CASE("a discovery chain is read from its start") {
  const auto chain =
      internal::ParseDiscoveryChain(Real("discovery_chain.json"));
  REQUIRE(chain.ok());
  CHECK(chain->start == "resolver");
  REQUIRE(chain->targets.size() == 3);
  CHECK(chain->targets[0].id == "v2.api.default.default.dc1");
  CHECK(chain->targets[0].mode == "local");
  CHECK(chain->targets[0].sni.starts_with("v2.api.default.dc1.internal."));
  CHECK(chain->targets[2].id == "v2.api.default.default.dc3");
}

TEST_CASE("a chain that looks into requests has no targets of connections") {
  const auto chain = internal::ParseDiscoveryChain(
      R"({"Chain":{"StartNode":"router:api","Nodes":{"router:api":
          {"Type":"router"}}}})");
  REQUIRE(chain.ok());
  CHECK(chain->start == "router");
  CHECK(chain->targets.empty());
}

TEST_CASE("a chain whose parts do not fit together is refused") {
  const struct {
    const char* json;
    const char* error;
  } rows[] = {
      {"{}", "Chain.StartNode: expected the name of a node"},
      {R"({"Chain":{"StartNode":"a"}})",
       "Chain.StartNode: expected the name of a node"},
      {R"({"Chain":{"StartNode":"a","Nodes":{"a":{"Type":"resolver",
          "Resolver":{"Target":"x"}}},"Targets":{}}})",
       "Chain.Targets.x: expected the target of that name"},
      {R"({"Chain":{"StartNode":"a","Nodes":{"a":{"Type":"resolver","Resolver":
          {"Target":"x","Failover":{"Targets":[7]}}}},"Targets":{"x":{}}}})",
       "Chain.Nodes.a.Resolver.Failover.Targets: expected a list of strings"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json);
    CHECK(Error(internal::ParseDiscoveryChain(row.json)) == row.error);
  }
}

}  // namespace
}  // namespace meshgw::test
