/* A program that is not linked with libmeshgw.so, but loads it: as a plug-in
 * would, with RTLD_LOCAL, twice, with a gateway in between. argv[1] is its
 * path. */
#include <dlfcn.h>
#include <meshgw.h>

#define USED(X)                                                                \
  X(version)                                                                   \
  X(routes_builder_create) X(routes_builder_add_cluster) X(routes_builder_add) \
      X(routes_builder_build) X(routes_builder_free) X(routes_free)            \
          X(gateway_create) X(gateway_listen) X(gateway_start) X(gateway_free) \
              X(error_message) X(string_view) X(string_free)
#define DECLARE(name) static __typeof__(meshgw_##name) *dl_##name;
USED(DECLARE)
#define meshgw_version dl_version
#define meshgw_routes_builder_create dl_routes_builder_create
#define meshgw_routes_builder_add_cluster dl_routes_builder_add_cluster
#define meshgw_routes_builder_add dl_routes_builder_add
#define meshgw_routes_builder_build dl_routes_builder_build
#define meshgw_routes_builder_free dl_routes_builder_free
#define meshgw_routes_free dl_routes_free
#define meshgw_gateway_create dl_gateway_create
#define meshgw_gateway_listen dl_gateway_listen
#define meshgw_gateway_start dl_gateway_start
#define meshgw_gateway_free dl_gateway_free
#define meshgw_error_message dl_error_message
#define meshgw_string_view dl_string_view
#define meshgw_string_free dl_string_free
#include "carry.h"

int main(int argc, char **argv) {
  int round;
  CHECK(argc == 2);
  for (round = 0; round < 2; ++round) {
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    CHECK(library != NULL);
#define FIND(name)                                          \
  *(void **)(&dl_##name) = dlsym(library, "meshgw_" #name); \
  CHECK(dl_##name != NULL);
    USED(FIND)
    carry_through_gateway();
    CHECK(dlclose(library) == 0);
  }
  puts("ok");
  return 0;
}
