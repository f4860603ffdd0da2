#ifndef MESHGW_CLI_CATALOG_FLAGS_H_
#define MESHGW_CLI_CATALOG_FLAGS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "meshgw/catalog.h"

namespace meshgw::cli {

// CatalogFlags are the flags of verbs that read a catalog.
struct CatalogFlags {
  std::string directory;
  std::string datacenter;
  std::string service_id;  // Of the gateway; empty: the only one.
};

// Adds -catalog and -datacenter, and -service-id when `with_gateway`.
void AddCatalogFlags(CLI::App* verb, CatalogFlags* flags, bool with_gateway);

// One line for each thing that is wrong ("error") or without effect ("warn").
using Report = std::function<void(std::string_view level, std::string_view)>;

// ReportTo writes to `stream`, behind "error: " or "warning: ".
Report ReportTo(std::ostream* stream);

// ReportAll reports the warnings and the errors of `found`, a hundred of each
// (ConfigLimits::max_errors), and how many more there are.
void ReportAll(const ConfigDiagnostics& found, const Report& report);

// IsCatalogFolder says whether `path` is a folder of folders, a datacenter
// each. One that holds .hcl or .json files is one agent's, unless its folders
// hold some too: LoadCatalog says then what is wrong.
bool IsCatalogFolder(const std::string& path);

// LoadCatalogOrReport reads the catalog and reports all that is found.
std::optional<Catalog> LoadCatalogOrReport(const std::string& directory,
                                           const Report& report);

// Served is what a gateway of a catalog serves and where it listens.
struct Served {
  std::shared_ptr<const RouteTable> routes;
  std::vector<ListenAddress> listen;
  std::string gateway_id;
  Snapshot snapshot;
};

// LoadServed reads the catalog and makes the routes of one gateway. Where there
// is no gateway definition the routes are made with defaults, unless
// `needs_gateway`; of several one must be named, since their settings may
// differ. Nothing, after reporting, for any mistake.
std::optional<Served> LoadServed(const CatalogFlags& flags, bool needs_gateway,
                                 const Report& report);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CATALOG_FLAGS_H_
