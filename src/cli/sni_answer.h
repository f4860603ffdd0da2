#ifndef MESHGW_CLI_SNI_ANSWER_H_
#define MESHGW_CLI_SNI_ANSWER_H_

#include <boost/json.hpp>
#include <memory>
#include <string>

#include "meshgw/catalog.h"
#include "meshgw/route_table.h"

namespace meshgw::cli {

// SniAnswer says what a gateway with this table does with a server name, found
// by the code that routes: the object of `meshgw explain sni -output json`.
// `snapshot` (nullable) is what the table was made of, for the hint.
boost::json::object SniAnswer(const std::shared_ptr<const RouteTable>& routes,
                              const Snapshot* snapshot,
                              const std::string& name);

// PrintSniAnswer writes such an object to standard output, as text.
void PrintSniAnswer(const boost::json::object& answer);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_SNI_ANSWER_H_
