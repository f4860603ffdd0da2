#ifndef MESHGW_CAPI_TESTS_C_OBJECTS_H_
#define MESHGW_CAPI_TESTS_C_OBJECTS_H_

#include <memory>
#include <string>

#include "c_api.h"

namespace meshgw::test {

// Objects of the API that free themselves.
using StringPtr = std::unique_ptr<meshgw_string, Freed<meshgw_string_free>>;
using NamePtr = std::unique_ptr<meshgw_name, Freed<meshgw_name_free>>;
using ModeExplanationPtr = std::unique_ptr<meshgw_mode_explanation,
                                           Freed<meshgw_mode_explanation_free>>;
using RoutesBuilderPtr =
    std::unique_ptr<meshgw_routes_builder, Freed<meshgw_routes_builder_free>>;
using RoutesPtr = std::unique_ptr<meshgw_routes, Freed<meshgw_routes_free>>;
using RouteExplanationPtr =
    std::unique_ptr<meshgw_route_explanation,
                    Freed<meshgw_route_explanation_free>>;
using ConfigPtr = std::unique_ptr<meshgw_config, Freed<meshgw_config_free>>;
using CatalogPtr = std::unique_ptr<meshgw_catalog, Freed<meshgw_catalog_free>>;

// A struct of the API that is all zero but for its size.
template <typename T>
T Sized() {
  T out = {};
  out.struct_size = sizeof(T);
  return out;
}

inline std::string Text(const StringPtr& string) {
  return Text(meshgw_string_view(string.get()));
}

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_C_OBJECTS_H_
