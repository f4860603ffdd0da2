// A C++ host without exceptions and run-time types.
#include "carry.h"

int main() {
#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "built with -fno-exceptions -fno-rtti"
#endif
  meshgw_routes_builder* builder = nullptr;
  meshgw_error* error = nullptr;
  CHECK(meshgw_routes_builder_create(&builder, &error) == MESHGW_OK);
  CHECK(meshgw_routes_builder_add(builder, MESHGW_ROUTE_REGEX, str("("),
                                  str("x"), str(""),
                                  &error) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_error_message(error).len > 0);
  meshgw_error_free(error);
  meshgw_routes_builder_free(builder);
  carry_through_gateway();
  puts("ok");
}
