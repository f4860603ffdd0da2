#ifndef MESHGW_ROUTE_MAGLEV_H_
#define MESHGW_ROUTE_MAGLEV_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace meshgw::internal {

// MaglevEntry is one endpoint's part in a table: what identifies it, whatever
// the order and number of the others, and its share.
struct MaglevEntry {
  std::uint64_t identity = 0;  // A hash of its address and port.
  std::uint32_t weight = 1;    // At least 1.
};

// MaglevTable returns a look-up table of prime size in which each entry's index
// fills a share of the slots by weight, and in which few slots change when an
// entry goes or comes. Source: Eisenbud et al., "Maglev", NSDI 2016, 3.4.
// Empty for no entries.
std::vector<std::uint32_t> MaglevTable(std::span<const MaglevEntry> entries);

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_MAGLEV_H_
