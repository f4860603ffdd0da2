#ifndef MESHGW_GATEWAY_CLUSTER_USES_H_
#define MESHGW_GATEWAY_CLUSTER_USES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "meshgw/route_table.h"

namespace meshgw::internal {

// ClusterUses counts the connections of clusters that limit them, over all
// workers and table versions: by name. Clusters without a limit never come
// here. Thread-safe; counters live as long as it does.
class ClusterUses {
 public:
  using Count = std::atomic<std::uint32_t>;

  Count* CountOf(const std::string& cluster);

 private:
  std::mutex mutex_;
  std::map<std::string, Count> counts_;  // Its nodes never move.
};

// ClusterUseCache is one worker's way to the counts without the lock: it
// remembers them by cluster until the table changes. Thread-compatible.
class ClusterUseCache {
 public:
  explicit ClusterUseCache(ClusterUses* uses) : uses_(uses) {}

  // Acquire counts one more connection of `cluster`. Null: its limit is
  // reached. Release takes what it returned.
  ClusterUses::Count* Acquire(const Cluster& cluster, std::uint32_t limit);
  static void Release(ClusterUses::Count* count);
  // Forget follows each change of the table: other clusters may come to lie
  // where the old ones were.
  void Forget() { counts_.clear(); }

 private:
  ClusterUses* uses_;
  absl::flat_hash_map<const Cluster*, ClusterUses::Count*> counts_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CLUSTER_USES_H_
