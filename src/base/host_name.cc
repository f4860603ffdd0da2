#include "config/host_name.h"

#include <cstddef>

namespace meshgw::internal {

bool FitsServerName(std::string_view name) {
  std::size_t label = 0;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (letter && ++label <= 63) continue;
    if (c != '.' || label == 0) return false;
    label = 0;
  }
  return label > 0;
}

bool IsHostName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return name.size() <= 253 && FitsServerName(name) &&
         last.find_first_not_of("0123456789") != last.npos;
}

}  // namespace meshgw::internal
