#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/str_format.h"
#include "catalog/instance.h"
#include "config/diagnostics.h"
#include "meshgw/catalog.h"
#include "meshgw/mesh_name.h"
#include "route/hashed_name.h"

namespace meshgw {
namespace {

// Builds one table. Trouble with a part is a warning, and the part is left out.
class GatewayRoutes {
 public:
  GatewayRoutes(const Snapshot& snapshot, ConfigDiagnostics* found)
      : snapshot_(snapshot), found_(found) {
    for (const ServiceResolver& resolver : snapshot.resolvers) {
      resolvers_.emplace(
          Key{resolver.name, resolver.name_space, resolver.partition},
          &resolver);
    }
  }

  absl::StatusOr<std::shared_ptr<const RouteTable>> Build() {
    for (const RemoteGateways& remote : snapshot_.remote_gateways) {
      AddRemote(remote);
    }
    for (const LocalService& service : snapshot_.services) {
      AddService(service);
      absl::Status status = internal::StatusOf(*found_);
      if (!status.ok()) return status;
    }
    return builder_.Build();
  }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;

  void Warn(std::string text, SourceLocation where = {}) {
    internal::AddBounded(&found_->warnings, &found_->warnings_not_shown,
                         {std::move(where), std::move(text), {}});
  }

  std::vector<Endpoint> Endpoints(
      const std::vector<const ServiceInstance*>& instances, bool only_passing) {
    std::vector<Endpoint> out;
    out.reserve(instances.size());
    for (const ServiceInstance* each : instances) {
      const ServiceInstance& instance = *each;
      if (instance.address.empty() || instance.port == 0) {
        Warn(internal::StrFormat(
            "instance %s is left out: it has no %s; set it in its definition%s",
            instance.id, instance.address.empty() ? "address" : "port",
            instance.address.empty() ? " or advertise_addr for its node" : ""));
        continue;
      }
      out.push_back(internal::MakeEndpoint(instance, only_passing));
    }
    return out;
  }

  Cluster StartCluster(std::string name, ClusterKind kind) const {
    Cluster cluster;
    cluster.name = std::move(name);
    cluster.kind = kind;
    const auto& timeout = snapshot_.options.connect_timeout;
    if (timeout.has_value() && timeout->value.count() > 0) {
      cluster.connect_timeout = timeout->value;
    }
    cluster.max_connections = snapshot_.limits.max_connections;
    return cluster;
  }

  // Keepalive is for connections that leave the datacenter (Consul
  // envoy_gateway_remote_tcp_*).
  TcpKeepalive RemoteKeepalive() const {
    const MeshGatewayProxyConfig& options = snapshot_.options;
    TcpKeepalive out;
    out.enabled = options.remote_tcp_keepalive.has_value() &&
                  options.remote_tcp_keepalive->value;
    if (options.remote_tcp_keepalive_time.has_value()) {
      out.time = options.remote_tcp_keepalive_time->value;
    }
    if (options.remote_tcp_keepalive_interval.has_value()) {
      out.interval = options.remote_tcp_keepalive_interval->value;
    }
    if (options.remote_tcp_keepalive_probes.has_value()) {
      out.probes = options.remote_tcp_keepalive_probes->value;
    }
    return out;
  }

  void AddRemote(const RemoteGateways& remote) {
    MeshName name;
    name.kind = MeshNameKind::kGateway;
    name.datacenter = remote.datacenter;
    name.partition = remote.partition;
    name.trust_domain = snapshot_.trust_domain;
    AddRemoteSuffix(remote, name, ClusterKind::kRemoteGateway);
    if (!snapshot_.wan_federation || remote.partition != "default" ||
        remote.datacenter == snapshot_.datacenter) {
      return;
    }
    name.kind = MeshNameKind::kServer;
    name.trust_domain = snapshot_.server_domain;
    AddRemoteSuffix(remote, name, ClusterKind::kServer);
  }

  void AddRemoteSuffix(const RemoteGateways& remote, const MeshName& name,
                       ClusterKind kind) {
    const auto stem = name.Format();
    if (!stem.ok()) {
      Warn(std::string(stem.status().message()));
      return;
    }
    Cluster cluster = StartCluster(LowerCase(*stem), kind);
    cluster.datacenter = remote.datacenter;
    cluster.keepalive = RemoteKeepalive();
    cluster.endpoints =
        Endpoints(*internal::FilterInstances(remote.gateways, ""), false);
    if (cluster.endpoints.empty()) {
      Warn(internal::StrFormat(
          "%s has no mesh gateway: names there have no route", Name(remote)));
      return;
    }
    const std::string match = "*." + cluster.name;
    const std::string origin = "gateways of " + Name(remote);
    Add(std::move(cluster), match, origin, origin);
  }

  static std::string Name(const RemoteGateways& remote) {
    std::string out = "datacenter " + remote.datacenter;
    if (remote.partition != "default") {
      out = internal::StrFormat("partition %s of %s", remote.partition, out);
    }
    return out;
  }

  // `whose` is for people: what the names of `match` lead to.
  void Add(Cluster cluster, const std::string& match, const std::string& whose,
           std::string origin) {
    const std::string name = cluster.name;
    const auto [first, is_new] = owners_.try_emplace(name, whose);
    if (!is_new) {
      Warn(
          internal::StrFormat("no route for %s, %s: names are compared without "
                              "regard to case, and this one is that of %s",
                              match, whose, first->second));
      return;
    }
    absl::Status status = builder_.AddCluster(std::move(cluster));
    if (status.ok()) {
      status = match.starts_with("*.")
                   ? builder_.AddSuffix(match, name, std::move(origin))
                   : builder_.AddExact(match, name, std::move(origin));
    }
    if (!status.ok()) {
      Warn(internal::StrFormat("no route for %s: %s", match, status.message()));
    }
  }

  void AddService(const LocalService& service) {
    const auto found = resolvers_.find(
        Key{service.name, service.name_space, service.partition});
    const ServiceResolver* resolver =
        found != resolvers_.end() ? found->second : nullptr;
    // The name without a subset stands for the default subset.
    const std::string default_subset =
        resolver != nullptr ? resolver->default_subset : "";
    AddSubset(service, resolver, "", default_subset);
    if (resolver == nullptr) return;
    for (const auto& [subset, definition] : resolver->subsets) {
      if (!found_->errors.empty()) return;
      AddSubset(service, resolver, subset, subset);
    }
  }

  // A route for `subset` of the name to the instances of `members`.
  void AddSubset(const LocalService& service, const ServiceResolver* resolver,
                 const std::string& subset, const std::string& members) {
    MeshName name;
    name.subset = subset;
    name.service = service.name;
    name.name_space = service.name_space;
    name.partition = service.partition;
    name.datacenter = snapshot_.datacenter;
    name.trust_domain = snapshot_.trust_domain;
    const auto server_name = name.Format();
    if (!server_name.ok()) {
      Warn(std::string(server_name.status().message()));
      return;
    }
    constexpr std::size_t kLongest = internal::HashedName::kMaxSize;
    if (server_name->size() > kLongest) {
      Warn(internal::StrFormat(
          "no route for %s...: a route's name is %d bytes long; at most %d fit",
          server_name->substr(0, kLongest), server_name->size(), kLongest));
      return;
    }
    Cluster cluster =
        StartCluster(LowerCase(*server_name), ClusterKind::kLocalService);
    cluster.service = service.name;
    cluster.datacenter = snapshot_.datacenter;
    std::string origin = "service " + service.name;
    const std::string whose =
        (subset.empty() ? "" : "subset " + subset + " of ") + origin;
    std::string_view filter;
    bool only_passing = false;
    if (resolver != nullptr) {
      ApplyResolver(*resolver, &cluster);
      const auto found = resolver->subsets.find(members);
      if (found != resolver->subsets.end()) {
        filter = found->second.filter.value;
        only_passing = found->second.only_passing;
        origin = internal::StrFormat("%s:%d", found->second.where.file,
                                     found->second.where.line);
      }
    }
    auto instances = internal::FilterInstances(service.instances, filter);
    if (!instances.ok()) {
      WarnFilter(service, members, resolver->subsets.at(members),
                 instances.status());
      return;
    }
    if (!TakeRoom(*instances)) return RefuseSubsets(service, resolver);
    cluster.endpoints = Endpoints(*instances, only_passing);
    const std::string match = cluster.name;
    Add(std::move(cluster), match, whose, std::move(origin));
  }

  // Whether the table may have the endpoints of `instances` as well.
  bool TakeRoom(const std::vector<const ServiceInstance*>& instances) {
    for (const ServiceInstance* instance : instances) {
      endpoints_ += 1 + (instance->address.size() + instance->id.size()) / 256;
    }
    return endpoints_ <= kMaxRouteEndpoints;
  }

  void RefuseSubsets(const LocalService& service,
                     const ServiceResolver* resolver) {
    const std::string subsets =
        resolver == nullptr
            ? ""
            : internal::StrFormat(" in %d subsets", resolver->subsets.size());
    found_->errors.push_back(
        {resolver == nullptr ? SourceLocation() : resolver->where,
         internal::StrFormat(
             "%s %s has %d instances%s: too many endpoints",
             resolver == nullptr ? "service" : "service-resolver", service.name,
             service.instances.size(), subsets),
         internal::StrFormat("at most %d in all subsets of all services",
                             kMaxRouteEndpoints)});
  }

  void WarnFilter(const LocalService& service, const std::string& subset,
                  const ResolverSubset& definition,
                  const absl::Status& status) {
    Warn(
        internal::StrFormat("filter of subset %s of service %s: %s; the subset "
                            "has no route",
                            subset, service.name, status.message()),
        definition.filter.where);
  }

  static void ApplyResolver(const ServiceResolver& resolver, Cluster* cluster) {
    if (resolver.connect_timeout.count() > 0) {
      cluster->connect_timeout = resolver.connect_timeout;
    }
    if (resolver.load_balancing.has_value()) {
      cluster->load_balancing = *resolver.load_balancing;
    }
    if (resolver.choice_count > 0) {
      cluster->choice_count = resolver.choice_count;
    }
  }

  const Snapshot& snapshot_;
  ConfigDiagnostics* found_;
  std::map<Key, const ServiceResolver*> resolvers_;
  std::map<std::string, std::string> owners_;  // Of each cluster's name.
  std::size_t endpoints_ = 0;  // Of local services, as they count.
  RouteTableBuilder builder_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const RouteTable>> BuildRoutes(
    const Snapshot& snapshot, ConfigDiagnostics* diagnostics) {
  ConfigDiagnostics found;
  auto table = GatewayRoutes(snapshot, &found).Build();
  if (diagnostics != nullptr) *diagnostics = std::move(found);
  return table;
}

}  // namespace meshgw
