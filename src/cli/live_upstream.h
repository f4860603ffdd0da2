#ifndef MESHGW_CLI_LIVE_UPSTREAM_H_
#define MESHGW_CLI_LIVE_UPSTREAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/consul_comparison.h"
#include "cli/consul_flags.h"
#include "meshgw/catalog.h"

namespace meshgw::cli {

// LiveUpstream is an upstream of a live service.
struct LiveUpstream {
  UpstreamExplanation answer;
  std::string consul_version;
  std::vector<ConsulAnswer> consul;
  // What could not be asked or used: the answer may lack it.
  std::vector<std::string> warnings;
};

// ExplainLiveUpstream is ExplainUpstream with a Consul agent in place of files:
// it asks for the proxies of the service, the config entries, the gateways and
// the instances, and Consul itself for the registration that its agent has and
// for the discovery chain. Without query.datacenter it is the agent's. Blocks.
// Errors: as ExplainUpstream, and as AgentClient for what cannot do without.
absl::StatusOr<LiveUpstream> ExplainLiveUpstream(const ConsulFlags& flags,
                                                 UpstreamQuery query);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LIVE_UPSTREAM_H_
