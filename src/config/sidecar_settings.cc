#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/str_format.h"
#include "config/decode.h"
#include "config/rules.h"
#include "mesh/go_quote.h"

// What config entries say to sidecars, and a gateway has no use for: read for
// its mistakes only. Source of what is refused: Consul agent/structs
// config_entry.go, config_entry_mesh.go, connect_proxy_config.go.
namespace meshgw::internal {
namespace {

using Names = ObjectReader::Names;

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

std::string Listed(std::span<const std::string_view> values) {
  std::string out;
  for (const std::string_view value : values) {
    out += (out.empty() ? "" : ", ") + std::string(value);
  }
  return out;
}

// Returns a text, and reports one that is neither empty nor one of `values`;
// `what` stands in front of it.
std::string OneOf(ObjectReader* reader, const Names& names,
                  std::span<const std::string_view> values,
                  std::string_view what) {
  std::string text;
  reader->String(names, &text);
  if (!text.empty() && std::ranges::find(values, text) == values.end()) {
    reader->context().Error(reader->WhereOf(names),
                            internal::StrFormat("%s %s", what, text),
                            Listed(values));
  }
  return text;
}

void CheckProtocol(ObjectReader* reader) {
  auto protocol = reader->String({"Protocol"});
  if (!protocol.has_value()) return;
  for (const std::string_view known : {"", "tcp", "http", "http2", "grpc"}) {
    if (EqualIgnoringCase(protocol->value, known)) return;
  }
  reader->context().Error(reader->WhereOf({"Protocol"}),
                          "invalid value for protocol: " + protocol->value,
                          "tcp, http, http2 or grpc");
}

void CheckMutualTlsMode(ObjectReader* reader) {
  static constexpr std::string_view kModes[] = {"strict", "permissive"};
  OneOf(reader, {"MutualTLSMode", "mutual_tls_mode"}, kModes,
        "Invalid MutualTLSMode");
}

void CheckConnectionBalance(ObjectReader* reader, const Names& names) {
  static constexpr std::string_view kBalances[] = {"exact_balance"};
  OneOf(reader, names, kBalances,
        internal::StrFormat("invalid value for %s:", names[1]));
}

// Consul's validateEndpointAddress: an IP address, or a name of labels.
bool IsAddress(const std::string& text) {
  std::array<unsigned char, 16> ip;
  if (::inet_pton(AF_INET, text.c_str(), ip.data()) == 1 ||
      ::inet_pton(AF_INET6, text.c_str(), ip.data()) == 1) {
    return true;
  }
  if (text.empty() || text.size() > 255) return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '*' || (c == '.' && label == 0)) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return true;
}

void CheckDestination(ObjectReader* entry) {
  const Member* member = entry->Get({"Destination"});
  if (member == nullptr) return;
  const Names addresses = {"Addresses"};
  ObjectReader reader(&entry->context(), member->value, "Destination");
  std::set<std::string> seen;
  for (const std::string& address : reader.StringList(addresses)) {
    if (!seen.insert(address).second) {
      reader.context().Error(
          reader.WhereOf(addresses),
          internal::StrFormat("Duplicate address '%s' is not allowed",
                              address));
    } else if (!IsAddress(address)) {
      reader.context().Error(
          reader.WhereOf(addresses),
          internal::StrFormat("Destination address '%s' is invalid", address),
          "an IP address or a host name");
    }
  }
  const auto port = reader.Integer({"Port"}, 1, 65535);
  reader.Finish();
  if (seen.empty()) {
    reader.context().Error(reader.WhereOf(addresses),
                           "Destination must contain at least one valid "
                           "address");
  }
  if (!port.has_value() && reader.Get({"Port"}) == nullptr) {
    reader.context().Error(reader.where(), "Invalid Port number 0",
                           "Port = 443, for example");
  }
}

void CheckAccessLogs(ObjectReader* entry) {
  static constexpr std::string_view kTypes[] = {"file", "stdout", "stderr"};
  static const Names kNames = {"AccessLogs", "access_logs"};
  static const Names kPath = {"Path"};
  static const Names kType = {"Type"};
  static const Names kJson = {"JSONFormat", "json_format"};
  static const Names kText = {"TextFormat", "text_format"};
  const Member* member = entry->Get(kNames);
  if (member == nullptr) return;
  ObjectReader reader(&entry->context(), member->value, "AccessLogs");
  reader.Ignore({"Enabled"});
  reader.Ignore({"DisableListenerLogs", "disable_listener_logs"});
  const std::string type =
      OneOf(&reader, kType, kTypes, "invalid access log type:");
  std::string path, json, text;
  reader.String(kPath, &path);
  reader.String(kJson, &json);
  reader.String(kText, &text);
  reader.Finish();
  std::size_t values = 10'000;
  Value parsed;
  ParseError error;
  const bool is_json = ParseJson(json, {64, &values}, &parsed, &error);
  const Rule rules[] = {
      {type == "file" && path.empty(), kType,
       "path must be specified when using file type access logs"},
      {!json.empty() && !text.empty(), kText,
       "cannot specify both access log JSONFormat and TextFormat"},
      {type != "file" && !path.empty(), kPath,
       "path is only valid for file type access logs"},
      {!json.empty() && !is_json, kJson,
       "invalid access log json for JSON format: " + error.what},
  };
  ReportFirst(reader, rules);
}

// One direction of a mesh entry's TLS.
void CheckTls(ObjectReader* tls, std::string_view direction) {
  static constexpr std::string_view kVersions[] = {
      "TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"};
  static const Names kMin = {"TLSMinVersion", "tls_min_version"};
  static const Names kMax = {"TLSMaxVersion", "tls_max_version"};
  static const Names kSuites = {"CipherSuites", "cipher_suites"};
  const Member* member = tls->Get({direction});
  if (member == nullptr) return;
  ObjectReader reader(&tls->context(), member->value, tls->PathOf(direction));
  const std::string least =
      OneOf(&reader, kMin, kVersions, "no matching TLS version found for");
  const std::string most =
      OneOf(&reader, kMax, kVersions, "no matching TLS version found for");
  const bool suites = !reader.StringList(kSuites).empty();
  reader.Finish();
  const Rule rules[] = {
      // Their names are in the order of the versions.
      {least.starts_with("TLSv") && most.starts_with("TLSv") && most < least,
       kMax,
       internal::StrFormat("configuring max version %s less than the "
                           "configured min version %s is invalid",
                           most, least)},
      {suites && least == "TLSv1_3", kSuites,
       "configuring CipherSuites is only applicable to connections negotiated "
       "with TLS 1.2 or earlier, TLSMinVersion is set to " +
           least},
  };
  ReportFirst(reader, rules);
}

void CheckRequestNormalization(ObjectReader* incoming) {
  static constexpr std::string_view kPaths[] = {
      "IMPLEMENTATION_SPECIFIC_DEFAULT", "KEEP_UNCHANGED", "REJECT_REQUEST",
      "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"};
  static constexpr std::string_view kHeaders[] = {"ALLOW", "REJECT_REQUEST",
                                                  "DROP_HEADER"};
  const Member* member =
      incoming->Get({"RequestNormalization", "request_normalization"});
  if (member == nullptr) return;
  ObjectReader reader(&incoming->context(), member->value,
                      incoming->PathOf(member->key));
  reader.Ignore({"InsecureDisablePathNormalization",
                 "insecure_disable_path_normalization"});
  reader.Ignore({"MergeSlashes", "merge_slashes"});
  OneOf(&reader,
        {"PathWithEscapedSlashesAction", "path_with_escaped_slashes_action"},
        kPaths, "no matching PathWithEscapedSlashesAction value found for");
  OneOf(&reader,
        {"HeadersWithUnderscoresAction", "headers_with_underscores_action"},
        kHeaders, "no matching HeadersWithUnderscoresAction value found for");
  reader.Finish();
}

}  // namespace

void CheckFailoverPolicy(ObjectReader* owner, const Names& names,
                         const std::string& prefix) {
  const Member* member = owner->Get(names);
  if (member == nullptr) return;
  ObjectReader reader(&owner->context(), member->value,
                      owner->PathOf(names[0]));
  std::string mode;
  reader.String({"Mode"}, &mode);
  reader.StringList({"Regions"});
  reader.Finish();
  if (mode.empty() || mode == "sequential" || mode == "order-by-locality") {
    return;
  }
  reader.context().Error(
      reader.WhereOf({"Mode"}),
      prefix +
          "Failover-policy mode must be one of '', 'sequential', or "
          "'order-by-locality'");
}

void CheckEntryMeta(ObjectReader* entry) {
  const Names meta = {"Meta"};
  const std::map<std::string, std::string> pairs = entry->StringMap(meta);
  const auto error = [&](std::string what) {
    entry->context().Error(entry->WhereOf(meta), std::move(what));
  };
  if (pairs.size() > 64) error("Meta exceeds maximum element count 64");
  for (const auto& [key, value] : pairs) {
    if (key.size() > 128) {
      error("Meta key " + GoQuote(key) + " exceeds maximum length 128");
    }
    if (value.size() > 512) {
      error("Meta value for key " + GoQuote(key) +
            " exceeds maximum length 512");
    }
  }
}

void CheckUpstreamSettings(ObjectReader* reader) {
  reader->Ignore({"EnvoyListenerJSON", "envoy_listener_json"});
  reader->Ignore({"EnvoyClusterJSON", "envoy_cluster_json"});
  reader->Ignore({"Protocol"});  // Not checked by Consul either.
  reader->Ignore({"ConnectTimeoutMs", "connect_timeout_ms"});
  CheckConnectionBalance(
      reader, {"BalanceOutboundConnections", "balance_outbound_connections"});
  const Member* member =
      reader->Get({"PassiveHealthCheck", "passive_health_check"});
  if (member == nullptr) return;
  ObjectReader health(&reader->context(), member->value,
                      reader->PathOf(member->key));
  health.Duration({"Interval"});
  health.Integer({"MaxFailures", "max_failures"}, 0, kMost);
  health.Integer({"EnforcingConsecutive5xx", "enforcing_consecutive_5xx"}, 0,
                 100);
  health.Integer({"MaxEjectionPercent", "max_ejection_percent"}, 0, 100);
  health.Duration({"BaseEjectionTime", "base_ejection_time"});
  health.Finish();
}

void CheckServiceDefaultsSettings(ObjectReader* entry) {
  CheckProtocol(entry);
  CheckConnectionBalance(
      entry, {"BalanceInboundConnections", "balance_inbound_connections"});
  CheckDestination(entry);
  CheckMutualTlsMode(entry);
  for (const Names& names :
       {Names{"Mode"}, Names{"TransparentProxy", "transparent_proxy"},
        Names{"Expose"}, Names{"RateLimits", "rate_limits"},
        Names{"MaxInboundConnections", "max_inbound_connections"},
        Names{"LocalConnectTimeoutMs", "local_connect_timeout_ms"},
        Names{"LocalRequestTimeoutMs", "local_request_timeout_ms"},
        Names{"EnvoyExtensions", "envoy_extensions"}}) {
    entry->Ignore(names);
  }
}

void CheckProxyDefaultsSettings(ObjectReader* entry) {
  CheckAccessLogs(entry);
  CheckFailoverPolicy(entry, {"FailoverPolicy", "failover_policy"}, "");
  CheckMutualTlsMode(entry);
  for (const Names& names :
       {Names{"Mode"}, Names{"TransparentProxy", "transparent_proxy"},
        Names{"Expose"}, Names{"EnvoyExtensions", "envoy_extensions"},
        Names{"PrioritizeByLocality", "prioritize_by_locality"}}) {
    entry->Ignore(names);
  }
}

void CheckMeshSettings(ObjectReader* entry) {
  if (const Member* member = entry->Get({"TLS"})) {
    ObjectReader tls(&entry->context(), member->value, "TLS");
    CheckTls(&tls, "Incoming");
    CheckTls(&tls, "Outgoing");
    tls.Finish();
  }
  if (const Member* member = entry->Get({"HTTP"})) {
    ObjectReader http(&entry->context(), member->value, "HTTP");
    http.Ignore(
        {"SanitizeXForwardedClientCert", "sanitize_x_forwarded_client_cert"});
    if (const Member* in = http.Get({"Incoming"})) {
      ObjectReader incoming(&entry->context(), in->value, "HTTP.Incoming");
      CheckRequestNormalization(&incoming);
      incoming.Finish();
    }
    http.Finish();
  }
  for (const Names& names : {Names{"TransparentProxy", "transparent_proxy"},
                             Names{"AllowEnablingPermissiveMutualTLS",
                                   "allow_enabling_permissive_mutual_tls"},
                             Names{"ValidateClusters", "validate_clusters"}}) {
    entry->Ignore(names);
  }
}

}  // namespace meshgw::internal
