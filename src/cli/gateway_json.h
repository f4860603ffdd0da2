#ifndef MESHGW_CLI_GATEWAY_JSON_H_
#define MESHGW_CLI_GATEWAY_JSON_H_

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "cli/gateway_flags.h"
#include "cli/program_log.h"
#include "cli/program_state.h"
#include "cli/source_status.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// What a running gateway tells of itself, as JSON: docs/operations.md has the
// keys.

boost::json::object ConnectionJson(const LiveConnection& connection);

// FlagsJson has what the gateway goes by, and no secret.
boost::json::object FlagsJson(const GatewayFlags& flags,
                              std::string_view log_level,
                              const SourceStatus& source);

struct StatusInput {
  GatewayStats stats;
  const RouteTable* routes = nullptr;  // Null: there is none yet.
  const ProgramState* state = nullptr;
  SourceStatus source;
  std::vector<LoggedError> errors;  // The newest last.
};
boost::json::object StatusJson(const StatusInput& input);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_GATEWAY_JSON_H_
