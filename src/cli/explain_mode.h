#ifndef MESHGW_CLI_EXPLAIN_MODE_H_
#define MESHGW_CLI_EXPLAIN_MODE_H_

#include <CLI/CLI.hpp>

namespace meshgw::cli {

// AddExplainMode adds "mode" to "explain": which mode an upstream gets, from
// files or from a live agent.
void AddExplainMode(CLI::App* explain, int* exit_code);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_EXPLAIN_MODE_H_
