#include "base/system_error.h"

#include <cstdlib>
#include <string>

#include "absl/strings/cord.h"

namespace meshgw::internal {
namespace {
constexpr char kErrnoPayload[] = "meshgw/errno";
}  // namespace

absl::Status SystemError(absl::StatusCode code, int error,
                         std::string_view message) {
  absl::Status status(code, {message.data(), message.size()});
  status.SetPayload(kErrnoPayload, absl::Cord(std::to_string(error)));
  return status;
}

int ErrnoOf(const absl::Status& status) noexcept {
  const auto payload = status.GetPayload(kErrnoPayload);
  return payload.has_value() ? std::atoi(std::string(*payload).c_str()) : 0;
}

}  // namespace meshgw::internal
