#include <algorithm>
#include <string>
#include <utility>

#include "base/str_format.h"
#include "config/bexpr.h"
#include "config/decode.h"
#include "config/instance_schema.h"

namespace meshgw::internal {
namespace {

using Names = ObjectReader::Names;

const Names kMeshGateway = {"MeshGateway", "mesh_gateway"};

// Kinds that Consul knows and that do not matter to a mesh gateway.
constexpr std::string_view kUnusedKinds[] = {
    "service-router",      "service-splitter",
    "service-intentions",  "ingress-gateway",
    "terminating-gateway", "api-gateway",
    "exported-services",   "bound-api-gateway",
    "inline-certificate",  "file-system-certificate",
    "http-route",          "tcp-route",
    "jwt-provider",        "control-plane-request-limit",
    "sameness-group",      "rate-limit-ip",
};

UpstreamLimits DecodeLimits(ObjectReader* reader) {
  UpstreamLimits out;
  const Member* member = reader->Get({"Limits"});
  if (member == nullptr) return out;
  ObjectReader limits(&reader->context(), member->value,
                      reader->PathOf("Limits"));
  const auto read = [&](const Names& names,
                        std::optional<std::uint32_t>* field) {
    if (const auto value = limits.Integer(names, 0, 2147483647)) {
      *field = static_cast<std::uint32_t>(value->value);
    }
  };
  read({"MaxConnections", "max_connections"}, &out.max_connections);
  for (const Names& names :
       {Names{"MaxPendingRequests", "max_pending_requests"},
        Names{"MaxConcurrentRequests", "max_concurrent_requests"}}) {
    limits.Ignore(names,
                  "it counts requests, which sidecars do; a gateway carries "
                  "bytes");
  }
  limits.Finish();
  return out;
}

// Keys of UpstreamConfig that only sidecars use.
void IgnoreSidecarUpstreamKeys(ObjectReader* reader) {
  for (const Names& names :
       {Names{"EnvoyListenerJSON", "envoy_listener_json"},
        Names{"EnvoyClusterJSON", "envoy_cluster_json"}, Names{"Protocol"},
        Names{"ConnectTimeoutMs", "connect_timeout_ms"},
        Names{"PassiveHealthCheck", "passive_health_check"},
        Names{"BalanceOutboundConnections", "balance_outbound_connections"}}) {
    reader->Ignore(names);
  }
}

void DecodeUpstreamConfig(DecodeContext* context, const Value& block,
                          const std::string& path, ServiceDefaults* out) {
  ObjectReader reader(context, block, path);
  if (const Member* defaults = reader.Get({"Defaults"})) {
    ObjectReader inner(context, defaults->value, path + ".Defaults");
    out->upstream_defaults = DecodeMeshGateway(&inner, kMeshGateway);
    out->upstream_defaults_limits = DecodeLimits(&inner);
    inner.Ignore({"Name"});
    inner.Ignore({"Namespace"});
    IgnoreSidecarUpstreamKeys(&inner);
    inner.Finish();
  }
  for (const Value* block_override : reader.Objects({"Overrides"})) {
    ObjectReader inner(context, *block_override, path + ".Overrides");
    UpstreamConfigOverride entry;
    entry.where = context->At(block_override->where);
    inner.String({"Name"}, &entry.name);
    inner.String({"Namespace"}, &entry.name_space);
    inner.String({"Partition"}, &entry.partition);
    inner.String({"Peer"}, &entry.peer);
    entry.mesh_gateway = DecodeMeshGateway(&inner, kMeshGateway);
    DecodeLimits(&inner);
    IgnoreSidecarUpstreamKeys(&inner);
    inner.Finish();
    if (entry.name.empty()) {
      context->Error(block_override->where,
                     "an entry of UpstreamConfig.Overrides has no Name",
                     "Name = \"<service>\"");
    }
    out->upstream_overrides.push_back(std::move(entry));
  }
  reader.Finish();
}

void DecodeProxyDefaults(ObjectReader* reader, const std::string& name,
                         Config* out) {
  DecodeContext* context = &reader->context();
  ProxyDefaults entry;
  entry.where = context->At(reader->where());
  if (name != "global") {
    context->Error(
        reader->where(),
        internal::StrFormat("invalid name (\"%s\") of proxy-defaults", name),
        "Name = \"global\"");
  }
  entry.mesh_gateway = DecodeMeshGateway(reader, kMeshGateway);
  if (const Member* config = reader->Get({"Config"})) {
    entry.gateway_config =
        DecodeGatewayOptions(context, config->value, "Config", true);
  }
  for (const Names& names :
       {Names{"Mode"}, Names{"TransparentProxy", "transparent_proxy"},
        Names{"Expose"}, Names{"AccessLogs", "access_logs"},
        Names{"EnvoyExtensions", "envoy_extensions"},
        Names{"FailoverPolicy", "failover_policy"},
        Names{"PrioritizeByLocality", "prioritize_by_locality"},
        Names{"MutualTLSMode", "mutual_tls_mode"}}) {
    reader->Ignore(names);
  }
  context->CheckOnce(reader->where(), "proxy-defaults", "", "one entry");
  out->proxy_defaults = std::move(entry);
}

void DecodeServiceDefaults(ObjectReader* reader, ServiceDefaults entry,
                           Config* out) {
  reader->String({"ExternalSNI", "external_sni"}, &entry.external_sni);
  entry.mesh_gateway = DecodeMeshGateway(reader, kMeshGateway);
  if (const Member* upstreams =
          reader->Get({"UpstreamConfig", "upstream_config"})) {
    DecodeUpstreamConfig(&reader->context(), upstreams->value, "UpstreamConfig",
                         &entry);
  }
  for (const Names& names :
       {Names{"Protocol"}, Names{"Mode"},
        Names{"TransparentProxy", "transparent_proxy"}, Names{"Expose"},
        Names{"Destination"}, Names{"RateLimits", "rate_limits"},
        Names{"MaxInboundConnections", "max_inbound_connections"},
        Names{"LocalConnectTimeoutMs", "local_connect_timeout_ms"},
        Names{"LocalRequestTimeoutMs", "local_request_timeout_ms"},
        Names{"BalanceInboundConnections", "balance_inbound_connections"},
        Names{"EnvoyExtensions", "envoy_extensions"},
        Names{"MutualTLSMode", "mutual_tls_mode"}}) {
    reader->Ignore(names);
  }
  out->service_defaults.push_back(std::move(entry));
}

ResolverTarget DecodeTarget(ObjectReader* reader) {
  ResolverTarget out;
  reader->String({"Service"}, &out.service);
  reader->String({"ServiceSubset", "service_subset"}, &out.service_subset);
  reader->String({"Namespace"}, &out.name_space);
  reader->String({"Partition"}, &out.partition);
  reader->String({"Datacenter"}, &out.datacenter);
  reader->String({"Peer"}, &out.peer);
  return out;
}

ResolverFailover DecodeFailover(DecodeContext* context, const Value& block,
                                const std::string& path) {
  ObjectReader reader(context, block, path);
  ResolverFailover out;
  out.where = context->At(reader.where());
  const ResolverTarget common = DecodeTarget(&reader);
  // One target for each datacenter, or the targets that are listed.
  for (const std::string& datacenter : reader.StringList({"Datacenters"})) {
    out.targets.push_back(common);
    out.targets.back().datacenter = datacenter;
  }
  for (const Value* target : reader.Objects({"Targets"})) {
    ObjectReader inner(context, *target, path + ".Targets");
    out.targets.push_back(DecodeTarget(&inner));
    inner.Finish();
  }
  reader.Ignore({"Policy"});
  reader.Ignore({"SamenessGroup", "sameness_group"});
  reader.Finish();
  if (out.targets.empty()) out.targets.push_back(common);
  return out;
}

void DecodeLoadBalancer(DecodeContext* context, const Value& block,
                        ServiceResolver* out) {
  ObjectReader reader(context, block, "LoadBalancer");
  if (const auto policy = reader.String({"Policy"})) {
    if (policy->value == "least_request") {
      out->load_balancing = LoadBalancing::kLeastRequest;
    } else if (policy->value == "round_robin") {
      out->load_balancing = LoadBalancing::kRoundRobin;
    } else if (policy->value == "random") {
      out->load_balancing = LoadBalancing::kRandom;
    } else if (policy->value == "maglev" || policy->value == "ring_hash") {
      out->load_balancing = LoadBalancing::kMaglev;
    } else if (!policy->value.empty()) {
      context->Error(
          {policy->where.line, policy->where.column},
          internal::StrFormat("LoadBalancer.Policy is \"%s\"", policy->value),
          "least_request, round_robin, random, ring_hash or maglev");
    }
  }
  if (const Member* config =
          reader.Get({"LeastRequestConfig", "least_request_config"})) {
    ObjectReader inner(context, config->value,
                       "LoadBalancer.LeastRequestConfig");
    if (const auto count =
            inner.Integer({"ChoiceCount", "choice_count"}, 0, 1000)) {
      out->choice_count = static_cast<std::uint32_t>(count->value);
    }
    inner.Finish();
  }
  reader.Ignore({"RingHashConfig", "ring_hash_config"});
  reader.Ignore({"HashPolicies", "hash_policies"});
  reader.Finish();
}

void CheckFilter(DecodeContext* context, const ServiceResolver& resolver,
                 const std::string& subset,
                 const Located<std::string>& filter) {
  if (filter.value.empty()) return;  // All instances.
  const auto parsed = Filter::Parse(filter.value, InstanceSchema());
  if (parsed.ok()) return;
  context->FilterError(
      {filter.where.line, filter.where.column},
      internal::StrFormat("filter of subset %s of service %s: %s", subset,
                          resolver.name, parsed.status().message()));
}

void DecodeSubsets(DecodeContext* context, const Value& block,
                   ServiceResolver* out) {
  const Value* object = AsObject(block);
  if (object == nullptr) {
    context->Error(block.where,
                   "Subsets is " + std::string(KindName(block.kind)),
                   "an object");
    return;
  }
  for (const Member& member : object->members) {
    ObjectReader reader(context, member.value, "Subsets." + member.key);
    ResolverSubset& subset = out->subsets[member.key];
    subset.where = context->At(member.where);
    if (auto filter = reader.String({"Filter"})) {
      subset.filter = *std::move(filter);
      CheckFilter(context, *out, member.key, subset.filter);
    }
    reader.Bool({"OnlyPassing", "only_passing"}, &subset.only_passing);
    reader.Finish();
  }
}

void CheckSubsetNames(DecodeContext* context, Position where,
                      const ServiceResolver& resolver) {
  const auto check = [&](const std::string& subset, std::string_view what) {
    if (subset.empty() || subset == "*" || resolver.subsets.contains(subset)) {
      return;
    }
    context->Error(where,
                   internal::StrFormat("%s names subset \"%s\", which is not "
                                       "defined",
                                       what, subset),
                   "a key of Subsets");
  };
  check(resolver.default_subset, "DefaultSubset");
  for (const auto& [subset, failover] : resolver.failover) {
    check(subset, "Failover");
  }
}

void DecodeServiceResolver(ObjectReader* reader, ServiceResolver entry,
                           Config* out) {
  DecodeContext* context = &reader->context();
  reader->String({"DefaultSubset", "default_subset"}, &entry.default_subset);
  if (const Member* subsets = reader->Get({"Subsets"})) {
    DecodeSubsets(context, subsets->value, &entry);
  }
  if (const Member* redirect = reader->Get({"Redirect"})) {
    ObjectReader inner(context, redirect->value, "Redirect");
    entry.redirect = DecodeTarget(&inner);
    inner.Ignore({"SamenessGroup", "sameness_group"});
    inner.Finish();
  }
  if (const Member* failover = reader->Get({"Failover"})) {
    if (const Value* object = AsObject(failover->value)) {
      for (const Member& member : object->members) {
        entry.failover[member.key] =
            DecodeFailover(context, member.value, "Failover." + member.key);
      }
    } else {
      context->Error(
          failover->value.where,
          "Failover is " + std::string(KindName(failover->value.kind)),
          "an object");
    }
  }
  if (const auto timeout =
          reader->Duration({"ConnectTimeout", "connect_timeout"})) {
    entry.connect_timeout = timeout->value;
  }
  if (const Member* balancer = reader->Get({"LoadBalancer", "load_balancer"})) {
    DecodeLoadBalancer(context, balancer->value, &entry);
  }
  reader->Ignore({"RequestTimeout", "request_timeout"});
  reader->Ignore({"PrioritizeByLocality", "prioritize_by_locality"});
  CheckSubsetNames(context, reader->where(), entry);
  out->service_resolvers.push_back(std::move(entry));
}

void DecodeMesh(ObjectReader* reader, Config* out) {
  MeshEntry entry;
  entry.where = reader->context().At(reader->where());
  reader->context().CheckOnce(reader->where(), "mesh", "", "one entry");
  if (const Member* peering = reader->Get({"Peering"})) {
    ObjectReader inner(&reader->context(), peering->value, "Peering");
    inner.Ignore({"PeerThroughMeshGateways", "peer_through_mesh_gateways"},
                 "files do not say where peers are");
    inner.Finish();
  }
  for (const Names& names : {Names{"TransparentProxy", "transparent_proxy"},
                             Names{"TLS"}, Names{"HTTP"},
                             Names{"AllowEnablingPermissiveMutualTLS",
                                   "allow_enabling_permissive_mutual_tls"},
                             Names{"ValidateClusters", "validate_clusters"}}) {
    reader->Ignore(names);
  }
  out->mesh = entry;
}

// The name and place that every entry has.
template <typename Entry>
Entry StartEntry(ObjectReader* reader, const std::string& name,
                 std::string_view kind) {
  Entry entry;
  entry.where = reader->context().At(reader->where());
  entry.name = name;
  reader->String({"Namespace"}, &entry.name_space);
  reader->String({"Partition"}, &entry.partition);
  DecodeContext& context = reader->context();
  if (name.empty()) {
    context.Error(reader->where(),
                  internal::StrFormat("a %s entry has no Name", kind),
                  "Name = \"<service>\"");
  } else {
    context.CheckOnce(reader->where(),
                      internal::StrFormat("%s \"%s\"", kind, name),
                      entry.name_space + "/" + entry.partition, "one entry");
  }
  return entry;
}

}  // namespace

void DecodeConfigEntry(DecodeContext* context, const Value& value,
                       Config* out) {
  const bool weak = context->weak;
  context->weak = true;
  ObjectReader reader(context, value, "");
  const auto kind = reader.String({"Kind"});
  std::string name;
  reader.String({"Name"}, &name);
  reader.Ignore({"Meta"});
  bool known = true;
  if (!kind.has_value() || kind->value.empty()) {
    context->Error(value.where,
                   "Payload does not contain a kind/Kind key at the top level",
                   "Kind = \"service-defaults\", for example");
    known = false;
  } else if (kind->value == "proxy-defaults") {
    DecodeProxyDefaults(&reader, name, out);
  } else if (kind->value == "service-defaults") {
    auto entry = StartEntry<ServiceDefaults>(&reader, name, kind->value);
    DecodeServiceDefaults(&reader, std::move(entry), out);
  } else if (kind->value == "service-resolver") {
    auto entry = StartEntry<ServiceResolver>(&reader, name, kind->value);
    DecodeServiceResolver(&reader, std::move(entry), out);
  } else if (kind->value == "mesh") {
    DecodeMesh(&reader, out);
  } else if (std::find(std::begin(kUnusedKinds), std::end(kUnusedKinds),
                       kind->value) != std::end(kUnusedKinds)) {
    context->Warn(
        {kind->where.line, kind->where.column},
        internal::StrFormat("a %s entry does not matter to a mesh gateway",
                            kind->value));
    known = false;
  } else {
    context->Error({kind->where.line, kind->where.column},
                   "invalid config entry kind: " + kind->value,
                   "proxy-defaults, service-defaults, service-resolver or "
                   "mesh");
    known = false;
  }
  reader.Ignore({"Namespace"});
  reader.Ignore({"Partition"});
  if (known) reader.Finish();
  context->weak = weak;
}

}  // namespace meshgw::internal
