#ifndef MESHGW_ENDPOINT_PICKER_H_
#define MESHGW_ENDPOINT_PICKER_H_

#include <chrono>
#include <cstdint>
#include <memory>

#include "meshgw/route_table.h"

namespace meshgw {

// EndpointPicker chooses endpoints of a RouteTable's clusters and remembers
// what became of them: connections in use, failures in a row, ejections. One
// for each worker thread; workers share nothing. Thread-compatible.
//
// Order of choice: the cluster, then its failover clusters; inside a cluster
// the lowest priority with an endpoint to use; inside that by Cluster's
// load_balancing. Usable is: healthy, not ejected, not tried yet for this
// connection. An ejection never takes a cluster's last usable endpoint. When
// nothing is usable (the others were tried, or went with a change of the
// table), healthy endpoints that are ejected are tried in the same order.
class EndpointPicker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct EndpointState;

  // Selection is an endpoint that was picked. Pointers stay valid until its
  // Release, also over SetTable, but not longer than the picker.
  struct Selection {
    const Cluster* cluster = nullptr;
    const Endpoint* endpoint = nullptr;  // Null: none is usable.
    EndpointState* state = nullptr;      // The picker's; for its calls only.
  };

  // Selected is the Selection that Pick gave with that `state` (nullable), for
  // those who keep only this of it. Until its Release.
  static Selection Selected(EndpointState* state);

  // Attempts remembers what was tried for one connection, so that a retry goes
  // elsewhere. Small, value type; at most kMaxAttempts picks a connection.
  static constexpr std::uint32_t kMaxAttempts = 8;
  struct Attempts {
    std::uint32_t count = 0;
    const void* tried[kMaxAttempts] = {};  // Identities, never followed.
  };

  // `seed` makes the choices repeatable in tests.
  EndpointPicker(std::shared_ptr<const RouteTable> table, std::uint64_t seed);
  ~EndpointPicker();
  EndpointPicker(const EndpointPicker&) = delete;
  EndpointPicker& operator=(const EndpointPicker&) = delete;

  // SetTable makes later picks use `table`. What is known of an endpoint is
  // kept where cluster name, address and port are the same. Cheap: nothing is
  // built before a cluster is used, and clusters that are gone are forgotten in
  // the picks that follow, some in each. The old table is freed here when this
  // has the last reference to it; who swaps large ones keeps one elsewhere.
  void SetTable(std::shared_ptr<const RouteTable> table);
  const RouteTable& table() const { return *table_; }

  // Pick chooses an endpoint of cluster `cluster_index` and counts it in use
  // until Release. The index is that of a RouteMatch of table(): after SetTable
  // look the name up again before a retry, as the same index may be another
  // cluster. `client_hash`: a hash of the client's address. `now` never goes
  // back. The endpoint is null when none is usable, after kMaxAttempts picks,
  // and for an index that the table does not have.
  Selection Pick(std::uint32_t cluster_index, std::uint64_t client_hash,
                 TimePoint now, Attempts* attempts);
  // OnConnected and OnConnectFailure tell how the connect ended.
  void OnConnected(const Selection& selection);
  void OnConnectFailure(const Selection& selection, TimePoint now);
  // Release ends the use of an endpoint; each Selection exactly once. Does
  // nothing for one without endpoint.
  void Release(const Selection& selection);

  // Ejections so far, for metrics.
  std::uint64_t ejections() const;

 private:
  struct Clusters;
  std::shared_ptr<const RouteTable> table_;
  std::unique_ptr<Clusters> clusters_;
};

}  // namespace meshgw

#endif  // MESHGW_ENDPOINT_PICKER_H_
