#include "gateway/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <iterator>

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
  // Alone in its list: both neighbours are the head.
  if (timer->previous == timer->next && timer->next != &expired_) {
    MarkEmpty(static_cast<std::size_t>(timer->next - slots_));
  }
  timer->previous->next = timer->next;
  timer->next->previous = timer->previous;
  timer->previous = timer->next = nullptr;
}

void TimerWheel::Insert(Timer* timer) {
  // Later than one round: it waits in the last slot and goes round again.
  const std::int64_t last = current_ + static_cast<std::int64_t>(kSlots) - 1;
  const std::int64_t at = std::clamp(timer->tick, current_ + 1, last);
  const std::size_t slot = static_cast<std::size_t>(at) % kSlots;
  Link(&slots_[slot], timer);
  occupied_[slot / kBits] |= std::uint64_t{1} << slot % kBits;
  occupied_words_ |= static_cast<std::uint16_t>(1u << slot / kBits);
  ++armed_;
}

void TimerWheel::MarkEmpty(std::size_t slot) {
  const std::size_t word = slot / kBits;
  occupied_[word] &= ~(std::uint64_t{1} << slot % kBits);
  if (occupied_[word] == 0) {
    occupied_words_ &= static_cast<std::uint16_t>(~(1u << word));
  }
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
  ++collections_;
  Timer* head = &slots_[slot];
  Timer* timer = head->next;
  head->previous = head->next = head;
  MarkEmpty(slot);
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
  // After more than a round that nobody looked, each slot once is all of them.
  const auto round = static_cast<std::int64_t>(kSlots);
  if (target - current_ > round) {
    const std::int64_t first = current_ + 1;
    current_ = target;
    for (std::int64_t tick = first; tick < first + round; ++tick) {
      Collect(static_cast<std::size_t>(tick) % kSlots);
    }
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

std::int64_t TimerWheel::EmptySlotsFrom(std::int64_t tick) const {
  const std::size_t slot = static_cast<std::size_t>(tick) % kSlots;
  const std::size_t first = slot / kBits;
  const std::uint64_t rest = occupied_[first] >> slot % kBits;
  if (rest != 0) return std::countr_zero(rest);
  // The words behind it, round to the slots of its own that lie before.
  const int turn = static_cast<int>(first) + 1;
  const int skipped = std::countr_zero(std::rotr(occupied_words_, turn));
  const std::size_t word =
      (first + 1 + static_cast<std::size_t>(skipped)) % std::size(occupied_);
  return static_cast<std::int64_t>(kBits - slot % kBits) +
         skipped * std::int64_t{kBits} + std::countr_zero(occupied_[word]);
}

int TimerWheel::NextTimeout(TimePoint now) const {
  if (armed_ == 0) return -1;
  const std::int64_t tick = current_ + 1 + EmptySlotsFrom(current_ + 1);
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(start_ + tick * kTick - now);
  return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
}

}  // namespace meshgw::internal
