#ifndef MESHGW_CLI_ROUTE_LISTING_H_
#define MESHGW_CLI_ROUTE_LISTING_H_

#include <boost/json.hpp>

#include "meshgw/route_table.h"

namespace meshgw::cli {

// RouteJson is the object of `meshgw routes -output json` for one rule.
boost::json::object RouteJson(const RouteTable& table, const Route& route);

// ClusterJson is what connections of a cluster go by.
boost::json::object ClusterJson(const Cluster& cluster);

// PrintRoute writes a RouteJson to standard output, as text.
void PrintRoute(const boost::json::object& route);
// The same for a list of EndpointJson.
void PrintEndpoints(const boost::json::array& endpoints);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ROUTE_LISTING_H_
