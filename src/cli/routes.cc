#include <iostream>

#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

void PrintText(const RouteTable& table) {
  for (const Route& route : table.routes()) {
    const Cluster& cluster = *table.FindCluster(route.cluster);
    std::cout << EscapeText(route.match) << "\n  " << RouteKindName(route.kind)
              << ", " << ClusterKindName(cluster.kind)
              << (cluster.service.empty() ? ""
                                          : " " + EscapeText(cluster.service))
              << " in " << EscapeText(cluster.datacenter) << " ("
              << EscapeText(route.origin) << ")\n";
    for (const Endpoint& endpoint : cluster.endpoints) {
      std::cout << "  " << EscapeText(endpoint.address) << " port "
                << endpoint.port << ", weight " << endpoint.weight << ", "
                << EndpointHealthName(endpoint.health) << '\n';
    }
    if (cluster.endpoints.empty()) std::cout << "  no endpoints\n";
  }
}

void PrintJson(const RouteTable& table) {
  for (const Route& route : table.routes()) {
    const Cluster& cluster = *table.FindCluster(route.cluster);
    boost::json::array endpoints;
    for (const Endpoint& endpoint : cluster.endpoints) {
      endpoints.push_back(EndpointJson(endpoint));
    }
    PrintLine(
        boost::json::object{{"match", JsonText(route.match)},
                            {"kind", std::string(RouteKindName(route.kind))},
                            {"service", JsonText(cluster.service)},
                            {"datacenter", JsonText(cluster.datacenter)},
                            {"endpoints", std::move(endpoints)}});
  }
}

}  // namespace

void AddRoutesVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "routes", "Print the table that a gateway would serve");
  auto flags = std::make_shared<CatalogFlags>();
  auto output = std::make_shared<std::string>("text");
  AddCatalogFlags(verb, flags.get(), true);
  AddOutputFlag(verb, output.get());
  verb->footer("Example: meshgw routes -catalog catalog -datacenter dc1");
  verb->callback([=] {
    const auto served = LoadServed(*flags, false, ReportTo(&std::cerr));
    *exit_code = served.has_value() ? kExitOk : kExitUsage;
    if (!served.has_value()) return;
    if (*output == "json") {
      PrintJson(*served->routes);
    } else {
      PrintText(*served->routes);
    }
  });
}

}  // namespace meshgw::cli
