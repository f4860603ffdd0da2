#include "meshgw/gateway.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <iterator>
#include <list>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "base/sockets.h"
#include "base/str_format.h"
#include "gateway/each_worker.h"
#include "gateway/gateway_access.h"
#include "gateway/gateway_defaults.h"
#include "gateway/host_resolver.h"
#include "gateway/listen_socket.h"
#include "gateway/new_listeners.h"
#include "gateway/routes_holder.h"
#include "gateway/signal_mask.h"
#include "gateway/tcp_options.h"
#include "gateway/worker.h"

namespace meshgw {
namespace {

using internal::HostResolver;
using internal::NewListeners;
using internal::SharedState;
using internal::UniqueFd;
using internal::Worker;

// How long a drain waits for handshakes that have begun.
constexpr std::chrono::milliseconds kHandshakeTime{250};
// How often a drain looks whether it is over: workers do not tell when their
// last connection ends, as none of them would look at a drain otherwise.
constexpr std::chrono::milliseconds kLook{10};
// How often it closes some, for which workers go over their connections.
constexpr std::chrono::milliseconds kDrainStep{50};
// How long who sets a table waits until workers have let go of the old one.
constexpr std::chrono::milliseconds kTakeTime{100};
// How many connections a worker tells of at once, some 100 us of its time.
constexpr std::size_t kSlotsAtOnce = 256;

// What can be added to a time without overflow.
std::chrono::milliseconds Bounded(std::chrono::milliseconds wait) {
  return std::clamp<std::chrono::milliseconds>(
      wait, std::chrono::milliseconds(0), std::chrono::hours(24 * 365));
}

}  // namespace

class Gateway::Impl {
 public:
  Impl(GatewayOptions options, std::shared_ptr<const RouteTable> routes,
       const internal::Syscalls* syscalls, internal::TimeSource clock) {
    shared_.options = internal::WithDefaults(std::move(options));
    shared_.worker_count = shared_.options.workers;
    shared_.syscalls = syscalls;
    shared_.clock = clock;
    shared_.routes = std::make_unique<internal::RoutesHolder>();
    resolver_ = std::make_unique<HostResolver>(
        shared_.options.dns_refresh,
        [this](const internal::HostAddresses& addresses) {
          const auto replaced = shared_.routes->resolved();
          shared_.routes->SetAddresses(addresses);
          if (shared_.routes->resolved() != replaced) AwaitTaken();
        },
        shared_.options.on_log);
    SetRoutes(std::move(routes));
  }

  ~Impl() { Stop(); }

  absl::Status Open() {
    absl::Status options = internal::CheckTcpOptions(shared_.options.tcp);
    if (!options.ok()) return options;
    for (std::uint32_t i = 0; i < shared_.worker_count; ++i) {
      workers_.push_back(std::make_unique<Worker>(&shared_, i));
      if (absl::Status status = workers_.back()->Open(); !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Listen(std::string_view name,
                                     std::string_view text) {
    const auto address = internal::ParseListenAddress(text);
    if (!address.ok()) return address.status();
    const std::lock_guard lock(mutex_);
    if (absl::Status status = CheckListens(); !status.ok()) return status;
    // What can fail for want of memory comes before what is to be seen.
    const bool shared = address->is_unix();
    NewListeners made = internal::MakeListeners(workers_, name, false, shared);
    socket_files_.reserve(socket_files_.size() + 1);
    auto sockets = internal::OpenListenSockets(text, *address, made.fds.size());
    if (!sockets.ok()) return sockets.status();
    if (shared) socket_files_.emplace_back(*address, sockets->file);
    std::string bound;
    try {
      bound = internal::FormatAddress(sockets->address);
    } catch (const std::bad_alloc&) {
      if (shared) {
        internal::RemoveSocketFile(*address, sockets->file);
        socket_files_.pop_back();
      }
      throw;
    }
    for (std::size_t i = 0; i < made.fds.size(); ++i) {
      *made.fds[i] = std::move(sockets->fds[i]);
      if (!shared) SetOptions(*made.fds[i]);
    }
    AddListeners(&made);
    return bound;
  }

  absl::Status ListenOn(std::string_view name, int take_fd) {
    const std::lock_guard lock(mutex_);
    if (absl::Status status = CheckListens(); !status.ok()) return status;
    NewListeners made = internal::MakeListeners(workers_, name, true, true);
    if (absl::Status status =
            internal::CheckListening(*shared_.syscalls, take_fd);
        !status.ok()) {
      return status;
    }
    made.fds[0]->reset(take_fd);
    SetOptions(*made.fds[0]);  // Fails on what knows no TCP.
    AddListeners(&made);
    return absl::OkStatus();
  }

  absl::Status StopListening(std::string_view text) {
    const auto address = internal::ParseListenAddress(text);
    if (!address.ok()) return address.status();
    absl::Status refused = RefuseNew(text, *address);
    if (!refused.ok()) return refused;
    AwaitStopUntil(shared_.clock() + kHandshakeTime);
    // Without descriptors to accept the last they get more time.
    while (true) {
      {
        const std::lock_guard control(control_);
        if (Stopped() || AllClosed(&*address)) return absl::OkStatus();
      }
      if (AwaitStopUntil(shared_.clock() + kLook)) return absl::OkStatus();
    }
  }

  absl::Status Serve(std::string_view name, int take_fd) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kServing) {
      return absl::FailedPreconditionError(
          "connections are taken between Start and Drain or Stop");
    }
    Worker* worker = workers_[next_worker_++ % workers_.size()].get();
    // Shared, because a std::function must be copyable.
    auto fd = std::make_shared<UniqueFd>();
    Worker::Commands adopt;
    adopt.push_back([worker, fd, listener = std::string(name)] {
      worker->Adopt(listener, std::move(*fd));
    });
    if (absl::Status status =
            internal::CheckConnected(*shared_.syscalls, take_fd);
        !status.ok()) {
      return status;
    }
    fd->reset(take_fd);
    worker->Post(&adopt);
    return absl::OkStatus();
  }

  absl::Status Start() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kNew) {
      return absl::FailedPreconditionError(
          "a gateway is started once, and not after Stop");
    }
    const internal::BlockSignals block;
    for (const auto& worker : workers_) {
      try {
        threads_.emplace_back([&worker = *worker] { worker.Run(); });
      } catch (const std::bad_alloc&) {
        state_ = State::kStopped;
        throw;
      } catch (const std::system_error& error) {
        state_ = State::kStopped;
        return absl::ResourceExhaustedError(
            internal::StrFormat("cannot start a worker: %s", error.what()));
      }
    }
    state_ = State::kServing;
    return absl::OkStatus();
  }

  void SetRoutes(std::shared_ptr<const RouteTable> routes) {
    // Freed here, when the workers have the new one: a large one takes long.
    const auto replaced = shared_.routes->resolved();
    {
      const std::lock_guard lock(routes_mutex_);
      auto names = shared_.routes->SetGiven(std::move(routes));
      if (resolver_ != nullptr) resolver_->SetNames(std::move(names));
    }
    AwaitTaken();
  }

  std::shared_ptr<const RouteTable> routes() const {
    return shared_.routes->given();
  }

  DrainResult Drain(const DrainOptions& options) {
    const auto timeout = Bounded(options.timeout);
    DrainResult result;
    AwaitStopUntil(shared_.clock() + Bounded(options.grace));
    {
      const std::lock_guard control(control_);
      if (!BeginDrain()) return result;
      OnEachWorker<int>([](Worker* worker) {
        worker->acceptor().RefuseNew();
        return 0;
      });
    }
    const auto start = shared_.clock();
    // Handshakes that have begun take a round trip more.
    AwaitStopUntil(start + std::min(timeout, kHandshakeTime));
    std::vector<internal::DrainPlan> plans(workers_.size(),
                                           internal::DrainPlan(timeout));
    bool accepting = true;
    for (auto next = start; shared_.clock() < start + timeout;) {
      const auto now = shared_.clock();
      if (now >= next) {
        next = now + kDrainStep;
        const std::lock_guard control(control_);
        if (Stopped()) return result;
        if (accepting) accepting = !AllClosed();
        CloseSome(now - start, options.idle, &plans, &result);
      }
      if (!accepting && stats().active == 0) return result;
      if (AwaitStopUntil(std::min(now + kLook, start + timeout))) break;
    }
    const std::lock_guard control(control_);
    if (Stopped()) return result;
    AllClosed();
    for (const std::size_t count :
         OnEachWorker<std::size_t>([](Worker* worker) {
           worker->acceptor().Close();
           return worker->CloseConnections(ConnectionReason::kDrained);
         })) {
      result.closed_others += count;
    }
    return result;
  }

  std::size_t Stop() {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::kStopped;
    }
    drained_.notify_all();  // A Drain that waits on another thread.
    const std::lock_guard control(control_);
    if (workers_.empty()) return 0;  // Done before.
    for (const auto& worker : workers_) worker->RequestStop();
    for (std::thread& thread : threads_) thread.join();
    std::size_t closed = 0;
    for (const auto& worker : workers_) closed += worker->closed();
    {
      const std::lock_guard routes(routes_mutex_);
      resolver_.reset();
    }
    const std::lock_guard lock(mutex_);
    final_stats_ = CurrentStats();
    workers_.clear();
    RemoveSocketFiles();
    return closed;
  }

  GatewayStats stats() const {
    const std::lock_guard lock(mutex_);
    return workers_.empty() ? final_stats_ : CurrentStats();
  }

  // Few slots at a time: in between, workers serve.
  std::vector<LiveConnection> Connections(std::size_t limit) {
    std::vector<LiveConnection> found;
    for (std::size_t slot = 0; found.size() < limit; slot += kSlotsAtOnce) {
      const std::lock_guard control(control_);
      if (!Runs()) break;
      bool more = false;
      for (Worker::Listed& listed :
           OnEachWorker<Worker::Listed>([=](Worker* worker) {
             return worker->ListConnections(slot, kSlotsAtOnce, limit);
           })) {
        more |= listed.more;
        std::move(listed.connections.begin(), listed.connections.end(),
                  std::back_inserter(found));
      }
      if (!more) break;
    }
    if (found.size() > limit) found.resize(limit);
    return found;
  }

 private:
  enum class State { kNew, kServing, kDraining, kStopped };

  // With mutex_ held. All, or that of one address.
  void RemoveSocketFiles(const internal::SocketAddress* only = nullptr) {
    std::erase_if(socket_files_, [only](const auto& socket_file) {
      const auto& [address, file] = socket_file;
      if (only != nullptr && FormatAddress(address) != FormatAddress(*only)) {
        return false;
      }
      internal::RemoveSocketFile(address, file);
      return true;
    });
  }

  GatewayStats CurrentStats() const {
    GatewayStats stats;
    for (const auto& worker : workers_) {
      std::as_const(*worker).counters().AddTo(&stats);
    }
    return stats;
  }

  // With mutex_ held.
  absl::Status CheckListens() const {
    if (state_ == State::kNew || state_ == State::kServing) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        "the gateway accepts no more: it was drained or stopped");
  }

  bool BeginDrain() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kServing && state_ != State::kDraining) return false;
    state_ = State::kDraining;
    RemoveSocketFiles();  // Nobody can find those any more.
    return true;
  }

  absl::Status RefuseNew(std::string_view text,
                         const internal::SocketAddress& address) {
    const std::lock_guard control(control_);
    {
      const std::lock_guard lock(mutex_);
      if (state_ != State::kServing) {
        return absl::FailedPreconditionError(
            "a listener is given up between Start and Drain or Stop");
      }
      RemoveSocketFiles(&address);
    }
    const auto counts = OnEachWorker<std::size_t>([&address](Worker* worker) {
      return worker->acceptor().RefuseNew(&address);
    });
    if (std::find_if(counts.begin(), counts.end(), [](std::size_t count) {
          return count > 0;
        }) != counts.end()) {
      return absl::OkStatus();
    }
    return absl::NotFoundError(
        internal::StrFormat("%s: nothing listens there", std::string(text)));
  }

  bool Stopped() const {
    const std::lock_guard lock(mutex_);
    return state_ == State::kStopped;
  }

  bool Runs() const {
    const std::lock_guard lock(mutex_);
    return state_ == State::kServing || state_ == State::kDraining;
  }

  void SetOptions(const UniqueFd& fd) const {
    internal::SetListenerOptions(fd.get(), shared_.options.tcp);
  }

  void AddListeners(NewListeners* made) noexcept {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      workers_[i]->Post(&made->adds[i]);
    }
  }

  // Waits until the workers have taken the newest table, where that can be
  // known: not in a worker's own thread, nor while the gateway is asked to do
  // something else.
  void AwaitTaken() noexcept {
    const std::unique_lock control(control_, std::try_to_lock);
    if (!control.owns_lock() || !Runs() || IsWorker()) return;
    const auto deadline = std::chrono::steady_clock::now() + kTakeTime;
    try {
      // They look for a new table before they do what they are asked.
      const auto turns = internal::PostToEachWorker<char>(
          workers_, [](Worker*) { return char{0}; });
      for (const auto& turn : turns) turn.wait_until(deadline);
    } catch (const std::exception&) {  // No memory: they take it later.
    }
  }

  // With control_ held. Whether a worker calls.
  bool IsWorker() const {
    return std::any_of(threads_.begin(), threads_.end(),
                       [](const std::thread& thread) {
                         return thread.get_id() == std::this_thread::get_id();
                       });
  }

  template <typename Result>
  std::vector<Result> OnEachWorker(std::function<Result(Worker*)> call) {
    return internal::OnEachWorker<Result>(workers_, std::move(call));
  }

  // With control_ held. Whether every listener, or the one at `address`, has
  // been served and closed.
  bool AllClosed(const internal::SocketAddress* address = nullptr) {
    const auto closed = OnEachWorker<char>([address](Worker* worker) {
      return worker->acceptor().CloseServed(address);
    });
    return std::find(closed.begin(), closed.end(), 0) == closed.end();
  }

  // With control_ held. A step of a drain that has lasted for `elapsed`.
  void CloseSome(std::chrono::nanoseconds elapsed,
                 std::chrono::milliseconds idle,
                 std::vector<internal::DrainPlan>* plans, DrainResult* result) {
    using Counts = internal::DrainPlan::Counts;
    for (const Counts closed : OnEachWorker<Counts>([&](Worker* worker) {
           return worker->DrainStep(&(*plans)[worker->index()], elapsed, idle);
         })) {
      result->closed_idle += closed.idle;
      result->closed_others += closed.others;
    }
  }

  // Waits; true as soon as the gateway is stopped.
  bool AwaitStopUntil(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    while (state_ != State::kStopped) {
      const auto left = deadline - shared_.clock();
      if (left.count() <= 0) return false;
      drained_.wait_for(lock, std::min<std::chrono::nanoseconds>(kLook, left));
    }
    return true;
  }

  // Held while workers are asked to do something and while they are stopped;
  // taken before the others.
  std::mutex control_;
  std::mutex routes_mutex_;   // Orders SetRoutes; guards resolver_.
  mutable std::mutex mutex_;  // Guards what follows but shared_.
  std::condition_variable drained_;
  SharedState shared_;
  std::unique_ptr<HostResolver> resolver_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  GatewayStats final_stats_;
  // Socket files to remove at the end.
  std::vector<std::pair<internal::SocketAddress, internal::SocketFile>>
      socket_files_;
  std::size_t next_worker_ = 0;
  State state_ = State::kNew;
};

absl::StatusOr<std::unique_ptr<Gateway>> GatewayAccess::Create(
    GatewayOptions options, std::shared_ptr<const RouteTable> routes,
    const internal::Syscalls* syscalls, internal::TimeSource clock) {
  auto impl = std::make_unique<Gateway::Impl>(
      std::move(options), std::move(routes), syscalls, clock);
  if (absl::Status status = impl->Open(); !status.ok()) return status;
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Create(
    GatewayOptions options, std::shared_ptr<const RouteTable> routes) {
  return GatewayAccess::Create(std::move(options), std::move(routes),
                               &internal::System());
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;

absl::StatusOr<std::string> Gateway::Listen(std::string_view name,
                                            std::string_view address) {
  return impl_->Listen(name, address);
}
absl::Status Gateway::ListenOn(std::string_view name, int take_fd) {
  return impl_->ListenOn(name, take_fd);
}
absl::Status Gateway::StopListening(std::string_view address) {
  return impl_->StopListening(address);
}
absl::Status Gateway::Serve(std::string_view name, int take_fd) {
  return impl_->Serve(name, take_fd);
}
absl::Status Gateway::Start() { return impl_->Start(); }
void Gateway::SetRoutes(std::shared_ptr<const RouteTable> routes) {
  impl_->SetRoutes(std::move(routes));
}
std::shared_ptr<const RouteTable> Gateway::routes() const {
  return impl_->routes();
}
DrainResult Gateway::Drain(const DrainOptions& options) {
  return impl_->Drain(options);
}
std::size_t Gateway::Drain(std::chrono::milliseconds timeout) {
  const DrainResult result = impl_->Drain({.timeout = timeout});
  return result.closed_idle + result.closed_others;
}
std::size_t Gateway::Stop() { return impl_->Stop(); }
GatewayStats Gateway::stats() const { return impl_->stats(); }
std::vector<LiveConnection> Gateway::Connections(std::size_t limit) const {
  return impl_->Connections(limit);
}

}  // namespace meshgw
