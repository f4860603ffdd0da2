#ifndef MESHGW_GATEWAY_CLUSTER_USES_H_
#define MESHGW_GATEWAY_CLUSTER_USES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "meshgw/route_table.h"

namespace meshgw::internal {

// ClusterUses counts the connections of clusters that limit them, over all
// workers and table versions: by name. Clusters without a limit never come
// here. Thread-safe. A counter lives while it is held or counts something, and
// is dropped some time after.
class ClusterUses {
 public:
  struct Count {
    std::atomic<std::uint32_t> uses{0};
    std::atomic<std::uint32_t> holders{0};  // Caches that have it.
  };

  // Hold returns the counter of `cluster`, to be given to LetGo once.
  Count* Hold(const std::string& cluster);
  static void LetGo(Count* count);

  // Counters that there are.
  std::size_t size();

 private:
  static constexpr std::size_t kFirstSweep = 64;

  std::mutex mutex_;
  std::map<std::string, Count> counts_;  // Its nodes never move.
  std::size_t sweep_at_ = kFirstSweep;
};

// ClusterUseCache is one worker's way to the counts without the lock: it
// remembers them by cluster until the table changes. Thread-compatible.
class ClusterUseCache {
 public:
  explicit ClusterUseCache(ClusterUses* uses) : uses_(uses) {}
  ~ClusterUseCache() { Forget(); }
  ClusterUseCache(const ClusterUseCache&) = delete;
  ClusterUseCache& operator=(const ClusterUseCache&) = delete;

  // Acquire counts one more connection of `cluster`. Null: its limit is
  // reached. Release takes what it returned.
  ClusterUses::Count* Acquire(const Cluster& cluster, std::uint32_t limit);
  static void Release(ClusterUses::Count* count);
  // Forget follows each change of the table: other clusters may come to lie
  // where the old ones were.
  void Forget();

 private:
  ClusterUses* uses_;
  // Not Abseil's: those are broken for good when an allocation has failed.
  std::unordered_map<const Cluster*, ClusterUses::Count*> counts_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CLUSTER_USES_H_
