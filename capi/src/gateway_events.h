#ifndef MESHGW_CAPI_GATEWAY_EVENTS_H_
#define MESHGW_CAPI_GATEWAY_EVENTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "boundary.h"
#include "descriptor.h"
#include "meshgw.h"
#include "meshgw/gateway.h"

namespace meshgw::capi {

// Event is one event, its texts behind it in the same block of memory.
struct Event {
  meshgw_event event;
  Event* next;
};
struct FreeEvent {
  void operator()(Event* event) const noexcept { ::operator delete(event); }
};
using EventPtr = std::unique_ptr<Event, FreeEvent>;

// EventQueue takes events from the gateway's threads to the caller, up to a
// number that may wait; it counts those beyond. Thread-safe.
class EventQueue {
 public:
  EventQueue(Signal signal, std::uint32_t capacity)
      : signal_(std::move(signal)), capacity_(capacity) {}
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  void OnConnection(const ConnectionRecord& record) noexcept;
  void OnLog(std::string_view level, std::string_view message) noexcept;

  // Takes up to `most` events, oldest first. May throw std::bad_alloc; then
  // they stay.
  std::vector<EventPtr> Take(std::size_t most);

  // Readable while events wait.
  int fd() const noexcept { return signal_.fd(); }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  template <typename Make>
  void Push(const Make& make) noexcept;

  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::size_t> size_{0};  // Written under the mutex only.
  std::mutex mutex_;                  // Guards what follows.
  Signal signal_;                     // Raised while there is a first one.
  Event* first_ = nullptr;
  Event* last_ = nullptr;
  const std::size_t capacity_;
};

}  // namespace meshgw::capi

struct meshgw_events : meshgw::capi::Handle {
  std::vector<meshgw::capi::EventPtr> events;
};

#endif  // MESHGW_CAPI_GATEWAY_EVENTS_H_
