#include "base/utf8.h"

namespace meshgw::internal {
namespace {

std::uint8_t Byte(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

std::size_t DecodeUtf8(std::string_view text, std::uint32_t* rune) {
  const std::uint8_t first = Byte(text, 0);
  if (first < 0x80) {
    *rune = first;
    return 1;
  }
  const std::size_t size = first >= 0xf0   ? 4
                           : first >= 0xe0 ? 3
                           : first >= 0xc2 ? 2
                                           : 0;
  if (size == 0 || first > 0xf4 || text.size() < size) return 0;
  std::uint32_t value = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((Byte(text, i) & 0xc0) != 0x80) return 0;
    value = value << 6 | (Byte(text, i) & 0x3fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[size] || value > 0x10ffff || surrogate) return 0;
  *rune = value;
  return size;
}

bool IsPrintable(std::uint32_t rune) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  constexpr Range kHidden[] = {
      {0x0000, 0x001f}, {0x007f, 0x00a0}, {0x00ad, 0x00ad},
      {0x061c, 0x061c}, {0x1680, 0x1680}, {0x180e, 0x180e},
      {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f},
      {0x3000, 0x3000}, {0xd800, 0xf8ff}, {0xfeff, 0xfeff},
      {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xffffffff}};
  for (const Range& range : kHidden) {
    if (rune >= range.first && rune <= range.last) return false;
  }
  return true;
}

void AppendUtf8(std::uint32_t rune, std::string* out) {
  if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) rune = 0xfffd;
  const auto add = [&](std::uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (rune < 0x80) {
    add(rune);
  } else if (rune < 0x800) {
    add(0xc0 | rune >> 6);
    add(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    add(0xe0 | rune >> 12);
    add(0x80 | (rune >> 6 & 0x3f));
    add(0x80 | (rune & 0x3f));
  } else {
    add(0xf0 | rune >> 18);
    add(0x80 | (rune >> 12 & 0x3f));
    add(0x80 | (rune >> 6 & 0x3f));
    add(0x80 | (rune & 0x3f));
  }
}

}  // namespace meshgw::internal
