#include "cli/live_upstream.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "catalog/instance.h"
#include "catalog/merged_modes.h"
#include "cli/agent_options.h"
#include "consul/agent_json.h"
#include "consul/blocking_agent.h"
#include "consul/catalog_json.h"
#include "meshgw/mesh_name.h"
#include "transport/percent_encoding.h"

namespace meshgw::cli {
namespace {

using internal::LiveInstance;
using internal::PercentEncode;
using internal::StrFormat;
using Query = std::vector<std::pair<std::string, std::string>>;

// What one endpoint says, in the errors of what it says.
absl::Status At(const std::string& endpoint, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(),
          StrFormat("%s: %s", endpoint, std::string(status.message()))};
}

// Agent is the agent that is asked, with what cannot be asked or used.
struct Agent {
  internal::BlockingAgent blocking;
  std::vector<std::string>* warnings;

  absl::StatusOr<std::string> Get(const std::string& path, Query query = {}) {
    auto answer = blocking.Get(path, std::move(query));
    if (!answer.ok()) return answer.status();
    if (answer->is_filtered) {
      Warn(path + ": some of it was left out, which the token may not read");
    }
    return std::move(answer->body);
  }
  void Warn(std::string text) { warnings->push_back(std::move(text)); }
};

absl::StatusOr<std::vector<LiveInstance>> Instances(Agent* agent,
                                                    const std::string& path,
                                                    Query query) {
  const auto body = agent->Get(path, std::move(query));
  if (!body.ok()) return body.status();
  auto instances = internal::ParseInstances(*body);
  if (!instances.ok()) return At(path, instances.status());
  return instances;
}

// The mesh gateways of a datacenter.
absl::StatusOr<std::vector<LiveInstance>> Gateways(
    Agent* agent, const std::string& datacenter) {
  const std::string path = "/v1/internal/ui/services";
  const auto body = agent->Get(
      path,
      {{"dc", datacenter}, {"filter", "Service.Kind == \"mesh-gateway\""}});
  if (!body.ok()) return body.status();
  const auto names = internal::ParseServiceNames(*body);
  if (!names.ok()) return At(path, names.status());
  std::vector<LiveInstance> out;
  for (const std::string& name : *names) {
    auto found = Instances(agent, "/v1/health/service/" + PercentEncode(name),
                           {{"dc", datacenter}});
    if (!found.ok()) return found.status();
    std::move(found->begin(), found->end(), std::back_inserter(out));
  }
  return out;
}

std::vector<Endpoint> Endpoints(const std::vector<LiveInstance>& instances,
                                bool wan, bool only_passing) {
  // Their definitions have the addresses and checks of their nodes.
  const Config nothing;
  const internal::ServiceIndex index(nothing);
  std::vector<Endpoint> out;
  out.reserve(instances.size());
  for (const LiveInstance& instance : instances) {
    out.push_back(internal::MakeEndpoint(
        internal::MakeInstance(index, instance.service, wan), only_passing));
  }
  return out;
}

const ResolverSubset* FindSubset(const Config& entries,
                                 const UpstreamFailover& target) {
  const ServiceResolver* resolver = internal::FindResolver(
      entries.service_resolvers, target.service, "default", target.partition);
  if (resolver == nullptr) return nullptr;
  const auto subset = resolver->subsets.find(target.subset);
  return subset == resolver->subsets.end() ? nullptr : &subset->second;
}

// What a sidecar dials for a target. What cannot be asked is a warning.
std::vector<Endpoint> Dialled(Agent* agent, const Config& entries,
                              const UpstreamFailover& target,
                              const std::string& source) {
  const ModeDecision& decision = target.decision;
  absl::StatusOr<std::vector<LiveInstance>> found = std::vector<LiveInstance>();
  bool wan = decision.wan_address;
  bool only_passing = false;
  if (decision.dial == Dial::kLocalGateway) {
    found = Gateways(agent, source);
  } else if (decision.dial == Dial::kRemoteGateway) {
    found = Gateways(agent, target.datacenter);
    wan = true;
  } else if (decision.dial == Dial::kInstance && target.peer.empty()) {
    Query query = {{"dc", target.datacenter}};
    if (const auto* subset = FindSubset(entries, target)) {
      only_passing = subset->only_passing;
      if (!subset->filter.value.empty()) {
        query.emplace_back("filter", subset->filter.value);
      }
    }
    found =
        Instances(agent, "/v1/health/connect/" + PercentEncode(target.service),
                  std::move(query));
  }
  if (found.ok()) return Endpoints(*found, wan, only_passing);
  agent->Warn("what is dialled in " + target.datacenter + ": " +
              std::string(found.status().message()));
  return {};
}

// The same proxy runs beside each instance of its service: those that ask for
// upstreams in the same way are one. Others of the same id are told apart.
void DropDoubles(std::vector<LiveInstance>* proxies) {
  const auto asks_same = [](const ServiceDefinition& a,
                            const ServiceDefinition& b) {
    if (a.proxy.has_value() != b.proxy.has_value()) return false;
    if (!a.proxy.has_value()) return true;
    const auto same = [](const UpstreamDefinition& x,
                         const UpstreamDefinition& y) {
      return x.destination_name == y.destination_name &&
             x.datacenter == y.datacenter &&
             x.destination_peer == y.destination_peer &&
             x.destination_namespace == y.destination_namespace &&
             x.destination_partition == y.destination_partition &&
             x.is_prepared_query == y.is_prepared_query &&
             x.mesh_gateway.value == y.mesh_gateway.value;
    };
    return a.proxy->mesh_gateway.value == b.proxy->mesh_gateway.value &&
           std::ranges::equal(a.proxy->upstreams, b.proxy->upstreams, same);
  };
  std::vector<LiveInstance> kept;
  std::set<std::string> ids;
  for (LiveInstance& proxy : *proxies) {
    const bool is_double = std::ranges::any_of(kept, [&](const auto& other) {
      return asks_same(other.service, proxy.service);
    });
    if (is_double) continue;
    if (!ids.insert(proxy.service.id).second) {
      proxy.service.id = proxy.node + "/" + proxy.service.id;
    }
    kept.push_back(std::move(proxy));
  }
  *proxies = std::move(kept);
}

// What the config entries and the proxies of the source are in one datacenter.
absl::StatusOr<Config> ReadSource(Agent* agent, const UpstreamQuery& query) {
  Config config;
  config.datacenter.value = query.datacenter;
  const auto roots = agent->Get("/v1/agent/connect/ca/roots");
  if (!roots.ok()) return roots.status();
  auto trust_domain = internal::ParseTrustDomain(*roots);
  if (!trust_domain.ok()) {
    return At("/v1/agent/connect/ca/roots", trust_domain.status());
  }
  config.cluster_id.value = trust_domain->substr(0, trust_domain->find('.'));
  std::vector<std::string> passed_over;
  for (const char* kind :
       {"proxy-defaults", "service-defaults", "service-resolver"}) {
    const std::string path = StrFormat("/v1/config/%s", kind);
    const auto body = agent->Get(path, {{"dc", query.datacenter}});
    if (!body.ok()) return body.status();
    const absl::Status read =
        internal::AddConfigEntries(*body, &config, &passed_over);
    if (!read.ok()) return At(path, read);
  }
  for (std::string& text : passed_over) {
    agent->Warn("passed over: " + std::move(text));
  }
  auto proxies =
      Instances(agent, "/v1/health/connect/" + PercentEncode(query.service),
                {{"dc", query.datacenter}});
  if (!proxies.ok()) return proxies.status();
  if (!query.proxy_id.empty()) {
    std::erase_if(*proxies, [&](const LiveInstance& proxy) {
      return proxy.service.id != query.proxy_id;
    });
  }
  DropDoubles(&*proxies);
  for (LiveInstance& proxy : *proxies) {
    config.services.push_back(std::move(proxy.service));
  }
  return config;
}

// Where Consul told it: what it sends has no lines that anyone wrote.
void PlaceLayers(const UpstreamQuery& query, UpstreamExplanation* answer) {
  for (UpstreamLayer& layer : answer->layers) {
    layer.where.line = 0;
    layer.where.column = 0;
    const bool is_registered =
        layer.explanation.source == ModeSource::kUpstream ||
        layer.explanation.source == ModeSource::kProxyInstance;
    if (is_registered && layer.explanation.value != MeshGatewayMode::kDefault) {
      layer.where.file = "/v1/health/connect/" + query.service;
    }
  }
}

}  // namespace

absl::StatusOr<LiveUpstream> ExplainLiveUpstream(const ConsulFlags& flags,
                                                 UpstreamQuery query) {
  auto token = MakeTokenSource(flags);
  if (!token.ok()) return token.status();
  auto options = MakeAgentOptions(flags, [&token] { return token->token(); });
  if (!options.ok()) return options.status();
  LiveUpstream live;
  Agent agent{internal::BlockingAgent(*std::move(options)), &live.warnings};

  const auto body = agent.Get("/v1/agent/self");
  if (!body.ok()) return body.status();
  const auto self = internal::ParseAgentSelf(*body);
  if (!self.ok()) return At("/v1/agent/self", self.status());
  live.consul_version = self->version;
  if (query.datacenter.empty()) query.datacenter = self->datacenter;

  auto source = ReadSource(&agent, query);
  if (!source.ok()) return source.status();
  const std::vector<ServiceDefinition> seen = source->services;
  for (ServiceDefinition& proxy : source->services) {
    internal::UndoModeMerge(*source, &proxy);
  }
  Catalog catalog;
  catalog.primary_datacenter = LowerCase(query.datacenter);
  catalog.datacenters[catalog.primary_datacenter] = *source;
  auto answer = ExplainUpstream(catalog, query);
  if (!answer.ok()) return answer.status();
  live.answer = *std::move(answer);
  PlaceLayers(query, &live.answer);
  if (live.answer.is_prepared_query) return live;

  live.answer.dial =
      Dialled(&agent, *source, FirstTarget(live.answer), query.datacenter);
  for (UpstreamFailover& next : live.answer.failover) {
    next.dial = Dialled(&agent, *source, next, query.datacenter);
  }
  const auto proxy =
      std::ranges::find_if(seen, [&](const ServiceDefinition& each) {
        return each.id == live.answer.proxy_id;
      });
  live.consul =
      CompareWithConsul(&agent.blocking, live.answer, *proxy, &live.warnings);
  return live;
}

}  // namespace meshgw::cli
