#include "config/datacenter_name.h"

#include <algorithm>

#include "base/ascii.h"

namespace meshgw::internal {

bool IsDatacenterName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    const char lower = AsciiLower(c);
    return (lower >= 'a' && lower <= 'z') || IsAsciiDigit(c) || c == '-' ||
           c == '_';
  });
}

}  // namespace meshgw::internal
