#ifndef MESHGW_CONFIG_UTF8_H_
#define MESHGW_CONFIG_UTF8_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace meshgw::internal {

// DecodeUtf8 reads the code point at the start of `text` (not empty) to `*rune`
// and returns its length in bytes; 0 for bytes that are no UTF-8.
std::size_t DecodeUtf8(std::string_view text, std::uint32_t* rune);

// AppendUtf8 appends `rune`, U+FFFD for what is no code point.
void AppendUtf8(std::uint32_t rune, std::string* out);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_UTF8_H_
