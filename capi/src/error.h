#ifndef MESHGW_CAPI_ERROR_H_
#define MESHGW_CAPI_ERROR_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "handle.h"
#include "meshgw.h"
#include "meshgw/config.h"

// The objects that carry text over the boundary.
struct meshgw_string : meshgw::capi::Handle {
  meshgw_string() = default;
  explicit meshgw_string(std::string made) : text(std::move(made)) {}

  std::string text;
};

struct meshgw_error : meshgw::capi::Handle {
  meshgw_error(meshgw_status code, std::string_view text, int number)
      : status(code), error(number), message(text) {}

  const meshgw_status status;
  const int error;  // errno
  const std::string message;
  std::vector<meshgw::ConfigError> details;
};

namespace meshgw::capi {

inline meshgw_str View(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view View(meshgw_str text) {
  // The pointer of an empty slice may have any value.
  return text.len == 0 ? std::string_view()
                       : std::string_view(text.data, text.len);
}

// Status 16 + the canonical code.
meshgw_status StatusOf(absl::StatusCode code) noexcept;

// Each writes `*err` (nullable) and returns the status. Without memory for a
// message the error is a static one.
meshgw_status Fail(meshgw_error** err, meshgw_status status,
                   std::string_view message, int error = 0) noexcept;
meshgw_status Fail(meshgw_error** err, const absl::Status& status) noexcept;
meshgw_status Fail(meshgw_error** err, const absl::Status& status,
                   const ConfigDiagnostics& diagnostics) noexcept;
meshgw_status FailNoMemory(meshgw_error** err) noexcept;

// DetailAt writes one of `errors` to `*out`, which is of the caller's size.
// MESHGW_ERR_NOT_FOUND: no such index.
meshgw_status DetailAt(const std::vector<ConfigError>& errors,
                       std::size_t index, meshgw_error_detail* out);

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_ERROR_H_
