#include "meshgw/gateway.h"

#include <cstdlib>
#include <memory>

#include "cli/catalog_source.h"
#include "cli/command_line.h"
#include "cli/gateway_flags.h"
#include "cli/gateway_program.h"
#include "cli/live_source.h"

namespace meshgw::cli {
namespace {

int RunGateway(const GatewayFlags& flags) {
  GatewayProgram program(flags);
  if (!flags.catalog.directory.empty()) {
    CatalogSource source(&program);
    return program.Run(&source);
  }
  LiveSource source(&program);
  return program.Run(&source);
}

}  // namespace

void AddGatewayVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "gateway", "Run a mesh gateway from files or a Consul agent");
  auto flags = std::make_shared<GatewayFlags>();
  AddGatewayFlags(verb, flags.get());
  verb->footer(
      "Signals: HUP reloads, TERM drains, a second TERM or INT stops at once, "
      "USR1 reopens logs.\n"
      "Examples: meshgw gateway -catalog /etc/meshgw/catalog -datacenter dc1\n"
      "          meshgw gateway -register -address 10.0.0.5:8443 -wan-address "
      "203.0.113.5:8443");
  verb->callback([=] {
    FinishGatewayFlags([](const char* name) { return std::getenv(name); },
                       flags.get());
    *exit_code = RunGateway(*flags);
  });
}

}  // namespace meshgw::cli
