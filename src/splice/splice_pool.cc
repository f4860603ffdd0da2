#include "splice/splice_pool.h"

#include <fcntl.h>

#include <algorithm>

namespace meshgw {

SplicePool::State::State(const SplicePoolOptions& pool_options)
    : options(pool_options) {
  options.copy_buffer_bytes =
      std::max<std::size_t>(options.copy_buffer_bytes, 1);
  buffer = std::make_unique<std::uint8_t[]>(options.copy_buffer_bytes);
  idle.reserve(options.max_pipes);  // So that Return never allocates.
}

SplicePool::State::~State() {
  for (const Pipe& pipe : idle) {
    syscalls->close(pipe.read);
    syscalls->close(pipe.write);
  }
}

bool SplicePool::State::Make(Pipe* out) {
  int fds[2] = {-1, -1};
  if (syscalls->pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return false;
  // A user who owns many pipes gets tiny ones, and asking too much fails
  // without a word: what counts is the size that the pipe really has.
  syscalls->fcntl(fds[1], F_SETPIPE_SZ, static_cast<int>(options.pipe_bytes));
  const int size = syscalls->fcntl(fds[1], F_GETPIPE_SZ, 0);
  constexpr int kDefaultPipeBytes = 65536;
  if (size <
      std::min(kDefaultPipeBytes, static_cast<int>(options.pipe_bytes))) {
    syscalls->close(fds[0]);
    syscalls->close(fds[1]);
    return false;
  }
  *out = {fds[0], fds[1]};
  ++counters.pipes_open;
  return true;
}

bool SplicePool::State::Borrow(Pipe* out) {
  if (!idle.empty()) {
    *out = idle.back();
    idle.pop_back();
    return true;
  }
  if (options.max_pipes == 0) return false;
  if (counters.pipes_open < options.max_pipes && Make(out)) return true;
  ++counters.pipe_limit_hits;
  return false;
}

void SplicePool::State::Return(Pipe pipe) { idle.push_back(pipe); }

void SplicePool::State::Discard(Pipe pipe) {
  syscalls->close(pipe.read);
  syscalls->close(pipe.write);
  --counters.pipes_open;
}

SplicePool::SplicePool(const SplicePoolOptions& options)
    : state_(std::make_unique<State>(options)) {}
SplicePool::~SplicePool() = default;

SplicePoolCounters SplicePool::counters() const {
  SplicePoolCounters counters = state_->counters;
  counters.pipes_idle = state_->idle.size();
  return counters;
}

void SplicePoolAccess::UseSyscalls(SplicePool* pool,
                                   const internal::Syscalls* syscalls) {
  pool->state_->syscalls = syscalls;
}

}  // namespace meshgw
