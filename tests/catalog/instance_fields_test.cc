#include "catalog/instance_fields.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/instance_schema.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

ServiceInstance Instance() {
  ServiceInstance out;
  out.id = "web-1-sidecar-proxy";
  out.service = "web-sidecar-proxy";
  out.service_address = "10.0.0.1";
  out.service_port = 21000;
  out.tags = {"blue", "v2"};
  out.meta = {{"version", "2"}, {"a.b", "c"}};
  out.tagged_addresses = {{"wan", {"1.2.3.4", 443}}};
  out.weights = {.passing = 3, .warning = 1};
  CheckDefinition check;
  check.id = "c1";
  check.name = "alive";
  check.status = CheckStatus::kWarning;
  check.notes = "n";
  check.service_id = out.id;
  check.type = "ttl";
  check.interval = "10s";
  check.timeout = "2s";
  CheckDefinition node_check;
  node_check.id = "disk";
  out.checks = {check};
  Node node;
  node.id = "id-1";
  node.name = "node-1";
  node.address = "10.0.0.9";
  node.datacenter = "dc1";
  node.partition = "p";
  node.tagged_addresses = {{"lan", "10.0.0.9"}};
  node.meta = {{"rack", "r1"}};
  node.checks = {node_check};
  out.node = std::make_shared<const Node>(std::move(node));
  out.socket_path = "/s";
  out.enable_tag_override = true;
  out.connect_native = true;
  ProxyDefinition& proxy = out.proxy.emplace();
  proxy.destination_service_name = "web";
  proxy.destination_service_id = "web-1";
  proxy.local_service_address = "127.0.0.1";
  proxy.local_service_port = 80;
  proxy.local_service_socket_path = "/l";
  proxy.mode = "direct";
  proxy.outbound_listener_port = 15001;
  proxy.dialed_directly = true;
  proxy.expose_checks = true;
  proxy.exposed_paths = {{"/health", 22000, 80, "http"}};
  proxy.mesh_gateway.value = MeshGatewayMode::kLocal;
  UpstreamDefinition api;
  api.destination_name = "api";
  api.destination_namespace = "n";
  api.destination_partition = "q";
  api.destination_peer = "east";
  api.datacenter = "dc2";
  api.local_bind_address = "127.0.0.2";
  api.local_bind_port = 9000;
  api.local_bind_socket_path = "/u";
  api.local_bind_socket_mode = "0600";
  api.mesh_gateway.value = MeshGatewayMode::kRemote;
  proxy.upstreams = {api};
  return out;
}

// Whether a filter matches; it must be a good one.
bool Matches(const ServiceInstance& instance, const std::string& text) {
  const auto filter = internal::Filter::Parse(text, internal::InstanceSchema());
  INFO(filter.status().message());
  REQUIRE(filter.ok());
  return filter->Matches(internal::InstanceFields(instance));
}

TEST_CASE("an instance is filtered by Consul's selectors") {
  const ServiceInstance instance = Instance();
  for (const std::string text : {
           "Service.Kind == \"connect-proxy\"",
           "Service.ID == \"web-1-sidecar-proxy\"",
           "Service.Service == \"web-sidecar-proxy\"",
           "blue in Service.Tags",
           "Service.Tags is not empty",
           "Service.Address == \"10.0.0.1\"",
           "wan in Service.TaggedAddresses",
           "Service.TaggedAddresses is not empty",
           "Service.TaggedAddresses.wan.Address == \"1.2.3.4\"",
           "Service.TaggedAddresses.wan.Port == 443",
           "not Service.TaggedAddresses.lan.Port == 443",
           "Service.Meta.version == 2",
           "Service.Meta[\"a.b\"] == c",
           "version in Service.Meta",
           "Service.Meta.gone != x",
           "Service.Port == 21000",
           "Service.SocketPath == \"/s\"",
           "Service.Weights.Passing == 3",
           "Service.Weights.Warning == 1",
           "Service.EnableTagOverride == true",
           "Service.Connect.Native == true",
           "Service.PeerName == \"\"",
           "Service.Proxy.EnvoyExtensions is empty",
           "not Service.Proxy.EnvoyExtensions.Name == x",
           "Service.Proxy.DestinationServiceName == web",
           "Service.Proxy.DestinationServiceID == \"web-1\"",
           "Service.Proxy.LocalServiceAddress == \"127.0.0.1\"",
           "Service.Proxy.LocalServicePort == 80",
           "Service.Proxy.LocalServiceSocketPath == \"/l\"",
           "Service.Proxy.Mode == direct",
           "Service.Proxy.Upstreams is not empty",
           "Service.Proxy.Upstreams.DestinationType == service",
           "Service.Proxy.Upstreams.DestinationNamespace == n",
           "Service.Proxy.Upstreams.DestinationPartition == q",
           "Service.Proxy.Upstreams.DestinationPeer == east",
           "Service.Proxy.Upstreams.DestinationName == api",
           "Service.Proxy.Upstreams.Datacenter == dc2",
           "Service.Proxy.Upstreams.LocalBindAddress == \"127.0.0.2\"",
           "Service.Proxy.Upstreams.LocalBindPort == 9000",
           "Service.Proxy.Upstreams.LocalBindSocketPath == \"/u\"",
           "Service.Proxy.Upstreams.LocalBindSocketMode == \"0600\"",
           "Service.Proxy.Upstreams.MeshGateway.Mode == remote",
           "Service.Proxy.MeshGateway.Mode == local",
           "Service.Proxy.Expose.Checks == true",
           "Service.Proxy.Expose.Paths is not empty",
           "Service.Proxy.Expose.Paths.ListenerPort == 22000",
           "Service.Proxy.Expose.Paths.Path == \"/health\"",
           "Service.Proxy.Expose.Paths.LocalPathPort == 80",
           "Service.Proxy.Expose.Paths.Protocol == http",
           "Service.Proxy.Expose.Paths.ParsedFromCheck == false",
           "Service.Proxy.TransparentProxy.OutboundListenerPort == 15001",
           "Service.Proxy.TransparentProxy.DialedDirectly == true",
           "Service.Proxy.AccessLogs.Enabled == false",
           "Service.Proxy.AccessLogs.DisableListenerLogs == false",
           "Service.Proxy.AccessLogs.Type == \"\"",
           "Service.Proxy.AccessLogs.Path == \"\"",
           "Service.Proxy.AccessLogs.JSONFormat == \"\"",
           "Service.Proxy.AccessLogs.TextFormat == \"\"",
           "Node.ID == \"id-1\"",
           "Node.Node == \"node-1\"",
           "Node.Address == \"10.0.0.9\"",
           "Node.Datacenter == dc1",
           "Node.Partition == p",
           "Node.PeerName == \"\"",
           "Node.TaggedAddresses.lan == \"10.0.0.9\"",
           "lan in Node.TaggedAddresses",
           "Node.Meta.rack == r1",
           "Node.Meta is not empty",
           "Checks is not empty",
           "Checks.Node == \"node-1\"",
           "Checks.CheckID == c1",
           "Checks.Name == alive",
           "Checks.Status == warning",
           "Checks.Notes == n",
           "Checks.Output == \"\"",
           "Checks.ServiceID == \"web-1-sidecar-proxy\"",
           "Checks.ServiceID == \"\"",
           "Checks.ServiceName == \"web-sidecar-proxy\"",
           "blue in Checks.ServiceTags",
           "Checks.Type == ttl",
           "Checks.Interval == \"10s\"",
           "Checks.Timeout == \"2s\"",
           "Checks.ExposedPort == 0",
           "Checks.PeerName == \"\"",
       }) {
    CAPTURE(text);
    CHECK(Matches(instance, text));
    CHECK_FALSE(Matches(instance, "not " + text));
  }
}

// Walks the whole schema: no field of it may be forgotten above.
void CollectPaths(internal::FilterSchema schema, std::vector<std::string> path,
                  std::vector<std::vector<std::string>>* out) {
  for (const internal::FilterFieldSpec& spec : schema) {
    path.emplace_back(spec.name.empty() ? "lan" : spec.name);
    if (spec.kind != internal::FilterFieldSpec::Kind::kObject) {
      out->push_back(path);
    }
    CollectPaths(spec.fields, path, out);
    path.pop_back();
  }
}

TEST_CASE("every selector of the schema leads to something") {
  ServiceInstance instance = Instance();
  instance.tagged_addresses["lan"] = {"10.0.0.1", 1};
  instance.meta["lan"] = "x";
  Node node = *instance.node;
  node.meta["lan"] = "x";
  instance.node = std::make_shared<const Node>(std::move(node));
  std::vector<std::vector<std::string>> paths;
  CollectPaths(internal::InstanceSchema(), {}, &paths);
  CHECK(paths.size() > 80);
  for (const auto& path : paths) {
    CAPTURE(path);
    const auto field = internal::InstanceFields(instance).Get(path);
    CHECK_FALSE(field.missing);
    const bool in_extensions = path.size() == 4 && path[2] == "EnvoyExtensions";
    CHECK(field.elements.empty() == in_extensions);
  }
}

TEST_CASE("an instance without a proxy has one that says nothing") {
  ServiceInstance instance;
  CHECK(Matches(instance, "Service.Proxy.DestinationServiceName == \"\""));
  CHECK(Matches(instance, "Service.Proxy.Upstreams is empty"));
  CHECK(Matches(instance, "Checks is empty"));
}

TEST_CASE("selectors that lead nowhere are mistakes") {
  for (const char* text :
       {"Service == x", "Service.Other == x", "Service.ID.x == x",
        "Service.TaggedAddresses.wan == x", "Service.Weights == x", "Node == x",
        "Node.ID.x == x", "Checks == x", "Checks.Other == x",
        "Meta.version == x", "Service.Meta.a.b == x", "Service.Ports is empty",
        "Service.Proxy == x", "Service.Proxy.Config is empty",
        "Service.ServiceConnect.Native == true", "Checks.CheckId == x"}) {
    CAPTURE(text);
    CHECK_FALSE(internal::Filter::Parse(text, internal::InstanceSchema()).ok());
  }
}

}  // namespace
}  // namespace meshgw::test
