#ifndef MESHGW_CLI_HEX_TEXT_H_
#define MESHGW_CLI_HEX_TEXT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace meshgw::cli {

// FromHexText reads bytes that are written as hexadecimal text: digits with
// space, ':' or '-' between them, or what `xxd` and `hexdump -C` print. Nothing
// for other text.
std::optional<std::vector<std::uint8_t>> FromHexText(std::string_view text);

// LooksLikeHexDump says whether `text` may be a dump in a form that FromHexText
// does not know: printable, and mostly hexadecimal digits.
bool LooksLikeHexDump(std::string_view text);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_HEX_TEXT_H_
