#ifndef MESHGW_CLI_GATEWAY_FLAGS_H_
#define MESHGW_CLI_GATEWAY_FLAGS_H_

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/catalog_flags.h"
#include "cli/consul_flags.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// GatewayFlags are the flags of `meshgw gateway`.
struct GatewayFlags {
  // Where the routes come from: a catalog if its folder is given, else Consul.
  CatalogFlags catalog;
  ConsulFlags consul;
  // Name and address of each -bind; empty: as the definition says.
  std::vector<std::pair<std::string, std::string>> bind;
  GatewayOptions options;
  std::chrono::milliseconds client_keepalive{0};
  std::chrono::milliseconds defer_accept{0};
  DrainOptions drain;
  // Where operators are answered; without the flag the default, if it can be.
  std::vector<std::string> admin_bind;
  bool admin_bind_given = false;
  std::string access_log;
  std::string log_level = "info";
  bool log_json = false;
};

// Where operators find a gateway.
inline constexpr const char* kDefaultAdminFolder = "/run/meshgw";
inline constexpr const char* kDefaultAdminAddress =
    "unix:/run/meshgw/admin.sock";

// AddGatewayFlags adds them to `verb`; parsing fills `*flags`.
void AddGatewayFlags(CLI::App* verb, GatewayFlags* flags);

// FinishGatewayFlags sets the options that follow from others and from the
// environment, after parsing. Throws CLI::ValidationError.
void FinishGatewayFlags(const Environment& environment, GatewayFlags* flags);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_GATEWAY_FLAGS_H_
