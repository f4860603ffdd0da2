#ifndef MESHGW_CAPI_TESTS_BAD_INPUT_H_
#define MESHGW_CAPI_TESTS_BAD_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "c_objects.h"

// What the tables of calls that must be refused have in common. Each function
// of meshgw.h has rows in a table; bad_input_coverage_test.py sees to it.
namespace meshgw::test {

inline constexpr meshgw_str kNullText = {nullptr, 1};
inline const meshgw_str kTooLong = {"x", static_cast<std::size_t>(-1)};

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

inline void Check(Outputs* out, const std::vector<BadCall>& calls) {
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

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_BAD_INPUT_H_
