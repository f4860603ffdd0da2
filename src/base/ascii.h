#ifndef MESHGW_BASE_ASCII_H_
#define MESHGW_BASE_ASCII_H_

#include <algorithm>
#include <string_view>

namespace meshgw::internal {

// AsciiLower returns an ASCII letter in lower case and any other byte as it is.
constexpr char AsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// IsAsciiDigit returns whether a byte is one of 0 to 9.
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }

// IsAsciiSpace returns whether a byte is a space, a tab or ends a line.
constexpr bool IsAsciiSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// HexDigitValue returns the value of a hexadecimal digit, -1 of any other byte.
constexpr int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// EqualIgnoringCase compares ASCII letters without regard to case.
constexpr bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return AsciiLower(x) == AsciiLower(y);
  });
}

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_ASCII_H_
