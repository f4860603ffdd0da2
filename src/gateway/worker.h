#ifndef MESHGW_GATEWAY_WORKER_H_
#define MESHGW_GATEWAY_WORKER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/syscalls.h"
#include "base/unique_fd.h"
#include "gateway/acceptor.h"
#include "gateway/cluster_uses.h"
#include "gateway/connection.h"
#include "gateway/connection_table.h"
#include "gateway/drain_plan.h"
#include "gateway/hello_buffer.h"
#include "gateway/hello_summary.h"
#include "gateway/shared_state.h"
#include "gateway/timer_wheel.h"
#include "gateway/worker_counters.h"
#include "meshgw/endpoint_picker.h"
#include "meshgw/gateway.h"
#include "meshgw/splicer.h"

namespace meshgw::internal {

// Worker is one thread with an epoll instance and everything that its
// connections need, shared with nobody. Post and the counters' values are
// thread-safe; all else belongs to its thread.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  Worker(SharedState* shared, std::uint32_t index);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Creates the descriptors; once, before Run.
  absl::Status Open();
  // Serves until it is stopped. Throws nothing: without memory connections end.
  void Run() noexcept;
  // Commands are run on the worker's thread, soon, and may throw there: that is
  // logged. Any thread.
  using Commands = std::list<std::function<void()>>;
  void Post(std::function<void()> command);
  // The same for who must not fail: takes what is in `made`.
  void Post(Commands* made) noexcept;
  // Closes everything and ends Run, soon. Any thread.
  void RequestStop() noexcept;
  // Connections that RequestStop closed. After Run.
  std::size_t closed() const { return closed_; }
  const WorkerCounters& counters() const { return counters_; }

  // For commands, on the worker's thread.
  Acceptor& acceptor() { return acceptor_; }
  void Adopt(std::string_view listener_name, UniqueFd fd) noexcept;
  std::size_t CloseConnections(ConnectionReason reason);
  // Tells of the connections in `count` slots of the table from `slot` on, of
  // `limit` at most; and whether there are slots behind them.
  struct Listed {
    std::vector<LiveConnection> connections;
    bool more = false;
  };
  Listed ListConnections(std::size_t slot, std::size_t count,
                         std::size_t limit) const;
  // Closes what `plan` says, `elapsed` into a drain; connections that have
  // carried nothing for `idle` are idle. Returns how many: none without memory.
  DrainPlan::Counts DrainStep(DrainPlan* plan, std::chrono::nanoseconds elapsed,
                              std::chrono::milliseconds idle);
  std::uint32_t index() const { return index_; }
  void Stop() { stopping_ = true; }

  // For its acceptor: `listener` comes back in Acceptor::OnEvent.
  bool WatchListener(int fd, Listener* listener, std::uint32_t events);
  // Takes over `fd`, a new connection. Without memory for it accepting pauses.
  void Admit(Listener* listener, UniqueFd fd, const SocketAddress& source,
             ClientSocket is) noexcept;

  // For its connections.
  SharedState& shared() { return *shared_; }
  const Syscalls& sys() const { return *shared_->syscalls; }
  const GatewayLimits& limits() const { return shared_->options.limits; }
  Clock::time_point now() const { return now_; }
  WorkerCounters& counters() { return counters_; }
  TimerWheel& wheel() { return wheel_; }
  EndpointPicker* picker() { return picker_.get(); }
  ClusterUseCache& cluster_uses() { return cluster_uses_; }
  std::uint64_t routes_version() const { return routes_version_; }
  SplicePool* pool() { return &pool_; }
  HelloBufferPool* hello_buffers() { return &hello_buffers_; }
  HelloSummaries& hello_summaries() { return hello_summaries_; }
  // Where a hello of several records is gathered.
  std::span<std::uint8_t> scratch() { return {scratch_.get(), scratch_size_}; }
  std::size_t max_hello_buffer() const { return max_hello_buffer_; }
  // Watches `fd`, edge-triggered, for reading and writing.
  bool Watch(int fd, std::uint32_t slot, SpliceSide side);
  // Only for descriptors of which copies may be open: close does the same for
  // others.
  void Unwatch(int fd);
  // Calls Connection::Continue in the next round.
  void RunSoon(Connection* connection);
  void AddPending(PendingHello* pending, Listener* listener);
  void RemovePending(PendingHello* pending, Listener* listener);
  // Closes the oldest connection of `listener` whose hello is not complete and
  // has begun, for its memory. False: `needs` is the oldest.
  bool ShedHelloFor(const PendingHello& needs, Listener* listener);
  // Takes a closed connection out of the table; it is freed after the current
  // batch of events.
  void Retire(Connection* connection) noexcept;

 private:
  void Loop();
  void RunQueued();
  void OnWaitFailed();
  void RunCommands();
  void HandleEvent(std::uint64_t data, std::uint32_t events);
  template <typename Turn>
  void Guard(Connection* connection, const Turn& turn) noexcept;
  void RefreshRoutes();
  void FreeRetired() noexcept;
  void Wake() const noexcept;
  void CountRefused() noexcept;
  void PublishPoolCounters();
  int PollTimeout() const;

  SharedState* shared_;
  std::uint32_t index_;
  UniqueFd epoll_;
  UniqueFd wake_;
  Clock::time_point now_;
  WorkerCounters counters_;
  TimerWheel wheel_;
  std::unique_ptr<EndpointPicker> picker_;
  ClusterUseCache cluster_uses_;
  std::uint64_t routes_version_ = 0;
  SplicePool pool_;
  HelloBufferPool hello_buffers_;
  HelloSummaries hello_summaries_;
  std::size_t scratch_size_;
  std::size_t max_hello_buffer_;
  std::unique_ptr<std::uint8_t[]> scratch_;
  Acceptor acceptor_;
  ConnectionTable connections_;
  std::vector<ConnectionTable::Key> run_queue_;
  std::vector<ConnectionTable::Key> running_;
  int events_in_turn_ = 0;  // Handled since the queue was run.
  // Closed connections, linked as the timers that they are no more.
  Timer* retired_ = nullptr;
  std::uint64_t next_id_ = 0;
  std::size_t closed_ = 0;
  bool stopping_ = false;
  std::atomic<bool> stop_requested_{false};

  std::mutex mutex_;  // Guards commands_.
  Commands commands_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_WORKER_H_
