#ifndef MESHGW_HELLO_VALUE_ORDER_H_
#define MESHGW_HELLO_VALUE_ORDER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace meshgw::internal {

// VisitInOrder calls emit(value) in growing order for all 16-bit values that
// visit_all(visitor) hands to its visitor, equal ones as often as they come (at
// most 65,535 times). Linear: `visit_all` is called nine times at most. A list
// of ordinary length is sorted in a copy, a longer one by counting an eighth of
// all values at a time; both in fixed memory on the stack (16 KiB).
template <typename VisitAll, typename Emit>
void VisitInOrder(const VisitAll& visit_all, const Emit& emit) {
  constexpr std::size_t kShort = 128;
  constexpr std::size_t kBlock = 1 << 13;
  std::array<std::uint16_t, kShort> copy;
  std::size_t size = 0;
  std::array<bool, 65536 / kBlock> blocks{};
  visit_all([&](std::uint16_t value) {
    if (size < kShort) copy[size] = value;
    ++size;
    blocks[value / kBlock] = true;
  });
  if (size <= kShort) {
    std::sort(copy.begin(), copy.begin() + size);
    std::for_each(copy.begin(), copy.begin() + size, emit);
    return;
  }
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    if (!blocks[block]) continue;
    std::array<std::uint16_t, kBlock> counts{};
    visit_all([&](std::uint16_t value) {
      if (value / kBlock == block) ++counts[value % kBlock];
    });
    for (std::size_t low = 0; low < kBlock; ++low) {
      for (std::uint16_t i = 0; i < counts[low]; ++i) {
        emit(static_cast<std::uint16_t>(block * kBlock + low));
      }
    }
  }
}

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_VALUE_ORDER_H_
