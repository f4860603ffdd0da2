// The conventions at the top of the header, on objects of every kind.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "c_objects.h"
#include "support/source_tree.h"

namespace meshgw::test {
namespace {

CatalogPtr Example() {
  meshgw_catalog* catalog = nullptr;
  const std::string folder = SourceTree("examples/two-datacenters");
  REQUIRE(meshgw_catalog_load(Str(folder), &catalog, nullptr) == MESHGW_OK);
  return CatalogPtr(catalog);
}

RoutesPtr ExampleRoutes() {
  meshgw_routes* routes = nullptr;
  REQUIRE(meshgw_catalog_routes(Example().get(), Str("primary"), Str(""),
                                &routes, nullptr, nullptr) == MESHGW_OK);
  return RoutesPtr(routes);
}

// Calls `write` with a struct of each size from none to larger than the library
// knows. It must write no more than that.
template <typename T, typename Write>
void CheckSizes(Write write) {
  constexpr std::size_t kBehind = 64;
  for (std::size_t size = 0; size <= sizeof(T) + kBehind; ++size) {
    alignas(T) unsigned char memory[sizeof(T) + 2 * kBehind];
    std::memset(memory, '#', sizeof(memory));
    auto* out = reinterpret_cast<T*>(memory);
    out->struct_size = size;
    const meshgw_status status = write(out);
    const bool fits = size > sizeof(std::size_t);
    CAPTURE(size);
    CHECK(status == (fits ? MESHGW_OK : MESHGW_ERR_INVALID_ARGUMENT));
    CHECK(out->struct_size == size);
    const std::size_t written =
        fits ? std::min(size, sizeof(T)) : sizeof(std::size_t);
    CHECK(std::count(memory + written, memory + sizeof(memory), '#') ==
          static_cast<std::ptrdiff_t>(sizeof(memory) - written));
  }
  // A size that nobody set.
  T out = {};
  out.struct_size = ~std::size_t{0};
  CHECK(write(&out) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(write(nullptr) == MESHGW_ERR_INVALID_ARGUMENT);
}

TEST_CASE("outputs are written no further than the caller's struct_size") {
  meshgw_name* made = nullptr;
  REQUIRE(meshgw_name_parse(Str("dc1.internal.td.consul"), Str(""), &made,
                            nullptr) == MESHGW_OK);
  const NamePtr name(made);
  CheckSizes<meshgw_name_parts>(
      [&](auto out) { return meshgw_name_get(name.get(), out); });

  const RoutesPtr routes = ExampleRoutes();
  CheckSizes<meshgw_cluster>(
      [&](auto out) { return meshgw_routes_cluster_at(routes.get(), 0, out); });
  CheckSizes<meshgw_endpoint>([&](auto out) {
    return meshgw_routes_endpoint_at(routes.get(), 0, 0, out);
  });
  CheckSizes<meshgw_route>(
      [&](auto out) { return meshgw_routes_rule_at(routes.get(), 0, out); });
  meshgw_route_explanation* explained = nullptr;
  REQUIRE(meshgw_routes_explain(routes.get(), Str("a.b"), &explained,
                                nullptr) == MESHGW_OK);
  const RouteExplanationPtr explanation(explained);
  CheckSizes<meshgw_route_candidate>([&](auto out) {
    return meshgw_route_explanation_at(explanation.get(), 0, out);
  });

  const meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
  const auto target = Sized<meshgw_mode_target>();
  meshgw_mode_explanation* mode = nullptr;
  REQUIRE(meshgw_mode_explain(&layers, &target, 0, &mode, nullptr) ==
          MESHGW_OK);
  const ModeExplanationPtr mode_explanation(mode);
  CheckSizes<meshgw_mode_layer>([&](auto out) {
    return meshgw_mode_explanation_layer_at(mode_explanation.get(), 0, out);
  });

  Error error;
  auto file = Sized<meshgw_config_file>();
  file.name = Str("a.hcl");
  file.contents = Str("wrong = 1");
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(&file, 1, &config, error.out()) ==
          MESHGW_ERR_INVALID_ARGUMENT);
  CheckSizes<meshgw_error_detail>(
      [&](auto out) { return meshgw_error_detail_at(*error.out(), 0, out); });
}

TEST_CASE("inputs may be of earlier and of later versions") {
  struct Later {
    meshgw_mode_layers known;
    std::uint64_t later;
  };
  const auto target = Sized<meshgw_mode_target>();
  meshgw_mode_decision decision = {};
  Later layers = {MESHGW_MODE_LAYERS_INIT, 0};
  layers.known.upstream = MESHGW_MODE_LOCAL;
  layers.known.proxy_defaults = MESHGW_MODE_REMOTE;
  layers.known.struct_size = sizeof(layers);
  CHECK(meshgw_mode_resolve(&layers.known, &target, 0, &decision, nullptr) ==
        MESHGW_OK);
  CHECK(decision.mode == MESHGW_MODE_LOCAL);
  // A version that knows only the first layer; what is behind is not read.
  layers.known.upstream = MESHGW_MODE_DEFAULT;
  layers.known.proxy_defaults = 99;
  layers.known.struct_size = offsetof(meshgw_mode_layers, upstream_override);
  CHECK(meshgw_mode_resolve(&layers.known, &target, 0, &decision, nullptr) ==
        MESHGW_OK);
  CHECK(decision.source == MESHGW_SOURCE_BUILT_IN);
}

TEST_CASE("the place for an error is not written when nothing is wrong") {
  auto* const mark = reinterpret_cast<meshgw_error*>(0x5a5a);
  meshgw_error* error = mark;
  meshgw_name* name = nullptr;
  CHECK(meshgw_name_parse(Str("dc1.internal.td.consul"), Str(""), &name,
                          &error) == MESHGW_OK);
  std::int32_t mode = 0;
  CHECK(meshgw_mode_parse(Str("none"), &mode, &error) == MESHGW_OK);
  meshgw_routes_builder* builder = nullptr;
  meshgw_routes* routes = nullptr;
  CHECK(meshgw_routes_builder_create(&builder, &error) == MESHGW_OK);
  CHECK(meshgw_routes_builder_build(builder, &routes, &error) == MESHGW_OK);
  meshgw_config* config = nullptr;
  CHECK(meshgw_config_parse(nullptr, 0, &config, &error) == MESHGW_OK);
  CHECK(error == mark);
  meshgw_name_free(name);
  meshgw_routes_builder_free(builder);
  meshgw_routes_free(routes);
  meshgw_config_free(config);
}

TEST_CASE("NULL can be freed, and an error that is NULL is none") {
  meshgw_string_free(nullptr);
  meshgw_error_free(nullptr);
  meshgw_name_free(nullptr);
  meshgw_mode_explanation_free(nullptr);
  meshgw_routes_builder_free(nullptr);
  meshgw_routes_free(nullptr);
  meshgw_route_explanation_free(nullptr);
  meshgw_config_free(nullptr);
  meshgw_catalog_free(nullptr);
  CHECK(meshgw_error_status(nullptr) == MESHGW_OK);
  CHECK(meshgw_error_message(nullptr).len == 0);
  CHECK(meshgw_error_errno(nullptr) == 0);
  CHECK(meshgw_error_detail_count(nullptr) == 0);
  CHECK(meshgw_string_view(nullptr).len == 0);
}

TEST_CASE("the pointer of an empty slice is not read") {
  const meshgw_str empty = {reinterpret_cast<const char*>(1), 0};
  auto file = Sized<meshgw_config_file>();
  file.name = empty;
  file.contents = empty;
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(&file, 1, &config, nullptr) == MESHGW_OK);
  meshgw_config_free(config);
  auto parts = Sized<meshgw_name_parts>();
  parts.kind = MESHGW_NAME_GATEWAY;
  parts.datacenter = Str("dc1");
  parts.trust_domain = Str("td.consul");
  parts.partition = empty;
  meshgw_string* text = nullptr;
  REQUIRE(meshgw_name_format(&parts, &text, nullptr) == MESHGW_OK);
  CHECK(Text(StringPtr(text)) == "dc1.internal.td.consul");
  CHECK(meshgw_routes_lookup(ExampleRoutes().get(), empty).cluster == -1);
  const auto* nowhere = reinterpret_cast<const std::uint8_t*>(1);
  CHECK(meshgw_hello_scan(nowhere, 0, nullptr, 0).status == MESHGW_NEED_MORE);
}

TEST_CASE("hellos with NULL and a length are refused") {
  std::uint8_t data[8] = {};
  meshgw_hello_state state;
  REQUIRE(meshgw_hello_state_init(nullptr, &state) == MESHGW_OK);
  auto details = Sized<meshgw_hello_details>();
  char ja4[MESHGW_JA4_BYTES] = "#";
  const meshgw_buffer null_buffer = {nullptr, 1};
  meshgw_hello_options odd = MESHGW_HELLO_OPTIONS_INIT;
  odd.reserved = 1;
  meshgw_hello_options small = MESHGW_HELLO_OPTIONS_INIT;
  small.struct_size = 8;
  for (const meshgw_status status :
       {meshgw_hello_scan(nullptr, 1, nullptr, 0).status,
        meshgw_hello_scan(data, SIZE_MAX, nullptr, 0).status,
        meshgw_hello_scan(data, 8, nullptr, 1).status,
        meshgw_hello_state_init(nullptr, nullptr),
        meshgw_hello_state_init(&odd, &state),
        meshgw_hello_state_init(&small, &state),
        meshgw_hello_feed(nullptr, data, 8, nullptr, 0).status,
        meshgw_hello_feed(&state, nullptr, 8, nullptr, 0).status,
        meshgw_hello_feed(&state, data, 8, nullptr, 8).status,
        meshgw_hello_feed_buffers(nullptr, nullptr, 0, nullptr, 0).status,
        meshgw_hello_feed_buffers(&state, nullptr, 1, nullptr, 0).status,
        meshgw_hello_feed_buffers(&state, &null_buffer, 1, nullptr, 0).status,
        meshgw_hello_feed_buffers(&state, &null_buffer, SIZE_MAX / 8, nullptr,
                                  0)
            .status,
        meshgw_hello_inspect(data, 8, nullptr, nullptr, 0, nullptr),
        meshgw_hello_inspect(nullptr, 8, nullptr, nullptr, 0, &details),
        meshgw_hello_inspect(data, 8, &odd, nullptr, 0, &details),
        meshgw_hello_ja4(data, 8, nullptr, nullptr, 0, nullptr),
        meshgw_hello_ja4(nullptr, 8, nullptr, nullptr, 0, ja4),
        meshgw_hello_ja4(data, 8, &small, nullptr, 0, ja4)}) {
    CHECK(status == MESHGW_ERR_INVALID_ARGUMENT);
  }
  CHECK(std::string(ja4) == "#");
  CHECK(details.hello.status == MESHGW_OK);
  // The state is as it was.
  CHECK(meshgw_hello_feed(&state, data, 0, nullptr, 0).status ==
        MESHGW_NEED_MORE);
}

TEST_CASE("debug builds refuse objects that were freed") {
  if (!kDebugBuild) return;
  Error error;
  meshgw_name* name = nullptr;
  REQUIRE(meshgw_name_parse(Str("dc1.internal.td.consul"), Str(""), &name,
                            nullptr) == MESHGW_OK);
  meshgw_name_free(name);
  meshgw_name_free(name);
  auto parts = Sized<meshgw_name_parts>();
  CHECK(meshgw_name_get(name, &parts) == MESHGW_ERR_INVALID_ARGUMENT);

  meshgw_routes* routes = ExampleRoutes().release();
  meshgw_routes_free(routes);
  meshgw_routes_free(routes);
  CHECK(meshgw_routes_ref(routes) == nullptr);
  CHECK(meshgw_routes_cluster_count(routes) == 0);
  CHECK(meshgw_routes_lookup(routes, Str("a")).cluster == -1);
  meshgw_route_explanation* explanation = nullptr;
  CHECK(meshgw_routes_explain(routes, Str("a"), &explanation, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(error.message() == "routes was freed");

  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(nullptr, 0, &config, nullptr) == MESHGW_OK);
  meshgw_config_free(config);
  meshgw_config_free(config);
  CHECK(meshgw_config_service_count(config) == 0);
  CHECK(meshgw_config_datacenter(config).len == 0);
  const meshgw_config* configs[] = {config};
  meshgw_catalog* catalog = nullptr;
  Error refused;
  CHECK(meshgw_catalog_create(configs, 1, &catalog, refused.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(refused.message() == "configs[0] was freed");

  catalog = Example().release();
  meshgw_catalog_free(catalog);
  CHECK(meshgw_catalog_datacenter_count(catalog) == 0);
  CHECK(meshgw_catalog_primary(catalog).len == 0);
  CHECK(meshgw_catalog_routes(catalog, Str("primary"), Str(""), &routes,
                              nullptr, nullptr) == MESHGW_ERR_INVALID_ARGUMENT);
  meshgw_routes_builder* builder = nullptr;
  REQUIRE(meshgw_routes_builder_create(&builder, nullptr) == MESHGW_OK);
  meshgw_routes_builder_free(builder);
  CHECK(meshgw_routes_builder_build(builder, &routes, nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
}

TEST_CASE("debug builds see errors and texts that were freed") {
  if (!kDebugBuild) return;
  meshgw_error* error = nullptr;
  meshgw_name* name = nullptr;
  REQUIRE(meshgw_name_parse(Str("x"), Str(""), &name, &error) ==
          MESHGW_ERR_INVALID_ARGUMENT);
  meshgw_error_free(error);
  meshgw_error_free(error);
  CHECK(meshgw_error_status(error) == MESHGW_OK);
  CHECK(meshgw_error_message(error).len == 0);
  CHECK(meshgw_error_errno(error) == 0);
  CHECK(meshgw_error_detail_count(error) == 0);
  auto detail = Sized<meshgw_error_detail>();
  CHECK(meshgw_error_detail_at(error, 0, &detail) ==
        MESHGW_ERR_INVALID_ARGUMENT);

  auto parts = Sized<meshgw_name_parts>();
  parts.kind = MESHGW_NAME_GATEWAY;
  parts.datacenter = Str("dc1");
  parts.trust_domain = Str("td.consul");
  meshgw_string* text = nullptr;
  REQUIRE(meshgw_name_format(&parts, &text, nullptr) == MESHGW_OK);
  meshgw_string_free(text);
  meshgw_string_free(text);
  CHECK(meshgw_string_view(text).len == 0);
}

TEST_CASE("debug builds refuse a call that overlaps another") {
  if (!kDebugBuild) return;
  meshgw_routes_builder* made = nullptr;
  REQUIRE(meshgw_routes_builder_create(&made, nullptr) == MESHGW_OK);
  const RoutesBuilderPtr builder(made);
  std::atomic<bool> refused{false};
  const auto add = [&builder, &refused] {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!refused && std::chrono::steady_clock::now() < until) {
      Error error;
      // Refused anyway, after some work.
      const meshgw_status status = meshgw_routes_builder_add(
          builder.get(), MESHGW_ROUTE_REGEX, Str("(a{1,50}){1,19}("), Str("c"),
          Str(""), error.out());
      if (status != MESHGW_ERR_FAILED_PRECONDITION) continue;
      if (error.message().find("builder: in use") == 0) refused = true;
    }
  };
  std::thread other(add);
  add();
  other.join();
  CHECK(refused);
}

}  // namespace
}  // namespace meshgw::test
