#ifndef MESHGW_BASE_ASCII_H_
#define MESHGW_BASE_ASCII_H_

#include <algorithm>
#include <string_view>

namespace meshgw::internal {

// AsciiLower returns an ASCII letter in lower case and any other byte as it is.
constexpr char AsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// EqualIgnoringCase compares ASCII letters without regard to case.
constexpr bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return AsciiLower(x) == AsciiLower(y);
  });
}

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_ASCII_H_
