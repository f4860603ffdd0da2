#include "cli/admin_flags.h"

#include <iostream>

#include "cli/command_line.h"
#include "cli/gateway_flags.h"
#include "cli/json.h"

namespace meshgw::cli {

CLI::Option* AddAdminFlag(CLI::App* verb, std::string* address) {
  *address = kDefaultAdminAddress;
  return verb
      ->add_option("--admin", *address,
                   "Where the gateway answers operators: ip:port or unix:/path")
      ->type_name("ADDRESS")
      ->capture_default_str();
}

void AddAdminInsteadOfCatalog(CLI::App* verb, std::string* address) {
  CLI::Option* catalog = verb->get_option("--catalog");
  catalog->required(false);
  for (const char* name : {"--datacenter", "--service-id"}) {
    verb->get_option(name)->required(false)->needs(catalog);
  }
  AddAdminFlag(verb, address)->excludes(catalog);
}

bool AsksGateway(const CatalogFlags& catalog) {
  if (catalog.directory.empty()) return true;
  if (catalog.datacenter.empty()) throw CLI::RequiredError("--datacenter");
  return false;
}

int ReportAdminError(const absl::Status& status) {
  std::cerr << "error: " << EscapeText(std::string(status.message())) << '\n';
  if (absl::IsInvalidArgument(status)) return kExitUsage;
  return absl::IsPermissionDenied(status) ? kExitCannotBind : kExitFailed;
}

}  // namespace meshgw::cli
