#include "gateway/worker.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "splice/splice_pool.h"

namespace meshgw::internal {
namespace {

using std::chrono::milliseconds;

constexpr int kEventsPerWait = 256;
// Connections taken from one listener before others get their turn.
constexpr int kAcceptsPerEvent = 64;
constexpr milliseconds kAcceptPause{100};

// What an epoll event is about: the low bits of its pointer.
enum Tag : std::uint64_t { kClient = 0, kServer = 1, kListener = 2, kWake = 3 };
constexpr std::uint64_t kTagMask = 3;

std::uint64_t Tagged(const void* pointer, Tag tag) {
  return reinterpret_cast<std::uint64_t>(pointer) | tag;
}

SplicePoolOptions PoolOptions(const SharedState& shared) {
  SplicePoolOptions options;
  options.max_pipes = shared.options.limits.max_pipes / shared.worker_count;
  return options;
}

// Every record of the longest hello has a header.
std::size_t MaxHelloBuffer(const HelloLimits& limits) {
  constexpr std::size_t kRecordHeader = 5;
  return std::clamp(limits.max_message_bytes, 4096u, 131400u) +
         kRecordHeader * std::max<std::size_t>(limits.max_records, 1);
}

}  // namespace

void WorkerCounters::AddTo(GatewayStats* stats) const {
  stats->accepted += accepted.Get();
  stats->active += active.Get();
  stats->pending_hellos += pending_hellos.Get();
  stats->post_quantum += post_quantum.Get();
  stats->ech += ech.Get();
  stats->bytes_in += bytes_in.Get();
  stats->bytes_out += bytes_out.Get();
  stats->spliced_bytes += spliced_bytes.Get();
  stats->connect_failures += connect_failures.Get();
  stats->accept_pauses += accept_pauses.Get();
  stats->shed_hellos += shed_hellos.Get();
  stats->pipe_limit_hits += pipe_limit_hits.Get();
  stats->ejections += ejections.Get();
  stats->pipes_open += pipes_open.Get();
  for (std::size_t i = 0; i < std::size(by_reason); ++i) {
    stats->by_reason[i] += by_reason[i].Get();
  }
  for (std::size_t i = 0; i < std::size(by_verdict); ++i) {
    stats->by_verdict[i] += by_verdict[i].Get();
  }
  for (std::size_t i = 0; i < std::size(by_route_kind); ++i) {
    stats->by_route_kind[i] += by_route_kind[i].Get();
  }
}

bool ClusterUses::Acquire(const std::string& cluster, std::uint32_t limit) {
  const std::lock_guard lock(mutex_);
  std::uint32_t& uses = uses_[cluster];
  if (uses >= limit) return false;
  ++uses;
  return true;
}

void ClusterUses::Release(const std::string& cluster) {
  const std::lock_guard lock(mutex_);
  const auto found = uses_.find(cluster);
  if (--found->second == 0) uses_.erase(found);
}

Worker::Worker(SharedState* shared, std::uint32_t index)
    : shared_(shared),
      index_(index),
      now_(Clock::now()),
      wheel_(now_),
      pool_(PoolOptions(*shared)),
      hello_buffers_(std::max<std::size_t>(
          shared->options.limits.max_hello_buffer_bytes / shared->worker_count,
          HelloBuffer::kFirstSize)),
      scratch_size_(std::clamp(shared->options.limits.hello.max_message_bytes,
                               4096u, 131400u)),
      max_hello_buffer_(MaxHelloBuffer(shared->options.limits.hello)),
      scratch_(std::make_unique<std::uint8_t[]>(scratch_size_)) {
  SplicePoolAccess::UseSyscalls(&pool_, shared->syscalls);
}

Worker::~Worker() {
  CloseConnections(ConnectionReason::kDrained);
  for (Connection* connection : retired_) delete connection;
}

absl::Status Worker::Open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = Tagged(nullptr, kWake)}};
  if (!epoll_.valid() || !wake_.valid() ||
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "cannot make a worker's descriptors: %s", std::strerror(errno)));
  }
  return absl::OkStatus();
}

void Worker::Post(std::function<void()> command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  const std::uint64_t one = 1;
  // A full counter wakes the worker as well.
  [[maybe_unused]] const ssize_t written =
      ::write(wake_.get(), &one, sizeof(one));
}

void Worker::RunCommands() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got =
      ::read(wake_.get(), &count, sizeof(count));
  std::vector<std::function<void()>> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const auto& command : commands) command();
}

void Worker::Run() {
  RefreshRoutes();
  while (!stopping_) Loop();
}

void Worker::Loop() {
  epoll_event events[kEventsPerWait];
  const int count = sys().epoll_wait(epoll_.get(), events, kEventsPerWait,
                                     run_queue_.empty() ? PollTimeout() : 0);
  now_ = Clock::now();
  RefreshRoutes();
  for (int i = 0; i < count; ++i) {
    HandleEvent(events[i].data.u64, events[i].events);
  }
  // Those queued while this runs have their turn in the next round.
  std::vector<Connection*> queue;
  queue.swap(run_queue_);
  for (Connection* connection : queue) connection->Continue();
  wheel_.Advance(now_);
  while (Timer* timer = wheel_.Take()) {
    static_cast<Connection*>(timer->owner)->OnTimer();
  }
  if (accept_paused_ && now_ >= accept_resume_) ResumeAccepting();
  // Events of this batch may still have named them.
  for (Connection* connection : retired_) delete connection;
  retired_.clear();
  retired_listeners_.clear();
  PublishPoolCounters();
}

int Worker::PollTimeout() const {
  int timeout = wheel_.NextTimeout(Clock::now());
  if (accept_paused_) {
    const auto pause = static_cast<int>(kAcceptPause.count());
    timeout = timeout < 0 ? pause : std::min(timeout, pause);
  }
  return timeout;
}

void Worker::HandleEvent(std::uint64_t data, std::uint32_t events) {
  const auto tag = static_cast<Tag>(data & kTagMask);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): epoll gives back our pointer.
  void* pointer = reinterpret_cast<void*>(data & ~kTagMask);
  switch (tag) {
    case kWake:
      RunCommands();
      return;
    case kListener:
      Accept(static_cast<Listener*>(pointer), kAcceptsPerEvent);
      return;
    case kClient:
    case kServer:
      static_cast<Connection*>(pointer)->OnEvent(
          tag == kClient ? SpliceSide::kClient : SpliceSide::kServer, events);
      return;
  }
}

void Worker::RefreshRoutes() {
  const std::uint64_t version = shared_->routes->version();
  if (version == routes_version_) return;
  routes_version_ = version;
  auto table = shared_->routes->resolved();
  if (picker_ != nullptr) {
    picker_->SetTable(std::move(table));
  } else {
    picker_ = std::make_unique<EndpointPicker>(std::move(table),
                                               shared_->options.seed + index_);
  }
}

void Worker::PublishPoolCounters() {
  const SplicePoolCounters pool = pool_.counters();
  counters_.pipes_open.Set(pool.pipes_open);
  counters_.pipe_limit_hits.Set(pool.pipe_limit_hits);
  if (picker_ != nullptr) counters_.ejections.Set(picker_->ejections());
}

bool Worker::WatchListener(Listener* listener, int operation, bool enabled) {
  epoll_event event{};
  event.data.u64 = Tagged(listener, kListener);
  if (enabled) event.events = EPOLLIN;
  if (enabled && listener->exclusive) event.events |= EPOLLEXCLUSIVE;
  return sys().epoll_ctl(epoll_.get(), operation, listener->fd->get(),
                         &event) == 0;
}

void Worker::AddListener(std::shared_ptr<Listener> listener) {
  if (!WatchListener(listener.get(), EPOLL_CTL_ADD, true)) {
    shared_->Log("error",
                 absl::StrFormat("listener %s: epoll_ctl: %s", listener->name,
                                 std::strerror(errno)));
    return;
  }
  listeners_.push_back(std::move(listener));
}

void Worker::CloseListeners() {
  for (const auto& listener : listeners_) {
    if (listener->fd == nullptr || !listener->fd->valid()) continue;
    WatchListener(listener.get(), EPOLL_CTL_DEL, false);
    // What the kernel has queued was promised service: take it first.
    if (!accept_paused_) Accept(listener.get(), -1);
    listener->fd.reset();
  }
  // Events of this batch may still name them.
  std::move(listeners_.begin(), listeners_.end(),
            std::back_inserter(retired_listeners_));
  listeners_.clear();
}

// Accepts at most `most` connections; all that wait when it is negative.
void Worker::Accept(Listener* listener, int most) {
  for (int taken = 0; most < 0 || taken < most; ++taken) {
    if (accept_paused_ || listener->fd == nullptr) return;
    SocketAddress source;
    source.length = sizeof(source.storage);
    UniqueFd fd(sys().accept4(listener->fd->get(), source.get(), &source.length,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      Admit(listener, std::move(fd), source);
      continue;
    }
    switch (errno) {
      case EAGAIN:
        return;
      case EINTR:
      case ECONNABORTED:  // The client was faster.
      case EPERM:         // A firewall's word.
      case EPROTO:
        continue;
      default:
        PauseAccepting(errno);
        return;
    }
  }
}

void Worker::Admit(Listener* listener, UniqueFd fd,
                   const SocketAddress& source) {
  counters_.accepted.Add();
  const auto found = std::find_if(
      listeners_.begin(), listeners_.end(),
      [&](const auto& candidate) { return candidate.get() == listener; });
  auto connection = std::make_unique<Connection>(
      this, *found, std::uint64_t{index_} << 48 | ++next_id_, std::move(fd),
      source);
  Connection* added = connection.release();  // Owned by the list now.
  added->next = first_;
  if (first_ != nullptr) first_->previous = added;
  first_ = added;
  counters_.active.Set(counters_.active.Get() + 1);
  // Retire takes it off again.
  const std::uint32_t limit = limits().max_connections;
  if (limit != 0 && shared_->connections.fetch_add(1) >= limit) {
    added->Close(ConnectionReason::kConnectionLimit, "gateway");
  } else {
    added->Start();
  }
}

void Worker::Adopt(std::string_view listener_name, UniqueFd fd) {
  auto found = std::find_if(
      listeners_.begin(), listeners_.end(),
      [&](const auto& candidate) { return candidate->name == listener_name; });
  if (found == listeners_.end()) {
    auto listener = std::make_shared<Listener>();
    listener->name = listener_name;
    listeners_.push_back(std::move(listener));
    found = listeners_.end() - 1;
  }
  SocketAddress source;
  source.length = sizeof(source.storage);
  if (::getpeername(fd.get(), source.get(), &source.length) != 0) return;
  Admit(found->get(), std::move(fd), source);
}

void Worker::PauseAccepting(int error) {
  accept_paused_ = true;
  accept_resume_ = now_ + kAcceptPause;
  counters_.accept_pauses.Add();
  shared_->Log("warn",
               absl::StrFormat("accepting paused for %d ms: %s",
                               kAcceptPause.count(), std::strerror(error)));
  for (const auto& listener : listeners_) {
    if (listener->fd != nullptr) {
      // Removed, not modified: EPOLL_CTL_MOD refuses EPOLLEXCLUSIVE.
      WatchListener(listener.get(), EPOLL_CTL_DEL, false);
    }
  }
}

void Worker::ResumeAccepting() {
  accept_paused_ = false;
  for (const auto& listener : listeners_) {
    if (listener->fd == nullptr) continue;
    if (!WatchListener(listener.get(), EPOLL_CTL_ADD, true) &&
        errno != EEXIST) {
      PauseAccepting(errno);  // Out of memory still.
      return;
    }
  }
}

bool Worker::Watch(int fd, Connection* connection, SpliceSide side) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 =
      Tagged(connection, side == SpliceSide::kClient ? kClient : kServer);
  return sys().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Worker::RunSoon(Connection* connection) {
  run_queue_.push_back(connection);
}

void Worker::AddPending(Connection* connection) {
  Listener* listener = connection->listener();
  const std::uint32_t limit =
      std::max(limits().max_pending_hellos / shared_->worker_count, 1u);
  if (listener->pending >= limit) {
    counters_.shed_hellos.Add();
    listener->oldest_pending->Close(ConnectionReason::kHelloTimeout, "gateway");
  }
  connection->pending = true;
  connection->older_pending = listener->newest_pending;
  connection->newer_pending = nullptr;
  (listener->newest_pending != nullptr ? listener->newest_pending->newer_pending
                                       : listener->oldest_pending) = connection;
  listener->newest_pending = connection;
  ++listener->pending;
  counters_.pending_hellos.Set(counters_.pending_hellos.Get() + 1);
}

void Worker::RemovePending(Connection* connection) {
  if (!connection->pending) return;
  Listener* listener = connection->listener();
  connection->pending = false;
  (connection->older_pending != nullptr
       ? connection->older_pending->newer_pending
       : listener->oldest_pending) = connection->newer_pending;
  (connection->newer_pending != nullptr
       ? connection->newer_pending->older_pending
       : listener->newest_pending) = connection->older_pending;
  --listener->pending;
  counters_.pending_hellos.Set(counters_.pending_hellos.Get() - 1);
}

void Worker::Retire(Connection* connection) {
  (connection->previous != nullptr ? connection->previous->next : first_) =
      connection->next;
  if (connection->next != nullptr) {
    connection->next->previous = connection->previous;
  }
  if (shared_->options.limits.max_connections != 0) {
    shared_->connections.fetch_sub(1);
  }
  if (connection->queued) std::erase(run_queue_, connection);
  retired_.push_back(connection);
}

std::size_t Worker::CloseConnections(ConnectionReason reason) {
  std::size_t closed = 0;
  while (first_ != nullptr) {
    first_->Close(reason, "gateway");
    ++closed;
  }
  return closed;
}

}  // namespace meshgw::internal
