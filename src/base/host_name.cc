#include "base/host_name.h"

#include "base/ascii.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxLabel = 63;

bool IsLabelCharacter(char c) {
  const char lower = AsciiLower(c);
  return (lower >= 'a' && lower <= 'z') || IsAsciiDigit(c) || c == '-' ||
         c == '_';
}

}  // namespace

bool FitsServerName(std::string_view name) noexcept {
  if (name.size() > kMaxHostName) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!IsLabelCharacter(c) || ++label > kMaxLabel) {
      return false;
    }
  }
  return label > 0;
}

bool IsHostName(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return FitsServerName(name) &&
         last.find_first_not_of("0123456789") != last.npos;
}

}  // namespace meshgw::internal
