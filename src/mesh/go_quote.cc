#include "mesh/go_quote.h"

#include <cstdint>

#include "base/str_format.h"
#include "base/utf8.h"

namespace meshgw::internal {
namespace {

void AppendRune(std::string_view bytes, std::uint32_t rune, std::string* out) {
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  if (bytes.size() == 1) {
    const std::size_t at = kNamed.find(bytes[0]);
    if (at != std::string_view::npos) {
      *out += {'\\', kLetters[at]};
      return;
    }
  }
  if (IsPrintable(rune)) {
    *out += bytes;
  } else if (bytes.size() == 1) {
    *out += internal::StrFormat("\\x%02x", rune);
  } else if (rune < 0x10000) {
    *out += internal::StrFormat("\\u%04x", rune);
  } else {
    *out += internal::StrFormat("\\U%08x", rune);
  }
}

}  // namespace

std::string GoQuote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::uint32_t rune = 0;
    const std::size_t size = DecodeUtf8(text, &rune);
    if (size == 0) {
      out += internal::StrFormat("\\x%02x", static_cast<std::uint8_t>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    AppendRune(text.substr(0, size), rune, &out);
    text.remove_prefix(size);
  }
  return out += '"';
}

}  // namespace meshgw::internal
