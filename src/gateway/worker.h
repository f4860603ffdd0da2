#ifndef MESHGW_GATEWAY_WORKER_H_
#define MESHGW_GATEWAY_WORKER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/syscalls.h"
#include "base/unique_fd.h"
#include "gateway/connection.h"
#include "gateway/hello_buffer.h"
#include "gateway/routes_holder.h"
#include "gateway/timer_wheel.h"
#include "meshgw/endpoint_picker.h"
#include "meshgw/gateway.h"
#include "meshgw/splicer.h"

namespace meshgw::internal {

// Counter is written by one thread and read by any.
class Counter {
 public:
  void Add(std::uint64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + count,
                 std::memory_order_relaxed);
  }
  void Set(std::uint64_t value) {
    value_.store(value, std::memory_order_relaxed);
  }
  std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// WorkerCounters are one worker's part of GatewayStats.
struct WorkerCounters {
  Counter accepted, active, pending_hellos, post_quantum, ech, bytes_in,
      bytes_out, spliced_bytes, connect_failures, accept_pauses, shed_hellos,
      pipe_limit_hits, ejections, pipes_open;
  Counter by_reason[kConnectionReasonCount];
  Counter by_verdict[7];
  Counter by_route_kind[5];

  void AddTo(GatewayStats* stats) const;
};

// ClusterUses counts connections of clusters that limit them, over all workers.
// Clusters without a limit never come here. Thread-safe.
class ClusterUses {
 public:
  bool Acquire(const std::string& cluster, std::uint32_t limit);
  void Release(const std::string& cluster);

 private:
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::uint32_t> uses_;
};

// What the workers of one gateway share.
struct SharedState {
  GatewayOptions options;
  const Syscalls* syscalls = &System();
  std::uint32_t worker_count = 1;
  std::unique_ptr<RoutesHolder> routes;
  ClusterUses cluster_uses;
  // Connections of all workers; written only when there is a limit.
  std::atomic<std::uint32_t> connections{0};

  void Log(std::string_view level, std::string_view message) const {
    if (options.on_log) options.on_log(level, message);
  }
};

// Listener is one worker's view of a listening socket.
struct Listener {
  std::string name;
  std::shared_ptr<UniqueFd> fd;  // Null for connections that were handed over.
  bool exclusive = false;        // Other workers wait on the same socket.
  Connection* oldest_pending = nullptr;  // Hellos not complete, by age.
  Connection* newest_pending = nullptr;
  std::uint32_t pending = 0;
};

// Worker is one thread with an epoll instance and everything that its
// connections need, shared with nobody. Post, counters and the waits are
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
  // Serves until Stop.
  void Run();
  // Runs `command` on the worker's thread, soon. Any thread.
  void Post(std::function<void()> command);

  // For commands, on the worker's thread.
  void AddListener(std::shared_ptr<Listener> listener);
  void Adopt(std::string_view listener_name, UniqueFd fd);
  void CloseListeners();
  std::size_t CloseConnections(ConnectionReason reason);
  void Stop() { stopping_ = true; }

  const WorkerCounters& counters() const { return counters_; }

  // For its connections.
  SharedState& shared() { return *shared_; }
  const Syscalls& sys() const { return *shared_->syscalls; }
  const GatewayLimits& limits() const { return shared_->options.limits; }
  Clock::time_point now() const { return now_; }
  TimerWheel& wheel() { return wheel_; }
  EndpointPicker* picker() { return picker_.get(); }
  std::uint64_t routes_version() const { return routes_version_; }
  SplicePool* pool() { return &pool_; }
  HelloBufferPool* hello_buffers() { return &hello_buffers_; }
  std::span<std::uint8_t> scratch() { return {scratch_.get(), scratch_size_}; }
  std::size_t max_hello_buffer() const { return max_hello_buffer_; }
  WorkerCounters& counters() { return counters_; }
  bool Watch(int fd, Connection* connection, SpliceSide side);
  void RunSoon(Connection* connection);
  void AddPending(Connection* connection);
  void RemovePending(Connection* connection);
  // Takes `connection` out of all lists; it is freed after the current batch.
  void Retire(Connection* connection);

 private:
  void Loop();
  void RunCommands();
  void HandleEvent(std::uint64_t data, std::uint32_t events);
  void Accept(Listener* listener, int most);
  void Admit(Listener* listener, UniqueFd fd, const SocketAddress& source);
  void PauseAccepting(int error);
  void ResumeAccepting();
  bool WatchListener(Listener* listener, int operation, bool enabled);
  void RefreshRoutes();
  void PublishPoolCounters();
  int PollTimeout() const;

  SharedState* shared_;
  std::uint32_t index_;
  UniqueFd epoll_;
  UniqueFd wake_;
  Clock::time_point now_;
  TimerWheel wheel_;
  std::unique_ptr<EndpointPicker> picker_;
  std::uint64_t routes_version_ = 0;
  SplicePool pool_;
  HelloBufferPool hello_buffers_;
  std::size_t scratch_size_;
  std::size_t max_hello_buffer_;
  std::unique_ptr<std::uint8_t[]> scratch_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::shared_ptr<Listener>> retired_listeners_;
  Connection* first_ = nullptr;  // All connections.
  std::vector<Connection*> run_queue_;
  std::vector<Connection*> retired_;
  std::uint64_t next_id_ = 0;
  bool stopping_ = false;
  bool accept_paused_ = false;
  Clock::time_point accept_resume_{};
  WorkerCounters counters_;

  std::mutex mutex_;  // Guards commands_.
  std::vector<std::function<void()>> commands_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_WORKER_H_
