#ifndef MESHGW_ROUTE_STRING_MAP_H_
#define MESHGW_ROUTE_STRING_MAP_H_

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/hash/hash.h"

namespace meshgw::internal {

// StringViewHash hashes strings and views alike, so that a map with string keys
// is searched by std::string_view. Abseil's default does that only for
// absl::string_view, which is another type in some builds of Abseil.
struct StringViewHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return absl::Hash<std::string_view>()(text);
  }
};

// Not Abseil's: those are broken for good when an allocation has failed.
template <typename Value>
using StringMap =
    std::unordered_map<std::string, Value, StringViewHash, std::equal_to<>>;

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_STRING_MAP_H_
