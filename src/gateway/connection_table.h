#ifndef MESHGW_GATEWAY_CONNECTION_TABLE_H_
#define MESHGW_GATEWAY_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshgw::internal {

class Connection;

// ConnectionTable gives each connection of a worker a key, and finds it again
// unless it was removed: keys do not come back when their slot is used again.
// So events that the kernel still has for a connection that is gone (a copy of
// its descriptor lives on in a forked child, say) find nothing.
// Thread-compatible.
class ConnectionTable {
 public:
  using Key = std::uint64_t;
  static constexpr int kKeyBits = 60;

  // The slot of the new connection.
  std::uint32_t Add(Connection* connection);
  // The key of the connection that is in `slot` now.
  Key KeyOf(std::uint32_t slot) const {
    return Key{slots_[slot].generation} << kSlotBits | slot;
  }
  // Null: it was removed.
  Connection* Find(Key key) const;
  void Remove(std::uint32_t slot);

  // By slot, for going over all of them: null where a slot is free.
  std::size_t slots() const { return slots_.size(); }
  Connection* at(std::size_t slot) const { return slots_[slot].connection; }

 private:
  static constexpr int kSlotBits = 28;

  struct Slot {
    Connection* connection = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };
  static std::size_t SlotOf(Key key) {
    return static_cast<std::size_t>(key & ((Key{1} << kSlotBits) - 1));
  }

  static constexpr std::uint32_t kNone = ~0u;

  std::vector<Slot> slots_;
  std::uint32_t free_ = kNone;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CONNECTION_TABLE_H_
