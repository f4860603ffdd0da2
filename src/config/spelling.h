#ifndef MESHGW_CONFIG_SPELLING_H_
#define MESHGW_CONFIG_SPELLING_H_

#include <span>
#include <string_view>

namespace meshgw::internal {

// ClosestSpelling returns the one of `known` that `word` is most likely a
// misspelling of; empty when none is close. '_' and case do not count.
std::string_view ClosestSpelling(std::string_view word,
                                 std::span<const std::string_view> known);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_SPELLING_H_
