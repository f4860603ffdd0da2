#ifndef MESHGW_BASE_UTF8_H_
#define MESHGW_BASE_UTF8_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace meshgw::internal {

// DecodeUtf8 reads the code point at the start of `text` (not empty) to `*rune`
// and returns its length in bytes; 0 for bytes that are no UTF-8.
std::size_t DecodeUtf8(std::string_view text, std::uint32_t* rune);

// IsPrintable is false for what a terminal or an editor does not show as it is:
// controls, spaces but ' ', marks of direction, private and far planes. Close
// to Go's strconv.IsPrint, without its table of unassigned code points.
bool IsPrintable(std::uint32_t rune);

// AppendUtf8 appends `rune`, U+FFFD for what is no code point.
void AppendUtf8(std::uint32_t rune, std::string* out);

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_UTF8_H_
