#ifndef MESHGW_CLI_CONSUL_COMPARISON_H_
#define MESHGW_CLI_CONSUL_COMPARISON_H_

#include <string>
#include <vector>

#include "consul/blocking_agent.h"
#include "meshgw/catalog.h"

namespace meshgw::cli {

// ConsulAnswer is something that Consul itself says of an upstream, beside what
// is said here.
struct ConsulAnswer {
  std::string asked;  // "/v1/discovery-chain/api"
  std::string what;   // "mode", "target", "sni", "failover"
  std::string ours;
  std::string consul;

  bool same() const { return ours == consul; }
};

// FirstTarget is the target of `answer` in the form of those that it fails over
// to.
UpstreamFailover FirstTarget(const UpstreamExplanation& answer);

// CompareWithConsul asks Consul itself about the upstream of `answer`: for the
// registration that the agent has of the proxy (where that is of another agent,
// `proxy` is what the catalog has of it), and for the discovery chain, compiled
// as the sidecar has it compiled. What cannot be asked is one of `warnings`.
std::vector<ConsulAnswer> CompareWithConsul(internal::BlockingAgent* agent,
                                            const UpstreamExplanation& answer,
                                            const ServiceDefinition& proxy,
                                            std::vector<std::string>* warnings);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CONSUL_COMPARISON_H_
