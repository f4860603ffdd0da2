#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/str_format.h"
#include "config/decode.h"

namespace meshgw {
namespace internal {
namespace {

constexpr std::string_view kEnvoyJson =
    "it is a piece of Envoy's configuration";
constexpr std::string_view kBootstrap = "it belongs to Envoy's bootstrap";
constexpr std::string_view kSidecar =
    "it is an option of sidecars: a gateway carries bytes";

// Keys that Consul or Envoy know and that a gateway without Envoy has no use
// for. The reason is for the operator who wrote them. Source: Consul
// agent/xds/config/config.go, command/connect/envoy/bootstrap_config.go.
struct RefusedKey {
  std::string_view key;
  std::string_view why;
};
constexpr RefusedKey kRefused[] = {
    {"xds_fetch_timeout_ms", "it times Envoy's own fetches of configuration"},
    {"max_request_headers_kb", "nothing is decrypted, so there are no headers"},
    {"envoy_tracing_json",
     "nothing is decrypted, so there is nothing to trace"},
    {"envoy_listener_tracing_json",
     "nothing is decrypted, so there is nothing to trace"},
    {"envoy_public_listener_json", kEnvoyJson},
    {"envoy_listener_json", kEnvoyJson},
    {"envoy_cluster_json", kEnvoyJson},
    {"envoy_local_cluster_json", kEnvoyJson},
    {"envoy_bootstrap_json_tpl", kEnvoyJson},
    {"envoy_extra_static_clusters_json", kEnvoyJson},
    {"envoy_extra_static_listeners_json", kEnvoyJson},
    {"envoy_extra_stats_sinks_json", kEnvoyJson},
    {"envoy_stats_config_json", kEnvoyJson},
    {"envoy_stats_flush_interval", kBootstrap},
    {"envoy_stats_tags", kBootstrap},
    {"envoy_stats_bind_addr", kBootstrap},
    {"envoy_prometheus_bind_addr", kBootstrap},
    {"envoy_ready_bind_address", kBootstrap},
    {"envoy_ready_bind_port", kBootstrap},
    {"envoy_statsd_url", kBootstrap},
    {"envoy_dogstatsd_url", kBootstrap},
    {"envoy_telemetry_collector_bind_socket_dir", kBootstrap},
    {"protocol", kSidecar},
    {"bind_address", kSidecar},
    {"bind_port", kSidecar},
    {"local_connect_timeout_ms", kSidecar},
    {"local_request_timeout_ms", kSidecar},
    {"local_idle_timeout_ms", kSidecar},
    {"max_inbound_connections", kSidecar},
    {"balance_inbound_connections", kSidecar},
    {"balance_outbound_connections", kSidecar},
    {"handshake_timeout_ms", kSidecar},
    {"passive_health_check", kSidecar},
    {"limits", kSidecar},
    {"rate_limits", kSidecar},
    {"mesh_gateway", kSidecar},
};

// What the block is for.
enum class Shared {
  kNo,            // A gateway alone.
  kWithSidecars,  // Their keys need no word.
};

// Keys that nobody has asked for: named with the reason, or with the option
// that was meant. Consul keeps what it does not know for the proxy.
void WarnOfRest(ObjectReader* reader, Shared shared) {
  reader->VisitRest([&](const Member& member, std::string_view close) {
    DecodeContext& context = reader->context();
    const auto* refused = std::find_if(
        std::begin(kRefused), std::end(kRefused), [&](const RefusedKey& key) {
          return EqualIgnoringCase(key.key, member.key);
        });
    if (refused != std::end(kRefused)) {
      if (shared == Shared::kWithSidecars) return;
      context.Warn(member.where, internal::StrFormat(
                                     "%s has no effect here: %s",
                                     reader->PathOf(member.key), refused->why));
      return;
    }
    if (!close.empty()) {
      context.Warn(
          member.where,
          internal::StrFormat("%s is not known", reader->PathOf(member.key)),
          internal::StrFormat("did you mean %s?", close));
      return;
    }
    context.Warn(
        member.where,
        internal::StrFormat("%s has no effect here: Consul stores it for "
                            "the proxy, and this gateway does not know it",
                            reader->PathOf(member.key)));
  });
}

std::optional<Located<std::map<std::string, ServiceAddress>>> BindAddresses(
    ObjectReader* reader) {
  const Member* member = reader->Get(
      {"envoy_gateway_bind_addresses", "envoy_mesh_gateway_bind_addresses"});
  if (member == nullptr) return std::nullopt;
  Located<std::map<std::string, ServiceAddress>> out;
  out.where = reader->context().At(member->where);
  const Value* object = AsObject(member->value);
  if (object == nullptr) {
    reader->context().Error(member->value.where,
                            reader->PathOf(member->key) + " is " +
                                std::string(KindName(member->value.kind)),
                            "name = { address = \"...\" port = 8443 }");
    return std::nullopt;
  }
  for (const Member& entry : object->members) {
    ObjectReader address(&reader->context(), entry.value,
                         reader->PathOf(member->key) + "." + entry.key);
    ServiceAddress& bind = out.value[entry.key];
    address.String({"address"}, &bind.address);
    address.Port({"port"}, &bind.port);
    address.Finish();
    if (bind.address.empty()) {
      reader->context().Error(entry.where,
                              address.path() + " has no address to listen on",
                              "address = \"<IP address>\"");
    } else if (bind.port == 0 && !bind.address.starts_with("unix:")) {
      reader->context().Error(address.WhereOf({"port"}),
                              address.path() + " has no port to listen on",
                              "port = 8443, for example");
    }
  }
  return out;
}

std::optional<Located<std::chrono::seconds>> Seconds(ObjectReader* reader,
                                                     std::string_view key) {
  const auto value = reader->Integer({key}, 0, 32767);  // The kernel's most.
  if (!value.has_value()) return std::nullopt;
  return Located<std::chrono::seconds>{std::chrono::seconds(value->value),
                                       value->where};
}

}  // namespace

MeshGatewayProxyConfig DecodeGatewayOptions(DecodeContext* context,
                                            const Value& block,
                                            const std::string& path,
                                            bool shared_with_sidecars) {
  const bool weak = context->weak;
  context->weak = true;  // As Consul decodes every opaque block.
  ObjectReader reader(context, block, path);
  MeshGatewayProxyConfig out;
  out.bind_tagged_addresses =
      reader.Bool({"envoy_gateway_bind_tagged_addresses",
                   "envoy_mesh_gateway_bind_tagged_addresses"});
  out.bind_addresses = BindAddresses(&reader);
  out.no_default_bind = reader.Bool(
      {"envoy_gateway_no_default_bind", "envoy_mesh_gateway_no_default_bind"});
  reader.Ignore({"envoy_dns_discovery_type"},
                "all addresses of all host names are used, whatever it says");
  if (const auto timeout =
          reader.Integer({"connect_timeout_ms"}, -1, 86'400'000)) {
    // Below 1 it is the default, which hides that of a lower layer: Consul
    // merges the keys before it reads them.
    out.connect_timeout = {
        std::chrono::milliseconds(std::max<std::int64_t>(timeout->value, 0)),
        timeout->where};
  }
  out.remote_tcp_keepalive =
      reader.Bool({"envoy_gateway_remote_tcp_enable_keepalive"});
  out.remote_tcp_keepalive_time =
      Seconds(&reader, "envoy_gateway_remote_tcp_keepalive_time");
  out.remote_tcp_keepalive_interval =
      Seconds(&reader, "envoy_gateway_remote_tcp_keepalive_interval");
  if (const auto probes = reader.Integer(
          {"envoy_gateway_remote_tcp_keepalive_probes"}, 0, 127)) {
    out.remote_tcp_keepalive_probes = {static_cast<int>(probes->value),
                                       probes->where};
  }
  WarnOfRest(&reader,
             shared_with_sidecars ? Shared::kWithSidecars : Shared::kNo);
  context->weak = weak;
  return out;
}

}  // namespace internal

MeshGatewayProxyConfig MeshGatewayProxyConfig::MergedOver(
    const MeshGatewayProxyConfig& lower) const {
  MeshGatewayProxyConfig out = *this;
  const auto fill = [](auto* mine, const auto& theirs) {
    if (!mine->has_value()) *mine = theirs;
  };
  fill(&out.bind_tagged_addresses, lower.bind_tagged_addresses);
  fill(&out.bind_addresses, lower.bind_addresses);
  fill(&out.no_default_bind, lower.no_default_bind);
  fill(&out.connect_timeout, lower.connect_timeout);
  fill(&out.remote_tcp_keepalive, lower.remote_tcp_keepalive);
  fill(&out.remote_tcp_keepalive_time, lower.remote_tcp_keepalive_time);
  fill(&out.remote_tcp_keepalive_interval, lower.remote_tcp_keepalive_interval);
  fill(&out.remote_tcp_keepalive_probes, lower.remote_tcp_keepalive_probes);
  return out;
}

}  // namespace meshgw
