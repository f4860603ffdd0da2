#include "gateway/timer_wheel.h"

#include <algorithm>

namespace meshgw::internal {

TimerWheel::TimerWheel(TimePoint now) : start_(now) {
  for (Timer& head : slots_) head.previous = head.next = &head;
  expired_.previous = expired_.next = &expired_;
}

void TimerWheel::Link(Timer* list, Timer* timer) {
  timer->previous = list->previous;
  timer->next = list;
  list->previous->next = timer;
  list->previous = timer;
}

void TimerWheel::Unlink(Timer* timer) {
  timer->previous->next = timer->next;
  timer->next->previous = timer->previous;
  timer->previous = timer->next = nullptr;
}

void TimerWheel::Insert(Timer* timer) {
  // Later than one round: it waits in the last slot and goes round again.
  const std::int64_t last = current_ + static_cast<std::int64_t>(kSlots) - 1;
  const std::int64_t at = std::clamp(timer->tick, current_ + 1, last);
  Link(&slots_[static_cast<std::size_t>(at) % kSlots], timer);
  ++armed_;
}

void TimerWheel::Arm(Timer* timer, TimePoint deadline) {
  Disarm(timer);
  // Rounded up, never early; what is past expires at the next tick.
  timer->tick = std::max(TickOf(deadline), current_) + 1;
  Insert(timer);
}

void TimerWheel::Disarm(Timer* timer) {
  if (!timer->armed()) return;
  // Those in expired_ have been counted off already.
  if (timer->tick > current_) --armed_;
  Unlink(timer);
}

void TimerWheel::Collect(std::size_t slot) {
  Timer* head = &slots_[slot];
  Timer* timer = head->next;
  head->previous = head->next = head;
  while (timer != head) {
    Timer* next = timer->next;
    --armed_;
    if (timer->tick <= current_) {
      Link(&expired_, timer);
    } else {
      Insert(timer);
    }
    timer = next;
  }
}

void TimerWheel::Advance(TimePoint now) {
  const std::int64_t target = TickOf(now);
  if (armed_ == 0) {
    current_ = std::max(current_, target);
    return;
  }
  while (current_ < target) {
    ++current_;
    Collect(static_cast<std::size_t>(current_) % kSlots);
  }
}

Timer* TimerWheel::Take() {
  Timer* timer = expired_.next;
  if (timer == &expired_) return nullptr;
  Unlink(timer);
  return timer;
}

int TimerWheel::NextTimeout(TimePoint now) const {
  if (armed_ == 0) return -1;
  std::int64_t tick = current_ + 1;
  while (slots_[static_cast<std::size_t>(tick) % kSlots].next ==
         &slots_[static_cast<std::size_t>(tick) % kSlots]) {
    ++tick;
  }
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(start_ + tick * kTick - now);
  return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
}

}  // namespace meshgw::internal
