#ifndef MESHGW_XDS_ROUTE_ASSEMBLER_H_
#define MESHGW_XDS_ROUTE_ASSEMBLER_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "meshgw/route_table.h"
#include "xds/resources.h"
#include "xds/route_build.h"

namespace meshgw::internal {

// RouteAssembler keeps listeners and the clusters that can be served, and makes
// route tables of them (BuildListenerRoutes). Where only clusters changed their
// settings or endpoints, those alone are replaced in the last table, so that
// one changed endpoint costs work for one cluster. What comes out depends on
// what is set, not on the order in which it was. Thread-compatible.
class RouteAssembler {
 public:
  // SetListener adds or replaces the listener with this name.
  void SetListener(ListenerResource listener);
  void RemoveListener(std::string_view name);

  // SetCluster adds or replaces the cluster with this name.
  void SetCluster(Cluster cluster);
  // CloseCluster removes the cluster; `why` (empty: it is not there) stands in
  // the rules that lead to it.
  void CloseCluster(std::string_view name, std::string why);
  // FindCluster: null when there is none. The pointer is good until a change.
  const Cluster* FindCluster(std::string_view name) const;

  // changed says whether Make would make another table than it made last.
  bool changed() const { return rules_changed_ || !changed_clusters_.empty(); }

  // Make returns the table of all that is set.
  std::shared_ptr<const RouteTable> Make();
  // What the last Make found, as of BuiltRoutes.
  const std::vector<ListenerAddress>& listeners() const {
    return built_.listeners;
  }
  const std::vector<std::string>& warnings() const { return built_.warnings; }

 private:
  void ReplaceClusters();

  NameMap<ListenerResource> listeners_;
  NameMap<Cluster> clusters_;
  NameMap<std::string> closed_;  // And why.
  bool rules_changed_ = true;
  std::set<std::string, std::less<>> changed_clusters_;
  BuiltRoutes built_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_ROUTE_ASSEMBLER_H_
