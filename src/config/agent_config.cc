#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/str_format.h"
#include "config/agent_address.h"
#include "config/datacenter_name.h"
#include "config/decode.h"
#include "mesh/go_quote.h"

namespace meshgw::internal {
namespace {

constexpr std::string_view kAgentOnly = "it configures a Consul agent";

// What else a Consul agent's file may say at its top (agent/config/config.go).
constexpr std::string_view kAgentKeys[] = {
    "acl",
    "addresses",
    "advertise_addr_ipv4",
    "advertise_addr_ipv6",
    "advertise_addr_wan_ipv4",
    "advertise_addr_wan_ipv6",
    "advertise_reconnect_timeout",
    "alt_domain",
    "audit",
    "auto_config",
    "auto_encrypt",
    "auto_reload_config",
    "autopilot",
    "bootstrap",
    "bootstrap_expect",
    "ca_file",
    "ca_path",
    "cache",
    "cert_file",
    "check_output_max_size",
    "check_update_interval",
    "client_addr",
    "cloud",
    "data_dir",
    "default_intention_policy",
    "default_query_time",
    "disable_anonymous_signature",
    "disable_coordinates",
    "disable_host_node_id",
    "disable_http_unprintable_char_filter",
    "disable_keyring_file",
    "disable_remote_exec",
    "disable_update_check",
    "discard_check_output",
    "discovery_max_stale",
    "dns_config",
    "enable_acl_replication",
    "enable_agent_tls_for_checks",
    "enable_central_service_config",
    "enable_debug",
    "enable_local_script_checks",
    "enable_script_checks",
    "enable_syslog",
    "encrypt",
    "encrypt_verify_incoming",
    "encrypt_verify_outgoing",
    "experiments",
    "gossip_lan",
    "gossip_wan",
    "http_config",
    "key_file",
    "leave_on_terminate",
    "license_path",
    "limits",
    "locality",
    "log_file",
    "log_json",
    "log_level",
    "log_rotate_bytes",
    "log_rotate_duration",
    "log_rotate_max_files",
    "max_query_time",
    "peering",
    "performance",
    "pid_file",
    "primary_gateways",
    "primary_gateways_interval",
    "protocol",
    "raft_logstore",
    "raft_protocol",
    "raft_snapshot_interval",
    "raft_snapshot_threshold",
    "raft_trailing_logs",
    "read_replica",
    "reconnect_timeout",
    "reconnect_timeout_wan",
    "rejoin_after_leave",
    "reporting",
    "retry_interval",
    "retry_interval_wan",
    "retry_join",
    "retry_join_wan",
    "retry_max",
    "retry_max_wan",
    "rpc",
    "segment",
    "segments",
    "serf_allowed_cidrs_lan",
    "serf_allowed_cidrs_wan",
    "serf_lan",
    "serf_wan",
    "server",
    "server_rejoin_age_max",
    "session_ttl_min",
    "skip_leave_on_interrupt",
    "start_join",
    "start_join_wan",
    "syslog_facility",
    "telemetry",
    "tls",
    "tls_cipher_suites",
    "tls_min_version",
    "tls_prefer_server_cipher_suites",
    "translate_wan_addrs",
    "ui",
    "ui_config",
    "ui_content_path",
    "ui_dir",
    "unix_sockets",
    "use_streaming_backend",
    "verify_incoming",
    "verify_incoming_https",
    "verify_incoming_rpc",
    "verify_outgoing",
    "verify_server_hostname",
    "version",
    "version_metadata",
    "watches",
    "xds",
};

void Take(std::optional<Located<std::string>> value,
          Located<std::string>* out) {
  if (value.has_value()) *out = *std::move(value);
}

// A setting that several files of one agent may give, all alike.
void TakeOnce(DecodeContext* context, std::optional<Located<std::string>> value,
              std::string_view key, Located<std::string>* out) {
  if (!value.has_value()) return;
  if (out->where.line == 0) {
    Take(std::move(value), out);
  } else if (out->value != value->value) {
    context->Error({value->where.line, value->where.column},
                   internal::StrFormat("%s is \"%s\" here and \"%s\" at %s:%d",
                                       key, value->value, out->value,
                                       out->where.file, out->where.line),
                   "one value");
  }
}

// `datacenter`, which is Consul's "dc1" or the folder's where it is not given,
// or `primary_datacenter`, which may be empty.
void DecodeDatacenterName(ObjectReader* reader, std::string_view key,
                          bool may_be_empty, Located<std::string>* out) {
  auto name = reader->String({key});
  if (!name.has_value()) return;
  DecodeContext& context = reader->context();
  const Position where = {name->where.line, name->where.column};
  if (name->value.empty()) {
    if (!may_be_empty) {
      context.Error(where, internal::StrFormat("%s cannot be empty", key));
    }
    return;
  }
  if (!IsDatacenterName(name->value)) {
    context.Error(
        where, internal::StrFormat("%s %s. received: %s", key,
                                   kDatacenterNameRule, GoQuote(name->value)));
    return;
  }
  TakeOnce(&context, std::move(name), key, out);
}

// 8-4-4-4-12 hex digits.
bool IsUuid(std::string_view text) {
  constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";
  return std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(),
                    [](char c, char form) {
                      return form == '-' ? c == '-'
                                         : absl::ascii_isxdigit(
                                               static_cast<unsigned char>(c));
                    });
}

void DecodeConnectBlock(DecodeContext* context, const Value& block,
                        Config* out) {
  ObjectReader reader(context, block, "connect");
  if (const Member* ca = reader.Get({"ca_config"})) {
    // Opaque to the agent; only the cluster's id matters here.
    const bool weak = context->weak;
    context->weak = true;
    ObjectReader config(context, ca->value, "connect.ca_config");
    auto id = config.String({"cluster_id", "ClusterID"});
    if (id.has_value() && !IsUuid(id->value)) {
      context->Error({id->where.line, id->where.column},
                     "connect.ca_config.cluster_id is " + GoQuote(id->value),
                     "a UUID, as 11111111-2222-3333-4444-555555555555");
    }
    TakeOnce(context, std::move(id), "connect.ca_config.cluster_id",
             &out->cluster_id);
    context->weak = weak;
  }
  for (const std::string_view key :
       {"enabled", "ca_provider", "enable_mesh_gateway_wan_federation",
        "enable_serverless_plugin", "test_ca_leaf_root_change_spread"}) {
    reader.Ignore({key});
  }
  reader.Finish();
}

void DecodeConfigEntries(DecodeContext* context, const Value& block,
                         Config* out) {
  ObjectReader reader(context, block, "config_entries");
  for (const Value* entry : reader.Objects({"bootstrap"})) {
    DecodeConfigEntry(context, *entry, out);
  }
  reader.Finish();
}

// ports { }: those of the agent itself, and the range that sidecars get theirs
// from.
void DecodePorts(DecodeContext* context, const Member& ports) {
  ObjectReader reader(context, ports.value, "ports");
  const auto least = reader.Integer({"sidecar_min_port"}, -1, 65535);
  const auto most = reader.Integer({"sidecar_max_port"}, -1, 65535);
  if (least.has_value()) context->sidecar_min_port = *least;
  if (most.has_value()) context->sidecar_max_port = *most;
  for (const std::string_view key :
       {"dns", "http", "https", "server", "grpc", "grpc_tls", "serf_lan",
        "serf_wan", "expose_min_port", "expose_max_port", "proxy_min_port",
        "proxy_max_port"}) {
    reader.Ignore({key}, kAgentOnly);
  }
  reader.Finish();
}

void DecodeServices(DecodeContext* context, ObjectReader* reader, Config* out) {
  const auto single = reader->Objects({"service"});
  if (single.size() > 1) {
    context->Error(single[1]->where,
                   internal::StrFormat("service is given %d times in one file",
                                       single.size()),
                   "one service block, or services blocks");
  }
  // In the order in which Consul registers them.
  for (const Value* service : reader->Objects({"services"})) {
    DecodeService(context, *service, "services", out);
  }
  for (const Value* service : single) {
    DecodeService(context, *service, "service", out);
  }
}

// Checks outside of services: of the node, or of the service they name.
void DecodeChecks(DecodeContext* context, ObjectReader* reader, Config* out) {
  for (const std::string_view key : {"check", "checks"}) {
    for (const Value* block : reader->Objects({key})) {
      out->node_checks.push_back(
          DecodeCheck(context, *block, std::string(key)));
    }
  }
}

}  // namespace

void DecodeAgentConfig(DecodeContext* context, const Value& root, Config* out) {
  ObjectReader reader(context, root, "");
  DecodeDatacenterName(&reader, "datacenter", false, &out->datacenter);
  DecodeDatacenterName(&reader, "primary_datacenter", true,
                       &out->primary_datacenter);
  reader.String({"node_name"}, &out->node_name);
  reader.String({"node_id"}, &out->node_id);
  for (auto& [key, value] : reader.StringMap({"node_meta"})) {
    out->node_meta[key] = value;
  }
  reader.String({"partition"}, &out->node_partition);
  reader.String({"domain"}, &out->domain);
  ReadBindAddress(&reader);
  if (auto lan = ReadAdvertiseAddress(&reader, "advertise_addr",
                                      "Advertise address")) {
    context->advertise_addr = *std::move(lan);
  }
  if (auto wan = ReadAdvertiseAddress(&reader, "advertise_addr_wan",
                                      "Advertise WAN address")) {
    out->node_wan_address = *std::move(wan);
  }
  if (const Member* connect = reader.Get({"connect"})) {
    DecodeConnectBlock(context, connect->value, out);
  }
  if (const Member* ports = reader.Get({"ports"})) DecodePorts(context, *ports);
  DecodeServices(context, &reader, out);
  DecodeChecks(context, &reader, out);
  if (const Member* entries = reader.Get({"config_entries"})) {
    DecodeConfigEntries(context, entries->value, out);
  }
  for (const std::string_view key : kAgentKeys) {
    reader.Ignore({key}, kAgentOnly);
  }
  reader.Finish();
}

}  // namespace meshgw::internal
