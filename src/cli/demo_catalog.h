#ifndef MESHGW_CLI_DEMO_CATALOG_H_
#define MESHGW_CLI_DEMO_CATALOG_H_

#include <optional>
#include <string>
#include <vector>

#include "meshgw/catalog.h"
#include "meshgw/config.h"

namespace meshgw::cli {

// DemoCatalogFiles returns the files of examples/two-datacenters as they were
// when the program was built; names are "<datacenter>/<file>".
const std::vector<ConfigFile>& DemoCatalogFiles();

// MakeDemoCatalog parses them. Ports that are taken on this machine are
// replaced by free ones, each with a line in `*notes`. Nothing, with the reason
// in `*error`, when an address cannot be bound at all.
std::optional<Catalog> MakeDemoCatalog(std::vector<std::string>* notes,
                                       std::string* error);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_DEMO_CATALOG_H_
