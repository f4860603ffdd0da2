#ifndef MESHGW_CONFIG_DIAGNOSTICS_H_
#define MESHGW_CONFIG_DIAGNOSTICS_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// AddBounded adds `error` to one of the lists of a ConfigDiagnostics, or counts
// it as not shown when there are `most`.
void AddBounded(std::vector<ConfigError>* list, std::size_t* not_shown,
                ConfigError error,
                std::size_t most = ConfigLimits().max_errors);

// StatusOf is OK when there is no error, shown or not; else InvalidArgument
// with the first one shown and how many more there are. Where the only error is
// that of a file that could not be read, `unread` (else OK) is the status.
absl::Status StatusOf(const ConfigDiagnostics& diagnostics,
                      const absl::Status& unread = absl::OkStatus());

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_DIAGNOSTICS_H_
