#ifndef MESHGW_ROUTE_ENDPOINT_STATE_H_
#define MESHGW_ROUTE_ENDPOINT_STATE_H_

#include <cstdint>
#include <memory>

#include "meshgw/endpoint_picker.h"

namespace meshgw {
namespace internal {

struct ClusterState;

// EndpointHistory is what is known of an address, over changes of the table.
struct EndpointHistory {
  using TimePoint = EndpointPicker::TimePoint;

  std::uint32_t active = 0;     // Selections that are not released yet.
  std::uint32_t failures = 0;   // Connect failures in a row.
  std::uint32_t ejections = 0;  // That count for the length of the next.
  TimePoint ejected_until = TimePoint::min();

  bool Ejected(TimePoint now) const { return now < ejected_until; }
  // Failed counts a failure; whether it asks for an ejection.
  bool Failed(const PassiveHealth& policy, TimePoint now);
  // Eject ejects from `now` on, for longer than last time.
  void Eject(const PassiveHealth& policy, TimePoint now);
};

}  // namespace internal

// One endpoint of one version of a cluster.
struct EndpointPicker::EndpointState {
  const Endpoint* endpoint = nullptr;
  std::shared_ptr<internal::EndpointHistory> history;
  internal::ClusterState* owner = nullptr;
};

namespace internal {

// Usable says which endpoints one pick may choose.
struct Usable {
  const EndpointPicker::Attempts& attempts;
  EndpointPicker::TimePoint now;
  bool skip_ejected;

  bool operator()(const EndpointHistory& history) const {
    if (skip_ejected && history.Ejected(now)) return false;
    // By history: after a change of the table the same address has another
    // state, and must not be tried again for that.
    for (std::uint32_t i = 0; i < attempts.count; ++i) {
      if (attempts.tried[i] == &history) return false;
    }
    return true;
  }
};

}  // namespace internal
}  // namespace meshgw

#endif  // MESHGW_ROUTE_ENDPOINT_STATE_H_
