#ifndef MESHGW_GATEWAY_DRAIN_PLAN_H_
#define MESHGW_GATEWAY_DRAIN_PLAN_H_

#include <chrono>
#include <cstddef>
#include <optional>

namespace meshgw::internal {

// DrainPlan spreads the ends of connections over the time of a drain, so that
// those who connect again do not come all at once. Idle ones end evenly over
// the first quarter, and those that become idle later when they do; the others
// may end by themselves until half of the time is over, and then end evenly.
// Thread-compatible.
class DrainPlan {
 public:
  explicit DrainPlan(std::chrono::nanoseconds timeout) : timeout_(timeout) {}

  struct Counts {
    std::size_t idle = 0;
    std::size_t others = 0;
  };
  // How many of those that are `left` must end now, when `elapsed` of the time
  // is over. `elapsed` never falls.
  Counts ToClose(std::chrono::nanoseconds elapsed, Counts left);

 private:
  std::chrono::nanoseconds timeout_;
  std::optional<std::size_t> idle_at_start_;
  std::optional<std::size_t> others_at_half_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_DRAIN_PLAN_H_
