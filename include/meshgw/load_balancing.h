#ifndef MESHGW_LOAD_BALANCING_H_
#define MESHGW_LOAD_BALANCING_H_

#include <cstdint>
#include <string_view>

namespace meshgw {

// LoadBalancing is how one of a cluster's endpoints is chosen. Consul's hash
// policies (ring_hash, maglev) hash the client's address here: a gateway sees
// nothing else of a request.
enum class LoadBalancing : std::int32_t {
  kLeastRequest = 0,  // The less loaded of a few chosen at random by weight.
  kRoundRobin = 1,    // By weight, smoothly interleaved.
  kRandom = 2,        // At random by weight.
  kMaglev = 3,        // The same endpoint for the same client address.
};

// LoadBalancingName returns Consul's spelling: "least_request", "round_robin",
// "random" or "maglev".
constexpr std::string_view LoadBalancingName(LoadBalancing policy) noexcept {
  switch (policy) {
    case LoadBalancing::kLeastRequest:
      return "least_request";
    case LoadBalancing::kRoundRobin:
      return "round_robin";
    case LoadBalancing::kRandom:
      return "random";
    case LoadBalancing::kMaglev:
      return "maglev";
  }
  return "unknown";
}

}  // namespace meshgw

#endif  // MESHGW_LOAD_BALANCING_H_
