#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "config/decode.h"

namespace meshgw {
namespace internal {
namespace {

// Keys that Consul or Envoy know and that a gateway without Envoy has no use
// for. The reason is for the operator who wrote them.
struct RefusedKey {
  std::string_view key;  // A '*' at either end stands for anything.
  std::string_view why;
};
constexpr RefusedKey kRefused[] = {
    {"xds_fetch_timeout_ms", "it times Envoy's own fetches of configuration"},
    {"max_request_headers_kb", "nothing is decrypted, so there are no headers"},
    {"envoy_*_json", "it is a piece of Envoy's configuration"},
    {"envoy_extra_*", "it is a piece of Envoy's configuration"},
    {"envoy_prometheus_bind_addr", "it belongs to Envoy's bootstrap"},
    {"envoy_stats_*", "it belongs to Envoy's bootstrap"},
    {"envoy_ready_bind_*", "it belongs to Envoy's bootstrap"},
    {"envoy_statsd_url", "it belongs to Envoy's bootstrap"},
    {"envoy_dogstatsd_url", "it belongs to Envoy's bootstrap"},
    {"envoy_telemetry_*", "it belongs to Envoy's bootstrap"},
    {"envoy_tracing_json",
     "nothing is decrypted, so there is nothing to trace"},
    {"envoy_*", "it is an option of Envoy that has no counterpart here"},
    {"protocol", "it is an option of sidecars: a gateway carries bytes"},
    {"local_connect_timeout_ms", "it is an option of sidecars"},
    {"local_request_timeout_ms", "it is an option of sidecars"},
    {"local_idle_timeout_ms", "it is an option of sidecars"},
    {"*", "Consul stores it for the proxy, and this gateway does not know it"},
};

bool Matches(std::string_view pattern, std::string_view key) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return key == pattern;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  return key.size() >= head.size() + tail.size() && key.starts_with(head) &&
         key.ends_with(tail);
}

std::string_view WhyRefused(std::string_view key) {
  std::string lower(key);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  for (const RefusedKey& refused : kRefused) {
    if (Matches(refused.key, lower)) return refused.why;
  }
  return {};
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

std::optional<Located<std::string>> DnsDiscoveryType(ObjectReader* reader) {
  auto type = reader->String({"envoy_dns_discovery_type"});
  if (!type.has_value()) return std::nullopt;
  for (char& c : type->value) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  if (type->value == "LOGICAL_DNS" || type->value == "STRICT_DNS") return type;
  reader->context().Error(
      {type->where.line, type->where.column},
      absl::StrFormat("%s is \"%s\"",
                      reader->PathOf("envoy_dns_discovery_type"), type->value),
      "LOGICAL_DNS or STRICT_DNS");
  return std::nullopt;
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
  out.dns_discovery_type = DnsDiscoveryType(&reader);
  if (const auto timeout =
          reader.Integer({"connect_timeout_ms"}, -1, 86'400'000)) {
    // Consul takes what is below 1 for its default.
    if (timeout->value >= 1) {
      out.connect_timeout = {std::chrono::milliseconds(timeout->value),
                             timeout->where};
    }
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
  if (!shared_with_sidecars) reader.IgnoreRest(WhyRefused);
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
  fill(&out.dns_discovery_type, lower.dns_discovery_type);
  fill(&out.connect_timeout, lower.connect_timeout);
  fill(&out.remote_tcp_keepalive, lower.remote_tcp_keepalive);
  fill(&out.remote_tcp_keepalive_time, lower.remote_tcp_keepalive_time);
  fill(&out.remote_tcp_keepalive_interval, lower.remote_tcp_keepalive_interval);
  fill(&out.remote_tcp_keepalive_probes, lower.remote_tcp_keepalive_probes);
  return out;
}

}  // namespace meshgw
