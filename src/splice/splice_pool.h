#ifndef MESHGW_SPLICE_SPLICE_POOL_H_
#define MESHGW_SPLICE_SPLICE_POOL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/syscalls.h"
#include "meshgw/splicer.h"

namespace meshgw {

namespace internal {

// SplicePipe is a pipe of a pool, and what is in it while it is borrowed.
struct SplicePipe {
  using TimePoint = std::chrono::steady_clock::time_point;

  int read = -1;
  int write = -1;
  std::uint32_t capacity = 0;  // Bytes that it may hold, as the system says.
  bool large = false;
  std::uint32_t bytes = 0;   // In it.
  void* borrower = nullptr;  // A Splicer's direction; null: idle.
  // When its reader first took nothing, since it was borrowed.
  TimePoint stalled{};
};

// KeptBytes are bytes that were read but that the other side has not taken.
struct KeptBytes {
  std::size_t size = 0;
  std::size_t sent = 0;
  std::uint8_t bytes[1];  // `size` of them.
};

}  // namespace internal

// What the Splicers of one thread share.
struct SplicePool::State {
  using SplicePipe = internal::SplicePipe;
  using KeptBytes = internal::KeptBytes;
  using TimePoint = SplicePipe::TimePoint;

  // What was tried without success (to find a pipe that stalled, to make one)
  // is tried again after so long.
  static constexpr std::chrono::milliseconds kRetryInterval{50};

  explicit State(const SplicePoolOptions& pool_options);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Borrow takes an idle pipe or makes one within the limit, a large one if it
  // can. Null: there is none to be had, for want of memory too.
  SplicePipe* Borrow() noexcept;
  // Return takes back a pipe that is empty.
  void Return(SplicePipe* pipe);
  // Discard closes a pipe that still has bytes in it: never pool those.
  void Discard(SplicePipe* pipe);
  // FindStalled finds the pipe that has been stalled for longest, and for a
  // second at least. Null: there is none, or it is too early to look again.
  SplicePipe* FindStalled();
  // Has FindStalled find none for a while: what it found is of no use.
  void LookLater() { next_look_ = clock() + kRetryInterval; }

  // Empty reads what is in `pipe`, to which nobody writes, as far as it can be
  // read. Returns how many bytes that were.
  std::size_t Empty(const SplicePipe& pipe, KeptBytes* kept) const;

  // Keep allocates room for `size` bytes. Null: no memory.
  KeptBytes* Keep(std::size_t size);
  void Free(KeptBytes* kept);
  // Whether `size` bytes more would be too many to keep.
  bool IsOverBudget(std::size_t size) const {
    return counters.kept_bytes + size > options.max_kept_bytes;
  }

  const internal::Syscalls* syscalls = &internal::System();
  TimePoint (*clock)() = std::chrono::steady_clock::now;
  SplicePoolOptions options;
  std::unique_ptr<std::uint8_t[]> buffer;
  SplicePoolCounters counters;
  // Others than pipes_idle have changed; see SplicePoolAccess::TakeChanged.
  bool changed = false;

 private:
  SplicePipe* Make(bool large) noexcept;
  SplicePipe* TakeIdle(bool large) noexcept;

  std::vector<std::unique_ptr<SplicePipe>> pipes_;
  std::vector<SplicePipe*> idle_[2];  // Usual ones and large ones.
  std::size_t used_ = 0;  // Of options.max_pipes; a large one is several.
  std::size_t most_large_ = 0;
  std::size_t large_ = 0;
  TimePoint next_look_{};
  TimePoint next_make_[2] = {};  // As idle_; zero: nothing was refused.
};

// SplicePoolAccess gives the gateway and tests what the public class hides.
struct SplicePoolAccess {
  // `syscalls` must outlive the pool. Call it before the first Splicer.
  static void UseSyscalls(SplicePool* pool, const internal::Syscalls* syscalls);
  static void UseClock(SplicePool* pool,
                       std::chrono::steady_clock::time_point (*clock)());
  // The counters, if any but pipes_idle has changed since the last call; else
  // null. For who publishes them at every turn.
  static const SplicePoolCounters* TakeChanged(SplicePool* pool) {
    SplicePool::State& state = *pool->state_;
    if (!state.changed) return nullptr;
    state.changed = false;
    return &state.counters;
  }
};

}  // namespace meshgw

#endif  // MESHGW_SPLICE_SPLICE_POOL_H_
