#ifndef MESHGW_CLI_CONSUL_FLAGS_H_
#define MESHGW_CLI_CONSUL_FLAGS_H_

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "consul/registration.h"
#include "consul/token_source.h"
#include "transport/server_address.h"
#include "transport/tls_settings.h"

namespace meshgw::cli {

// ConsulFlags say how a Consul agent is reached, and what is registered there:
// the flags of `consul connect envoy -gateway=mesh` and Consul's environment
// variables. A flag counts before a variable.
struct ConsulFlags {
  std::string http_address;
  // The agent's HTTP API is used: it was named, or something must be asked. A
  // control plane that is no Consul has none.
  bool uses_http = true;
  std::string grpc_address;  // Empty: what the agent says of itself.
  std::string token;
  std::string token_file;
  internal::TlsSettings tls;
  std::string grpc_ca_file;
  std::string grpc_ca_path;
  std::string name_space;
  std::string partition;
  std::string node_name;
  // What is registered or adopted.
  bool is_register = false;
  std::string proxy_id;
  std::string service;
  std::optional<internal::GatewayAddress> lan;
  std::optional<internal::GatewayAddress> wan;
  std::map<std::string, internal::GatewayAddress> bind;
  bool expose_servers = false;
  std::string deregister_after_critical = "6h";
  bool is_gateway = false;  // -gateway=mesh or -mesh-gateway.
  std::string last_good;
  std::chrono::milliseconds start_timeout{60000};
};

// Environment returns the value of a variable; null: it is not set.
using Environment = std::function<const char*(const char* name)>;

// AddConsulFlags adds them to `verb`. Flags of Consul's command that are of no
// use here are taken without effect, or refused with what to do instead.
void AddConsulFlags(CLI::App* verb, ConsulFlags* flags);

// AddAgentInsteadOfCatalog lets a verb ask an agent's HTTP API where -catalog
// is not given: it adds the flags of AddConsulFlags that say how.
void AddAgentInsteadOfCatalog(CLI::App* verb, ConsulFlags* flags);

// FinishConsulFlags takes what the flags left open from the environment, and
// checks how they go together. Throws CLI::ValidationError.
void FinishConsulFlags(const Environment& environment, ConsulFlags* flags);

// NamesConsul says whether any of the flags that say to follow a Consul agent
// was given.
bool NamesConsul(const ConsulFlags& flags);

// ParseGatewayAddress reads what -address takes, in Consul's way: "ip",
// "ip:port" or "name:port"; without a port 8443. InvalidArgument has Consul's
// text where it has one.
absl::StatusOr<internal::GatewayAddress> ParseGatewayAddress(
    const std::string& text);

// ParseGoBool reads a boolean as Go's strconv.ParseBool does.
std::optional<bool> ParseGoBool(std::string_view text);

// Definition is what -register registers.
internal::GatewayDefinition Definition(const ConsulFlags& flags);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CONSUL_FLAGS_H_
