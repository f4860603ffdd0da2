#ifndef MESHGW_XDS_ROUTE_BUILD_H_
#define MESHGW_XDS_ROUTE_BUILD_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "meshgw/route_table.h"
#include "xds/resources.h"

namespace meshgw::internal {

template <typename Value>
using NameMap = std::map<std::string, Value, std::less<>>;

// BuiltRoutes is a table and what it was made of.
struct BuiltRoutes {
  std::shared_ptr<const RouteTable> table;
  std::vector<ListenerAddress> listeners;  // Those that are served, by name.
  // What is not as a control plane might expect, for people.
  std::vector<std::string> warnings;
  // Of clusters that a listener's chains set one for.
  NameMap<std::chrono::milliseconds> idle_timeouts;
};

// BuildListenerRoutes makes the table of `listeners` and of the `clusters` that
// can be served. `closed` says why others cannot.
//
// A gateway has one table for all its listeners. The first listener by name
// says what is in it; one whose rules differ is not served, and warned of.
//
// A rule whose cluster is not there closes connections, by a route to a cluster
// without endpoints (kClosedCluster): no wider rule takes its names. A rule by
// server name (sni_cluster) becomes an exact route for each cluster whose name
// the rule is the one for. Names are compared in lower case, as Envoy's
// tls_inspector gives them.
//
// Pure: the same for the same input. Thread-safe. The table is null only when a
// cluster is none that a table takes; translated ones are.
BuiltRoutes BuildListenerRoutes(const NameMap<ListenerResource>& listeners,
                                const NameMap<Cluster>& clusters,
                                const NameMap<std::string>& closed);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_ROUTE_BUILD_H_
