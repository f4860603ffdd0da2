#ifndef MESHGW_XDS_SHOWN_TEXT_H_
#define MESHGW_XDS_SHOWN_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

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

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_SHOWN_TEXT_H_
