#include "cli/hex_text.h"

#include <algorithm>
#include <cstddef>

#include "base/ascii.h"

namespace meshgw::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;
using internal::HexDigitValue;

// A dump repeats a line as "*" at most up to here.
constexpr std::size_t kMaxDumpBytes = std::size_t{64} << 20;

bool IsSeparator(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ':' ||
         c == '-';
}

// Adds the bytes of digits with separators between them.
bool AppendDigits(std::string_view text, Bytes* out) {
  int high = -1;
  for (const char c : text) {
    if (IsSeparator(c)) continue;
    const int digit = HexDigitValue(c);
    if (digit < 0) return false;
    if (high < 0) {
      high = digit;
    } else {
      out->push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return high < 0;
}

std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
    line.remove_suffix(1);
  }
  return line;
}

// Takes the offset that a line of a dump begins with.
std::optional<std::size_t> TakeOffset(std::string_view* line) {
  constexpr std::size_t kLeast = 6;
  constexpr std::size_t kMost = 16;
  std::size_t size = 0;
  std::size_t offset = 0;
  while (size < line->size() && HexDigitValue((*line)[size]) >= 0) {
    offset =
        offset << 4 | static_cast<std::size_t>(HexDigitValue((*line)[size++]));
  }
  if (size < kLeast || size > kMost) return std::nullopt;
  line->remove_prefix(size);
  return offset;
}

// "00000010: 1603 0100  text" of xxd, "00000010  16 03  01 00  |text|" of
// hexdump -C. Lines must follow one another; "*" repeats the one before.
std::optional<Bytes> FromDump(std::string_view text) {
  Bytes out;
  std::size_t last_size = 0;
  bool repeat = false;
  while (!text.empty()) {
    std::string_view line = TakeLine(&text);
    if (line.empty()) continue;
    if (line == "*") {
      repeat = true;
      continue;
    }
    const auto offset = TakeOffset(&line);
    if (!offset.has_value() || *offset > kMaxDumpBytes) return std::nullopt;
    while (repeat && last_size > 0 && out.size() < *offset) {
      // By index: the source moves when the vector grows.
      out.push_back(out[out.size() - last_size]);
    }
    repeat = false;
    if (*offset != out.size()) return std::nullopt;
    const bool xxd = line.starts_with(':');
    if (xxd) line.remove_prefix(std::min(line.size(), std::size_t{2}));
    const std::size_t end = line.find(xxd ? "  " : "|");
    if (!AppendDigits(line.substr(0, end), &out)) return std::nullopt;
    last_size = out.size() - *offset;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Bytes> FromHexText(std::string_view text) {
  if (auto dump = FromDump(text)) return dump;
  // One with lines left out: its offsets are no bytes.
  std::string_view rest = text;
  std::string_view line = TakeLine(&rest);
  if (TakeOffset(&line).has_value() &&
      (line.starts_with(": ") || line.starts_with("  "))) {
    return std::nullopt;
  }
  Bytes out;
  if (!AppendDigits(text, &out) || out.empty()) return std::nullopt;
  return out;
}

bool LooksLikeHexDump(std::string_view text) {
  std::size_t digits = 0;
  std::size_t others = 0;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x7f) return false;
    if (static_cast<unsigned char>(c) < 0x20 && !IsSeparator(c)) return false;
    if (HexDigitValue(c) >= 0) {
      ++digits;
    } else if (!IsSeparator(c)) {
      ++others;
    }
  }
  return digits >= 16 && digits > others * 2;
}

}  // namespace meshgw::cli
