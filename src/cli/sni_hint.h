#ifndef MESHGW_CLI_SNI_HINT_H_
#define MESHGW_CLI_SNI_HINT_H_

#include <string>
#include <string_view>

#include "meshgw/catalog.h"

namespace meshgw::cli {

// SniHint says what about a server name is at odds with what a gateway knows:
// the trust domain, the datacenter, the service or the subset, with what there
// is instead. For people: names are parsed, not looked up (see MeshName). Empty
// when nothing is.
std::string SniHint(std::string_view server_name, const Snapshot& snapshot);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_SNI_HINT_H_
