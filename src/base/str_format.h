#ifndef MESHGW_BASE_STR_FORMAT_H_
#define MESHGW_BASE_STR_FORMAT_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_format.h"

namespace meshgw::internal {

// StrFormat is absl::StrFormat that throws std::bad_alloc where that one ends
// the process: it appends to its string in a destructor. Here the length is
// found first, without allocating.
template <typename... Args>
std::string StrFormat(const absl::FormatSpec<Args...>& format,
                      const Args&... args) {
  char nothing[1];
  const int size = absl::SNPrintF(nothing, sizeof(nothing), format, args...);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  absl::SNPrintF(text.data(), text.size(), format, args...);
  text.pop_back();  // The NUL.
  return text;
}

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_STR_FORMAT_H_
