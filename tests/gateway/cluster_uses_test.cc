// Connections of a cluster are counted while there are some, and no longer.
#include "gateway/cluster_uses.h"

#include <string>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

Cluster Named(const std::string& name) {
  Cluster cluster;
  cluster.name = name;
  return cluster;
}

TEST_CASE("clusters that are gone are not counted for ever") {
  ClusterUses uses;
  ClusterUseCache cache(&uses);
  const Cluster stays = Named("stays");
  ClusterUses::Count* used = cache.Acquire(stays, 1);
  REQUIRE(used != nullptr);
  for (int i = 0; i < 1000; ++i) {
    const Cluster other = Named("c" + std::to_string(i));
    ClusterUses::Count* count = cache.Acquire(other, 1);
    REQUIRE(count != nullptr);
    ClusterUseCache::Release(count);
    cache.Forget();
  }
  CHECK(uses.size() <= 128);
  // What is used still counts.
  CHECK(cache.Acquire(stays, 1) == nullptr);
  ClusterUseCache::Release(used);
  CHECK(cache.Acquire(stays, 1) == used);
}

}  // namespace
}  // namespace meshgw::internal
