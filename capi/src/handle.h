#ifndef MESHGW_CAPI_HANDLE_H_
#define MESHGW_CAPI_HANDLE_H_

#include <atomic>
#include <cstdint>

namespace meshgw::capi {

#ifdef NDEBUG
inline constexpr bool kDebugHandles = false;
#else
inline constexpr bool kDebugHandles = true;
#endif

// Handle is the base of every object that the API hands out. In debug builds it
// tells freed objects and overlapping calls apart from good ones.
class Handle {
 public:
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  bool alive() const noexcept {
    return !kDebugHandles || mark_.load(std::memory_order_relaxed) == kAlive;
  }

 private:
  friend class Exclusive;
  template <typename T>
  friend void Release(T* object) noexcept;
  static constexpr std::uint32_t kAlive = 0x6d677721;
  static constexpr std::uint32_t kFreed = 0x66726565;

  std::atomic<std::uint32_t> mark_{kAlive};
  mutable std::atomic<bool> busy_{false};
};

// Quarantine keeps the memory of objects that were freed, the newest ones, so
// that their marks can still be read. Debug builds only.
void Quarantine(void* memory) noexcept;

// Release destroys an object of the API; null is fine. One that a debug build
// sees freed twice is left alone.
template <typename T>
void Release(T* object) noexcept {
  if (object == nullptr || !object->alive()) return;
  if constexpr (kDebugHandles) {
    object->~T();
    // The object is gone, its memory and the mark in it are not.
    reinterpret_cast<volatile std::uint32_t&>(
        static_cast<Handle*>(object)->mark_) = Handle::kFreed;
    Quarantine(object);
  } else {
    delete object;
  }
}

// Usable is for functions that have no error to say what is wrong.
template <typename T>
bool Usable(const T* object) noexcept {
  return object != nullptr && object->alive();
}

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_HANDLE_H_
