#ifndef MESHGW_CONFIG_GO_LITERAL_H_
#define MESHGW_CONFIG_GO_LITERAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshgw::internal {

// UnquoteGo reads a string in "..." or `...`, quotes included, as Go's
// strconv.Unquote does. Nothing for what that refuses.
std::optional<std::string> UnquoteGo(std::string_view quoted);

// ParseGoInteger reads as Go's strconv.ParseInt(text, 0, 64): prefixes 0x, 0o,
// 0b and 0, underscores between digits.
std::optional<std::int64_t> ParseGoInteger(std::string_view text);

// ParseGoBool reads as Go's strconv.ParseBool.
std::optional<bool> ParseGoBool(std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_GO_LITERAL_H_
