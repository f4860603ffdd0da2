#include "mesh/go_quote.h"

#include <cstdint>

#include "absl/strings/str_format.h"

namespace meshgw::internal {
namespace {

// The length of the UTF-8 sequence at the start of `text`, 0 when invalid; its
// code point to `*rune`.
std::size_t DecodeRune(std::string_view text, std::uint32_t* rune) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint8_t>(text[i]);
  };
  const std::uint8_t first = byte(0);
  std::size_t size = 0;
  std::uint32_t value = 0;
  if (first < 0x80) {
    *rune = first;
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    size = 2;
    value = first & 0x1fu;
  } else if (first >= 0xe0 && first <= 0xef) {
    size = 3;
    value = first & 0x0fu;
  } else if (first >= 0xf0 && first <= 0xf4) {
    size = 4;
    value = first & 0x07u;
  }
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong =
      (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return 0;
  *rune = value;
  return size;
}

void AppendRune(std::string_view bytes, std::uint32_t rune, std::string* out) {
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  if (bytes.size() == 1) {
    const std::size_t at = kNamed.find(bytes[0]);
    if (at != std::string_view::npos) {
      *out += {'\\', kLetters[at]};
    } else if (rune < 0x20 || rune == 0x7f) {
      *out += absl::StrFormat("\\x%02x", rune);
    } else {
      *out += bytes[0];
    }
  } else if (rune <= 0xa0 || rune == 0xad) {
    *out += absl::StrFormat("\\u%04x", rune);
  } else {
    *out += bytes;
  }
}

}  // namespace

std::string GoQuote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::uint32_t rune = 0;
    const std::size_t size = DecodeRune(text, &rune);
    if (size == 0) {
      out += absl::StrFormat("\\x%02x", static_cast<std::uint8_t>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    AppendRune(text.substr(0, size), rune, &out);
    text.remove_prefix(size);
  }
  return out += '"';
}

}  // namespace meshgw::internal
