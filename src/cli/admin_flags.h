#ifndef MESHGW_CLI_ADMIN_FLAGS_H_
#define MESHGW_CLI_ADMIN_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "cli/catalog_flags.h"

namespace meshgw::cli {

// AddAdminFlag adds -admin: where a running gateway answers.
CLI::Option* AddAdminFlag(CLI::App* verb, std::string* address);

// AddAdminInsteadOfCatalog adds it to a verb that has the flags of a catalog,
// and takes either.
void AddAdminInsteadOfCatalog(CLI::App* verb, std::string* address);

// AsksGateway says, once flags are parsed, which of them it is. Throws
// CLI::RequiredError for a catalog without a datacenter.
bool AsksGateway(const CatalogFlags& catalog);

// ReportAdminError tells on standard error what AskAdmin came to; returns the
// exit code.
int ReportAdminError(const absl::Status& status);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ADMIN_FLAGS_H_
