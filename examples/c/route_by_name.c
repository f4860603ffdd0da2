/* Reads a ClientHello from standard input and says where it would go. */
#include <meshgw.h>
#include <stdio.h>
#define STR(text) ((meshgw_str){text, sizeof(text) - 1})

int main(void) {
  /* One rule: every service of datacenter dc2 is behind one gateway. */
  meshgw_endpoint gateway = {.struct_size = sizeof(gateway), .address = STR("203.0.113.5"), .port = 8443};
  meshgw_cluster dc2 = {.struct_size = sizeof(dc2), .name = STR("dc2"), .endpoints = &gateway, .endpoint_count = 1};
  meshgw_str suffix = STR("*.dc2.internal.example.consul");
  meshgw_routes_builder *builder = NULL;
  meshgw_routes *routes = NULL;
  if (meshgw_routes_builder_create(&builder, NULL) || meshgw_routes_builder_add_cluster(builder, &dc2, NULL) ||
      meshgw_routes_builder_add(builder, MESHGW_ROUTE_SUFFIX, suffix, dc2.name, STR(""), NULL) ||
      meshgw_routes_builder_build(builder, &routes, NULL))
    return 2;

  static uint8_t bytes[65536], scratch[MESHGW_HELLO_SCRATCH_BYTES];
  size_t len = fread(bytes, 1, sizeof(bytes), stdin);
  meshgw_hello hello = meshgw_hello_scan(bytes, len, scratch, sizeof(scratch));
  meshgw_route_match match = {MESHGW_ROUTE_NONE, -1};
  if (hello.status == MESHGW_OK) { /* Never route on doubt. */
    const uint8_t *from = hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH ? scratch : bytes;
    meshgw_str name = {(const char *)from + hello.server_name_offset, hello.server_name_len};
    match = meshgw_routes_lookup(routes, name);
  }
  printf("%s: %s\n", meshgw_status_name(hello.status), match.cluster < 0 ? "nowhere" : "dc2");
  meshgw_routes_builder_free(builder);
  meshgw_routes_free(routes);
  return match.cluster < 0;
}
