#include <iostream>

#include "cli/admin_client.h"
#include "cli/admin_flags.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/explain_mode.h"
#include "cli/json.h"
#include "cli/sni_answer.h"
#include "transport/percent_encoding.h"

namespace meshgw::cli {
namespace {

struct SniFlags {
  CatalogFlags catalog;
  std::string admin;
  std::string name;
  std::string output = "text";
};

int ExplainSniVerb(const SniFlags& flags) {
  boost::json::object answer;
  if (AsksGateway(flags.catalog)) {
    auto told = FetchObject(
        flags.admin, "/v1/explain/sni/" + internal::PercentEncode(flags.name));
    if (!told.ok()) return ReportAdminError(told.status());
    answer = *std::move(told);
  } else {
    const auto served = LoadServed(flags.catalog, false, ReportTo(&std::cerr));
    if (!served.has_value()) return kExitUsage;
    answer = SniAnswer(served->routes, &served->snapshot, flags.name);
  }
  if (flags.output == "json") {
    PrintLine(answer);
  } else {
    PrintSniAnswer(answer);
  }
  return TextAt(answer, "result") == "ok" ? kExitOk : kExitNoRoute;
}

}  // namespace

void AddExplainVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("explain", "Say what is decided and why");
  verb->require_subcommand(1);

  AddExplainMode(verb, exit_code);

  auto* sni = verb->add_subcommand(
      "sni",
      "Where a gateway sends a server name; exit 5 where it would close");
  auto sni_flags = std::make_shared<SniFlags>();
  AddCatalogFlags(sni, &sni_flags->catalog, true);
  AddAdminInsteadOfCatalog(sni, &sni_flags->admin);
  sni->add_option("NAME", sni_flags->name, "The server name")->required();
  AddOutputFlag(sni, &sni_flags->output);
  sni->footer(
      "Without -catalog a running gateway is asked.\n"
      "Example: meshgw explain sni -catalog catalog -datacenter dc1 "
      "api.default.dc2.internal.<cluster id>.consul");
  sni->callback([=] { *exit_code = ExplainSniVerb(*sni_flags); });
}

}  // namespace meshgw::cli
