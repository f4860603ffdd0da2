#include "gateway/cluster_uses.h"

namespace meshgw::internal {

ClusterUses::Count* ClusterUses::CountOf(const std::string& cluster) {
  const std::lock_guard lock(mutex_);
  return &counts_[cluster];
}

ClusterUses::Count* ClusterUseCache::Acquire(const Cluster& cluster,
                                             std::uint32_t limit) {
  ClusterUses::Count*& count = counts_[&cluster];
  if (count == nullptr) count = uses_->CountOf(cluster.name);
  std::uint32_t uses = count->load(std::memory_order_relaxed);
  while (uses < limit) {
    if (count->compare_exchange_weak(uses, uses + 1,
                                     std::memory_order_relaxed)) {
      return count;
    }
  }
  return nullptr;
}

void ClusterUseCache::Release(ClusterUses::Count* count) {
  count->fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace meshgw::internal
