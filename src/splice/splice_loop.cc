#include "meshgw/splice_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/sockets.h"
#include "base/str_format.h"
#include "base/syscalls.h"
#include "base/system_error.h"
#include "base/unique_fd.h"
#include "splice/splice_loop_access.h"
#include "splice/splice_pool.h"

namespace meshgw {
namespace {

using internal::Syscalls;
using internal::UniqueFd;

// splice(2) raises SIGPIPE where send(2) can be told not to.
class BlockedSigpipe {
 public:
  BlockedSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~BlockedSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockedSigpipe(const BlockedSigpipe&) = delete;
  BlockedSigpipe& operator=(const BlockedSigpipe&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

// Without it short messages wait for each other; of TCP alone.
void SetNoDelay(const Syscalls& sys, int fd) {
  const int on = 1;
  sys.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// False: no memory to keep what the server does not take, or to say so.
bool SendFirst(Splicer* splicer, std::span<const std::uint8_t> bytes) {
  try {
    return splicer->SendFirst(bytes).ok();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

// All that a pair needs is allocated before its descriptors are taken over, so
// that carrying and ending it cannot fail for want of memory.
struct SpliceLoop::State {
  struct Pair;
  // What epoll gives back: which side of which pair. Null: the wake-up.
  struct Side {
    Pair* pair = nullptr;
    SpliceSide side = SpliceSide::kClient;
  };
  struct Pair {
    UniqueFd client;
    UniqueFd server;
    std::vector<std::uint8_t> first;
    OnEnd on_end;
    std::uint64_t tag = 0;
    Side sides[2];
    std::optional<Splicer>
        splicer;          // None before its first turn and at its end.
    bool queued = false;  // For one more turn.
    Pair* next_queued = nullptr;
    std::list<Pair>::iterator place;  // In `pairs` or `ended`.
  };

  State(const SplicePoolOptions& options, const Syscalls* table)
      : sys(*table), pool(options) {
    SplicePoolAccess::UseSyscalls(&pool, table);
  }

  void Run(bool until_empty);
  void RunCommands();
  void RunQueued();
  void OnWaitFailed();
  void Begin(Pair* pair);
  void Turn(Pair* pair, SpliceSide side, std::uint32_t events);
  void End(Pair* pair, SpliceEnd end, int error);
  void Wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(wake.get(), &one, sizeof(one));
  }

  const Syscalls& sys;
  UniqueFd epoll;
  UniqueFd wake;
  SplicePool pool;
  std::list<Pair> pairs;
  std::list<Pair> ended;  // Freed after the events at hand.
  // Whose budget ran out.
  Pair* first_queued = nullptr;
  Pair* last_queued = nullptr;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> size{0};

  std::mutex mutex;  // Guards the next three.
  bool closing = false;
  std::list<Pair> added;
  std::vector<std::uint64_t> cancelled;  // Tags.
};

void SpliceLoop::State::End(Pair* pair, SpliceEnd end, int error) {
  SpliceResult result{.end = end, .error = error, .counters = {}};
  if (pair->splicer.has_value()) result.counters = pair->splicer->counters();
  if (end != SpliceEnd::kFinished) {
    internal::ResetOnClose(sys, pair->client.get());
    internal::ResetOnClose(sys, pair->server.get());
  }
  pair->splicer.reset();
  pair->client.reset();
  pair->server.reset();
  ended.splice(ended.end(), pairs, pair->place);
  --size;
  if (pair->on_end) pair->on_end(result);
}

void SpliceLoop::State::Turn(Pair* pair, SpliceSide side,
                             std::uint32_t events) {
  if (!pair->splicer.has_value()) return;  // Ended by an event before.
  const bool more = pair->splicer->Run(side, events);
  if (pair->splicer->end() != SpliceEnd::kRunning) {
    End(pair, pair->splicer->end(), pair->splicer->error());
  } else if (more && !pair->queued) {
    pair->queued = true;
    pair->next_queued = nullptr;
    (last_queued != nullptr ? last_queued->next_queued : first_queued) = pair;
    last_queued = pair;
  }
}

void SpliceLoop::State::Begin(Pair* pair) {
  pair->splicer.emplace(&pool, pair->client.get(), pair->server.get());
  const int fds[] = {pair->client.get(), pair->server.get()};
  for (std::size_t i = 0; i < 2; ++i) {
    pair->sides[i] = {pair, static_cast<SpliceSide>(i)};
    epoll_event event{.events = kSpliceEvents,
                      .data = {.ptr = &pair->sides[i]}};
    if (sys.epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fds[i], &event) != 0) {
      End(pair, SpliceEnd::kFailed, errno);
      return;
    }
  }
  if (!SendFirst(&*pair->splicer, pair->first)) {
    End(pair, SpliceEnd::kFailed, ENOMEM);
    return;
  }
  pair->first = {};
  Turn(pair, SpliceSide::kClient, 0);
}

// What other threads have asked for: what was added before it was cancelled is.
void SpliceLoop::State::RunCommands() {
  std::list<Pair> now;
  std::vector<std::uint64_t> tags;
  {
    const std::lock_guard lock(mutex);
    now.swap(added);
    tags.swap(cancelled);
  }
  while (!now.empty()) {
    Pair* pair = &now.front();
    pairs.splice(pairs.end(), now, pair->place);
    Begin(pair);
  }
  if (tags.empty()) return;
  std::sort(tags.begin(), tags.end());
  for (auto next = pairs.begin(); next != pairs.end();) {
    Pair* pair = &*next++;
    if (std::binary_search(tags.begin(), tags.end(), pair->tag)) {
      End(pair, SpliceEnd::kCancelled, 0);
    }
  }
}

void SpliceLoop::State::RunQueued() {
  Pair* pair = std::exchange(first_queued, nullptr);
  last_queued = nullptr;
  while (pair != nullptr) {
    Pair* next = pair->next_queued;
    pair->queued = false;
    Turn(pair, SpliceSide::kClient, 0);
    pair = next;
  }
}

void SpliceLoop::State::Run(bool until_empty) {
  constexpr int kEvents = 256;
  epoll_event events[kEvents];
  const BlockedSigpipe blocked;
  RunCommands();
  while (!stopping.exchange(false) && !(until_empty && size == 0)) {
    const int count = sys.epoll_wait(epoll.get(), events, kEvents,
                                     first_queued == nullptr ? -1 : 0);
    if (count < 0 && errno != EINTR) OnWaitFailed();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t got =
            ::read(wake.get(), &ignored, sizeof(ignored));
        RunCommands();
        continue;
      }
      const Side& at = *static_cast<Side*>(events[i].data.ptr);
      Turn(at.pair, at.side, events[i].events);
    }
    RunQueued();
    ended.clear();
  }
}

// Nothing is carried while waiting fails, but what is added and Stop are heard.
void SpliceLoop::State::OnWaitFailed() {
  constexpr int kRetryMilliseconds = 10;
  pollfd woken{.fd = wake.get(), .events = POLLIN, .revents = 0};
  ::poll(&woken, 1, kRetryMilliseconds);
  RunCommands();
}

absl::StatusOr<std::unique_ptr<SpliceLoop>> SpliceLoop::Create(
    const SplicePoolOptions& options) {
  return SpliceLoopAccess::Create(options, &internal::System());
}

absl::StatusOr<std::unique_ptr<SpliceLoop>> SpliceLoopAccess::Create(
    const SplicePoolOptions& options, const internal::Syscalls* syscalls) {
  const Syscalls& sys = *syscalls;
  auto state = std::make_unique<SpliceLoop::State>(options, syscalls);
  state->epoll.reset(sys.epoll_create1(EPOLL_CLOEXEC));
  if (state->epoll.valid()) {
    state->wake.reset(sys.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  }
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (!state->epoll.valid() || !state->wake.valid() ||
      sys.epoll_ctl(state->epoll.get(), EPOLL_CTL_ADD, state->wake.get(),
                    &event) != 0) {
    return internal::SystemError(
        absl::StatusCode::kResourceExhausted, errno,
        internal::StrFormat("cannot make a loop's descriptors: %s",
                            std::strerror(errno)));
  }
  return std::unique_ptr<SpliceLoop>(new SpliceLoop(std::move(state)));
}

SpliceLoop::SpliceLoop(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

SpliceLoop::~SpliceLoop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;  // OnEnd may add no more.
    state_->pairs.splice(state_->pairs.end(), state_->added);
  }
  while (!state_->pairs.empty()) {
    state_->End(&state_->pairs.front(), SpliceEnd::kRunning, 0);
  }
}

absl::Status SpliceLoop::Add(int take_client_fd, int take_server_fd,
                             std::span<const std::uint8_t> first, OnEnd on_end,
                             std::uint64_t tag) {
  std::list<State::Pair> made(1);
  State::Pair& pair = made.front();
  pair.first.assign(first.begin(), first.end());
  pair.on_end = std::move(on_end);
  pair.tag = tag;
  pair.place = made.begin();
  for (const int fd : {take_client_fd, take_server_fd}) {
    absl::Status status = internal::CheckConnected(state_->sys, fd);
    if (!status.ok()) return status;
  }
  const std::lock_guard lock(state_->mutex);
  if (state_->closing) {
    return absl::FailedPreconditionError("the loop is being destroyed");
  }
  // From here on nothing fails.
  pair.client.reset(take_client_fd);
  pair.server.reset(take_server_fd);
  SetNoDelay(state_->sys, take_client_fd);
  SetNoDelay(state_->sys, take_server_fd);
  ++state_->size;
  state_->added.splice(state_->added.end(), made);
  state_->Wake();
  return absl::OkStatus();
}

void SpliceLoop::Cancel(std::uint64_t tag) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->cancelled.push_back(tag);
  }
  state_->Wake();
}

void SpliceLoop::Run() { state_->Run(false); }
void SpliceLoop::RunUntilEmpty() { state_->Run(true); }
void SpliceLoop::Stop() {
  state_->stopping = true;
  state_->Wake();
}
std::size_t SpliceLoop::size() const { return state_->size; }

}  // namespace meshgw
