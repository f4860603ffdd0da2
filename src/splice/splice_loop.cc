#include "meshgw/splice_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <unordered_set>
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

}  // namespace

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
    Side sides[2];
    std::unique_ptr<Splicer> splicer;  // Null before its first turn.
    bool queued = false;
  };

  State(const SplicePoolOptions& options, const Syscalls* table)
      : sys(*table), pool(options) {
    SplicePoolAccess::UseSyscalls(&pool, table);
  }

  void Run(bool until_empty);
  void RunAdded();
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
  std::unordered_set<Pair*> pairs;  // Owned.
  std::vector<Pair*> again;         // Whose budget ran out.
  std::vector<Pair*> ended;         // Freed after the events at hand.
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> size{0};

  std::mutex mutex;  // Guards the next two.
  bool closing = false;
  std::vector<std::unique_ptr<Pair>> added;
};

void SpliceLoop::State::End(Pair* pair, SpliceEnd end, int error) {
  SpliceResult result{.end = end, .error = error, .counters = {}};
  if (pair->splicer != nullptr) result.counters = pair->splicer->counters();
  if (end != SpliceEnd::kFinished) {
    internal::ResetOnClose(sys, pair->client.get());
    internal::ResetOnClose(sys, pair->server.get());
  }
  pair->splicer.reset();
  pair->client.reset();
  pair->server.reset();
  pairs.erase(pair);
  ended.push_back(pair);
  --size;
  if (pair->on_end) pair->on_end(result);
}

void SpliceLoop::State::Turn(Pair* pair, SpliceSide side,
                             std::uint32_t events) {
  if (pair->splicer == nullptr) return;  // Ended by an event before.
  const bool more = pair->splicer->Run(side, events);
  if (pair->splicer->end() != SpliceEnd::kRunning) {
    End(pair, pair->splicer->end(), pair->splicer->error());
  } else if (more && !pair->queued) {
    pair->queued = true;
    again.push_back(pair);
  }
}

void SpliceLoop::State::Begin(Pair* pair) {
  pairs.insert(pair);
  pair->splicer =
      std::make_unique<Splicer>(&pool, pair->client.get(), pair->server.get());
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
  if (!pair->splicer->SendFirst(pair->first).ok()) {
    End(pair, SpliceEnd::kFailed, ENOMEM);
    return;
  }
  pair->first = {};
  Turn(pair, SpliceSide::kClient, 0);
}

void SpliceLoop::State::RunAdded() {
  std::vector<std::unique_ptr<Pair>> now;
  {
    const std::lock_guard lock(mutex);
    now.swap(added);
  }
  for (auto& pair : now) Begin(pair.release());
}

void SpliceLoop::State::Run(bool until_empty) {
  constexpr int kEvents = 256;
  epoll_event events[kEvents];
  const BlockedSigpipe blocked;
  RunAdded();
  while (!stopping.exchange(false) && !(until_empty && size == 0)) {
    const int count =
        sys.epoll_wait(epoll.get(), events, kEvents, again.empty() ? -1 : 0);
    if (count < 0 && errno != EINTR) OnWaitFailed();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t got =
            ::read(wake.get(), &ignored, sizeof(ignored));
        RunAdded();
        continue;
      }
      const Side& at = *static_cast<Side*>(events[i].data.ptr);
      Turn(at.pair, at.side, events[i].events);
    }
    for (Pair* pair : std::exchange(again, {})) {
      pair->queued = false;
      Turn(pair, SpliceSide::kClient, 0);
    }
    for (Pair* pair : std::exchange(ended, {})) delete pair;
  }
}

// Nothing is carried while waiting fails, but what is added and Stop are heard.
void SpliceLoop::State::OnWaitFailed() {
  constexpr int kRetryMilliseconds = 10;
  pollfd woken{.fd = wake.get(), .events = POLLIN, .revents = 0};
  ::poll(&woken, 1, kRetryMilliseconds);
  RunAdded();
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
    for (auto& pair : std::exchange(state_->added, {})) {
      state_->pairs.insert(pair.release());
    }
  }
  while (!state_->pairs.empty()) {
    state_->End(*state_->pairs.begin(), SpliceEnd::kRunning, 0);
  }
  for (State::Pair* pair : state_->ended) delete pair;
}

absl::Status SpliceLoop::Add(int take_client_fd, int take_server_fd,
                             std::span<const std::uint8_t> first,
                             OnEnd on_end) {
  for (const int fd : {take_client_fd, take_server_fd}) {
    absl::Status status = internal::CheckConnected(state_->sys, fd);
    if (!status.ok()) return status;
  }
  const std::lock_guard lock(state_->mutex);
  if (state_->closing) {
    return absl::FailedPreconditionError("the loop is being destroyed");
  }
  auto pair = std::make_unique<State::Pair>();
  pair->first.assign(first.begin(), first.end());
  pair->on_end = std::move(on_end);
  pair->client.reset(take_client_fd);
  pair->server.reset(take_server_fd);
  SetNoDelay(state_->sys, take_client_fd);
  SetNoDelay(state_->sys, take_server_fd);
  ++state_->size;
  state_->added.push_back(std::move(pair));
  state_->Wake();
  return absl::OkStatus();
}

void SpliceLoop::Run() { state_->Run(false); }
void SpliceLoop::RunUntilEmpty() { state_->Run(true); }
void SpliceLoop::Stop() {
  state_->stopping = true;
  state_->Wake();
}
std::size_t SpliceLoop::size() const { return state_->size; }

}  // namespace meshgw
