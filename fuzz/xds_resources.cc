// Reads a resource of a control plane: the first byte says which, the rest is
// the message. What is translated must be what a route table takes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "xds/route_build.h"
#include "xds/translate_cluster.h"
#include "xds/translate_endpoints.h"
#include "xds/translate_listener.h"

namespace {

using namespace meshgw::internal;

void Require(bool condition) {
  if (!condition) std::abort();
}

template <typename Message>
bool Parse(std::string_view bytes, Message* out) {
  return out->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// A table of the cluster alone has it as it is.
void CheckCluster(const meshgw::Cluster& cluster) {
  const BuiltRoutes built =
      BuildListenerRoutes({}, {{cluster.name, cluster}}, {});
  Require(built.table != nullptr);
  Require(*built.table->FindCluster(cluster.name) == cluster);
}

// Each rule is found by a name that it is for, and leads where it says.
void CheckListener(const ListenerResource& listener) {
  NameMap<meshgw::Cluster> clusters;
  for (const ListenerRule& rule : listener.rules) {
    if (!rule.cluster.empty()) clusters[rule.cluster].name = rule.cluster;
    Require(rule.closed.empty() !=
            (rule.cluster.empty() && !rule.by_server_name));
  }
  if (clusters.contains(kClosedCluster)) return;
  const BuiltRoutes built =
      BuildListenerRoutes({{listener.address.name, listener}}, clusters, {});
  Require(built.table != nullptr);
  Require(built.listeners.size() == 1);
  for (const ListenerRule& rule : listener.rules) {
    if (rule.match == "*" || rule.by_server_name) continue;
    const bool suffix = rule.match.starts_with("*.");
    const std::string name = suffix ? "a" + rule.match.substr(1) : rule.match;
    const meshgw::RouteMatch match = built.table->Lookup(name);
    if (suffix && match.kind != meshgw::RouteKind::kSuffix) continue;
    Require(match.cluster != nullptr);
    Require(match.cluster->name ==
            (rule.closed.empty() ? rule.cluster : std::string(kClosedCluster)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1),
                               size - 1);
  if (data[0] % 3 == 0) {
    envoy::config::cluster::v3::Cluster message;
    if (!Parse(bytes, &message)) return 0;
    const auto out = TranslateCluster(message, {});
    if (out.ok()) CheckCluster(out->cluster);
  } else if (data[0] % 3 == 1) {
    envoy::config::endpoint::v3::ClusterLoadAssignment message;
    if (!Parse(bytes, &message)) return 0;
    const auto out = TranslateEndpoints(message, {});
    if (!out.ok()) return 0;
    meshgw::Cluster cluster;
    cluster.name = "c";
    cluster.endpoints = out->endpoints;
    CheckCluster(cluster);
  } else {
    envoy::config::listener::v3::Listener message;
    if (!Parse(bytes, &message)) return 0;
    const auto out = TranslateListener(message, {});
    if (out.ok()) CheckListener(*out);
  }
  return 0;
}
