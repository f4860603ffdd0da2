#include "gateway/cluster_uses.h"

#include <algorithm>

namespace meshgw::internal {

ClusterUses::Count* ClusterUses::Hold(const std::string& cluster) {
  const std::lock_guard lock(mutex_);
  if (counts_.size() >= sweep_at_) {
    // Nobody touches those again: who holds one has counted that before.
    std::erase_if(counts_, [](const auto& entry) {
      return entry.second.holders.load(std::memory_order_acquire) == 0 &&
             entry.second.uses.load(std::memory_order_acquire) == 0;
    });
    sweep_at_ = std::max(kFirstSweep, 2 * counts_.size());
  }
  Count* count = &counts_[cluster];
  count->holders.fetch_add(1, std::memory_order_relaxed);
  return count;
}

void ClusterUses::LetGo(Count* count) {
  count->holders.fetch_sub(1, std::memory_order_release);
}

std::size_t ClusterUses::size() {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

ClusterUses::Count* ClusterUseCache::Acquire(const Cluster& cluster,
                                             std::uint32_t limit) {
  ClusterUses::Count*& count = counts_[&cluster];
  if (count == nullptr) count = uses_->Hold(cluster.name);
  std::uint32_t uses = count->uses.load(std::memory_order_relaxed);
  while (uses < limit) {
    if (count->uses.compare_exchange_weak(uses, uses + 1,
                                          std::memory_order_relaxed)) {
      return count;
    }
  }
  return nullptr;
}

void ClusterUseCache::Release(ClusterUses::Count* count) {
  count->uses.fetch_sub(1, std::memory_order_release);
}

void ClusterUseCache::Forget() {
  for (const auto& [cluster, count] : counts_) {
    // Null: there was no memory for it.
    if (count != nullptr) ClusterUses::LetGo(count);
  }
  counts_.clear();
}

}  // namespace meshgw::internal
