#include <algorithm>
#include <string>
#include <utility>

#include "base/str_format.h"
#include "config/decode.h"

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
