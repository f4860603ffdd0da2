#include "base/system_error.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
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

absl::Status FileError(std::string_view path, int error) {
  const std::string message = std::string(path) + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) {
    return SystemError(absl::StatusCode::kNotFound, error, message);
  }
  if (error == EACCES || error == EPERM) {
    return SystemError(absl::StatusCode::kPermissionDenied, error, message);
  }
  return SystemError(absl::StatusCode::kUnavailable, error, message);
}

int ErrnoOf(const absl::Status& status) noexcept {
  const auto payload = status.GetPayload(kErrnoPayload);
  if (!payload.has_value()) return 0;
  const std::string text(*payload);
  return static_cast<int>(std::strtol(text.c_str(), nullptr, 10));
}

}  // namespace meshgw::internal
