#include "transport/percent_encoding.h"

#include <charconv>

#include "base/ascii.h"
#include "base/str_format.h"

namespace meshgw::internal {

std::string PercentEncode(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            IsAsciiDigit(c) || c == '-' || c == '.' ||
                            c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += StrFormat("%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool encoded = text[0] == '%';
    unsigned byte = 0;
    if (encoded) {
      const char* end = text.data() + 3;
      if (text.size() < 3) return std::nullopt;
      const auto [at, error] = std::from_chars(text.data() + 1, end, byte, 16);
      if (error != std::errc() || at != end) return std::nullopt;
    }
    out += encoded ? static_cast<char>(byte) : text[0];
    text.remove_prefix(encoded ? 3 : 1);
  }
  return out;
}

}  // namespace meshgw::internal
