#include <iostream>

#include "cli/admin_client.h"
#include "cli/admin_flags.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "cli/route_listing.h"

namespace meshgw::cli {
namespace {

struct RoutesFlags {
  CatalogFlags catalog;
  std::string admin;
  std::string output = "text";
};

int RoutesVerb(const RoutesFlags& flags) {
  const auto print = [&flags](const boost::json::object& route) {
    if (flags.output == "json") {
      PrintLine(route);
    } else {
      PrintRoute(route);
    }
  };
  if (AsksGateway(flags.catalog)) {
    const auto told = FetchLines(flags.admin, "/v1/routes");
    if (!told.ok()) return ReportAdminError(told.status());
    for (const boost::json::object& route : *told) print(route);
    return kExitOk;
  }
  const auto served = LoadServed(flags.catalog, false, ReportTo(&std::cerr));
  if (!served.has_value()) return kExitUsage;
  for (const Route& route : served->routes->routes()) {
    print(RouteJson(*served->routes, route));
  }
  return kExitOk;
}

}  // namespace

void AddRoutesVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "routes",
      "Print the table that a gateway would serve, or that a running one does");
  auto flags = std::make_shared<RoutesFlags>();
  AddCatalogFlags(verb, &flags->catalog, true);
  AddAdminInsteadOfCatalog(verb, &flags->admin);
  AddOutputFlag(verb, &flags->output);
  verb->footer(
      "Without -catalog a running gateway is asked.\n"
      "Example: meshgw routes -catalog catalog -datacenter dc1");
  verb->callback([=] { *exit_code = RoutesVerb(*flags); });
}

}  // namespace meshgw::cli
