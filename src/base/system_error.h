#ifndef MESHGW_BASE_SYSTEM_ERROR_H_
#define MESHGW_BASE_SYSTEM_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace meshgw::internal {

// SystemError is a status of `code` behind which stands the errno `error`:
// ErrnoOf gives it back. The message should have its text.
absl::Status SystemError(absl::StatusCode code, int error,
                         std::string_view message);

// FileError is the status of the errno `error` that came of the file or folder
// at `path`: NotFound, PermissionDenied or Unavailable.
absl::Status FileError(std::string_view path, int error);

// ErrnoOf returns 0 for a status that no system call is behind.
int ErrnoOf(const absl::Status& status) noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_SYSTEM_ERROR_H_
