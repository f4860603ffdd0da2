#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/str_format.h"
#include "config/decode.h"
#include "config/rules.h"
#include "mesh/go_quote.h"

namespace meshgw::internal {
namespace {

constexpr std::string_view kSidecarOnly =
    "it configures the sidecar, not the gateway";

using Names = ObjectReader::Names;

// As Go's strconv.ParseUint(text, 8, 32).
bool IsOctal(std::string_view text) {
  std::uint32_t mode = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, mode, 8);
  return result.ec == std::errc() && result.ptr == end;
}

// What Consul's Upstream.Validate refuses. `bad_port`: it has been reported.
void CheckUpstream(const ObjectReader& reader,
                   const UpstreamDefinition& upstream, bool bad_port) {
  static const Names kName = {"destination_name"};
  static const Names kDatacenter = {"datacenter"};
  static const Names kSocket = {"local_bind_socket_path"};
  static const Names kPort = {"local_bind_port"};
  const bool port = upstream.local_bind_port != 0 || bad_port;
  const bool socket = !upstream.local_bind_socket_path.empty();
  const Rule rules[] = {
      {upstream.destination_name.empty(), kName,
       "upstream destination name cannot be empty"},
      {upstream.destination_name == "*", kName,
       "upstream destination name cannot be a wildcard"},
      {!upstream.destination_peer.empty() && !upstream.datacenter.empty(),
       kDatacenter,
       "upstream cannot specify both destination peer and datacenter"},
      {!port && !socket, kPort,
       "upstream local bind port or local socket path must be defined and "
       "nonzero"},
      {port && socket, kSocket,
       "only one of upstream local bind port or local socket path can be "
       "defined and nonzero"},
  };
  ReportFirst(reader, rules);
}

UpstreamDefinition DecodeUpstream(DecodeContext* context, const Value& block,
                                  const std::string& path, ServiceKind kind) {
  ObjectReader reader(context, block, path);
  UpstreamDefinition out;
  out.where = context->At(block.where);
  if (const auto type = reader.String({"destination_type"})) {
    out.is_prepared_query = type->value == "prepared_query";
    if (!out.is_prepared_query && type->value != "service" &&
        !type->value.empty()) {
      context->Error(
          {type->where.line, type->where.column},
          "unknown upstream destination type: " + GoQuote(type->value),
          "\"service\" or \"prepared_query\"");
    }
  }
  reader.String({"destination_name"}, &out.destination_name);
  reader.String({"destination_namespace"}, &out.destination_namespace);
  reader.String({"destination_partition"}, &out.destination_partition);
  reader.String({"destination_peer"}, &out.destination_peer);
  reader.String({"datacenter"}, &out.datacenter);
  reader.String({"local_bind_address"}, &out.local_bind_address);
  const Names port_key = {"local_bind_port"};
  const auto port = reader.Integer(port_key, 0, 65535);
  if (port.has_value()) {
    out.local_bind_port = static_cast<std::uint16_t>(port->value);
  }
  reader.String({"local_bind_socket_path"}, &out.local_bind_socket_path);
  out.mesh_gateway = DecodeMeshGateway(&reader, {"mesh_gateway"});
  const Names mode = {"local_bind_socket_mode"};
  reader.String(mode, &out.local_bind_socket_mode);
  if (!out.local_bind_socket_mode.empty() &&
      !IsOctal(out.local_bind_socket_mode)) {
    context->Error(
        reader.WhereOf(mode),
        "local_bind_socket_mode: invalid mode: " + out.local_bind_socket_mode,
        "octal digits, such as \"0600\"");
  }
  reader.Ignore({"config"});
  reader.Finish();
  if (kind == ServiceKind::kConnectProxy) {
    const bool bad_port = !port.has_value() && reader.Get(port_key) != nullptr;
    CheckUpstream(reader, out, bad_port);
  }
  return out;
}

// What Consul's NodeService.ValidateForAgent refuses of an upstream of a proxy
// in `partition`; empty: nothing.
std::string_view PartitionMistake(const UpstreamDefinition& upstream,
                                  std::string_view partition) {
  const std::string_view to = upstream.destination_partition.empty()
                                  ? partition
                                  : upstream.destination_partition;
  if (!upstream.destination_peer.empty()) {
    return to == partition ? ""
                           : "upstreams must target peers in the same "
                             "partition as the service";
  }
  return upstream.datacenter.empty() ||
                 (to == "default" && partition == "default")
             ? ""
             : "upstreams cannot target another datacenter in non default "
               "partition";
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

// What Consul refuses of an exposed path (NodeService.ValidateForAgent).
// `listeners` are the ports of those in front of it.
void CheckExposedPath(const ObjectReader& reader, const ExposedPath& path,
                      std::set<std::uint16_t>* listeners) {
  static const Names kPath = {"path"};
  static const Names kPort = {"listener_port"};
  static const Names kProtocol = {"protocol"};
  const bool known = EqualIgnoringCase(path.protocol, "http") ||
                     EqualIgnoringCase(path.protocol, "http2");
  const Rule rules[] = {
      {path.path.empty(), kPath, "empty path exposed"},
      {path.listener_port == 0, kPort, "invalid listener port: 0"},
      {!listeners->insert(path.listener_port).second, kPort,
       "duplicate listener ports exposed"},
      {!path.protocol.empty() && !known, kProtocol,
       internal::StrFormat("protocol '%s' not supported for path: %s, must be "
                           "in: [http http2]",
                           path.protocol, path.path)},
  };
  ReportFirst(reader, rules, "expose.paths: ");
}

void DecodeExpose(ObjectReader* proxy, ServiceKind kind, ProxyDefinition* out) {
  const Member* member = proxy->Get({"expose"});
  if (member == nullptr) return;
  ObjectReader reader(&proxy->context(), member->value,
                      proxy->PathOf(member->key));
  reader.Bool({"checks"}, &out->expose_checks);
  std::set<std::uint16_t> listeners;
  for (const Value* block : reader.Objects({"paths"})) {
    ObjectReader inner(&proxy->context(), *block, reader.PathOf("paths"));
    ExposedPath& path = out->exposed_paths.emplace_back();
    inner.String({"path"}, &path.path);
    inner.Port({"listener_port"}, &path.listener_port);
    inner.Port({"local_path_port"}, &path.local_path_port);
    inner.String({"protocol"}, &path.protocol);
    inner.Finish();
    if (kind == ServiceKind::kConnectProxy) {
      CheckExposedPath(inner, path, &listeners);
    }
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

void CheckUpstreams(DecodeContext* context,
                    const std::vector<UpstreamDefinition>& upstreams,
                    std::string_view partition) {
  std::set<std::string> keys;
  std::set<std::string> binds;
  for (const UpstreamDefinition& upstream : upstreams) {
    const Position where{upstream.where.line, upstream.where.column};
    const std::string_view mistake = PartitionMistake(upstream, partition);
    if (!mistake.empty()) {
      context->Error(where, std::string(mistake));
      continue;
    }
    if (upstream.destination_name.empty()) continue;  // Said already.
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
                            const std::string& path, ServiceKind kind) {
  const bool is_mesh_gateway = kind == ServiceKind::kMeshGateway;
  ObjectReader reader(context, block, path);
  ProxyDefinition out;
  out.where = context->At(reader.where());
  reader.String({"destination_service_name"}, &out.destination_service_name);
  reader.String({"destination_service_id"}, &out.destination_service_id);
  reader.String({"local_service_address"}, &out.local_service_address);
  reader.Port({"local_service_port"}, &out.local_service_port);
  if (auto socket = reader.String({"local_service_socket_path"})) {
    if (IsGateway(kind) && !socket->value.empty()) {
      context->Error(
          {socket->where.line, socket->where.column},
          internal::StrFormat("The Proxy.LocalServiceSocketPath configuration "
                              "is invalid for a %s",
                              ServiceKindName(kind)));
    }
    out.local_service_socket_path = std::move(socket->value);
  }
  out.mesh_gateway = DecodeMeshGateway(&reader, {"mesh_gateway"});
  for (const Value* upstream : reader.Objects({"upstreams"})) {
    out.upstreams.push_back(
        DecodeUpstream(context, *upstream, path + ".upstreams", kind));
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
    DecodeExpose(&reader, kind, &out);
  }
  for (const std::string_view key :
       {"envoy_extensions", "access_logs", "mutual_tls_mode"}) {
    reader.Ignore({key}, is_mesh_gateway ? kSidecarOnly : "");
  }
  reader.Finish();
  return out;
}

}  // namespace meshgw::internal
