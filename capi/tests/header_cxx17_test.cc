// meshgw.h is clean as C++17 and has C linkage there; see header_c99_test.c.
#include <type_traits>

#include "meshgw.h"
#include "meshgw.h"  // NOLINT: on purpose.

static_assert(std::is_trivially_copyable_v<meshgw_hello>);
static_assert(std::is_standard_layout_v<meshgw_gateway_options>);
static_assert(std::is_same_v<meshgw_status, int32_t>);

extern "C" int header_cxx17_check() {
  const meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
  const meshgw_hello_options hello = MESHGW_HELLO_OPTIONS_INIT;
  const meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
  const bool good = detail.struct_size == sizeof(detail) &&
                    hello.struct_size == sizeof(hello) &&
                    layers.struct_size == sizeof(layers) &&
                    meshgw_status_name(MESHGW_OK) != nullptr;
  return good ? 0 : 1;
}
