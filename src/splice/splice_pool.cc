#include "splice/splice_pool.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace meshgw {
namespace {

// A large pipe counts as so many and has so many times the size.
constexpr std::size_t kLargeFactor = 4;
constexpr int kDefaultPipeBytes = 65536;
// How long a pipe is left to a reader that takes nothing.
constexpr std::chrono::seconds kStallTime{1};
// A large pipe of more has no size that an int holds.
constexpr std::size_t kMaxPipeBytes = std::size_t{256} << 20;

}  // namespace

SplicePool::State::State(const SplicePoolOptions& pool_options)
    : options(pool_options) {
  options.copy_buffer_bytes =
      std::max<std::size_t>(options.copy_buffer_bytes, 1);
  options.pipe_bytes = std::min(options.pipe_bytes, kMaxPipeBytes);
  buffer = std::make_unique<std::uint8_t[]>(options.copy_buffer_bytes);
  // At most half of what may be used goes into large ones.
  most_large_ = options.max_pipes / (2 * kLargeFactor);
  // So that Return never allocates, and a pipe that was made has a place.
  pipes_.reserve(options.max_pipes);
  idle_[0].reserve(options.max_pipes);
  idle_[1].reserve(most_large_);
}

SplicePool::State::~State() {
  for (const auto& pipe : pipes_) {
    syscalls->close(pipe->read);
    syscalls->close(pipe->write);
  }
}

internal::SplicePipe* SplicePool::State::Make(bool large) noexcept {
  const std::size_t counts_as = large ? kLargeFactor : 1;
  if (used_ + counts_as > options.max_pipes) return nullptr;
  TimePoint& next_make = next_make_[large ? 1 : 0];
  if (next_make != TimePoint{} && clock() < next_make) return nullptr;
  std::unique_ptr<SplicePipe> pipe(new (std::nothrow) SplicePipe);
  int fds[2] = {-1, -1};
  if (pipe == nullptr || syscalls->pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) {
    next_make = clock() + kRetryInterval;
    return nullptr;
  }
  // A user who owns many pipes gets tiny ones, and asking too much fails
  // without a word: what counts is the size that the pipe really has.
  const int wanted = static_cast<int>(options.pipe_bytes * counts_as);
  syscalls->fcntl(fds[1], F_SETPIPE_SZ, wanted);
  const int size = syscalls->fcntl(fds[1], F_GETPIPE_SZ, 0);
  if (size < (large ? wanted : std::min(kDefaultPipeBytes, wanted))) {
    syscalls->close(fds[0]);
    syscalls->close(fds[1]);
    next_make = clock() + kRetryInterval;
    return nullptr;
  }
  next_make = {};
  *pipe = {.read = fds[0],
           .write = fds[1],
           .capacity = static_cast<std::uint32_t>(size),
           .large = large};
  used_ += counts_as;
  if (large) ++large_;
  ++counters.pipes_open;
  changed = true;
  pipes_.push_back(std::move(pipe));
  return pipes_.back().get();
}

internal::SplicePipe* SplicePool::State::TakeIdle(bool large) noexcept {
  std::vector<SplicePipe*>& idle = idle_[large ? 1 : 0];
  if (idle.empty()) return nullptr;
  SplicePipe* pipe = idle.back();
  idle.pop_back();
  --counters.pipes_idle;
  return pipe;
}

internal::SplicePipe* SplicePool::State::Borrow() noexcept {
  SplicePipe* pipe = TakeIdle(true);
  if (pipe == nullptr && large_ < most_large_) pipe = Make(true);
  if (pipe == nullptr) pipe = TakeIdle(false);
  if (pipe == nullptr) pipe = Make(false);
  return pipe;
}

void SplicePool::State::Return(SplicePipe* pipe) {
  pipe->borrower = nullptr;
  pipe->stalled = {};
  idle_[pipe->large ? 1 : 0].push_back(pipe);
  ++counters.pipes_idle;
}

void SplicePool::State::Discard(SplicePipe* pipe) {
  syscalls->close(pipe->read);
  syscalls->close(pipe->write);
  --counters.pipes_open;
  changed = true;
  used_ -= pipe->large ? kLargeFactor : 1;
  if (pipe->large) --large_;
  const auto found =
      std::find_if(pipes_.begin(), pipes_.end(),
                   [&](const auto& owned) { return owned.get() == pipe; });
  std::swap(*found, pipes_.back());
  pipes_.pop_back();
}

internal::SplicePipe* SplicePool::State::FindStalled() {
  const TimePoint now = clock();
  if (now < next_look_) return nullptr;
  SplicePipe* oldest = nullptr;
  for (const auto& pipe : pipes_) {
    if (pipe->borrower == nullptr || pipe->stalled == TimePoint{} ||
        pipe->stalled + kStallTime > now) {
      continue;
    }
    if (oldest == nullptr || pipe->stalled < oldest->stalled) {
      oldest = pipe.get();
    }
  }
  if (oldest == nullptr) next_look_ = now + kRetryInterval;
  return oldest;
}

std::size_t SplicePool::State::Empty(const SplicePipe& pipe,
                                     KeptBytes* kept) const {
  std::size_t size = 0;
  while (size < kept->size) {
    const ssize_t got =
        syscalls->read(pipe.read, kept->bytes + size, kept->size - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

internal::KeptBytes* SplicePool::State::Keep(std::size_t size) {
  void* memory = ::operator new(sizeof(KeptBytes) + size, std::nothrow);
  if (memory == nullptr) return nullptr;
  auto* kept = new (memory) KeptBytes;
  kept->size = size;
  counters.kept_bytes += size;
  changed = true;
  return kept;
}

void SplicePool::State::Free(KeptBytes* kept) {
  counters.kept_bytes -= kept->size;
  changed = true;
  ::operator delete(kept);
}

SplicePool::SplicePool(const SplicePoolOptions& options)
    : state_(std::make_unique<State>(options)) {}
SplicePool::~SplicePool() = default;

SplicePoolCounters SplicePool::counters() const { return state_->counters; }

void SplicePoolAccess::UseSyscalls(SplicePool* pool,
                                   const internal::Syscalls* syscalls) {
  pool->state_->syscalls = syscalls;
}

void SplicePoolAccess::UseClock(
    SplicePool* pool, std::chrono::steady_clock::time_point (*clock)()) {
  pool->state_->clock = clock;
}

}  // namespace meshgw
