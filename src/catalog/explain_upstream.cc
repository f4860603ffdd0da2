#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "catalog/instance.h"
#include "catalog/upstream_target.h"
#include "meshgw/catalog.h"
#include "meshgw/mesh_name.h"

namespace meshgw {
namespace {

using Target = internal::UpstreamTarget;

std::string List(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + name;
  }
  return out.empty() ? "none" : out;
}

const Config* FindDatacenter(const Catalog& catalog, std::string_view name) {
  const auto found = catalog.datacenters.find(LowerCase(name));
  return found == catalog.datacenters.end() ? nullptr : &found->second;
}

// Proxies of `service`; also a service that has a proxy block for it without
// being of kind "connect-proxy", as Consul's first documents print it.
std::vector<const ServiceDefinition*> ProxiesOf(const Config& config,
                                                std::string_view service) {
  std::vector<const ServiceDefinition*> out;
  for (const ServiceDefinition& definition : config.services) {
    if (definition.proxy.has_value() &&
        definition.proxy->destination_service_name == service) {
      out.push_back(&definition);
    }
  }
  return out;
}

absl::StatusOr<const ServiceDefinition*> FindProxy(const Config& config,
                                                   const UpstreamQuery& query) {
  const auto proxies = ProxiesOf(config, query.service);
  std::vector<std::string> ids;
  for (const ServiceDefinition* proxy : proxies) {
    if (proxy->id == query.proxy_id) return proxy;
    ids.push_back(proxy->id);
  }
  if (!query.proxy_id.empty()) {
    return absl::NotFoundError(internal::StrFormat(
        "service \"%s\" has no proxy with id \"%s\" in datacenter %s; there "
        "are: %s",
        query.service, query.proxy_id, query.datacenter, List(ids)));
  }
  if (proxies.empty()) {
    std::set<std::string> services;
    for (const ServiceDefinition& service : config.services) {
      if (service.proxy.has_value() &&
          !service.proxy->destination_service_name.empty()) {
        services.insert(service.proxy->destination_service_name);
      }
    }
    return absl::NotFoundError(internal::StrFormat(
        "service \"%s\" has no proxy in datacenter %s; services that have one: "
        "%s",
        query.service, query.datacenter,
        List({services.begin(), services.end()})));
  }
  if (proxies.size() > 1) {
    return absl::FailedPreconditionError(internal::StrFormat(
        "service \"%s\" has several proxies, name one of: %s", query.service,
        List(ids)));
  }
  return proxies[0];
}

// Consul's name for an upstream (agent/proxycfg UpstreamIDString, without the
// datacenter): it tells a prepared query from a service.
std::string IdOf(const UpstreamDefinition& upstream) {
  return (upstream.is_prepared_query ? "prepared_query:" : "") +
         upstream.destination_name;
}

absl::StatusOr<const UpstreamDefinition*> FindUpstream(
    const ServiceDefinition& proxy, const UpstreamQuery& query) {
  std::vector<const UpstreamDefinition*> found;
  std::vector<std::string> names;
  for (const UpstreamDefinition& upstream : proxy.proxy->upstreams) {
    const std::string datacenter =
        upstream.datacenter.empty() ? query.datacenter : upstream.datacenter;
    names.push_back(IdOf(upstream) + (upstream.datacenter.empty()
                                          ? ""
                                          : " in " + upstream.datacenter));
    if (upstream.destination_name != query.upstream &&
        IdOf(upstream) != query.upstream) {
      continue;
    }
    if (!query.upstream_datacenter.empty() &&
        LowerCase(datacenter) != LowerCase(query.upstream_datacenter)) {
      continue;
    }
    found.push_back(&upstream);
  }
  // A name alone is a service's where one has it, else a query's.
  const auto has_id = [&](const UpstreamDefinition* upstream) {
    return IdOf(*upstream) == query.upstream;
  };
  if (std::ranges::any_of(found, has_id)) {
    std::erase_if(found, std::not_fn(has_id));
  }
  if (found.empty()) {
    return absl::NotFoundError(
        internal::StrFormat("proxy %s has no upstream \"%s\"%s; it has: %s",
                            proxy.id, query.upstream,
                            query.upstream_datacenter.empty()
                                ? ""
                                : " in datacenter " + query.upstream_datacenter,
                            List(names)));
  }
  if (found.size() > 1) {
    return absl::FailedPreconditionError(internal::StrFormat(
        "proxy %s has upstream \"%s\" several times, name its datacenter: %s",
        proxy.id, query.upstream, List(names)));
  }
  return found[0];
}

// A layer's value and place, to hand over to the explanation.
struct PlacedLayers {
  ModeLayers layers;
  std::map<ModeSource, SourceLocation> places;

  void Set(ModeSource source, MeshGatewayMode ModeLayers::*field,
           const Located<MeshGatewayMode>& value) {
    layers.*field = value.value;
    places[source] = value.where;
  }
};

PlacedLayers GatherLayers(const Config& config, const ServiceDefinition& proxy,
                          const UpstreamDefinition& upstream,
                          const ServiceDefaults* destination) {
  PlacedLayers out;
  out.Set(ModeSource::kUpstream, &ModeLayers::upstream, upstream.mesh_gateway);
  out.Set(ModeSource::kProxyInstance, &ModeLayers::proxy_instance,
          proxy.proxy->mesh_gateway);
  if (const ServiceDefaults* defaults = internal::FindServiceDefaults(
          config, proxy.proxy->destination_service_name, proxy.name_space,
          proxy.partition)) {
    out.Set(ModeSource::kServiceDefaults, &ModeLayers::service_defaults,
            defaults->mesh_gateway);
    out.Set(ModeSource::kUpstreamDefaults, &ModeLayers::upstream_defaults,
            defaults->upstream_defaults);
    if (const auto* entry =
            internal::FindUpstreamOverride(*defaults, upstream)) {
      out.Set(ModeSource::kUpstreamOverride, &ModeLayers::upstream_override,
              entry->mesh_gateway);
    }
  }
  if (config.proxy_defaults.has_value()) {
    out.Set(ModeSource::kProxyDefaults, &ModeLayers::proxy_defaults,
            config.proxy_defaults->mesh_gateway);
  }
  if (destination != nullptr) {
    out.Set(ModeSource::kDestinationDefaults, &ModeLayers::destination_defaults,
            destination->mesh_gateway);
  }
  return out;
}

// An index of each datacenter, for all targets of an upstream.
using Indexes = std::map<std::string_view, internal::ServiceIndex>;

Indexes IndexesOf(const Catalog& catalog) {
  Indexes out;
  for (const auto& [name, config] : catalog.datacenters) {
    out.try_emplace(name, config);
  }
  return out;
}

std::vector<Endpoint> DialledInstances(const internal::ServiceIndex& index,
                                       const Target& target, bool wan) {
  const auto instances = internal::ConnectInstances(
      index, target.service, target.name_space, target.partition, wan);
  std::string_view filter;
  bool only_passing = false;
  const ServiceResolver* resolver =
      internal::FindResolver(index.config().service_resolvers, target.service,
                             target.name_space, target.partition);
  if (resolver != nullptr) {
    const auto subset = resolver->subsets.find(target.subset);
    if (subset != resolver->subsets.end()) {
      filter = subset->second.filter.value;
      only_passing = subset->second.only_passing;
    }
  }
  const auto filtered = internal::FilterInstances(instances, filter);
  // A bad filter leaves the subset without instances.
  if (!filtered.ok()) return {};
  std::vector<Endpoint> out;
  out.reserve(filtered->size());
  for (const ServiceInstance* instance : *filtered) {
    out.push_back(internal::MakeEndpoint(*instance, only_passing));
  }
  return out;
}

std::vector<Endpoint> Dialled(const Indexes& indexes,
                              const internal::ServiceIndex& source,
                              const std::string& source_partition,
                              const Target& target,
                              const ModeDecision& decision) {
  const auto there = indexes.find(target.datacenter);
  std::vector<ServiceInstance> gateways;
  switch (decision.dial) {
    case Dial::kInstance:
      if (there == indexes.end()) return {};
      return DialledInstances(there->second, target, decision.wan_address);
    case Dial::kLocalGateway:
      gateways = internal::GatewaysOf(source, source_partition, false);
      break;
    case Dial::kRemoteGateway:
      if (there != indexes.end()) {
        gateways = internal::GatewaysOf(there->second, target.partition, true);
      }
      break;
    case Dial::kPeerGateway:
      break;  // Files do not say where peers are.
  }
  std::vector<Endpoint> out;
  out.reserve(gateways.size());
  for (const ServiceInstance& gateway : gateways) {
    out.push_back(internal::MakeEndpoint(gateway, false));
  }
  return out;
}

// The SNI that the sidecar sends; empty for peers, whose names only they know.
std::string ServerNameOf(const Catalog& catalog, const Target& target,
                         const ServiceDefaults* destination,
                         MeshNameKind kind) {
  if (destination != nullptr && !destination->external_sni.empty()) {
    return destination->external_sni;
  }
  if (!target.peer.empty()) return {};
  MeshName name;
  name.kind = kind;
  name.subset = target.subset;
  name.service = target.service;
  name.name_space = target.name_space;
  name.partition = target.partition;
  name.datacenter = target.datacenter;
  const Config* primary = FindDatacenter(catalog, catalog.primary_datacenter);
  if (primary != nullptr) {
    name.trust_domain = TrustDomain(primary->cluster_id.value);
  }
  auto formatted = name.Format();
  return formatted.ok() ? *std::move(formatted) : std::string();
}

void Replace(const std::string& by, std::string* field) {
  if (!by.empty()) *field = by;
}

// Where the definition of an upstream points, before resolvers.
Target FirstTarget(const UpstreamQuery& query, const ServiceDefinition& proxy,
                   const UpstreamDefinition& upstream) {
  Target out;
  out.service = upstream.destination_name;
  out.name_space = proxy.name_space;
  out.partition = proxy.partition;
  out.datacenter = LowerCase(query.datacenter);
  Replace(upstream.destination_namespace, &out.name_space);
  Replace(upstream.destination_partition, &out.partition);
  Replace(LowerCase(upstream.datacenter), &out.datacenter);
  out.peer = upstream.destination_peer;
  return out;
}

// What a sidecar does about one target.
struct Leg {
  ModeExplanation mode;
  std::map<ModeSource, SourceLocation> places;
  std::string server_name;
  std::vector<Endpoint> dial;
};

// UpstreamExplainer explains the targets of one upstream of one proxy.
struct UpstreamExplainer {
  const Catalog& catalog;
  const Indexes& indexes;
  const internal::ServiceIndex& source;
  const ServiceDefinition& proxy;
  const UpstreamDefinition& upstream;
  const UpstreamQuery& query;

  Leg Explain(const Target& target) const {
    const Config& config = source.config();
    const bool is_query = upstream.is_prepared_query;
    // A query is no service, though one may have its name.
    const ServiceDefaults* destination =
        is_query
            ? nullptr
            : internal::FindServiceDefaults(
                  config, target.service, target.name_space, target.partition);
    PlacedLayers placed = GatherLayers(config, proxy, upstream, destination);
    ModeTarget mode_target;
    mode_target.source_datacenter = query.datacenter;
    mode_target.source_partition = proxy.partition;
    mode_target.datacenter = target.datacenter;
    mode_target.partition = target.partition;
    mode_target.peer = target.peer;
    mode_target.has_external_sni =
        destination != nullptr && !destination->external_sni.empty();
    mode_target.is_prepared_query = is_query;
    Leg out;
    out.mode = ExplainMode(placed.layers, mode_target, query.rules);
    out.places = std::move(placed.places);
    out.server_name = ServerNameOf(
        catalog, target, destination,
        is_query ? MeshNameKind::kPreparedQuery : MeshNameKind::kService);
    if (is_query) {
      out.mode.summary += ", which the query finds when Consul runs it";
      return out;
    }
    out.dial =
        Dialled(indexes, source, proxy.partition, target, out.mode.decision);
    return out;
  }
};

}  // namespace

absl::StatusOr<UpstreamExplanation> ExplainUpstream(
    const Catalog& catalog, const UpstreamQuery& query) {
  const Config* config = FindDatacenter(catalog, query.datacenter);
  if (config == nullptr) {
    std::vector<std::string> known;
    for (const auto& [name, other] : catalog.datacenters) {
      known.push_back(name);
    }
    return absl::NotFoundError(internal::StrFormat(
        "no datacenter \"%s\" in the catalog; there are: %s", query.datacenter,
        List(known)));
  }
  const auto proxy = FindProxy(*config, query);
  if (!proxy.ok()) return proxy.status();
  const auto upstream = FindUpstream(**proxy, query);
  if (!upstream.ok()) return upstream.status();

  const UpstreamDefinition& definition = **upstream;
  Target target = FirstTarget(query, **proxy, definition);
  std::vector<Target> failover;
  if (!definition.is_prepared_query) {
    auto resolved = internal::ResolveTarget(*config, std::move(target));
    if (!resolved.ok()) return resolved.status();
    target = *std::move(resolved);
    auto targets = internal::FailoverTargets(*config, target);
    if (!targets.ok()) return targets.status();
    failover = *std::move(targets);
  }
  const Indexes indexes = IndexesOf(catalog);
  const UpstreamExplainer explainer{
      catalog, indexes,    indexes.at(LowerCase(query.datacenter)),
      **proxy, definition, query};
  const Leg leg = explainer.Explain(target);
  UpstreamExplanation out;
  out.decision = leg.mode.decision;
  out.summary = leg.mode.summary;
  for (const ModeLayerExplanation& layer : leg.mode.layers) {
    UpstreamLayer with_place;
    with_place.explanation = layer;
    const auto place = leg.places.find(layer.source);
    if (place != leg.places.end()) with_place.where = place->second;
    out.layers.push_back(std::move(with_place));
  }
  out.is_prepared_query = definition.is_prepared_query;
  out.source_datacenter = LowerCase(query.datacenter);
  out.proxy_id = (*proxy)->id;
  out.upstream = definition;
  out.target_datacenter = target.datacenter;
  out.target_partition = target.partition;
  out.target_service = target.service;
  out.target_subset = target.subset;
  out.target_peer = target.peer;
  out.server_name = leg.server_name;
  out.dial = leg.dial;
  for (Target& next : failover) {
    Leg other = explainer.Explain(next);
    out.failover.push_back({std::move(next.datacenter),
                            std::move(next.partition), std::move(next.service),
                            std::move(next.subset), std::move(next.peer),
                            other.mode.decision, std::move(other.server_name),
                            std::move(other.dial)});
  }
  return out;
}

}  // namespace meshgw
