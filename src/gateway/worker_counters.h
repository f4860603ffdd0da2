#ifndef MESHGW_GATEWAY_WORKER_COUNTERS_H_
#define MESHGW_GATEWAY_WORKER_COUNTERS_H_

#include <atomic>
#include <cstdint>

#include "meshgw/gateway.h"

namespace meshgw::internal {

// Counter is written by one thread and read by any.
class Counter {
 public:
  void Add(std::uint64_t count = 1) { Set(Get() + count); }
  void Subtract(std::uint64_t count = 1) { Set(Get() - count); }
  void Set(std::uint64_t value) {
    value_.store(value, std::memory_order_relaxed);
  }
  std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// WorkerCounters are one worker's part of GatewayStats, on cache lines of its
// own.
struct alignas(64) WorkerCounters {
  Counter accepted, active, pending_hellos, post_quantum, ech, bytes_in,
      bytes_out, spliced_bytes, connect_failures, accept_pauses, shed_hellos,
      hello_memory_sheds, pipe_limit_hits, pipes_taken_back, kept_bytes,
      kept_limit_hits, ejections, pipes_open, records_lost;
  Counter by_reason[kConnectionReasonCount];
  Counter by_verdict[7];
  Counter by_route_kind[5];

  void AddTo(GatewayStats* stats) const;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_WORKER_COUNTERS_H_
