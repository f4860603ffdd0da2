#include "error.h"

#include <new>

#include "base/system_error.h"
#include "boundary.h"

namespace meshgw::capi {
namespace {

// What stands in when there is no memory for an error. Never freed.
meshgw_error* NoMemoryError() {
  static meshgw_error error(MESHGW_ERR_NO_MEMORY, "out of memory", 0);
  return &error;
}

}  // namespace

meshgw_status StatusOf(absl::StatusCode code) noexcept {
  if (code == absl::StatusCode::kOk) return MESHGW_OK;
  return 16 + static_cast<meshgw_status>(code);
}

meshgw_status FailNoMemory(meshgw_error** err) noexcept {
  if (err != nullptr) *err = NoMemoryError();
  return MESHGW_ERR_NO_MEMORY;
}

meshgw_status Fail(meshgw_error** err, meshgw_status status,
                   std::string_view message, int error) noexcept {
  if (err == nullptr) return status;
  try {
    *err = new meshgw_error(status, message, error);
    return status;
  } catch (...) {
    return FailNoMemory(err);
  }
}

meshgw_status Fail(meshgw_error** err, const absl::Status& status) noexcept {
  return Fail(
      err, StatusOf(status.code()),
      std::string_view(status.message().data(), status.message().size()),
      internal::ErrnoOf(status));
}

meshgw_status Fail(meshgw_error** err, const absl::Status& status,
                   const ConfigDiagnostics& diagnostics) noexcept {
  const meshgw_status code = Fail(err, status);
  if (err == nullptr || *err == NoMemoryError()) return code;
  try {
    (*err)->details = diagnostics.errors;
    return code;
  } catch (...) {
    delete *err;
    return FailNoMemory(err);
  }
}

meshgw_status DetailAt(const std::vector<ConfigError>& errors,
                       std::size_t index, meshgw_error_detail* out) {
  if (index >= errors.size()) return MESHGW_ERR_NOT_FOUND;
  const ConfigError& error = errors[index];
  meshgw_error_detail detail = {};
  detail.file = View(error.where.file);
  detail.line = static_cast<std::uint32_t>(error.where.line);
  detail.column = static_cast<std::uint32_t>(error.where.column);
  detail.what = View(error.what);
  detail.expected = View(error.expected);
  return WriteStruct(detail, out);
}

}  // namespace meshgw::capi

using meshgw::capi::Usable;
using meshgw::capi::View;

const char* meshgw_version(void) { return MESHGW_VERSION; }

const char* meshgw_status_name(meshgw_status status) {
  switch (status) {
    case MESHGW_OK:
      return "ok";
    case MESHGW_NEED_MORE:
      return "need_more";
    case MESHGW_ERR_NOT_TLS:
      return "not_tls";
    case MESHGW_ERR_MALFORMED:
      return "malformed";
    case MESHGW_ERR_TOO_LARGE:
      return "too_large";
    case MESHGW_ERR_SSLV2:
      return "sslv2";
    case MESHGW_ERR_TOO_MANY_RECORDS:
      return "too_many_records";
    case MESHGW_ERR_INVALID_ARGUMENT:
      return "invalid_argument";
    case MESHGW_ERR_NOT_FOUND:
      return "not_found";
    case MESHGW_ERR_ALREADY_EXISTS:
      return "already_exists";
    case MESHGW_ERR_PERMISSION_DENIED:
      return "permission_denied";
    case MESHGW_ERR_RESOURCE_EXHAUSTED:
      return "resource_exhausted";
    case MESHGW_ERR_FAILED_PRECONDITION:
      return "failed_precondition";
    case MESHGW_ERR_INTERNAL:
      return "internal";
    case MESHGW_ERR_UNAVAILABLE:
      return "unavailable";
    case MESHGW_ERR_NO_MEMORY:
      return "no_memory";
    default:
      return "unknown";
  }
}

meshgw_str meshgw_string_view(const meshgw_string* string) {
  return Usable(string) ? View(string->text) : meshgw_str{};
}
void meshgw_string_free(meshgw_string* string) {
  meshgw::capi::Release(string);
}

meshgw_status meshgw_error_status(const meshgw_error* error) {
  return Usable(error) ? error->status : MESHGW_OK;
}
meshgw_str meshgw_error_message(const meshgw_error* error) {
  return Usable(error) ? View(error->message) : meshgw_str{};
}
int32_t meshgw_error_errno(const meshgw_error* error) {
  return Usable(error) ? error->error : 0;
}
size_t meshgw_error_detail_count(const meshgw_error* error) {
  return Usable(error) ? error->details.size() : 0;
}
meshgw_status meshgw_error_detail_at(const meshgw_error* error, size_t index,
                                     meshgw_error_detail* out) {
  if (!Usable(error)) return MESHGW_ERR_INVALID_ARGUMENT;
  return meshgw::capi::DetailAt(error->details, index, out);
}
void meshgw_error_free(meshgw_error* error) {
  if (!Usable(error) || error->status == MESHGW_ERR_NO_MEMORY) return;
  meshgw::capi::Release(error);
}
