#include "cli/consul_comparison.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "consul/catalog_json.h"
#include "transport/percent_encoding.h"

namespace meshgw::cli {
namespace {

using internal::PercentEncode;
using internal::StrFormat;

// Consul writes nothing where no mode is set.
std::string NameUnless(bool is_unset, MeshGatewayMode mode) {
  return is_unset ? "" : std::string(MeshGatewayModeName(mode));
}

// A registration has what the source's side says, a chain what counts for the
// target too: nothing for a name of the world outside.
std::string RegisteredMode(const ModeDecision& decision) {
  return NameUnless(decision.source == ModeSource::kBuiltIn ||
                        decision.source == ModeSource::kDestinationDefaults,
                    decision.mode);
}
std::string ChainMode(const ModeDecision& decision) {
  return NameUnless(decision.source == ModeSource::kBuiltIn ||
                        decision.veto == ModeVeto::kExternalSni,
                    decision.mode);
}

// The mode of an upstream as a registration has it, else the proxy's.
std::string ModeOf(const ServiceDefinition& proxy,
                   const UpstreamDefinition& upstream) {
  if (!proxy.proxy.has_value()) return "";
  const auto same = std::ranges::find_if(
      proxy.proxy->upstreams, [&](const UpstreamDefinition& each) {
        return each.destination_name == upstream.destination_name &&
               each.datacenter == upstream.datacenter &&
               each.destination_peer == upstream.destination_peer &&
               each.is_prepared_query == upstream.is_prepared_query;
      });
  const bool has_own = same != proxy.proxy->upstreams.end() &&
                       same->mesh_gateway.value != MeshGatewayMode::kDefault;
  return std::string(MeshGatewayModeName(
      has_own ? same->mesh_gateway.value : proxy.proxy->mesh_gateway.value));
}

// Consul's id of a target.
std::string TargetId(const UpstreamFailover& target) {
  return StrFormat(
      "%s%s.default.%s.%s", target.subset.empty() ? "" : target.subset + ".",
      target.service, target.partition,
      target.peer.empty() ? target.datacenter : "external." + target.peer);
}

std::string WithMode(const std::string& target, const std::string& mode) {
  return target + ", mode " + (mode.empty() ? "not set" : mode);
}

std::vector<ConsulAnswer> CompareTargets(
    const std::string& asked, const UpstreamExplanation& answer,
    const std::vector<internal::ChainTarget>& targets) {
  std::vector<ConsulAnswer> out = {
      {asked, "target", TargetId(FirstTarget(answer)), targets[0].id},
      {asked, "sni", answer.server_name, targets[0].sni},
      {asked, "mode", ChainMode(answer.decision), targets[0].mode}};
  const std::size_t count =
      std::max(answer.failover.size(), targets.size() - 1);
  for (std::size_t i = 0; i < count; ++i) {
    ConsulAnswer& each = out.emplace_back();
    each.asked = asked;
    each.what = "failover";
    if (i < answer.failover.size()) {
      each.ours = WithMode(TargetId(answer.failover[i]),
                           ChainMode(answer.failover[i].decision));
    }
    if (i + 1 < targets.size()) {
      each.consul = WithMode(targets[i + 1].id, targets[i + 1].mode);
    }
  }
  return out;
}

// Comparison asks Consul about one upstream.
struct Comparison {
  internal::BlockingAgent* agent;
  const UpstreamExplanation& answer;
  std::vector<std::string>* warnings;

  void Warn(const std::string& text) const {
    warnings->push_back("Consul's own answer: " + text);
  }

  // What the agent has registered; `proxy` is what the catalog has.
  std::vector<ConsulAnswer> AskRegistration(const ServiceDefinition& proxy,
                                            std::string* registered) const {
    const std::string path =
        "/v1/agent/service/" + PercentEncode(answer.proxy_id);
    *registered = ModeOf(proxy, answer.upstream);
    const auto told = agent->Get(path);
    // Of another agent: the catalog has it all the same.
    std::string asked = "/v1/health/connect/" +
                        PercentEncode(proxy.proxy->destination_service_name);
    if (told.ok()) {
      const auto local = internal::ParseLocalService(told->body);
      if (!local.ok()) {
        Warn(StrFormat("%s: %s", path, std::string(local.status().message())));
        return {};
      }
      *registered = ModeOf(*local, answer.upstream);
      asked = path;
    } else if (!absl::IsNotFound(told.status())) {
      Warn(std::string(told.status().message()));
      return {};
    }
    return {{asked, "mode", RegisteredMode(answer.decision), *registered}};
  }

  std::vector<ConsulAnswer> AskChain(const std::string& registered) const {
    const std::string asked = "/v1/discovery-chain/" +
                              PercentEncode(answer.upstream.destination_name);
    internal::AgentRequest request{
        .method = "POST", .path = asked, .endpoint = "/v1/discovery-chain"};
    request.query = {{"dc", answer.source_datacenter}};
    if (!answer.upstream.datacenter.empty()) {
      request.query.emplace_back("compile-dc", answer.upstream.datacenter);
    }
    request.body = boost::json::serialize(
        boost::json::object{{"OverrideMeshGateway", {{"Mode", registered}}}});
    const auto told = agent->Ask(std::move(request));
    if (!told.ok()) {
      Warn(std::string(told.status().message()));
      return {};
    }
    const auto chain = internal::ParseDiscoveryChain(told->body);
    if (!chain.ok()) {
      Warn(StrFormat("%s: %s", asked, std::string(chain.status().message())));
      return {};
    }
    if (chain->start != "resolver") {
      Warn(
          StrFormat("%s: the chain begins with a %s, which looks into "
                    "requests: not compared",
                    asked, chain->start));
      return {};
    }
    return CompareTargets(asked, answer, chain->targets);
  }
};

}  // namespace

UpstreamFailover FirstTarget(const UpstreamExplanation& answer) {
  return {answer.target_datacenter, answer.target_partition,
          answer.target_service,    answer.target_subset,
          answer.target_peer,       answer.decision,
          answer.server_name,       answer.dial};
}

std::vector<ConsulAnswer> CompareWithConsul(
    internal::BlockingAgent* agent, const UpstreamExplanation& answer,
    const ServiceDefinition& proxy, std::vector<std::string>* warnings) {
  const Comparison comparison{agent, answer, warnings};
  std::string registered;
  std::vector<ConsulAnswer> out =
      comparison.AskRegistration(proxy, &registered);
  // A peer's services have no chain here.
  if (!answer.upstream.destination_peer.empty()) return out;
  for (ConsulAnswer& each : comparison.AskChain(registered)) {
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace meshgw::cli
