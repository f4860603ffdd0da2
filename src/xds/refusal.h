#ifndef MESHGW_XDS_REFUSAL_H_
#define MESHGW_XDS_REFUSAL_H_

#include <string_view>

#include "absl/status/status.h"
#include "base/str_format.h"

namespace meshgw::internal {

// Refusal is why a resource is not taken: InvalidArgument with "place: what".
// `place`: a path of fields, e.g. "endpoints[0].priority".
inline absl::Status Refusal(std::string_view place, std::string_view what) {
  return absl::InvalidArgumentError(StrFormat("%s: %s", place, what));
}

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_REFUSAL_H_
