#include "cli/gateway_flags.h"

#include <algorithm>
#include <limits>

#include "cli/command_line.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 40;
// Workers make room for the names of all of theirs at once.
constexpr std::uint64_t kMaxPipes = 1u << 20;
// More than these are refused by the kernel, or cut.
constexpr std::chrono::seconds kMaxKeepalive{32767};
constexpr std::chrono::hours kMaxUserTimeout{596};

void AddBindFlag(CLI::App* verb, GatewayFlags* flags) {
  verb->add_option_function<std::vector<std::string>>(
          "--bind",
          [flags](const std::vector<std::string>& values) {
            for (const std::string& text : values) {
              const std::size_t equals = text.find('=');
              if (equals == std::string::npos || equals == 0) {
                throw CLI::ValidationError(
                    "-bind " + text +
                    ": expected name=ip:port or name=unix:/path");
              }
              const std::string name = text.substr(0, equals);
              for (const auto& [taken, address] : flags->bind) {
                if (taken != name) continue;
                std::string what = "-bind ";
                what.append(text).append(": the name ").append(name);
                throw CLI::ValidationError(
                    what.append(" is taken by ").append(address));
              }
              flags->bind.emplace_back(name, text.substr(equals + 1));
            }
          },
          "Listen here instead of where the definition says; may be repeated "
          "with other names; port 0 takes a free one; name=unix:/path is a "
          "unix socket")
      ->type_name("NAME=IP:PORT")
      ->allow_extra_args(false);
}

// An empty address is none: "-admin-bind ''" turns the default off.
void AddAdminBindFlag(CLI::App* verb, GatewayFlags* flags) {
  verb->add_option_function<std::vector<std::string>>(
          "--admin-bind",
          [flags](const std::vector<std::string>& values) {
            flags->admin_bind_given = true;
            for (const std::string& text : values) {
              if (text.empty()) continue;
              const auto address = internal::ParseListenAddress(text);
              if (!address.ok()) {
                throw CLI::ValidationError(
                    "-admin-bind " + std::string(address.status().message()));
              }
              flags->admin_bind.push_back(text);
            }
          },
          std::string("Answer operators here, ip:port or unix:/path; may be "
                      "repeated; empty: nowhere (default ") +
              kDefaultAdminAddress + " where that can be)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
}

void AddLimitFlags(CLI::App* verb, GatewayFlags* flags) {
  GatewayLimits& limits = flags->options.limits;
  AddCountFlag(verb, "--workers", &flags->options.workers, {0, 1024},
               "Worker threads; 0: one for each CPU");
  AddCountFlag(verb, "--max-connections", &limits.max_connections, {0, kAny},
               "Connections at once; 0: no limit");
  AddCountFlag(verb, "--max-pending-hellos", &limits.max_pending_hellos,
               {1, kAny},
               "Connections of a listener whose hello is not complete");
  AddCountFlag(verb, "--max-connect-attempts", &limits.max_connect_attempts,
               {1, 8}, "Endpoints tried for a connection");
  AddCountFlag(verb, "--max-pipes", &limits.max_pipes, {0, kMaxPipes},
               "Pipes for splice(2), in units of 256 KiB: a pipe of 1 MiB "
               "counts as four; 0: by the kernel's limit");
  AddSizeFlag(verb, "--max-hello-bytes", &limits.hello.max_message_bytes,
              {4096, 131400}, "Longest ClientHello");
  AddSizeFlag(verb, "--max-hello-buffer-bytes", &limits.max_hello_buffer_bytes,
              {1, kMaxMemory}, "Memory for hellos that are not complete");
  AddSizeFlag(verb, "--max-kept-bytes", &limits.max_kept_bytes, {0, kMaxMemory},
              "Memory for bytes that a side does not take; 0: they stay with "
              "the kernel");
  AddDurationFlag(verb, "--hello-timeout", &limits.hello_timeout,
                  "For the whole hello, from accept (default 5s)",
                  {.least = milliseconds(1)});
  AddDurationFlag(verb, "--idle-timeout", &limits.idle_timeout,
                  "Without a byte either way; 0: none (default 1h)");
  AddDurationFlag(verb, "--half-closed-timeout", &limits.half_closed_timeout,
                  "The same after one side's FIN; 0: none (default 5m)");
  AddDurationFlag(verb, "--drain-grace", &flags->drain.grace,
                  "After SIGTERM, to serve as before while load balancers and "
                  "DNS turn away (default 0)");
  AddDurationFlag(verb, "--drain-timeout", &flags->drain.timeout,
                  "After SIGTERM and the grace; 0: close at once (default "
                  "30s)");
}

void AddTcpFlags(CLI::App* verb, GatewayFlags* flags) {
  AddDurationFlag(verb, "--client-keepalive", &flags->client_keepalive,
                  "TCP keepalive of clients: idle time before the first probe; "
                  "whole seconds, else rounded up; 0: none (default 0)",
                  {.most = kMaxKeepalive});
  AddDurationFlag(verb, "--tcp-user-timeout", &flags->options.tcp.user_timeout,
                  "For the acknowledgement of sent bytes; 0: the kernel's "
                  "(default 0)",
                  {.most = kMaxUserTimeout});
  AddDurationFlag(verb, "--tcp-defer-accept", &flags->defer_accept,
                  "Accept clients when their first bytes are here, or after so "
                  "long, whole seconds, else rounded up; 0: at once (default "
                  "0)");
  verb->add_option("--local-congestion-control",
                   flags->options.tcp.local_congestion_control,
                   "For connections with this host, cubic for example")
      ->type_name("NAME");
}

}  // namespace

void AddGatewayFlags(CLI::App* verb, GatewayFlags* flags) {
  AddCatalogFlags(verb, &flags->catalog, true);
  for (const char* name : {"--catalog", "--datacenter"}) {
    verb->get_option(name)->required(false);
  }
  AddConsulFlags(verb, &flags->consul);
  AddBindFlag(verb, flags);
  AddAdminBindFlag(verb, flags);
  verb->add_option("--access-log", flags->access_log,
                   "One JSON object a connection; - is standard output")
      ->type_name("PATH");
  verb->add_option("--log-level", flags->log_level, "debug, info, warn, error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  verb->add_flag("--log-json", flags->log_json,
                 "Program log as JSON, in hclog's form");
  AddLimitFlags(verb, flags);
  AddTcpFlags(verb, flags);
}

namespace {

void FinishSource(const Environment& environment, GatewayFlags* flags) {
  ConsulFlags& consul = flags->consul;
  // What only a Consul agent has a use for; a token may be left over.
  const bool by_flags = NamesConsul(consul) || !consul.http_address.empty() ||
                        consul.lan.has_value() || consul.wan.has_value() ||
                        !consul.bind.empty() || consul.expose_servers ||
                        !consul.node_name.empty() || !consul.last_good.empty();
  if (!flags->catalog.directory.empty()) {
    if (by_flags) {
      throw CLI::ValidationError(
          "-catalog serves files, other flags follow a Consul agent; expected "
          "one of both");
    }
    if (flags->catalog.datacenter.empty()) {
      throw CLI::RequiredError("--datacenter");
    }
    return;
  }
  consul.proxy_id = flags->catalog.service_id;
  FinishConsulFlags(environment, &consul);
  if (!NamesConsul(consul)) {
    throw CLI::ValidationError(
        "what to serve is missing; expected -catalog DIR -datacenter NAME for "
        "files, or -register, -gateway=mesh or -proxy-id ID for a Consul "
        "agent");
  }
}

}  // namespace

// What is told in whole seconds to the kernel.
void FinishGatewayFlags(const Environment& environment, GatewayFlags* flags) {
  FinishSource(environment, flags);
  using std::chrono::ceil;
  using std::chrono::seconds;
  TcpOptions& tcp = flags->options.tcp;
  tcp.defer_accept = ceil<seconds>(flags->defer_accept);
  tcp.client_keepalive.enabled = flags->client_keepalive.count() > 0;
  tcp.client_keepalive.time = ceil<seconds>(flags->client_keepalive);
}

}  // namespace meshgw::cli
