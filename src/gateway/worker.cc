#include "gateway/worker.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "base/sockets.h"
#include "base/str_format.h"
#include "base/system_error.h"
#include "splice/splice_pool.h"

namespace meshgw::internal {
namespace {

// Few: what happens to a descriptor while others are handled is then told with
// its event, not in one more.
constexpr int kEventsPerWait = 16;
// So many are handled, if there are as many, before connections that want
// another turn get it.
constexpr int kEventsPerTurn = 256;
// Of a connection's id, that count within a worker. With ten for 1,024 workers
// it stays below 2^53: readers of JSON may keep numbers as doubles.
constexpr int kIdBits = 43;

// What an epoll event is about: the low bits of its data. The rest is the key
// of a connection or the address of a listener.
enum Tag : std::uint64_t { kClient = 0, kServer = 1, kListener = 2, kWake = 3 };
constexpr int kTagBits = 2;
static_assert(ConnectionTable::kKeyBits + kTagBits <= 64);

std::uint64_t Tagged(std::uint64_t what, Tag tag) {
  return what << kTagBits | tag;
}

SplicePoolOptions PoolOptions(const SharedState& shared) {
  SplicePoolOptions options;
  options.max_pipes =
      std::max(shared.options.limits.max_pipes / shared.worker_count, 1u);
  options.max_kept_bytes =
      shared.options.limits.max_kept_bytes / shared.worker_count;
  return options;
}

std::size_t MaxMessage(const HelloLimits& limits) {
  return std::clamp(limits.max_message_bytes, 4096u, 131400u);
}

// Every record of the longest hello has a header.
std::size_t MaxHelloBuffer(const HelloLimits& limits) {
  constexpr std::size_t kRecordHeader = 5;
  return MaxMessage(limits) +
         kRecordHeader * std::max<std::size_t>(limits.max_records, 1);
}

}  // namespace

Worker::Worker(SharedState* shared, std::uint32_t index)
    : shared_(shared),
      index_(index),
      now_(shared->clock()),
      wheel_(now_),
      cluster_uses_(&shared->cluster_uses),
      pool_(PoolOptions(*shared)),
      hello_buffers_(std::max<std::size_t>(
          shared->options.limits.max_hello_buffer_bytes / shared->worker_count,
          HelloBuffer::kFirstSize)),
      scratch_size_(MaxMessage(shared->options.limits.hello)),
      max_hello_buffer_(MaxHelloBuffer(shared->options.limits.hello)),
      scratch_(std::make_unique<std::uint8_t[]>(scratch_size_)),
      acceptor_(this) {
  SplicePoolAccess::UseSyscalls(&pool_, shared->syscalls);
}

Worker::~Worker() {
  CloseConnections(ConnectionReason::kDrained);
  FreeRetired();
}

absl::Status Worker::Open() {
  epoll_.reset(sys().epoll_create1(EPOLL_CLOEXEC));
  if (epoll_.valid()) {
    wake_.reset(sys().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  }
  epoll_event event{.events = EPOLLIN, .data = {.u64 = Tagged(0, kWake)}};
  if (!epoll_.valid() || !wake_.valid() ||
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return SystemError(
        absl::StatusCode::kResourceExhausted, errno,
        internal::StrFormat("cannot make a worker's descriptors: %s",
                            std::strerror(errno)));
  }
  RefreshRoutes();  // A first table: later ones may fail to be taken.
  return absl::OkStatus();
}

void Worker::Post(std::function<void()> command) {
  Commands made;
  made.push_back(std::move(command));
  Post(&made);
}

void Worker::Post(Commands* made) noexcept {
  {
    const std::lock_guard lock(mutex_);
    commands_.splice(commands_.end(), *made);
  }
  Wake();
}

void Worker::RequestStop() noexcept {
  stop_requested_ = true;
  Wake();
}

void Worker::Wake() const noexcept {
  const std::uint64_t one = 1;
  // A full counter wakes the worker as well.
  [[maybe_unused]] const ssize_t written =
      ::write(wake_.get(), &one, sizeof(one));
}

void Worker::RunCommands() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got =
      ::read(wake_.get(), &count, sizeof(count));
  Commands commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const auto& command : commands) {
    try {
      command();
    } catch (const std::exception& error) {
      shared_->Log("error", "a worker could not do what it was asked: %s",
                   error.what());
    } catch (...) {
    }
  }
  if (stop_requested_ && !stopping_) {
    acceptor_.Close();
    closed_ = CloseConnections(ConnectionReason::kDrained);
    stopping_ = true;
  }
}

void Worker::Run() noexcept {
  while (!stopping_) Loop();
}

// Runs `turn`, a piece of work of `connection`. What it throws ends that one
// connection.
template <typename Turn>
void Worker::Guard(Connection* connection, const Turn& turn) noexcept {
  try {
    turn();
  } catch (const std::bad_alloc&) {
    connection->Abort(ENOMEM);
  } catch (...) {
    connection->Abort(0);
  }
}

void Worker::Loop() {
  epoll_event events[kEventsPerWait];
  const int count = sys().epoll_wait(epoll_.get(), events, kEventsPerWait,
                                     run_queue_.empty() ? PollTimeout() : 0);
  if (count < 0 && errno != EINTR) OnWaitFailed();
  now_ = shared_->clock();
  // Before the events: a timer that they arm is then counted from now, not from
  // the last time that one was armed.
  wheel_.Advance(now_);
  RefreshRoutes();
  for (int i = 0; i < count; ++i) {
    HandleEvent(events[i].data.u64, events[i].events);
  }
  events_in_turn_ += std::max(count, 0);
  if (count < kEventsPerWait || events_in_turn_ >= kEventsPerTurn) RunQueued();
  while (Timer* timer = wheel_.Take()) {
    auto* connection = static_cast<Connection*>(timer);
    Guard(connection, [&] { connection->OnTimer(); });
  }
  acceptor_.ResumeIfDue(now_);
  FreeRetired();
  PublishPoolCounters();
}

// Those queued while this runs have their turn in the next one.
void Worker::RunQueued() {
  events_in_turn_ = 0;
  running_.swap(run_queue_);
  for (const ConnectionTable::Key key : running_) {
    if (Connection* connection = connections_.Find(key)) {
      Guard(connection, [&] { connection->Continue(); });
    }
  }
  running_.clear();
}

// Nothing is served while waiting fails, but commands are heard still.
void Worker::OnWaitFailed() {
  constexpr int kRetryMilliseconds = 10;
  pollfd wake{.fd = wake_.get(), .events = POLLIN, .revents = 0};
  ::poll(&wake, 1, kRetryMilliseconds);
  RunCommands();
}

// From the time of the last wake-up: what has passed since is less than a tick,
// or there was much to do and there is more at once.
int Worker::PollTimeout() const {
  const int timeout = wheel_.NextTimeout(now_);
  const auto resume = acceptor_.resume_at();
  if (!resume.has_value()) return timeout;
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(*resume - now_);
  const int pause = static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
  return timeout < 0 ? pause : std::min(timeout, pause);
}

void Worker::HandleEvent(std::uint64_t data, std::uint32_t events) {
  const auto tag = static_cast<Tag>(data & ((1u << kTagBits) - 1));
  const std::uint64_t what = data >> kTagBits;
  if (tag == kWake) {
    RunCommands();
  } else if (tag == kListener) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as WatchListener made it.
    acceptor_.OnEvent(reinterpret_cast<Listener*>(what));
  } else if (Connection* connection = connections_.Find(what)) {
    const auto side =
        tag == kClient ? SpliceSide::kClient : SpliceSide::kServer;
    Guard(connection, [&] { connection->OnEvent(side, events); });
  }
}

// Without memory the old table stays until the next turn.
void Worker::RefreshRoutes() {
  const std::uint64_t version = shared_->routes->version();
  if (version == routes_version_) return;
  auto table = shared_->routes->resolved();
  if (picker_ == nullptr) {
    picker_ = std::make_unique<EndpointPicker>(std::move(table),
                                               shared_->options.seed + index_);
  } else {
    try {
      picker_->SetTable(std::move(table));
    } catch (const std::bad_alloc&) {
      return;
    }
  }
  cluster_uses_.Forget();
  routes_version_ = version;
}

void Worker::PublishPoolCounters() {
  const SplicePoolCounters* pool = SplicePoolAccess::TakeChanged(&pool_);
  if (pool == nullptr) return;
  counters_.pipes_open.Set(pool->pipes_open);
  counters_.pipe_limit_hits.Set(pool->pipe_limit_hits);
  counters_.pipes_taken_back.Set(pool->pipes_taken_back);
  counters_.kept_bytes.Set(pool->kept_bytes);
  counters_.kept_limit_hits.Set(pool->kept_limit_hits);
}

bool Worker::WatchListener(int fd, Listener* listener, std::uint32_t events) {
  // An address has bits to spare for the tag.
  const auto what = reinterpret_cast<std::uintptr_t>(listener);
  epoll_event event{.events = events, .data = {.u64 = Tagged(what, kListener)}};
  // Watched still: it could not be removed.
  return sys().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ||
         errno == EEXIST;
}

bool Worker::Watch(int fd, std::uint32_t slot, SpliceSide side) {
  epoll_event event{};
  event.events = kSpliceEvents;
  event.data.u64 = Tagged(connections_.KeyOf(slot),
                          side == SpliceSide::kClient ? kClient : kServer);
  return sys().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Worker::Unwatch(int fd) {
  // The kernel refuses only what is not there. Were it left, its events would
  // find nobody: keys do not come back.
  sys().epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Worker::Admit(Listener* listener, UniqueFd fd, const SocketAddress& source,
                   ClientSocket is) noexcept {
  Connection* connection = nullptr;
  try {
    auto owned = std::make_unique<Connection>(
        listener, std::uint64_t{index_} << kIdBits | ++next_id_, std::move(fd),
        source, is);
    owned->set_slot(connections_.Add(owned.get()));
    connection = owned.release();  // Until Retire the table's.
  } catch (const std::bad_alloc&) {
    CountRefused();
    acceptor_.Pause(ENOMEM);  // Others would not fare better.
    return;
  }
  counters_.accepted.Add();
  counters_.active.Add();
  // Retire takes it off again.
  const std::uint32_t limit = limits().max_connections;
  if (limit != 0 && shared_->connections.fetch_add(1) >= limit) {
    connection->Close(ConnectionReason::kConnectionLimit, "gateway");
  } else {
    Guard(connection, [&] { connection->Start(); });
  }
}

// A connection that there was no memory to make.
void Worker::CountRefused() noexcept {
  counters_.accepted.Add();
  counters_.by_reason[static_cast<std::size_t>(ConnectionReason::kFailed)]
      .Add();
  counters_.by_verdict[static_cast<std::size_t>(HelloVerdict::kNeedMore)].Add();
  if (shared_->options.on_connection) counters_.records_lost.Add();
}

void Worker::Adopt(std::string_view listener_name, UniqueFd fd) noexcept {
  SocketAddress source;
  source.length = sizeof(source.storage);
  // An error is that of a connection that has ended: reading will tell.
  sys().getpeername(fd.get(), source.get(), &source.length);
  const ClientSocket is{.tcp = IsTcp(sys(), fd.get()), .handed_over = true};
  Listener* listener = nullptr;
  try {
    listener = acceptor_.FindOrAdd(listener_name);
  } catch (const std::bad_alloc&) {
    CountRefused();
    return;
  }
  Admit(listener, std::move(fd), source, is);
}

void Worker::RunSoon(Connection* connection) {
  run_queue_.push_back(connections_.KeyOf(connection->slot()));
}

void Worker::AddPending(PendingHello* pending, Listener* listener) {
  const std::uint32_t limit =
      std::max(limits().max_pending_hellos / shared_->worker_count, 1u);
  if (listener->pending.size() >= limit) {
    counters_.shed_hellos.Add();
    listener->pending.oldest()->connection->Close(
        ConnectionReason::kHelloTimeout, "gateway");
  }
  listener->pending.Add(pending);
  counters_.pending_hellos.Add();
}

void Worker::RemovePending(PendingHello* pending, Listener* listener) {
  if (!pending->listed) return;
  listener->pending.Remove(pending);
  counters_.pending_hellos.Subtract();
}

bool Worker::ShedHelloFor(const PendingHello& needs, Listener* listener) {
  for (PendingHello* pending = listener->pending.oldest();
       pending != nullptr && pending != &needs; pending = pending->newer) {
    if (!pending->connection->holds_hello_memory()) continue;
    counters_.hello_memory_sheds.Add();
    pending->connection->Close(ConnectionReason::kHelloMemory, "gateway");
    return true;
  }
  return false;
}

void Worker::Retire(Connection* connection) noexcept {
  connections_.Remove(connection->slot());
  if (limits().max_connections != 0) shared_->connections.fetch_sub(1);
  connection->next = std::exchange(retired_, connection);
}

void Worker::FreeRetired() noexcept {
  while (retired_ != nullptr) {
    const std::unique_ptr<Connection> gone(static_cast<Connection*>(retired_));
    retired_ = std::exchange(gone->next, nullptr);
  }
}

std::size_t Worker::CloseConnections(ConnectionReason reason) {
  std::size_t closed = 0;
  for (std::size_t slot = 0; slot < connections_.slots(); ++slot) {
    Connection* connection = connections_.at(slot);
    if (connection == nullptr) continue;
    connection->Close(reason, "gateway");
    ++closed;
  }
  return closed;
}

Worker::Listed Worker::ListConnections(std::size_t slot, std::size_t count,
                                       std::size_t limit) const {
  Listed listed;
  const std::size_t end = std::min(connections_.slots(), slot + count);
  listed.more = end < connections_.slots();
  for (; slot < end && listed.connections.size() < limit; ++slot) {
    const Connection* connection = connections_.at(slot);
    if (connection == nullptr) continue;
    listed.connections.push_back(connection->Describe(now_));
  }
  return listed;
}

DrainPlan::Counts Worker::DrainStep(DrainPlan* plan,
                                    std::chrono::nanoseconds elapsed,
                                    std::chrono::milliseconds idle) {
  std::vector<Connection*> idle_ones;
  std::vector<Connection*> others;
  try {
    for (std::size_t slot = 0; slot < connections_.slots(); ++slot) {
      Connection* connection = connections_.at(slot);
      if (connection == nullptr) continue;
      const bool is_idle =
          connection->relays() && now_ - connection->active() >= idle;
      (is_idle ? idle_ones : others).push_back(connection);
    }
  } catch (const std::bad_alloc&) {
    return {};  // The next step makes up for it.
  }
  const DrainPlan::Counts close =
      plan->ToClose(elapsed, {idle_ones.size(), others.size()});
  const auto close_quietest = [](std::vector<Connection*>* of,
                                 std::size_t count) {
    std::sort(of->begin(), of->end(), [](const auto* a, const auto* b) {
      return a->active() < b->active();
    });
    for (std::size_t i = 0; i < count; ++i) {
      (*of)[i]->Close(ConnectionReason::kDrained, "gateway");
    }
  };
  if (close.idle > 0) close_quietest(&idle_ones, close.idle);
  if (close.others > 0) close_quietest(&others, close.others);
  return close;
}

}  // namespace meshgw::internal
