#ifndef MESHGW_CLI_AGENT_OPTIONS_H_
#define MESHGW_CLI_AGENT_OPTIONS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/consul_flags.h"
#include "consul/agent_client.h"
#include "consul/token_source.h"

namespace meshgw::cli {

// MakeTokenSource is the token that the flags name, read once. An error: the
// file cannot be read.
absl::StatusOr<internal::TokenSource> MakeTokenSource(const ConsulFlags& flags);

// MakeAgentOptions says how the agent's HTTP API is asked. InvalidArgument for
// an address or certificates that are of no use.
absl::StatusOr<internal::AgentOptions> MakeAgentOptions(
    const ConsulFlags& flags, std::function<std::string()> token);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_AGENT_OPTIONS_H_
