#ifndef MESHGW_XDS_RESOURCES_H_
#define MESHGW_XDS_RESOURCES_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "meshgw/route_table.h"

// What a gateway understands of xDS resources, as plain values.
namespace meshgw::internal {

// EndpointsResource is a ClusterLoadAssignment.
struct EndpointsResource {
  std::vector<Endpoint> endpoints;
  std::vector<std::string> left_out;  // Endpoints that are not used, and why.
};

// ClusterResource is a Cluster.
struct ClusterResource {
  Cluster cluster;  // With its endpoints, unless they come by themselves.
  bool by_eds = false;
  std::string assignment;  // With by_eds: the name of its endpoints.
  // Why the gateway cannot serve it, e.g. because it would have to speak TLS;
  // empty: it can.
  std::string closed;
  std::vector<std::string> left_out;  // As of EndpointsResource.
};

// ListenerRule says where connections with some server names go.
struct ListenerRule {
  std::string match;    // A name, "*.suffix", or "*": all others. Lower case.
  std::string cluster;  // Empty with by_server_name or closed.
  bool by_server_name = false;  // The server name is the cluster's name.
  // Why connections are closed, e.g. because HTTP would have to be read; empty:
  // they are not. A closed rule hides wider ones like any other.
  std::string closed;
  std::optional<std::chrono::milliseconds> idle_timeout;  // 0: none.
  std::string place;                                      // "filter_chains[2]"

  // Whether both do the same, wherever they are written.
  bool SameAs(const ListenerRule& other) const {
    return match == other.match && cluster == other.cluster &&
           by_server_name == other.by_server_name &&
           closed.empty() == other.closed.empty() &&
           idle_timeout == other.idle_timeout;
  }
};

// ListenerAddress is where to listen.
struct ListenerAddress {
  std::string name;     // The listener's.
  std::string address;  // An IPv4 or IPv6 address without brackets.
  std::uint16_t port = 0;
  bool operator==(const ListenerAddress&) const = default;
};

// ListenerResource is a Listener.
struct ListenerResource {
  ListenerAddress address;
  std::vector<ListenerRule> rules;  // Sorted by `match`, each once.
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_RESOURCES_H_
