/* A program that closes the library while a thread of it hangs in a look-up of
 * a host name, which nothing can interrupt: the thread must find its code when
 * the look-up is over. argv[1] is the library's path. */
#include <dirent.h>
#include <dlfcn.h>
#include <meshgw.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      return 1;                                                       \
    }                                                                 \
  } while (0)
#define STR(text) ((meshgw_str){text, sizeof(text) - 1})

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int asked;
static int released;

/* In the place of the C library's: hangs until it is released. */
int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints,
                struct addrinfo **restrict out) {
  (void)service;
  (void)hints;
  (void)out;
  pthread_mutex_lock(&mutex);
  if (name != NULL && strcmp(name, "hangs.example") == 0) asked = 1;
  pthread_cond_broadcast(&changed);
  while (!released) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
  return EAI_AGAIN;
}

static int count_threads(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  const struct dirent *entry;
  while ((entry = readdir(tasks)) != NULL) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/* Waits until the program has so many threads; within a minute. */
static int await_threads(int count) {
  int i;
  for (i = 0; i < 6000 && count_threads() != count; ++i) {
    const struct timespec moment = {0, 10 * 1000 * 1000};
    nanosleep(&moment, NULL);
  }
  return count_threads() == count;
}

#define FIND(name)                                     \
  __typeof__(meshgw_##name) *name;                     \
  *(void **)(&name) = dlsym(library, "meshgw_" #name); \
  CHECK(name != NULL)

static int use(void *library) {
  FIND(routes_builder_create);
  FIND(routes_builder_add_cluster);
  FIND(routes_builder_build);
  FIND(routes_builder_free);
  FIND(routes_free);
  FIND(gateway_create);
  FIND(gateway_start);
  FIND(gateway_free);
  meshgw_endpoint endpoint = MESHGW_ENDPOINT_INIT;
  meshgw_cluster cluster = MESHGW_CLUSTER_INIT;
  meshgw_routes_builder *builder = NULL;
  meshgw_routes *routes = NULL;
  meshgw_gateway *gateway = NULL;
  endpoint.address = STR("hangs.example");
  endpoint.port = 1;
  cluster.name = STR("cluster");
  cluster.endpoints = &endpoint;
  cluster.endpoint_count = 1;
  CHECK(routes_builder_create(&builder, NULL) == MESHGW_OK);
  CHECK(routes_builder_add_cluster(builder, &cluster, NULL) == MESHGW_OK);
  CHECK(routes_builder_build(builder, &routes, NULL) == MESHGW_OK);
  routes_builder_free(builder);
  CHECK(gateway_create(NULL, routes, &gateway, NULL) == MESHGW_OK);
  CHECK(gateway_start(gateway, NULL) == MESHGW_OK);
  pthread_mutex_lock(&mutex);
  while (!asked) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
  gateway_free(gateway); /* Does not wait for the look-up. */
  routes_free(routes);
  return 0;
}

int main(int argc, char **argv) {
  void *library;
  CHECK(argc == 2);
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  CHECK(library != NULL);
  if (use(library) != 0) return 1;
  CHECK(await_threads(2)); /* This one and that of the look-up. */
  CHECK(dlclose(library) == 0);
  pthread_mutex_lock(&mutex);
  released = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  CHECK(await_threads(1)); /* It went on in the library, and ended. */
  /* It is there still, by the name of its first load. */
  CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != NULL);
  puts("ok");
  return 0;
}
