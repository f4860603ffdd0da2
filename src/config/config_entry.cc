#include <algorithm>
#include <string>
#include <utility>

#include "base/str_format.h"
#include "config/decode.h"
#include "config/rules.h"

namespace meshgw::internal {
namespace {

using Names = ObjectReader::Names;

const Names kMeshGateway = {"MeshGateway", "mesh_gateway"};
const Names kName = {"Name"};
const Names kNamespace = {"Namespace"};
const Names kDestination = {"Destination"};

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
    limits.Integer(names, 0, 2147483647);
    limits.Ignore(names,
                  "it counts requests, which sidecars do; a gateway carries "
                  "bytes");
  }
  limits.Finish();
  return out;
}

void DecodeUpstreamConfig(DecodeContext* context, const Value& block,
                          const std::string& path, ServiceDefaults* out) {
  ObjectReader reader(context, block, path);
  if (const Member* defaults = reader.Get({"Defaults"})) {
    ObjectReader inner(context, defaults->value, path + ".Defaults");
    out->upstream_defaults = DecodeMeshGateway(&inner, kMeshGateway);
    out->upstream_defaults_limits = DecodeLimits(&inner);
    for (const Names& names :
         {Names{"Name"}, Names{"Namespace"}, Names{"Partition"}}) {
      const auto text = inner.String(names);
      if (!text.has_value() || text->value.empty()) continue;
      context->Error(
          inner.WhereOf(names),
          internal::StrFormat("error in upstream defaults: %s must be empty",
                              names[0]));
    }
    CheckUpstreamSettings(&inner);
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
    CheckUpstreamSettings(&inner);
    inner.Finish();
    if (entry.name.empty()) {
      context->Error(block_override->where,
                     "an entry of UpstreamConfig.Overrides has no Name",
                     "Name = \"<service>\"");
    }
    const Rule rules[] = {
        {entry.name == "*", kName, "Wildcard name is not supported"},
        {entry.name_space == "*", kNamespace,
         "Wildcard namespace is not supported"},
    };
    ReportFirst(inner, rules, "error in upstream override: ");
    out->upstream_overrides.push_back(std::move(entry));
  }
  reader.Finish();
}

void DecodeProxyDefaults(ObjectReader* reader, const std::string& name,
                         Config* out) {
  DecodeContext* context = &reader->context();
  ProxyDefaults entry;
  entry.where = context->At(reader->where());
  if (!name.empty() && name != "global") {
    context->Error(
        reader->WhereOf(kName),
        internal::StrFormat("invalid name (\"%s\") of proxy-defaults", name),
        "Name = \"global\"");
  }
  entry.mesh_gateway = DecodeMeshGateway(reader, kMeshGateway);
  if (const Member* config = reader->Get({"Config"})) {
    entry.gateway_config =
        DecodeGatewayOptions(context, config->value, "Config", true);
  }
  CheckProxyDefaultsSettings(reader);
  context->CheckOnce(reader->where(), "proxy-defaults", "", "one entry");
  out->proxy_defaults = std::move(entry);
}

void DecodeServiceDefaults(ObjectReader* reader, ServiceDefaults entry,
                           Config* out) {
  reader->String({"ExternalSNI", "external_sni"}, &entry.external_sni);
  entry.mesh_gateway = DecodeMeshGateway(reader, kMeshGateway);
  const Member* upstreams = reader->Get({"UpstreamConfig", "upstream_config"});
  if (upstreams != nullptr) {
    DecodeUpstreamConfig(&reader->context(), upstreams->value, "UpstreamConfig",
                         &entry);
  }
  CheckServiceDefaultsSettings(reader);
  const Rule rules[] = {
      {entry.name == "*", kName,
       "service-defaults name must be the name of a service, and not a "
       "wildcard"},
      {upstreams != nullptr && reader->Get({"Destination"}) != nullptr,
       kDestination,
       "UpstreamConfig and Destination are mutually exclusive for service "
       "defaults"},
  };
  ReportFirst(*reader, rules);
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
  CheckMeshSettings(reader);
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
  CheckEntryMeta(&reader);
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
