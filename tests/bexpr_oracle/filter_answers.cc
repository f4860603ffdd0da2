// Reads filters from standard input, each as its length in bytes, a line feed
// and its text, and writes a line for each: "error column ...", or a digit for
// each instance below, 1 where the filter matches. The oracle has the same
// instances.
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/instance_fields.h"
#include "config/instance_schema.h"

namespace meshgw {
namespace {

ServiceInstance Full() {
  ServiceInstance out;
  out.id = "web-1-sidecar-proxy";
  out.service = "web-sidecar-proxy";
  out.service_address = "10.0.0.1";
  out.service_port = 21000;
  out.tags = {"blue", "v2", "not", "in"};
  out.meta = {{"version", "2"}, {"a.b", "c"}, {"empty", ""}};
  out.tagged_addresses = {{"wan", {"1.2.3.4", 443}}};
  out.weights = {.passing = 3, .warning = 1};
  out.enable_tag_override = true;
  CheckDefinition check;
  check.id = "c1";
  check.name = "alive";
  check.status = CheckStatus::kWarning;
  check.service_id = out.id;
  check.type = "ttl";
  CheckDefinition node_check;
  node_check.id = "disk";
  out.checks = {check};
  Node node;
  node.name = "node-1";
  node.address = "10.0.0.9";
  node.datacenter = "dc1";
  node.meta = {{"rack", "r1"}};
  node.checks = {node_check};
  out.node = std::make_shared<const Node>(std::move(node));
  ProxyDefinition& proxy = out.proxy.emplace();
  proxy.destination_service_name = "web";
  proxy.local_service_port = 80;
  proxy.expose_checks = true;
  proxy.exposed_paths = {{"/health", 22000, 80, "http"}};
  proxy.mesh_gateway.value = MeshGatewayMode::kLocal;
  UpstreamDefinition api;
  api.destination_name = "api";
  api.datacenter = "dc2";
  api.local_bind_port = 9000;
  UpstreamDefinition db;
  db.destination_name = "db";
  db.mesh_gateway.value = MeshGatewayMode::kRemote;
  proxy.upstreams = {api, db};
  return out;
}

std::string Answer(const std::string& text,
                   const std::vector<ServiceInstance>& instances) {
  const auto filter = internal::Filter::Parse(text, internal::InstanceSchema());
  if (!filter.ok()) return "error " + std::string(filter.status().message());
  std::string out;
  for (const ServiceInstance& instance : instances) {
    out += filter->Matches(internal::InstanceFields(instance)) ? '1' : '0';
  }
  return out;
}

}  // namespace
}  // namespace meshgw

int main() {
  meshgw::ServiceInstance bare;
  bare.kind = meshgw::ServiceKind::kTypical;
  const std::vector<meshgw::ServiceInstance> instances = {meshgw::Full(), bare};
  std::size_t size = 0;
  while (std::cin >> size && std::cin.get() == '\n') {
    std::string text(size, '\0');
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(size))) {
      return 1;
    }
    std::string answer = meshgw::Answer(text, instances);
    for (char& c : answer) {
      if (c == '\n') c = ' ';
    }
    std::cout << answer << '\n';
  }
  return std::cin.eof() ? 0 : 1;
}
