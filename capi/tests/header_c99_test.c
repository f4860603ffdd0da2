/* meshgw.h is C99, needs nothing before it, and may be included twice: this
 * file is compiled as C99 with pedantic warnings, and links with
 * header_cxx17_test.cc, which includes it too. */
#include <stdio.h>
#include <string.h>

#include "meshgw.h"
#include "meshgw.h" /* NOLINT: on purpose. */

int header_cxx17_check(void);

/* The _INIT macros are constant expressions, with a value for every field:
 * struct_size, and zero for the rest. scripts/check-abi wants one for every
 * struct that has a struct_size. */
static int differs(const void *made, const void *zeroes, size_t size) {
  const unsigned char *bytes = (const unsigned char *)made;
  size_t struct_size = 0;
  memcpy(&struct_size, made, sizeof(struct_size));
  return struct_size != size || memcmp(bytes + sizeof(struct_size), zeroes,
                                       size - sizeof(struct_size)) != 0;
}
static const char kZeroes[1024];
#define DECLARE_INIT(type, macro) static const type made_##type = macro
#define DIFFERS(type) differs(&made_##type, kZeroes, sizeof(made_##type))
DECLARE_INIT(meshgw_error_detail, MESHGW_ERROR_DETAIL_INIT);
DECLARE_INIT(meshgw_hello_options, MESHGW_HELLO_OPTIONS_INIT);
DECLARE_INIT(meshgw_hello_details, MESHGW_HELLO_DETAILS_INIT);
DECLARE_INIT(meshgw_name_parts, MESHGW_NAME_PARTS_INIT);
DECLARE_INIT(meshgw_mode_layers, MESHGW_MODE_LAYERS_INIT);
DECLARE_INIT(meshgw_mode_target, MESHGW_MODE_TARGET_INIT);
DECLARE_INIT(meshgw_mode_layer, MESHGW_MODE_LAYER_INIT);
DECLARE_INIT(meshgw_endpoint, MESHGW_ENDPOINT_INIT);
DECLARE_INIT(meshgw_cluster, MESHGW_CLUSTER_INIT);
DECLARE_INIT(meshgw_route, MESHGW_ROUTE_INIT);
DECLARE_INIT(meshgw_route_candidate, MESHGW_ROUTE_CANDIDATE_INIT);
DECLARE_INIT(meshgw_config_file, MESHGW_CONFIG_FILE_INIT);
DECLARE_INIT(meshgw_upstream_query, MESHGW_UPSTREAM_QUERY_INIT);
DECLARE_INIT(meshgw_upstream_target, MESHGW_UPSTREAM_TARGET_INIT);
DECLARE_INIT(meshgw_upstream_failover, MESHGW_UPSTREAM_FAILOVER_INIT);
DECLARE_INIT(meshgw_splice_options, MESHGW_SPLICE_OPTIONS_INIT);
DECLARE_INIT(meshgw_gateway_options, MESHGW_GATEWAY_OPTIONS_INIT);
DECLARE_INIT(meshgw_gateway_stats, MESHGW_GATEWAY_STATS_INIT);

int main(void) {
  int errors = 0;
  errors += DIFFERS(meshgw_error_detail);
  errors += DIFFERS(meshgw_hello_options);
  errors += DIFFERS(meshgw_hello_details);
  errors += DIFFERS(meshgw_name_parts);
  errors += DIFFERS(meshgw_mode_layers);
  errors += DIFFERS(meshgw_mode_target);
  errors += DIFFERS(meshgw_mode_layer);
  errors += DIFFERS(meshgw_endpoint);
  errors += DIFFERS(meshgw_cluster);
  errors += DIFFERS(meshgw_route);
  errors += DIFFERS(meshgw_route_candidate);
  errors += DIFFERS(meshgw_config_file);
  errors += DIFFERS(meshgw_upstream_query);
  errors += DIFFERS(meshgw_upstream_target);
  errors += DIFFERS(meshgw_upstream_failover);
  errors += DIFFERS(meshgw_splice_options);
  errors += DIFFERS(meshgw_gateway_options);
  errors += DIFFERS(meshgw_gateway_stats);
  errors += MESHGW_SPLICE_EVENTS != UINT32_C(0x80002007);
  errors += meshgw_version()[0] != '0' + MESHGW_VERSION_MAJOR;
  errors += header_cxx17_check();
  if (errors != 0) printf("%d errors\n", errors);
  return errors != 0;
}
