#include "config/go_literal.h"

#include <charconv>
#include <system_error>

#include "base/ascii.h"
#include "base/utf8.h"

namespace meshgw::internal {
namespace {

bool IsDigit(char c, int base) {
  const int value = HexDigitValue(c);
  return value >= 0 && value < base;
}

// `count` digits of `base` at the start of `text`, which moves over them.
std::optional<std::uint32_t> TakeDigits(std::string_view* text, int base,
                                        std::size_t count) {
  if (text->size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char digit = (*text)[i];
    if (!IsDigit(digit, base)) return std::nullopt;
    value = value * static_cast<std::uint32_t>(base) +
            static_cast<std::uint32_t>(HexDigitValue(digit));
  }
  text->remove_prefix(count);
  return value;
}

// Reads what is behind a backslash.
bool TakeEscape(std::string_view* text, std::string* out) {
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  if (text->empty()) return false;
  const char c = text->front();
  if (const auto at = kLetters.find(c); at != kLetters.npos) {
    *out += kValues[at];
    text->remove_prefix(1);
    return true;
  }
  if (c >= '0' && c <= '7') {
    const auto byte = TakeDigits(text, 8, 3);
    if (!byte.has_value() || *byte > 255) return false;
    *out += static_cast<char>(*byte);
    return true;
  }
  if (c != 'x' && c != 'u' && c != 'U') return false;
  text->remove_prefix(1);
  const auto value = TakeDigits(text, 16, c == 'x' ? 2 : c == 'u' ? 4 : 8);
  if (!value.has_value()) return false;
  if (c == 'x') {
    *out += static_cast<char>(*value);
    return true;
  }
  if (*value > 0x10ffff || (*value >= 0xd800 && *value <= 0xdfff)) return false;
  AppendUtf8(*value, out);
  return true;
}

// Whether '_' stands only between digits, or behind a base's prefix.
bool UnderscoresFit(std::string_view digits, bool after_prefix) {
  bool may_follow = after_prefix;
  for (const char c : digits) {
    if (c == '_' && !may_follow) return false;
    may_follow = c != '_';
  }
  return may_follow;
}

}  // namespace

std::optional<std::string> UnquoteGo(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != quoted.back()) return std::nullopt;
  const char quote = quoted.front();
  std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  if (quote == '`') {
    for (const char c : text) {
      if (c == '`') return std::nullopt;
      if (c != '\r') out += c;
    }
    return out;
  }
  if (quote != '"') return std::nullopt;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"' || c == '\n') return std::nullopt;
    if (c != '\\') {
      out += c;
    } else if (!TakeEscape(&text, &out)) {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<std::int64_t> ParseGoInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  bool prefixed = false;
  if (text.size() > 1 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    prefixed = true;
    base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    // Octal numbers have no letter, or the letter o.
    const bool has_letter = base != 8 || letter == 'o';
    text.remove_prefix(has_letter ? 2 : 1);
  }
  if (!UnderscoresFit(text, prefixed)) return std::nullopt;
  // The sign first: the smallest number has no positive counterpart.
  std::string digits(negative ? "-" : "");
  for (const char c : text) {
    if (c == '_') continue;
    if (!IsDigit(c, base)) return std::nullopt;
    digits += c;
  }
  std::int64_t out = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, out, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return out;
}

std::optional<bool> ParseGoBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

}  // namespace meshgw::internal
