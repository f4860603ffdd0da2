// meshgw.h is clean as C++17 and has C linkage there; see header_c99_test.c.
#include <type_traits>

#include "meshgw.h"
#include "meshgw.h"  // NOLINT: on purpose.

static_assert(std::is_trivially_copyable_v<meshgw_hello>);
static_assert(std::is_standard_layout_v<meshgw_gateway_options>);
static_assert(std::is_same_v<meshgw_status, int32_t>);

extern "C" int header_cxx17_check() {
  const meshgw_error_detail made_error_detail = MESHGW_ERROR_DETAIL_INIT;
  const meshgw_hello_options made_hello_options = MESHGW_HELLO_OPTIONS_INIT;
  const meshgw_hello_details made_hello_details = MESHGW_HELLO_DETAILS_INIT;
  const meshgw_name_parts made_name_parts = MESHGW_NAME_PARTS_INIT;
  const meshgw_mode_layers made_mode_layers = MESHGW_MODE_LAYERS_INIT;
  const meshgw_mode_target made_mode_target = MESHGW_MODE_TARGET_INIT;
  const meshgw_mode_layer made_mode_layer = MESHGW_MODE_LAYER_INIT;
  const meshgw_endpoint made_endpoint = MESHGW_ENDPOINT_INIT;
  const meshgw_cluster made_cluster = MESHGW_CLUSTER_INIT;
  const meshgw_route made_route = MESHGW_ROUTE_INIT;
  const meshgw_route_candidate made_route_candidate =
      MESHGW_ROUTE_CANDIDATE_INIT;
  const meshgw_config_file made_config_file = MESHGW_CONFIG_FILE_INIT;
  const meshgw_upstream_query made_upstream_query = MESHGW_UPSTREAM_QUERY_INIT;
  const meshgw_upstream_target made_upstream_target =
      MESHGW_UPSTREAM_TARGET_INIT;
  const meshgw_upstream_failover made_upstream_failover =
      MESHGW_UPSTREAM_FAILOVER_INIT;
  const meshgw_splice_options made_splice_options = MESHGW_SPLICE_OPTIONS_INIT;
  const meshgw_gateway_options made_gateway_options =
      MESHGW_GATEWAY_OPTIONS_INIT;
  const meshgw_gateway_stats made_gateway_stats = MESHGW_GATEWAY_STATS_INIT;
  const bool good =
      made_error_detail.struct_size == sizeof(made_error_detail) &&
      made_hello_options.struct_size == sizeof(made_hello_options) &&
      made_hello_details.struct_size == sizeof(made_hello_details) &&
      made_name_parts.struct_size == sizeof(made_name_parts) &&
      made_mode_layers.struct_size == sizeof(made_mode_layers) &&
      made_mode_target.struct_size == sizeof(made_mode_target) &&
      made_mode_layer.struct_size == sizeof(made_mode_layer) &&
      made_endpoint.struct_size == sizeof(made_endpoint) &&
      made_cluster.struct_size == sizeof(made_cluster) &&
      made_route.struct_size == sizeof(made_route) &&
      made_route_candidate.struct_size == sizeof(made_route_candidate) &&
      made_config_file.struct_size == sizeof(made_config_file) &&
      made_upstream_query.struct_size == sizeof(made_upstream_query) &&
      made_upstream_failover.struct_size == sizeof(made_upstream_failover) &&
      made_upstream_target.struct_size == sizeof(made_upstream_target) &&
      made_splice_options.struct_size == sizeof(made_splice_options) &&
      made_gateway_options.struct_size == sizeof(made_gateway_options) &&
      made_gateway_stats.struct_size == sizeof(made_gateway_stats) &&
      meshgw_status_name(MESHGW_OK) != nullptr;
  return good ? 0 : 1;
}
