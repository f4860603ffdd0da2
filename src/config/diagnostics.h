#ifndef MESHGW_CONFIG_DIAGNOSTICS_H_
#define MESHGW_CONFIG_DIAGNOSTICS_H_

#include "absl/status/status.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// StatusOf is OK when there is no error, shown or not; else InvalidArgument
// with the first one shown and how many more there are.
absl::Status StatusOf(const ConfigDiagnostics& diagnostics);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_DIAGNOSTICS_H_
