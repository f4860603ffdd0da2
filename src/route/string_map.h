#ifndef MESHGW_ROUTE_STRING_MAP_H_
#define MESHGW_ROUTE_STRING_MAP_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
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

template <typename Value>
using StringMap =
    absl::flat_hash_map<std::string, Value, StringViewHash, std::equal_to<>>;

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_STRING_MAP_H_
