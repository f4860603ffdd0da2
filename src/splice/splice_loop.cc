#include "meshgw/splice_loop.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

#include "absl/strings/str_format.h"
#include "base/system_error.h"
#include "base/unique_fd.h"

namespace meshgw {
namespace {

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

absl::Status CheckConnected(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  int type = 0;
  socklen_t type_length = sizeof(type);
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length) != 0 ||
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) {
    return internal::SystemError(
        absl::StatusCode::kInvalidArgument, errno,
        absl::StrFormat("descriptor %d: %s; expected a connected stream socket",
                        fd, std::strerror(errno)));
  }
  if (type == SOCK_STREAM) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("descriptor %d is not a stream socket", fd));
}

void Prepare(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::fcntl(fd, F_SETFD, ::fcntl(fd, F_GETFD) | FD_CLOEXEC);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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

  explicit State(const SplicePoolOptions& options) : pool(options) {}

  void Run(bool until_empty);
  void RunAdded();
  void Begin(Pair* pair);
  void Turn(Pair* pair, SpliceSide side, std::uint32_t events);
  void End(Pair* pair, SpliceEnd end, int error);
  void Wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(wake.get(), &one, sizeof(one));
  }

  UniqueFd epoll;
  UniqueFd wake;
  SplicePool pool;
  std::unordered_set<Pair*> pairs;  // Owned.
  std::vector<Pair*> again;         // Whose budget ran out.
  std::vector<Pair*> ended;         // Freed after the events at hand.
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> size{0};

  std::mutex mutex;  // Guards added.
  std::vector<std::unique_ptr<Pair>> added;
};

void SpliceLoop::State::End(Pair* pair, SpliceEnd end, int error) {
  SpliceResult result{.end = end, .error = error, .counters = {}};
  if (pair->splicer != nullptr) result.counters = pair->splicer->counters();
  if (end != SpliceEnd::kFinished) {
    ResetOnClose(pair->client.get());
    ResetOnClose(pair->server.get());
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
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fds[i], &event) != 0) {
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
        ::epoll_wait(epoll.get(), events, kEvents, again.empty() ? -1 : 0);
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

absl::StatusOr<std::unique_ptr<SpliceLoop>> SpliceLoop::Create(
    const SplicePoolOptions& options) {
  auto state = std::make_unique<State>(options);
  state->epoll.reset(::epoll_create1(EPOLL_CLOEXEC));
  state->wake.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (!state->epoll.valid() || !state->wake.valid() ||
      ::epoll_ctl(state->epoll.get(), EPOLL_CTL_ADD, state->wake.get(),
                  &event) != 0) {
    return internal::SystemError(
        absl::StatusCode::kResourceExhausted, errno,
        absl::StrFormat("cannot make a loop's descriptors: %s",
                        std::strerror(errno)));
  }
  return std::unique_ptr<SpliceLoop>(new SpliceLoop(std::move(state)));
}

SpliceLoop::SpliceLoop(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

SpliceLoop::~SpliceLoop() {
  for (auto& pair : std::exchange(state_->added, {})) {
    state_->pairs.insert(pair.release());
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
    if (absl::Status status = CheckConnected(fd); !status.ok()) return status;
  }
  auto pair = std::make_unique<State::Pair>();
  pair->first.assign(first.begin(), first.end());
  pair->on_end = std::move(on_end);
  pair->client.reset(take_client_fd);
  pair->server.reset(take_server_fd);
  Prepare(take_client_fd);
  Prepare(take_server_fd);
  ++state_->size;
  {
    const std::lock_guard lock(state_->mutex);
    state_->added.push_back(std::move(pair));
  }
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
