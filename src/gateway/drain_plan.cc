#include "gateway/drain_plan.h"

#include <algorithm>
#include <cmath>

namespace meshgw::internal {
namespace {

using std::chrono::nanoseconds;

// How many of `first` may still be there at `now`, if they go evenly between
// `from` and `to`.
std::size_t MayStay(std::size_t first, nanoseconds from, nanoseconds to,
                    nanoseconds now) {
  if (now >= to) return 0;
  if (now <= from) return first;
  const double share = static_cast<double>((to - now).count()) /
                       static_cast<double>((to - from).count());
  return static_cast<std::size_t>(
      std::ceil(static_cast<double>(first) * share));
}

}  // namespace

DrainPlan::Counts DrainPlan::ToClose(nanoseconds elapsed, Counts left) {
  Counts close;
  if (!idle_at_start_.has_value()) idle_at_start_ = left.idle;
  const std::size_t idle =
      MayStay(*idle_at_start_, nanoseconds(0), timeout_ / 4, elapsed);
  close.idle = left.idle - std::min(left.idle, idle);
  if (elapsed < timeout_ / 2) return close;
  if (!others_at_half_.has_value()) others_at_half_ = left.others;
  const std::size_t others =
      MayStay(*others_at_half_, timeout_ / 2, timeout_, elapsed);
  close.others = left.others - std::min(left.others, others);
  return close;
}

}  // namespace meshgw::internal
