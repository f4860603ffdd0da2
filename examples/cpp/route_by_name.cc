// Reads a ClientHello from standard input and says where it would go.
#include <cstdio>
#include <vector>

#include "meshgw/client_hello.h"
#include "meshgw/route_table.h"

int main() {
  // One rule: every service of datacenter dc2 is behind one gateway.
  meshgw::RouteTableBuilder builder;
  meshgw::Cluster gateway;
  gateway.name = "dc2";
  gateway.endpoints = {{.address = "203.0.113.5", .port = 8443}};
  if (!builder.AddCluster(gateway).ok()) return 1;
  if (!builder.AddSuffix("*.dc2.internal.example.consul", "dc2").ok()) return 1;
  auto routes = builder.Build();
  if (!routes.ok()) return 1;

  std::vector<std::uint8_t> bytes(65536), scratch(65536);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), stdin));
  meshgw::ClientHello hello;
  const auto verdict = meshgw::ParseClientHello(bytes, scratch, &hello);
  if (verdict != meshgw::HelloVerdict::kHello) {
    std::puts(meshgw::HelloVerdictName(verdict).data());
    return 1;  // Never route on doubt.
  }
  const auto match = (*routes)->Lookup(hello.server_name);
  if (match.cluster == nullptr) {
    std::puts("no route");
    return 1;
  }
  std::puts(match.cluster->endpoints[0].address.c_str());
}
