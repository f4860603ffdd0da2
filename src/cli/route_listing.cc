#include "cli/route_listing.h"

#include <iostream>
#include <utility>

#include "cli/json.h"

namespace meshgw::cli {

boost::json::object RouteJson(const RouteTable& table, const Route& route) {
  const Cluster& cluster = *table.FindCluster(route.cluster);
  boost::json::array endpoints;
  for (const Endpoint& endpoint : cluster.endpoints) {
    endpoints.push_back(EndpointJson(endpoint));
  }
  return {{"match", JsonText(route.match)},
          {"kind", std::string(RouteKindName(route.kind))},
          {"service", JsonText(cluster.service)},
          {"datacenter", JsonText(cluster.datacenter)},
          {"endpoints", std::move(endpoints)},
          {"cluster", JsonText(cluster.name)},
          {"cluster_kind", std::string(ClusterKindName(cluster.kind))},
          {"origin", JsonText(route.origin)}};
}

boost::json::object ClusterJson(const Cluster& cluster) {
  boost::json::array endpoints;
  for (const Endpoint& endpoint : cluster.endpoints) {
    boost::json::object one = EndpointJson(endpoint);
    one["priority"] = endpoint.priority;
    one["id"] = JsonText(endpoint.id);
    endpoints.push_back(std::move(one));
  }
  boost::json::array failover;
  for (const std::string& name : cluster.failover) {
    failover.push_back(JsonText(name));
  }
  boost::json::value idle;
  if (cluster.idle_timeout.has_value()) idle = cluster.idle_timeout->count();
  boost::json::value most;
  if (cluster.max_connections.has_value()) most = *cluster.max_connections;
  return {{"name", JsonText(cluster.name)},
          {"kind", std::string(ClusterKindName(cluster.kind))},
          {"service", JsonText(cluster.service)},
          {"datacenter", JsonText(cluster.datacenter)},
          {"endpoints", std::move(endpoints)},
          {"failover", std::move(failover)},
          {"connect_timeout_ms", cluster.connect_timeout.count()},
          {"idle_timeout_ms", std::move(idle)},
          {"max_connections", std::move(most)}};
}

void PrintEndpoints(const boost::json::array& endpoints) {
  for (const auto& value : endpoints) {
    const auto* endpoint = value.if_object();
    if (endpoint == nullptr) continue;
    std::cout << "  " << TextAt(*endpoint, "address") << " port "
              << NumberAt(*endpoint, "port") << ", weight "
              << NumberAt(*endpoint, "weight") << ", "
              << TextAt(*endpoint, "health") << '\n';
  }
  if (endpoints.empty()) std::cout << "  no endpoints\n";
}

void PrintRoute(const boost::json::object& route) {
  const std::string service = TextAt(route, "service");
  std::cout << TextAt(route, "match") << "\n  " << TextAt(route, "kind") << ", "
            << TextAt(route, "cluster_kind") << (service.empty() ? "" : " ")
            << service << " in " << TextAt(route, "datacenter") << " ("
            << TextAt(route, "origin") << ")\n";
  PrintEndpoints(ArrayAt(route, "endpoints"));
}

}  // namespace meshgw::cli
