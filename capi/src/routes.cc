#include "routes.h"

#include <memory>
#include <string_view>
#include <vector>

#include "boundary.h"
#include "same.h"

namespace capi = meshgw::capi;
using meshgw::Cluster;
using meshgw::RouteKind;

struct meshgw_route_explanation : capi::Handle {
  std::vector<meshgw::RouteCandidate> candidates;
  meshgw_route_match match = {MESHGW_ROUTE_NONE, -1};
};

namespace meshgw::capi {
namespace {

static_assert(Same(RouteKind::kExact, MESHGW_ROUTE_EXACT));
static_assert(Same(RouteKind::kSuffix, MESHGW_ROUTE_SUFFIX));
static_assert(Same(RouteKind::kRegex, MESHGW_ROUTE_REGEX));
static_assert(Same(RouteKind::kDefault, MESHGW_ROUTE_DEFAULT));
static_assert(Same(RouteKind::kNone, MESHGW_ROUTE_NONE));
static_assert(Same(EndpointHealth::kHealthy, MESHGW_HEALTH_HEALTHY));
static_assert(Same(EndpointHealth::kUnhealthy, MESHGW_HEALTH_UNHEALTHY));
static_assert(Same(ClusterKind::kLocalService, MESHGW_CLUSTER_LOCAL_SERVICE));
static_assert(Same(ClusterKind::kRemoteGateway, MESHGW_CLUSTER_REMOTE_GATEWAY));
static_assert(Same(ClusterKind::kServer, MESHGW_CLUSTER_SERVER));
static_assert(Same(ClusterKind::kExported, MESHGW_CLUSTER_EXPORTED));
static_assert(Same(ClusterKind::kOther, MESHGW_CLUSTER_OTHER));
static_assert(Same(LoadBalancing::kLeastRequest, MESHGW_BALANCE_LEAST_REQUEST));
static_assert(Same(LoadBalancing::kRoundRobin, MESHGW_BALANCE_ROUND_ROBIN));
static_assert(Same(LoadBalancing::kRandom, MESHGW_BALANCE_RANDOM));
static_assert(Same(LoadBalancing::kMaglev, MESHGW_BALANCE_MAGLEV));

meshgw_route_match NoMatch() noexcept { return {MESHGW_ROUTE_NONE, -1}; }

meshgw_route_match Match(const RouteTable& table,
                         std::string_view name) noexcept {
  const RouteMatch match = table.Lookup(name);
  if (match.kind == RouteKind::kNone) return NoMatch();
  return {static_cast<std::int32_t>(match.kind),
          static_cast<std::int32_t>(match.cluster_index)};
}

// The match of a look-up, from its explanation.
meshgw_route_match Winner(const RouteTable& table,
                          const std::vector<RouteCandidate>& candidates) {
  for (const RouteCandidate& candidate : candidates) {
    if (!candidate.won) continue;
    const auto cluster = table.FindClusterIndex(candidate.cluster);
    return {static_cast<std::int32_t>(candidate.kind),
            static_cast<std::int32_t>(cluster.value_or(0))};
  }
  return NoMatch();
}

meshgw_status ReadEndpoint(const meshgw_cluster& cluster, std::size_t index,
                           Endpoint* out, meshgw_error** err) {
  meshgw_endpoint in = {};
  meshgw_status bad =
      ReadElement(cluster.endpoints, index, "cluster.endpoints", &in, err);
  if (bad != MESHGW_OK) return bad;
  bad = Arguments(err)
            .Text(in.address, "endpoint.address")
            .Text(in.id, "endpoint.id")
            .Range(in.port, 0, 65535, "endpoint.port")
            .Enumerator(in.health, MESHGW_HEALTH_UNHEALTHY, "endpoint.health")
            .status();
  if (bad != MESHGW_OK) return bad;
  out->address = View(in.address);
  out->id = View(in.id);
  out->port = static_cast<std::uint16_t>(in.port);
  out->weight = in.weight == 0 ? 1 : in.weight;
  out->health = static_cast<EndpointHealth>(in.health);
  out->priority = in.priority;
  return MESHGW_OK;
}

meshgw_status ReadLists(const meshgw_cluster& in, Cluster* out,
                        meshgw_error** err) {
  Arguments arguments(err);
  arguments.Array(in.endpoints, in.endpoint_count, "cluster.endpoints")
      .Array(in.failover, in.failover_count, "cluster.failover");
  for (std::size_t i = 0; !arguments.bad() && i < in.failover_count; ++i) {
    arguments.Text(in.failover[i], "cluster.failover");
  }
  if (arguments.bad()) return arguments.status();
  for (std::size_t i = 0; i < in.failover_count; ++i) {
    out->failover.emplace_back(View(in.failover[i]));
  }
  for (std::size_t i = 0; i < in.endpoint_count; ++i) {
    Endpoint endpoint;
    const meshgw_status bad = ReadEndpoint(in, i, &endpoint, err);
    if (bad != MESHGW_OK) return bad;
    out->endpoints.push_back(std::move(endpoint));
  }
  return MESHGW_OK;
}

meshgw_status ReadCluster(const meshgw_cluster* cluster, Cluster* out,
                          meshgw_error** err) {
  meshgw_cluster in = {};
  meshgw_status bad = ReadStruct(cluster, "cluster", &in, err);
  if (bad != MESHGW_OK) return bad;
  bad = Arguments(err)
            .Text(in.name, "cluster.name")
            .Text(in.service, "cluster.service")
            .Text(in.datacenter, "cluster.datacenter")
            .Enumerator(in.kind, MESHGW_CLUSTER_OTHER, "cluster.kind")
            .Enumerator(in.load_balancing, MESHGW_BALANCE_MAGLEV,
                        "cluster.load_balancing")
            .status();
  if (bad != MESHGW_OK) return bad;
  out->name = View(in.name);
  out->service = View(in.service);
  out->datacenter = View(in.datacenter);
  out->kind = static_cast<ClusterKind>(in.kind);
  out->load_balancing = static_cast<LoadBalancing>(in.load_balancing);
  if (in.connect_timeout_ms != 0) {
    out->connect_timeout = std::chrono::milliseconds(in.connect_timeout_ms);
  }
  if (in.max_connections != 0) out->max_connections = in.max_connections;
  return ReadLists(in, out, err);
}

meshgw_cluster ToCluster(const Cluster& from,
                         std::size_t failover_count) noexcept {
  meshgw_cluster out = {};
  out.name = View(from.name);
  out.service = View(from.service);
  out.datacenter = View(from.datacenter);
  out.endpoint_count = from.endpoints.size();
  out.failover_count = failover_count;
  out.kind = static_cast<std::int32_t>(from.kind);
  out.load_balancing = static_cast<std::int32_t>(from.load_balancing);
  out.connect_timeout_ms =
      static_cast<std::uint32_t>(from.connect_timeout.count());
  out.max_connections = from.max_connections.value_or(0);
  return out;
}

// The cluster, or null when there is none of that index.
const Cluster* ClusterAt(const meshgw_routes* routes, std::size_t index) {
  const auto clusters = routes->table->clusters();
  return index < clusters.size() ? clusters[index].get() : nullptr;
}

absl::Status AddRule(RouteTableBuilder* builder, RouteKind kind,
                     std::string_view match, std::string_view cluster,
                     std::string origin) {
  switch (kind) {
    case RouteKind::kExact:
      return builder->AddExact(match, cluster, std::move(origin));
    case RouteKind::kSuffix:
      return builder->AddSuffix(match, cluster, std::move(origin));
    case RouteKind::kRegex:
      return builder->AddRegex(match, cluster, std::move(origin));
    default:
      if (match.empty()) return builder->SetDefault(cluster, std::move(origin));
      return absl::InvalidArgumentError(
          "match is not empty; the default route takes none");
  }
}

}  // namespace

meshgw_endpoint ToEndpoint(const Endpoint& from) noexcept {
  meshgw_endpoint out = {};
  out.address = View(from.address);
  out.id = View(from.id);
  out.port = from.port;
  out.weight = from.weight;
  out.health = static_cast<std::int32_t>(from.health);
  out.priority = from.priority;
  return out;
}

}  // namespace meshgw::capi

struct meshgw_routes_builder : capi::Handle {
  meshgw::RouteTableBuilder builder;
  bool built = false;
};

const char* meshgw_health_name(int32_t health) {
  if (health < MESHGW_HEALTH_HEALTHY || health > MESHGW_HEALTH_UNHEALTHY) {
    return "unknown";
  }
  return meshgw::EndpointHealthName(static_cast<meshgw::EndpointHealth>(health))
      .data();
}

const char* meshgw_cluster_kind_name(int32_t kind) {
  return meshgw::ClusterKindName(static_cast<meshgw::ClusterKind>(kind)).data();
}

const char* meshgw_balance_name(int32_t load_balancing) {
  return meshgw::LoadBalancingName(
             static_cast<meshgw::LoadBalancing>(load_balancing))
      .data();
}

const char* meshgw_route_kind_name(int32_t kind) {
  return meshgw::RouteKindName(static_cast<RouteKind>(kind)).data();
}

meshgw_status meshgw_routes_builder_create(meshgw_routes_builder** out,
                                           meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err).Pointer(out, "out").status();
    if (bad != MESHGW_OK) return bad;
    *out = new meshgw_routes_builder;
    return meshgw_status{MESHGW_OK};
  });
}

namespace {

// Calls `body` with a builder that can take more.
template <typename Body>
meshgw_status WithBuilder(meshgw_routes_builder* builder, meshgw_error** err,
                          const Body& body) {
  return capi::Guard(err, [&]() -> meshgw_status {
    const meshgw_status bad =
        capi::Arguments(err).Object(builder, "builder").status();
    if (bad != MESHGW_OK) return bad;
    const capi::Exclusive use(builder);
    if (!use) return use.Refuse(err, "builder");
    if (builder->built) {
      return capi::Fail(err, MESHGW_ERR_FAILED_PRECONDITION,
                        "builder was used up by meshgw_routes_builder_build");
    }
    return body();
  });
}

}  // namespace

meshgw_status meshgw_routes_builder_add_cluster(meshgw_routes_builder* builder,
                                                const meshgw_cluster* cluster,
                                                meshgw_error** err) {
  return WithBuilder(builder, err, [&]() -> meshgw_status {
    Cluster read;
    const meshgw_status bad = capi::ReadCluster(cluster, &read, err);
    if (bad != MESHGW_OK) return bad;
    const absl::Status added = builder->builder.AddCluster(std::move(read));
    return added.ok() ? MESHGW_OK : capi::Fail(err, added);
  });
}

meshgw_status meshgw_routes_builder_add(meshgw_routes_builder* builder,
                                        int32_t kind, meshgw_str match,
                                        meshgw_str cluster, meshgw_str origin,
                                        meshgw_error** err) {
  return WithBuilder(builder, err, [&]() -> meshgw_status {
    const meshgw_status bad =
        capi::Arguments(err)
            .Enumerator(kind, MESHGW_ROUTE_DEFAULT, "kind")
            .Text(match, "match")
            .Text(cluster, "cluster")
            .Text(origin, "origin")
            .status();
    if (bad != MESHGW_OK) return bad;
    const absl::Status added = capi::AddRule(
        &builder->builder, static_cast<RouteKind>(kind), capi::View(match),
        capi::View(cluster), std::string(capi::View(origin)));
    return added.ok() ? MESHGW_OK : capi::Fail(err, added);
  });
}

meshgw_status meshgw_routes_builder_build(meshgw_routes_builder* builder,
                                          meshgw_routes** out,
                                          meshgw_error** err) {
  return WithBuilder(builder, err, [&]() -> meshgw_status {
    const meshgw_status bad = capi::Arguments(err).Pointer(out, "out").status();
    if (bad != MESHGW_OK) return bad;
    builder->built = true;
    auto table = builder->builder.Build();
    if (!table.ok()) return capi::Fail(err, table.status());
    *out = new meshgw_routes(*std::move(table));
    return MESHGW_OK;
  });
}

void meshgw_routes_builder_free(meshgw_routes_builder* builder) {
  capi::Release(builder);
}

meshgw_routes* meshgw_routes_ref(meshgw_routes* routes) {
  if (!capi::Usable(routes)) return nullptr;
  routes->references.fetch_add(1, std::memory_order_relaxed);
  return routes;
}

void meshgw_routes_free(meshgw_routes* routes) {
  if (!capi::Usable(routes)) return;
  if (routes->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    capi::Release(routes);
  }
}

meshgw_route_match meshgw_routes_lookup(const meshgw_routes* routes,
                                        meshgw_str server_name) {
  if (!capi::Usable(routes) ||
      !capi::IsSlice(server_name.data, server_name.len)) {
    return capi::NoMatch();
  }
  return capi::Match(*routes->table, capi::View(server_name));
}

size_t meshgw_routes_cluster_count(const meshgw_routes* routes) {
  return capi::Usable(routes) ? routes->table->clusters().size() : 0;
}

meshgw_status meshgw_routes_cluster_at(const meshgw_routes* routes,
                                       size_t cluster, meshgw_cluster* out) {
  if (!capi::Usable(routes)) return MESHGW_ERR_INVALID_ARGUMENT;
  const Cluster* found = capi::ClusterAt(routes, cluster);
  if (found == nullptr) return MESHGW_ERR_NOT_FOUND;
  const auto failover =
      routes->table->failover(static_cast<std::uint32_t>(cluster));
  return capi::WriteStruct(capi::ToCluster(*found, failover.size()), out);
}

meshgw_status meshgw_routes_endpoint_at(const meshgw_routes* routes,
                                        size_t cluster, size_t endpoint,
                                        meshgw_endpoint* out) {
  if (!capi::Usable(routes)) return MESHGW_ERR_INVALID_ARGUMENT;
  const Cluster* found = capi::ClusterAt(routes, cluster);
  if (found == nullptr || endpoint >= found->endpoints.size()) {
    return MESHGW_ERR_NOT_FOUND;
  }
  return capi::WriteStruct(capi::ToEndpoint(found->endpoints[endpoint]), out);
}

meshgw_status meshgw_routes_failover_at(const meshgw_routes* routes,
                                        size_t cluster, size_t index,
                                        size_t* out) {
  if (!capi::Usable(routes) || out == nullptr) {
    return MESHGW_ERR_INVALID_ARGUMENT;
  }
  if (capi::ClusterAt(routes, cluster) == nullptr) return MESHGW_ERR_NOT_FOUND;
  const auto failover =
      routes->table->failover(static_cast<std::uint32_t>(cluster));
  if (index >= failover.size()) return MESHGW_ERR_NOT_FOUND;
  *out = failover[index];
  return MESHGW_OK;
}

size_t meshgw_routes_rule_count(const meshgw_routes* routes) {
  return capi::Usable(routes) ? routes->table->routes().size() : 0;
}

meshgw_status meshgw_routes_rule_at(const meshgw_routes* routes, size_t index,
                                    meshgw_route* out) {
  if (!capi::Usable(routes)) return MESHGW_ERR_INVALID_ARGUMENT;
  const auto rules = routes->table->routes();
  if (index >= rules.size()) return MESHGW_ERR_NOT_FOUND;
  const meshgw::Route& from = rules[index];
  meshgw_route route = {};
  route.kind = static_cast<int32_t>(from.kind);
  // The builder refuses a rule whose cluster it does not have.
  route.cluster = static_cast<int32_t>(
      routes->table->FindClusterIndex(from.cluster).value_or(0));
  route.match = capi::View(from.match);
  route.cluster_name = capi::View(from.cluster);
  route.origin = capi::View(from.origin);
  return capi::WriteStruct(route, out);
}

meshgw_status meshgw_routes_explain(const meshgw_routes* routes,
                                    meshgw_str server_name,
                                    meshgw_route_explanation** out,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(routes, "routes")
                                  .Text(server_name, "server_name")
                                  .Pointer(out, "out")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    auto object = std::make_unique<meshgw_route_explanation>();
    object->candidates = routes->table->Explain(capi::View(server_name));
    object->match = capi::Winner(*routes->table, object->candidates);
    *out = object.release();
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_route_match meshgw_route_explanation_match(
    const meshgw_route_explanation* explanation) {
  return capi::Usable(explanation) ? explanation->match : capi::NoMatch();
}

size_t meshgw_route_explanation_count(
    const meshgw_route_explanation* explanation) {
  return capi::Usable(explanation) ? explanation->candidates.size() : 0;
}

meshgw_status meshgw_route_explanation_at(
    const meshgw_route_explanation* explanation, size_t index,
    meshgw_route_candidate* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (index >= explanation->candidates.size()) return MESHGW_ERR_NOT_FOUND;
  const meshgw::RouteCandidate& from = explanation->candidates[index];
  meshgw_route_candidate candidate = {};
  candidate.kind = static_cast<int32_t>(from.kind);
  candidate.matched = from.matched ? 1 : 0;
  candidate.won = from.won ? 1 : 0;
  candidate.match = capi::View(from.match);
  candidate.cluster_name = capi::View(from.cluster);
  candidate.why = capi::View(from.why);
  return capi::WriteStruct(candidate, out);
}

void meshgw_route_explanation_free(meshgw_route_explanation* explanation) {
  capi::Release(explanation);
}
