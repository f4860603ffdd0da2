// What a caller can do wrong with hellos, names, modes, routes and
// configurations: a table of calls that must be refused.
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "c_objects.h"

namespace meshgw::test {
namespace {

constexpr meshgw_str kNullText = {nullptr, 1};
const meshgw_str kTooLong = {"x", static_cast<std::size_t>(-1)};

// Good arguments, of which each row of the table spoils one.
struct World {
  World() {
    auto file = Sized<meshgw_config_file>();
    file.name = Str("a.hcl");
    file.contents =
        Str("datacenter = \"dc1\" connect { ca_config { cluster_id = "
            "\"11111111-2222-3333-4444-555555555555\" } }");
    REQUIRE(meshgw_config_parse(&file, 1, &config, nullptr) == MESHGW_OK);
    REQUIRE(meshgw_catalog_create(&config, 1, &catalog, nullptr) == MESHGW_OK);
    REQUIRE(meshgw_routes_builder_create(&builder, nullptr) == MESHGW_OK);
    REQUIRE(meshgw_routes_builder_create(&used, nullptr) == MESHGW_OK);
    REQUIRE(meshgw_routes_builder_build(used, &routes, nullptr) == MESHGW_OK);
  }
  ~World() {
    meshgw_config_free(config);
    meshgw_catalog_free(catalog);
    meshgw_routes_builder_free(builder);
    meshgw_routes_builder_free(used);
    meshgw_routes_free(routes);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  meshgw_config* config = nullptr;
  meshgw_catalog* catalog = nullptr;
  meshgw_routes_builder* builder = nullptr;
  meshgw_routes_builder* used = nullptr;
  meshgw_routes* routes = nullptr;
};

// Outputs that nobody may write.
struct Outputs {
  static constexpr std::uintptr_t kMark = 0x5a5a;
  template <typename T>
  static T* Marked() {
    return reinterpret_cast<T*>(kMark);
  }

  meshgw_name* name = Marked<meshgw_name>();
  meshgw_string* string = Marked<meshgw_string>();
  meshgw_mode_explanation* explanation = Marked<meshgw_mode_explanation>();
  meshgw_routes* routes = Marked<meshgw_routes>();
  meshgw_route_explanation* route_explanation =
      Marked<meshgw_route_explanation>();
  meshgw_config* config = Marked<meshgw_config>();
  meshgw_catalog* catalog = Marked<meshgw_catalog>();
  meshgw_mode_decision decision = {};
  std::int32_t mode = 77;

  bool Untouched() const {
    const meshgw_mode_decision zero = {};
    return name == Marked<meshgw_name>() && string == Marked<meshgw_string>() &&
           explanation == Marked<meshgw_mode_explanation>() &&
           routes == Marked<meshgw_routes>() &&
           route_explanation == Marked<meshgw_route_explanation>() &&
           config == Marked<meshgw_config>() &&
           catalog == Marked<meshgw_catalog>() && mode == 77 &&
           std::memcmp(&decision, &zero, sizeof(zero)) == 0;
  }
};

void Check(Outputs* out, const std::vector<BadCall>& calls) {
  CheckBadCalls(calls);
  CHECK(out->Untouched());
}

// Rows for a struct that is passed as `argument`: NULL, and each size that it
// cannot have. `call` passes what it is given.
template <typename T, typename Call>
std::vector<BadCall> BadStruct(const char* argument, const T& good, Call call) {
  struct Later {
    T known;
    unsigned char later[64];
  };
  std::vector<BadCall> rows = {
      {"NULL", [=](auto err) { return call(nullptr, err); }, argument}};
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, sizeof(std::size_t),
        std::size_t{1} << 17, static_cast<std::size_t>(-1)}) {
    rows.push_back({"a size that cannot be",
                    [=](auto err) {
                      T bad = good;
                      bad.struct_size = size;
                      return call(&bad, err);
                    },
                    argument});
  }
  rows.push_back({"a field of a later version",
                  [=](auto err) {
                    Later bad = {good, {}};
                    bad.known.struct_size = sizeof(bad);
                    bad.later[63] = 1;
                    return call(&bad.known, err);
                  },
                  argument});
  return rows;
}

TEST_CASE("bad arguments of names are refused and named") {
  Outputs out;
  auto parts = Sized<meshgw_name_parts>();
  parts.kind = MESHGW_NAME_SERVER;
  parts.datacenter = Str("dc1");
  parts.trust_domain = Str("consul");
  const auto format = [&out](const meshgw_name_parts* in, meshgw_error** err) {
    return meshgw_name_format(in, &out.string, err);
  };
  const auto with = [&parts, &format](auto member, auto value) {
    return [&parts, &format, member, value](meshgw_error** err) {
      meshgw_name_parts bad = parts;
      bad.*member = value;
      return format(&bad, err);
    };
  };
  using Parts = meshgw_name_parts;
  Check(
      &out,
      {{"NULL text",
        [&](auto err) {
          return meshgw_name_parse(kNullText, Str(""), &out.name, err);
        },
        "name"},
       {"text longer than memory",
        [&](auto err) {
          return meshgw_name_parse(kTooLong, Str(""), &out.name, err);
        },
        "name"},
       {"NULL domain",
        [&](auto err) {
          return meshgw_name_parse(Str("a"), kNullText, &out.name, err);
        },
        "server_domain"},
       {"NULL out",
        [&](auto err) {
          return meshgw_name_parse(Str("a"), Str(""), nullptr, err);
        },
        "out"},
       {"format to NULL",
        [&](auto err) { return meshgw_name_format(&parts, nullptr, err); },
        "out"},
       {"kind 0", with(&Parts::kind, 0), "parts.kind"},
       {"kind 7", with(&Parts::kind, 7), "parts.kind"},
       {"kind -1", with(&Parts::kind, -1), "parts.kind"},
       {"reserved", with(&Parts::reserved, 1u), "parts.reserved"},
       {"subset", with(&Parts::subset, kNullText), "parts.subset"},
       {"service", with(&Parts::service, kNullText), "parts.service"},
       {"namespace", with(&Parts::name_space, kNullText), "parts.name_space"},
       {"partition", with(&Parts::partition, kNullText), "parts.partition"},
       {"datacenter", with(&Parts::datacenter, kNullText), "parts.datacenter"},
       {"peer", with(&Parts::peer, kNullText), "parts.peer"},
       {"node", with(&Parts::node, kNullText), "parts.node"},
       {"trust domain", with(&Parts::trust_domain, kTooLong),
        "parts.trust_domain"}});
  Check(&out, BadStruct("parts", parts, format));
  CHECK(meshgw_name_get(nullptr, &parts) == MESHGW_ERR_INVALID_ARGUMENT);
}

TEST_CASE("bad arguments of modes are refused and named") {
  Outputs out;
  const meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
  const auto target = Sized<meshgw_mode_target>();
  using Layers = meshgw_mode_layers;
  using Target = meshgw_mode_target;
  for (const bool explain : {false, true}) {
    const auto ask = [&out, explain](const Layers* l, const Target* t,
                                     std::int32_t rules, meshgw_error** err) {
      return explain ? meshgw_mode_explain(l, t, rules, &out.explanation, err)
                     : meshgw_mode_resolve(l, t, rules, &out.decision, err);
    };
    const auto layer = [&](auto member, std::int32_t value) {
      return [&, member, value](meshgw_error** err) {
        Layers bad = layers;
        bad.*member = value;
        return ask(&bad, &target, 0, err);
      };
    };
    const auto place = [&](auto member, auto value) {
      return [&, member, value](meshgw_error** err) {
        Target bad = target;
        bad.*member = value;
        return ask(&layers, &bad, 0, err);
      };
    };
    Check(
        &out,
        {{"rules 2", [&](auto err) { return ask(&layers, &target, 2, err); },
          "rules"},
         {"rules -1", [&](auto err) { return ask(&layers, &target, -1, err); },
          "rules"},
         {"upstream", layer(&Layers::upstream, 4), "layers.upstream"},
         {"override", layer(&Layers::upstream_override, -1),
          "layers.upstream_override"},
         {"instance", layer(&Layers::proxy_instance, INT32_MIN),
          "layers.proxy_instance"},
         {"upstream defaults", layer(&Layers::upstream_defaults, 99),
          "layers.upstream_defaults"},
         {"service defaults", layer(&Layers::service_defaults, 4),
          "layers.service_defaults"},
         {"proxy defaults", layer(&Layers::proxy_defaults, 4),
          "layers.proxy_defaults"},
         {"destination", layer(&Layers::destination_defaults, INT32_MAX),
          "layers.destination_defaults"},
         {"reserved", layer(&Layers::reserved, 1), "layers.reserved"},
         {"source", place(&Target::source_datacenter, kNullText),
          "target.source_datacenter"},
         {"source partition", place(&Target::source_partition, kNullText),
          "target.source_partition"},
         {"datacenter", place(&Target::datacenter, kTooLong),
          "target.datacenter"},
         {"partition", place(&Target::partition, kNullText),
          "target.partition"},
         {"peer", place(&Target::peer, kNullText), "target.peer"},
         {"external SNI 2", place(&Target::has_external_sni, 2u),
          "target.has_external_sni"},
         {"prepared query 2", place(&Target::is_prepared_query, 2u),
          "target.is_prepared_query"},
         {"NULL out",
          [&](auto err) {
            return explain
                       ? meshgw_mode_explain(&layers, &target, 0, nullptr, err)
                       : meshgw_mode_resolve(&layers, &target, 0, nullptr, err);
          },
          "out"}});
    Check(&out, BadStruct("layers", layers, [&](auto in, auto err) {
      return ask(in, &target, 0, err);
    }));
    Check(&out, BadStruct("target", target, [&](auto in, auto err) {
      return ask(&layers, in, 0, err);
    }));
  }
  Check(
      &out,
      {{"NULL text",
        [&](auto err) { return meshgw_mode_parse(kNullText, &out.mode, err); },
        "text"},
       {"NULL out",
        [&](auto err) { return meshgw_mode_parse(Str("local"), nullptr, err); },
        "out"}});
  meshgw_mode_layer one = {};
  CHECK(meshgw_mode_explanation_decision(nullptr, &out.decision) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_layer_at(nullptr, 0, &one) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_layer_count(nullptr) == 0);
  CHECK(meshgw_mode_explanation_summary(nullptr).len == 0);
}

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
}

TEST_CASE("bad arguments of configurations are refused and named") {
  const World world;
  Outputs out;
  auto file = Sized<meshgw_config_file>();
  file.name = Str("a.hcl");
  const auto parse = [&](const meshgw_config_file* in, meshgw_error** err) {
    return meshgw_config_parse(in, 1, &out.config, err);
  };
  const auto with = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_config_file bad = file;
      bad.*member = value;
      return parse(&bad, err);
    };
  };
  const auto query = Sized<meshgw_upstream_query>();
  const auto ask = [&](const meshgw_upstream_query* in, meshgw_error** err) {
    return meshgw_catalog_explain_mode(world.catalog, in, &out.explanation,
                                       err);
  };
  const auto asked = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_upstream_query bad = query;
      bad.*member = value;
      return ask(&bad, err);
    };
  };
  using File = meshgw_config_file;
  using Query = meshgw_upstream_query;
  const meshgw_config* configs[] = {world.config, nullptr};
  const meshgw_str nul = {"a\0b", 3};
  Check(
      &out,
      {{"name", with(&File::name, kNullText), "file.name"},
       {"contents", with(&File::contents, kTooLong), "file.contents"},
       {"format 3", with(&File::format, 3), "file.format"},
       {"reserved", with(&File::reserved, 1u), "file.reserved"},
       {"files longer than memory",
        [&](auto err) {
          return meshgw_config_parse(&file, SIZE_MAX / 8, &out.config, err);
        },
        "files"},
       {"parse to NULL",
        [&](auto err) { return meshgw_config_parse(&file, 1, nullptr, err); },
        "out"},
       {"NULL path",
        [&](auto err) {
          return meshgw_config_load(kNullText, &out.config, err);
        },
        "path"},
       {"NUL in path",
        [&](auto err) { return meshgw_config_load(nul, &out.config, err); },
        "path"},
       {"load to NULL",
        [&](auto err) { return meshgw_config_load(Str("/"), nullptr, err); },
        "out"},
       {"NULL directory",
        [&](auto err) {
          return meshgw_catalog_load(kNullText, &out.catalog, err);
        },
        "directory"},
       {"NUL in directory",
        [&](auto err) { return meshgw_catalog_load(nul, &out.catalog, err); },
        "directory"},
       {"catalog to NULL",
        [&](auto err) { return meshgw_catalog_load(Str("/"), nullptr, err); },
        "out"},
       {"no configs",
        [&](auto err) {
          return meshgw_catalog_create(nullptr, 0, &out.catalog, err);
        },
        "count"},
       {"NULL configs",
        [&](auto err) {
          return meshgw_catalog_create(nullptr, 2, &out.catalog, err);
        },
        "configs"},
       {"a NULL config",
        [&](auto err) {
          return meshgw_catalog_create(configs, 2, &out.catalog, err);
        },
        "configs[1]"},
       {"create to NULL",
        [&](auto err) {
          return meshgw_catalog_create(configs, 1, nullptr, err);
        },
        "out"},
       {"routes of NULL",
        [&](auto err) {
          return meshgw_catalog_routes(nullptr, Str("dc1"), Str(""),
                                       &out.routes, &out.string, err);
        },
        "catalog"},
       {"routes of a NULL datacenter",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, kNullText, Str(""),
                                       &out.routes, &out.string, err);
        },
        "datacenter"},
       {"routes of a NULL gateway",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, Str("dc1"), kNullText,
                                       &out.routes, &out.string, err);
        },
        "gateway_id"},
       {"routes to NULL",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, Str("dc1"), Str(""),
                                       nullptr, &out.string, err);
        },
        "out"},
       {"explain of NULL",
        [&](auto err) {
          return meshgw_catalog_explain_mode(nullptr, &query, &out.explanation,
                                             err);
        },
        "catalog"},
       {"explain to NULL",
        [&](auto err) {
          return meshgw_catalog_explain_mode(world.catalog, &query, nullptr,
                                             err);
        },
        "out"},
       {"datacenter", asked(&Query::datacenter, kNullText), "query.datacenter"},
       {"service", asked(&Query::service, kNullText), "query.service"},
       {"upstream", asked(&Query::upstream, kNullText), "query.upstream"},
       {"other datacenter", asked(&Query::upstream_datacenter, kNullText),
        "query.upstream_datacenter"},
       {"proxy", asked(&Query::proxy_id, kNullText), "query.proxy_id"},
       {"rules", asked(&Query::rules, 2), "query.rules"},
       {"reserved", asked(&Query::reserved, 1u), "query.reserved"}});
  Check(&out, BadStruct("files", file, parse));
  Check(&out, BadStruct("query", query, ask));
}

}  // namespace
}  // namespace meshgw::test
