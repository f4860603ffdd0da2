#include <set>
#include <string>
#include <vector>

#include "base/str_format.h"
#include "config/decode.h"
#include "mesh/go_quote.h"

namespace meshgw::internal {
namespace {

constexpr std::string_view kSidecarOnly =
    "it configures the sidecar, not the gateway";

UpstreamDefinition DecodeUpstream(DecodeContext* context, const Value& block,
                                  const std::string& path) {
  ObjectReader reader(context, block, path);
  UpstreamDefinition out;
  out.where = context->At(block.where);
  if (const auto type = reader.String({"destination_type"})) {
    out.is_prepared_query = type->value == "prepared_query";
    if (!out.is_prepared_query && type->value != "service" &&
        !type->value.empty()) {
      context->Error(
          {type->where.line, type->where.column},
          internal::StrFormat("unknown destination_type \"%s\"", type->value),
          "\"service\" or \"prepared_query\"");
    }
  }
  reader.String({"destination_name"}, &out.destination_name);
  reader.String({"destination_namespace"}, &out.destination_namespace);
  reader.String({"destination_partition"}, &out.destination_partition);
  reader.String({"destination_peer"}, &out.destination_peer);
  reader.String({"datacenter"}, &out.datacenter);
  reader.String({"local_bind_address"}, &out.local_bind_address);
  reader.Port({"local_bind_port"}, &out.local_bind_port);
  reader.String({"local_bind_socket_path"}, &out.local_bind_socket_path);
  out.mesh_gateway = DecodeMeshGateway(&reader, {"mesh_gateway"});
  reader.String({"local_bind_socket_mode"}, &out.local_bind_socket_mode);
  reader.Ignore({"config"});
  reader.Finish();
  if (out.destination_name.empty()) {
    context->Error(block.where, "an upstream has no destination_name",
                   "destination_name = \"<service>\"");
  }
  if (!out.datacenter.empty() && !out.destination_peer.empty()) {
    context->Error(block.where,
                   "upstream cannot specify both destination peer and "
                   "datacenter",
                   "one of them");
  }
  return out;
}

// Not the mesh gateway's mode, though people take it for that.
void DecodeMode(ObjectReader* proxy, ProxyDefinition* out) {
  const auto mode = proxy->String({"mode"});
  if (!mode.has_value()) return;
  out->mode = mode->value;
  if (mode->value.empty() || mode->value == "direct" ||
      mode->value == "transparent") {
    return;
  }
  const auto gateway_mode = ParseMeshGatewayMode(mode->value);
  proxy->context().Error(
      {mode->where.line, mode->where.column},
      "Invalid Proxy Mode: " + GoQuote(mode->value),
      gateway_mode.ok()
          ? internal::StrFormat("did you mean mesh_gateway { mode = \"%s\" }?",
                                mode->value)
          : "\"\", \"direct\" or \"transparent\"");
}

void DecodeTransparentProxy(ObjectReader* proxy, ProxyDefinition* out) {
  const Member* member = proxy->Get({"transparent_proxy"});
  if (member == nullptr) return;
  ObjectReader reader(&proxy->context(), member->value,
                      proxy->PathOf(member->key));
  reader.Port({"outbound_listener_port"}, &out->outbound_listener_port);
  reader.Bool({"dialed_directly"}, &out->dialed_directly);
  reader.Finish();
}

void DecodeExpose(ObjectReader* proxy, ProxyDefinition* out) {
  const Member* member = proxy->Get({"expose"});
  if (member == nullptr) return;
  ObjectReader reader(&proxy->context(), member->value,
                      proxy->PathOf(member->key));
  reader.Bool({"checks"}, &out->expose_checks);
  for (const Value* block : reader.Objects({"paths"})) {
    ObjectReader inner(&proxy->context(), *block, reader.PathOf("paths"));
    ExposedPath& path = out->exposed_paths.emplace_back();
    inner.String({"path"}, &path.path);
    inner.Port({"listener_port"}, &path.listener_port);
    inner.Port({"local_path_port"}, &path.local_path_port);
    inner.String({"protocol"}, &path.protocol);
    inner.Finish();
  }
  reader.Finish();
}

}  // namespace

Located<MeshGatewayMode> DecodeMeshGateway(ObjectReader* reader,
                                           const ObjectReader::Names& names) {
  const Member* member = reader->Get(names);
  if (member == nullptr) return {};
  ObjectReader block(&reader->context(), member->value,
                     reader->PathOf(member->key));
  const auto mode = block.Mode({"mode"});
  block.Finish();
  return mode.value_or(Located<MeshGatewayMode>{});
}

void CheckUpstreamsDiffer(DecodeContext* context,
                          const std::vector<UpstreamDefinition>& upstreams) {
  std::set<std::string> keys;
  std::set<std::string> binds;
  for (const UpstreamDefinition& upstream : upstreams) {
    const Position where{upstream.where.line, upstream.where.column};
    std::string key = internal::StrFormat(
        "[type=%s, name=%s, partition=%s, namespace=%s, peer=%s, "
        "datacenter=%s]",
        GoQuote(upstream.is_prepared_query ? "prepared_query" : "service"),
        GoQuote(upstream.destination_name),
        GoQuote(upstream.destination_partition),
        GoQuote(upstream.destination_namespace),
        GoQuote(upstream.destination_peer), GoQuote(upstream.datacenter));
    if (!keys.insert(key).second) {
      context->Error(where, "upstreams cannot contain duplicates of " + key);
      continue;
    }
    std::string bind = upstream.local_bind_socket_path;
    if (bind.empty() && upstream.local_bind_port != 0) {
      const std::string& address = upstream.local_bind_address;
      bind = address.empty() ? "127.0.0.1" : address;
      if (address.find(':') != address.npos) bind.insert(0, "[").append("]");
      bind.append(":").append(std::to_string(upstream.local_bind_port));
    }
    if (!bind.empty() && !binds.insert(bind).second) {
      context->Error(
          where, internal::StrFormat("upstreams cannot contain duplicates by "
                                     "local bind address and port or unix "
                                     "path; %s is specified twice",
                                     GoQuote(bind)));
    }
  }
}

ProxyDefinition DecodeProxy(DecodeContext* context, const Value& block,
                            const std::string& path, bool is_mesh_gateway) {
  ObjectReader reader(context, block, path);
  ProxyDefinition out;
  out.where = context->At(reader.where());
  reader.String({"destination_service_name"}, &out.destination_service_name);
  reader.String({"destination_service_id"}, &out.destination_service_id);
  reader.String({"local_service_address"}, &out.local_service_address);
  reader.Port({"local_service_port"}, &out.local_service_port);
  if (auto socket = reader.String({"local_service_socket_path"})) {
    if (is_mesh_gateway && !socket->value.empty()) {
      context->Error({socket->where.line, socket->where.column},
                     "The Proxy.LocalServiceSocketPath configuration is "
                     "invalid for a mesh-gateway");
    }
    out.local_service_socket_path = std::move(socket->value);
  }
  out.mesh_gateway = DecodeMeshGateway(&reader, {"mesh_gateway"});
  for (const Value* upstream : reader.Objects({"upstreams"})) {
    out.upstreams.push_back(
        DecodeUpstream(context, *upstream, path + ".upstreams"));
  }
  if (const Member* config = reader.Get({"config"});
      config != nullptr && is_mesh_gateway) {
    out.gateway_config =
        DecodeGatewayOptions(context, config->value, path + ".config", false);
  }
  if (is_mesh_gateway) {
    for (const std::string_view key : {"mode", "expose", "transparent_proxy"}) {
      reader.Ignore({key}, kSidecarOnly);
    }
  } else {
    DecodeMode(&reader, &out);
    DecodeTransparentProxy(&reader, &out);
    DecodeExpose(&reader, &out);
  }
  for (const std::string_view key :
       {"envoy_extensions", "access_logs", "mutual_tls_mode"}) {
    reader.Ignore({key}, is_mesh_gateway ? kSidecarOnly : "");
  }
  reader.Finish();
  return out;
}

}  // namespace meshgw::internal
