#include "config/diagnostics.h"

#include <string>
#include <utility>

#include "base/str_format.h"

namespace meshgw {

std::string ConfigError::Format() const {
  std::string out = where.file;
  if (where.line > 0) {
    out += internal::StrFormat(":%d:%d", where.line, where.column);
  }
  if (!out.empty()) out += ": ";
  out += what;
  if (!expected.empty()) {
    out += expected.starts_with("did you mean") ? "; " : "; expected ";
    out += expected;
  }
  return out;
}

std::string ConfigDiagnostics::Format() const {
  std::string out;
  for (const ConfigError& error : errors) out += error.Format() + "\n";
  if (errors_not_shown > 0) {
    out += internal::StrFormat("and %d more errors\n", errors_not_shown);
  }
  return out;
}

namespace internal {

void AddBounded(std::vector<ConfigError>* list, std::size_t* not_shown,
                ConfigError error, std::size_t most) {
  if (list->size() >= most) {
    ++*not_shown;
  } else {
    list->push_back(std::move(error));
  }
}

absl::Status StatusOf(const ConfigDiagnostics& diagnostics,
                      const absl::Status& unread) {
  const std::size_t count =
      diagnostics.errors.size() + diagnostics.errors_not_shown;
  if (count == 0) return absl::OkStatus();
  if (count == 1 && !unread.ok()) return unread;
  if (diagnostics.errors.empty()) {
    return absl::InvalidArgumentError(
        internal::StrFormat("the configuration has %d errors", count));
  }
  std::string message = diagnostics.errors[0].Format();
  if (count > 1)
    message += internal::StrFormat(" (and %d more errors)", count - 1);
  return absl::InvalidArgumentError(message);
}

}  // namespace internal
}  // namespace meshgw
