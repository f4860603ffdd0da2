#ifndef MESHGW_CLI_METRICS_H_
#define MESHGW_CLI_METRICS_H_

#include <string>

#include "cli/connection_metrics.h"
#include "cli/program_state.h"
#include "cli/source_status.h"
#include "meshgw/gateway.h"
#include "meshgw/route_table.h"

namespace meshgw::cli {

// MetricsInput is what metrics are made of.
struct MetricsInput {
  GatewayStats stats;
  ConnectionTotals connections;
  const RouteTable* routes = nullptr;  // Null: there is none yet.
  const ProgramState* state = nullptr;
  SourceStatus source;
};

// FormatMetrics writes them in Prometheus's text format, as docs/operations.md
// lists them, with those of the process.
std::string FormatMetrics(const MetricsInput& input);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_METRICS_H_
