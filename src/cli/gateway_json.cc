#include "cli/gateway_json.h"

#include <chrono>
#include <string>
#include <utility>

#include "cli/json.h"

namespace meshgw::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

boost::json::object SourceJson(const SourceStatus& source) {
  boost::json::value path;
  if (!source.path.empty()) path = JsonText(source.path);
  boost::json::object out{{"kind", source.kind}, {"path", std::move(path)}};
  boost::json::value server;
  boost::json::value connected;
  boost::json::value age;
  if (source.control_plane.has_value()) {
    server = JsonText(source.control_plane->server);
    connected = source.control_plane->connected;
    const auto& told = source.control_plane->age;
    if (told.has_value()) age = told->count();
  }
  out["server"] = std::move(server);
  out["connected"] = std::move(connected);
  out["age_ms"] = std::move(age);
  return out;
}

boost::json::array AddressesJson(const ListenList& list) {
  boost::json::array out;
  for (const auto& [name, address] : list) {
    out.push_back(boost::json::object{{"name", JsonText(name)},
                                      {"address", JsonText(address)}});
  }
  return out;
}

std::string_view StateName(const ProgramState& state) {
  if (state.draining) return "draining";
  return state.ready ? "ready" : "starting";
}

boost::json::object LimitsJson(const GatewayOptions& options) {
  const GatewayLimits& limits = options.limits;
  return {{"workers", options.workers},
          {"max_connections", limits.max_connections},
          {"max_pending_hellos", limits.max_pending_hellos},
          {"max_hello_bytes", limits.hello.max_message_bytes},
          {"max_hello_buffer_bytes", limits.max_hello_buffer_bytes},
          {"max_connect_attempts", limits.max_connect_attempts},
          {"max_pipes", limits.max_pipes},
          {"max_kept_bytes", limits.max_kept_bytes},
          {"hello_timeout_ms", limits.hello_timeout.count()},
          {"idle_timeout_ms", limits.idle_timeout.count()},
          {"half_closed_timeout_ms", limits.half_closed_timeout.count()}};
}

}  // namespace

boost::json::object ConnectionJson(const LiveConnection& connection) {
  return {{"conn_id", connection.id},
          {"listener", JsonText(connection.listener)},
          {"src", JsonText(connection.source)},
          {"sni", JsonText(connection.server_name)},
          {"cluster", JsonText(connection.cluster)},
          {"service", JsonText(connection.service)},
          {"datacenter", JsonText(connection.datacenter)},
          {"endpoint", JsonText(connection.endpoint)},
          {"age_ms", duration_cast<milliseconds>(connection.age).count()},
          {"bytes_in", connection.bytes_in},
          {"bytes_out", connection.bytes_out}};
}

boost::json::object FlagsJson(const GatewayFlags& flags,
                              std::string_view log_level,
                              const SourceStatus& source) {
  boost::json::array admin;
  for (const std::string& address : flags.admin_bind) {
    admin.push_back(JsonText(address));
  }
  const TcpOptions& tcp = flags.options.tcp;
  return {{"source", SourceJson(source)},
          {"datacenter", JsonText(flags.catalog.datacenter)},
          {"service_id", JsonText(flags.catalog.service_id)},
          {"bind", AddressesJson(flags.bind)},
          {"admin_bind", std::move(admin)},
          {"access_log", JsonText(flags.access_log)},
          {"log_level", std::string(log_level)},
          {"log_json", flags.log_json},
          {"limits", LimitsJson(flags.options)},
          {"drain_grace_ms", flags.drain.grace.count()},
          {"drain_timeout_ms", flags.drain.timeout.count()},
          {"client_keepalive_s", tcp.client_keepalive.time.count()},
          {"tcp_user_timeout_ms", tcp.user_timeout.count()},
          {"tcp_defer_accept_s", tcp.defer_accept.count()},
          {"local_congestion_control", JsonText(tcp.local_congestion_control)}};
}

boost::json::object StatusJson(const StatusInput& input) {
  const ProgramState& state = *input.state;
  const ConfigStatus config = state.config();
  const auto uptime = std::chrono::steady_clock::now() - state.steady_start;
  boost::json::value last_success;
  if (config.applied > 0) last_success = Timestamp(config.last_success);
  boost::json::array errors;
  for (const LoggedError& error : input.errors) {
    errors.push_back(boost::json::object{{"time", Timestamp(error.time)},
                                         {"message", JsonText(error.message)}});
  }
  std::size_t routes = 0;
  std::size_t clusters = 0;
  if (input.routes != nullptr) {
    routes = input.routes->routes().size();
    clusters = input.routes->clusters().size();
  }
  return {{"version", MESHGW_VERSION},
          {"state", std::string(StateName(state))},
          {"uptime_s", duration_cast<std::chrono::seconds>(uptime).count()},
          {"listeners", AddressesJson(state.listening())},
          {"connections",
           {{"active", input.stats.active},
            {"accepted", input.stats.accepted},
            {"pending_hellos", input.stats.pending_hellos}}},
          {"bytes",
           {{"in", input.stats.bytes_in},
            {"out", input.stats.bytes_out},
            {"spliced", input.stats.spliced_bytes}}},
          {"routes", routes},
          {"clusters", clusters},
          {"source", SourceJson(input.source)},
          {"config",
           {{"applied", config.applied},
            {"refused", config.refused},
            {"last_success", std::move(last_success)}}},
          {"reloads",
           {{"started", state.reloads_started.load()},
            {"finished", state.reloads_finished.load()}}},
          {"errors", std::move(errors)}};
}

}  // namespace meshgw::cli
