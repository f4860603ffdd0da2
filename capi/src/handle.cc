#include "handle.h"

#include <array>
#include <cstddef>
#include <mutex>
#include <new>

namespace meshgw::capi {

void Quarantine(void* memory) noexcept {
  static std::mutex mutex;
  static std::array<void*, 1024> kept = {};
  static std::size_t next = 0;
  const std::lock_guard lock(mutex);
  ::operator delete(kept[next]);
  kept[next] = memory;
  next = (next + 1) % kept.size();
}

}  // namespace meshgw::capi
