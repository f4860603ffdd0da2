// What a caller can do wrong with routes: calls that must be refused.
#include <cstddef>
#include <cstdint>

#include "bad_input.h"

namespace meshgw::test {
namespace {

TEST_CASE("bad arguments of routes are refused and named") {
  const World world;
  Outputs out;
  auto endpoint = Sized<meshgw_endpoint>();
  endpoint.address = Str("127.0.0.1");
  endpoint.port = 1;
  auto cluster = Sized<meshgw_cluster>();
  cluster.name = Str("a");
  cluster.endpoints = &endpoint;
  cluster.endpoint_count = 1;
  const auto add = [&](const meshgw_cluster* in, meshgw_error** err) {
    return meshgw_routes_builder_add_cluster(world.builder, in, err);
  };
  const auto with = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_cluster bad = cluster;
      bad.*member = value;
      return add(&bad, err);
    };
  };
  const auto with_endpoint = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_endpoint bad[2] = {endpoint, endpoint};
      bad[1].*member = value;
      meshgw_cluster two = cluster;
      two.endpoints = bad;
      two.endpoint_count = 2;
      return add(&two, err);
    };
  };
  const auto rule = [&](std::int32_t kind, meshgw_str match, meshgw_str to,
                        meshgw_str origin) {
    return [&, kind, match, to, origin](meshgw_error** err) {
      return meshgw_routes_builder_add(world.builder, kind, match, to, origin,
                                       err);
    };
  };
  using Cluster = meshgw_cluster;
  using Endpoint = meshgw_endpoint;
  const meshgw_str x = Str("x");
  const meshgw_str null_text = kNullText;
  const meshgw_str nul = {"unix:/a\0b", 9};
  Check(
      &out,
      {{"NULL place for a builder",
        [](auto err) { return meshgw_routes_builder_create(nullptr, err); },
        "out"},
       {"NULL builder",
        [&](auto err) {
          return meshgw_routes_builder_add_cluster(nullptr, &cluster, err);
        },
        "builder"},
       {"name", with(&Cluster::name, kNullText), "cluster.name"},
       {"service", with(&Cluster::service, kNullText), "cluster.service"},
       {"datacenter", with(&Cluster::datacenter, kTooLong),
        "cluster.datacenter"},
       {"kind 5", with(&Cluster::kind, 5), "cluster.kind"},
       {"balance 4", with(&Cluster::load_balancing, 4),
        "cluster.load_balancing"},
       {"NULL endpoints", with(&Cluster::endpoints, nullptr),
        "cluster.endpoints"},
       {"endpoints longer than memory",
        with(&Cluster::endpoint_count, SIZE_MAX / 4), "cluster.endpoints"},
       {"NULL failover", with(&Cluster::failover_count, 1u),
        "cluster.failover"},
       {"NULL name in failover",
        [&](auto err) {
          meshgw_cluster bad = cluster;
          bad.failover = &null_text;
          bad.failover_count = 1;
          return add(&bad, err);
        },
        "cluster.failover"},
       {"NULL address", with_endpoint(&Endpoint::address, kNullText),
        "endpoint.address"},
       {"no address", with_endpoint(&Endpoint::address, Str("")), "address"},
       {"NUL in a path", with_endpoint(&Endpoint::address, nul),
        "has a NUL in its address"},
       {"NULL id", with_endpoint(&Endpoint::id, kNullText), "endpoint.id"},
       {"port 65536", with_endpoint(&Endpoint::port, 65536u), "endpoint.port"},
       {"port 0", with_endpoint(&Endpoint::port, 0u), "port"},
       {"weight 129", with_endpoint(&Endpoint::weight, 129u), "weight"},
       {"health 2", with_endpoint(&Endpoint::health, 2), "endpoint.health"},
       {"second size", with_endpoint(&Endpoint::struct_size, 16u),
        "cluster.endpoints[1].struct_size"},
       {"odd stride",
        [&](auto err) {
          meshgw_endpoint odd = endpoint;
          odd.struct_size = sizeof(odd) - 3;
          meshgw_cluster bad = cluster;
          bad.endpoints = &odd;
          return add(&bad, err);
        },
        "cluster.endpoints[0].struct_size"},
       {"kind none", rule(MESHGW_ROUTE_NONE, x, x, x), "kind"},
       {"kind -1", rule(-1, x, x, x), "kind"},
       {"NULL match", rule(0, kNullText, x, x), "match"},
       {"NULL cluster", rule(0, x, kNullText, x), "cluster"},
       {"NULL origin", rule(0, x, x, kNullText), "origin"},
       {"add to NULL",
        [&](auto err) {
          return meshgw_routes_builder_add(nullptr, 0, x, x, x, err);
        },
        "builder"},
       {"build NULL",
        [&](auto err) {
          return meshgw_routes_builder_build(nullptr, &out.routes, err);
        },
        "builder"},
       {"build to NULL",
        [&](auto err) {
          return meshgw_routes_builder_build(world.builder, nullptr, err);
        },
        "out"},
       {"used up",
        [&](auto err) {
          return meshgw_routes_builder_build(world.used, &out.routes, err);
        },
        "builder", MESHGW_ERR_FAILED_PRECONDITION},
       {"explain NULL",
        [&](auto err) {
          return meshgw_routes_explain(nullptr, x, &out.route_explanation, err);
        },
        "routes"},
       {"explain NULL text",
        [&](auto err) {
          return meshgw_routes_explain(world.routes, kNullText,
                                       &out.route_explanation, err);
        },
        "server_name"},
       {"explain to NULL",
        [&](auto err) {
          return meshgw_routes_explain(world.routes, x, nullptr, err);
        },
        "out"}});
  Check(&out, BadStruct("cluster", cluster, add));
  // The builder is as good as new.
  CHECK(add(&cluster, nullptr) == MESHGW_OK);
}

TEST_CASE("routes that are NULL are empty, and NULL outputs are refused") {
  const World world;
  meshgw_cluster cluster = {};
  meshgw_endpoint endpoint = {};
  meshgw_route rule = {};
  meshgw_route_candidate candidate = {};
  std::size_t index = 7;
  CHECK(meshgw_routes_cluster_count(nullptr) == 0);
  CHECK(meshgw_routes_rule_count(nullptr) == 0);
  CHECK(meshgw_route_explanation_count(nullptr) == 0);
  CHECK(meshgw_route_explanation_match(nullptr).cluster == -1);
  CHECK(meshgw_routes_lookup(world.routes, kNullText).cluster == -1);
  CHECK(meshgw_routes_lookup(world.routes, {"x", SIZE_MAX}).cluster == -1);
  CHECK(meshgw_routes_lookup(nullptr, Str("x")).cluster == -1);
  for (const meshgw_status status :
       {meshgw_routes_cluster_at(nullptr, 0, &cluster),
        meshgw_routes_endpoint_at(nullptr, 0, 0, &endpoint),
        meshgw_routes_failover_at(nullptr, 0, 0, &index),
        meshgw_routes_failover_at(world.routes, 0, 0, nullptr),
        meshgw_routes_rule_at(nullptr, 0, &rule),
        meshgw_route_explanation_at(nullptr, 0, &candidate)}) {
    CHECK(status == MESHGW_ERR_INVALID_ARGUMENT);
  }
  CHECK(index == 7);
  CHECK(meshgw_routes_ref(nullptr) == nullptr);
  meshgw_routes_free(nullptr);
  meshgw_routes_builder_free(nullptr);
  meshgw_route_explanation_free(nullptr);
}

}  // namespace
}  // namespace meshgw::test
