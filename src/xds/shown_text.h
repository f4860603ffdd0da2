#ifndef MESHGW_XDS_SHOWN_TEXT_H_
#define MESHGW_XDS_SHOWN_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace meshgw::internal {

// ShownText returns `text` for logs and for a server: printable ASCII, other
// bytes as '?', at most `most` bytes and "..." where it was longer.
inline std::string ShownText(std::string_view text, std::size_t most) {
  std::string out(text.substr(0, most));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > most) out += "...";
  return out;
}

// IsPlainText says whether `text` is UTF-8 without control characters, as names
// are and as a server takes back.
inline bool IsPlainText(std::string_view text) {
  while (!text.empty()) {
    std::uint32_t rune = 0;
    const std::size_t size = DecodeUtf8(text, &rune);
    if (size == 0 || rune < ' ' || rune == 0x7f) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_SHOWN_TEXT_H_
