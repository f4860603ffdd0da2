/* A C program: hello, routes, error with a message, gateway. */
#include "carry.h"

int main(void) {
  uint8_t hello[kMostHello];
  const size_t len = make_hello("db.example", hello);
  const meshgw_hello found = meshgw_hello_scan(hello, len, NULL, 0);
  meshgw_routes *routes = make_routes("db.example", 443);
  meshgw_config_file file;
  meshgw_config *config = NULL;
  meshgw_error *error = NULL;
  meshgw_str name;
  CHECK(found.status == MESHGW_OK);
  name.data = (const char *)hello + found.server_name_offset;
  name.len = found.server_name_len;
  CHECK(meshgw_routes_lookup(routes, name).kind == MESHGW_ROUTE_EXACT);
  CHECK(meshgw_routes_lookup(routes, str("other")).kind == MESHGW_ROUTE_NONE);
  meshgw_routes_free(routes);

  /* What throws inside is a status outside. */
  memset(&file, 0, sizeof(file));
  file.struct_size = sizeof(file);
  file.name = str("a.hcl");
  file.contents = str("service { port = \"x\" }");
  CHECK(meshgw_config_parse(&file, 1, &config, &error) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_error_detail_count(error) >= 1);
  meshgw_error_free(error);

  carry_through_gateway();
  printf("ok %s\n", meshgw_version());
  return 0;
}
