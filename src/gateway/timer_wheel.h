#ifndef MESHGW_GATEWAY_TIMER_WHEEL_H_
#define MESHGW_GATEWAY_TIMER_WHEEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace meshgw::internal {

// Timer is a deadline of the object that it is a base of: a link in a wheel's
// list, so that arming one never allocates.
struct Timer {
  Timer* previous = nullptr;  // Null: not armed.
  Timer* next = nullptr;
  std::int64_t tick = 0;

  bool armed() const { return previous != nullptr; }
};

// TimerWheel holds timers by the tick (16 ms) at which they expire, 1,024 ticks
// round; later ones go round again. Arm and Disarm cost the same however many
// timers there are; Advance looks at each tick that has passed, and after a
// long time at each slot once. A timer never fires early and at most one tick
// late. Thread-compatible.
class TimerWheel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit TimerWheel(TimePoint now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arm sets or moves `timer`, which must be Disarmed before it goes away.
  void Arm(Timer* timer, TimePoint deadline);
  void Disarm(Timer* timer);

  // Advance moves to `now`. Take then returns the timers that expired, one at a
  // time and disarmed, null after the last.
  void Advance(TimePoint now);
  Timer* Take();

  // Milliseconds until the next timer may expire: for epoll_wait. -1: none.
  int NextTimeout(TimePoint now) const;

  // Slots that Advance has looked at so far.
  std::uint64_t collections() const { return collections_; }

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::chrono::milliseconds kTick{16};

  static constexpr std::size_t kBits = 64;

  static void Link(Timer* list, Timer* timer);
  void Unlink(Timer* timer);
  std::int64_t TickOf(TimePoint time) const { return (time - start_) / kTick; }
  void Insert(Timer* timer);
  void Collect(std::size_t slot);
  void MarkEmpty(std::size_t slot);
  // Slots from the one at `tick` to the next that is not empty: there is one.
  std::int64_t EmptySlotsFrom(std::int64_t tick) const;

  TimePoint start_;
  std::int64_t current_ = 0;  // Every timer of this tick has been collected.
  Timer slots_[kSlots];       // List heads.
  Timer expired_;
  std::size_t armed_ = 0;  // In slots_.
  std::uint64_t collections_ = 0;
  std::uint64_t occupied_[kSlots / kBits] = {};  // Slots that are not empty,
  std::uint16_t occupied_words_ = 0;             // and words of that.
  static_assert(kSlots / kBits == 16);
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_TIMER_WHEEL_H_
