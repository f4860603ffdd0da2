#ifndef MESHGW_XDS_READ_DURATION_H_
#define MESHGW_XDS_READ_DURATION_H_

#include <chrono>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/str_format.h"
#include "wire/well_known_types.pb.h"

namespace meshgw::internal {

// ReadDuration returns `duration` in milliseconds, rounded up. InvalidArgument
// that begins with `place` when it is negative, longer than a year (no time-out
// of a connection is), or has nanoseconds outside 0..999,999,999.
inline absl::StatusOr<std::chrono::milliseconds> ReadDuration(
    const wire::Duration& duration, std::string_view place) {
  constexpr std::int64_t kYear = std::int64_t{365} * 86400;
  if (duration.seconds() < 0 || duration.seconds() > kYear ||
      duration.nanos() < 0 || duration.nanos() > 999'999'999) {
    return absl::InvalidArgumentError(
        StrFormat("%s: expected 0 s to %d s", place, kYear));
  }
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::chrono::seconds(duration.seconds()) +
      std::chrono::nanoseconds(duration.nanos()));
}

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_READ_DURATION_H_
