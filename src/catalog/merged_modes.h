#ifndef MESHGW_CATALOG_MERGED_MODES_H_
#define MESHGW_CATALOG_MERGED_MODES_H_

#include "meshgw/config.h"

namespace meshgw::internal {

// UndoModeMerge clears the modes of `proxy` and of its upstreams that come from
// the entries of `config`. A live agent writes them into the definition where
// that is silent, and the catalog has only the outcome. Which layer set a mode
// cannot always be told: of a layer that says what lower ones say too, the
// lower one is taken. The mode that wins stays the same. A definition that is
// not merged stays as it is. Source: Consul
// agent/configentry/merge_service_config.go, resolve.go.
void UndoModeMerge(const Config& config, ServiceDefinition* proxy);

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_MERGED_MODES_H_
