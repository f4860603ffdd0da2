#ifndef MESHGW_ROUTE_PRIORITY_LEVEL_H_
#define MESHGW_ROUTE_PRIORITY_LEVEL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "meshgw/route_table.h"
#include "route/endpoint_state.h"

namespace meshgw::internal {

// SplitMix64: small, repeatable, and good enough to spread load.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In 0..limit-1; limit > 0. The bias of the product is below 2^-32 * limit.
  std::uint32_t Below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(((Next() >> 32) * limit) >> 32);
  }

 private:
  std::uint64_t state_;
};

// PriorityLevel holds the healthy endpoints of one priority of a cluster and
// chooses among them by the cluster's policy. Thread-compatible.
class PriorityLevel {
 public:
  using State = EndpointPicker::EndpointState;

  // Add adds an endpoint. `random` gives it a place in the turns of round
  // robin, so that workers and new tables do not all begin with the same one.
  void Add(State* state, Random* random);

  // Pick chooses a usable endpoint by `cluster`'s policy; null: none is.
  State* Pick(const Cluster& cluster, std::uint64_t client_hash,
              const Usable& usable, Random* random);

  // HasOther tells whether an endpoint other than `history`'s is not ejected.
  bool HasOther(const EndpointHistory* history,
                EndpointPicker::TimePoint now) const;

 private:
  struct Candidate {
    State* state;
    EndpointHistory* history;
    std::int64_t weight;
    std::int64_t credit;  // Of round robin.
  };

  const Candidate& ByWeight(Random* random) const;
  State* LeastRequest(std::uint32_t choices, const Usable& usable,
                      Random* random) const;
  State* RoundRobin(const Usable& usable);
  State* Maglev(std::uint64_t client_hash, const Usable& usable);
  // The usable one at `point` of their weights laid end to end, scaled to
  // 2^32: exact, at the cost of looking at each.
  State* AmongUsable(std::uint32_t point, const Usable& usable) const;

  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> bounds_;  // Running sums of weights.
  std::uint32_t total_weight_ = 0;
  std::vector<std::uint32_t> maglev_;  // Made at the first use.
};

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_PRIORITY_LEVEL_H_
