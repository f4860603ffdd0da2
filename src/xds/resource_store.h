#ifndef MESHGW_XDS_RESOURCE_STORE_H_
#define MESHGW_XDS_RESOURCE_STORE_H_

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/limits.h"
#include "xds/resource_type.h"
#include "xds/resources.h"
#include "xds/route_assembler.h"

namespace meshgw::internal {

// ResourceStore holds the resources of a control plane as far as a gateway
// understands them, and feeds a RouteAssembler with what can be served:
//
// - A resource that is refused keeps its last good value.
// - A cluster is served once its endpoints are there (warming). One that is
//   served stays as it was until those of its new version are, and keeps its
//   endpoints when the server takes them away without taking the cluster.
// - While `keep` is on (after a reconnect), nothing that is served is taken
//   away: removed clusters and listeners, chains that are no longer in their
//   listener, and endpoints of an assignment that became empty stay until
//   StopKeeping. A control plane that has just started may not know all yet.
//
// No I/O, no clock. Thread-compatible.
class ResourceStore {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Response = envoy::service::discovery::v3::DeltaDiscoveryResponse;

  // Applied is what a change did, for the server and for people.
  struct Applied {
    std::vector<std::string> refused;   // "Cluster api: place: what is wrong"
    std::vector<std::string> left_out;  // What is taken but not served.
    // Names of endpoints that are needed from now on, and no longer.
    std::vector<std::string> subscribe;
    std::vector<std::string> unsubscribe;
  };

  explicit ResourceStore(const XdsLimits& limits) : limits_(limits) {}

  // Apply takes over a response of `type`, each resource by itself.
  Applied Apply(ResourceType type, const Response& response, bool keep,
                TimePoint now);
  // StopKeeping lets go of all that was kept.
  Applied StopKeeping();

  // GiveUp takes endpoints that were asked for at `before` or earlier for
  // missing, and returns their names: their clusters are served without any.
  std::vector<std::string> GiveUp(TimePoint before);
  // When the endpoints that are waited for the longest were asked for.
  std::optional<TimePoint> waiting_since();
  // AskAgain counts waiting from `now`: a new stream asks for all again.
  void AskAgain(TimePoint now);

  // Answers returns all that is held as a server would send it, one response a
  // type, for Apply to take over later. While something is kept that the server
  // took away it is not all that is served.
  std::vector<Response> Answers() const;

  // Versions of the resources that are held, for a server to compare.
  std::map<std::string, std::string> Versions(ResourceType type) const;
  // Names of the endpoints that are needed, sorted.
  std::vector<std::string> Subscriptions() const;

  RouteAssembler& routes() { return routes_; }
  std::size_t endpoint_count() const { return endpoint_count_; }

 private:
  using Resource = envoy::service::discovery::v3::Resource;
  struct ClusterEntry {
    std::string version;
    std::string wire;  // As it came.
    ClusterResource resource;
    bool removed = false;  // By the server; kept.
    std::string reported;  // What was said of it being left out.
  };
  struct EndpointsEntry {
    std::string version;
    std::string wire;                // As it came.
    std::set<std::string> clusters;  // That need it.
    std::vector<Endpoint> endpoints;
    bool answered = false;  // Also when there are none.
    bool present = false;   // `endpoints` came from the server.
    bool emptied = false;   // By the server; `endpoints` are kept.
    TimePoint asked;
    std::string reported;
  };
  struct ListenerEntry {
    std::string version;
    std::string wire;  // As it came.
    ListenerResource resource;
    bool removed = false;
    std::string reported;
  };

  absl::Status ApplyResource(ResourceType type, const Resource& resource,
                             bool keep, Applied* applied);
  absl::Status ApplyCluster(const Resource& resource, Applied* applied);
  absl::Status ApplyEndpoints(const Resource& resource, bool keep,
                              Applied* applied);
  absl::Status ApplyListener(const Resource& resource, bool keep,
                             Applied* applied);
  absl::Status CheckResource(const Resource& resource, ResourceType type) const;
  std::size_t CountEndpoints(const ClusterResource& resource) const;
  absl::Status CheckRoom(std::size_t before, std::size_t now) const;
  void Remove(ResourceType type, const std::string& name, bool keep);
  void RemoveCluster(NameMap<ClusterEntry>::iterator at);
  void KeepRules(const ListenerResource& before, const ListenerResource& now);
  void ServeListener(const ListenerEntry& entry);
  void ServeListeners();
  void Serve(const ClusterEntry& entry);
  void ServeUsers(const EndpointsEntry& entry);
  void Need(const std::string& assignment, const std::string& cluster);
  void NoLongerNeed(const std::string& assignment, const std::string& cluster);
  void SettleNeeds(Applied* applied);

  const XdsLimits limits_;
  NameMap<ClusterEntry> clusters_;
  NameMap<EndpointsEntry> endpoints_;
  NameMap<ListenerEntry> listeners_;
  // Of all listeners, by match; no more than one listener may have.
  NameMap<ListenerRule> kept_rules_;
  std::deque<std::pair<TimePoint, std::string>> waiting_;
  std::vector<std::string> new_needs_;   // Since the last SettleNeeds.
  std::vector<std::string> lost_needs_;  // Perhaps.
  // Of all clusters: an assignment's count for each that needs it, as each is
  // served with a copy.
  std::size_t endpoint_count_ = 0;
  TimePoint now_;  // Of the change that is applied.
  RouteAssembler routes_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_RESOURCE_STORE_H_
