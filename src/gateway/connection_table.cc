#include "gateway/connection_table.h"

#include <utility>

namespace meshgw::internal {

std::uint32_t ConnectionTable::Add(Connection* connection) {
  if (free_ == kNone) {
    slots_.push_back({.next_free = kNone});
    free_ = static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t index = free_;
  Slot& slot = slots_[index];
  free_ = slot.next_free;
  slot.connection = connection;
  return index;
}

Connection* ConnectionTable::Find(Key key) const {
  const std::size_t index = SlotOf(key);
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.generation == key >> kSlotBits ? slot.connection : nullptr;
}

void ConnectionTable::Remove(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.connection = nullptr;
  ++slot.generation;
  slot.next_free = std::exchange(free_, index);
}

}  // namespace meshgw::internal
