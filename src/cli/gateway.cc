#include "meshgw/gateway.h"

#include <memory>

#include "cli/catalog_source.h"
#include "cli/command_line.h"
#include "cli/gateway_flags.h"
#include "cli/gateway_program.h"

namespace meshgw::cli {

void AddGatewayVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("gateway", "Run a mesh gateway from files");
  auto flags = std::make_shared<GatewayFlags>();
  AddGatewayFlags(verb, flags.get());
  verb->footer(
      "Signals: HUP reloads, TERM drains, a second TERM or INT stops at once, "
      "USR1 reopens logs.\n"
      "Example: meshgw gateway -catalog /etc/meshgw/catalog -datacenter dc1");
  verb->callback([=] {
    FinishGatewayFlags(flags.get());
    GatewayProgram program(*flags);
    CatalogSource source(&program);
    *exit_code = program.Run(&source);
  });
}

}  // namespace meshgw::cli
