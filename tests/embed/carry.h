/* What the hosts of these tests do with meshgw: carry_through_gateway() sends a
 * hello and `kCarryBytes` bytes through a gateway to a server of its own that
 * sends them back, and compares. Plain C99 and C++. */
#ifndef MESHGW_TESTS_EMBED_CARRY_H_
#define MESHGW_TESTS_EMBED_CARRY_H_

#include <arpa/inet.h>
#include <meshgw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(condition)                                               \
  do {                                                                 \
    if (!(condition)) {                                                \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, \
              #condition);                                             \
      exit(1);                                                         \
    }                                                                  \
  } while (0)

enum { kCarryBytes = 1 << 20, kMostHello = 512 };

static meshgw_str str(const char *text) {
  meshgw_str view;
  view.data = text;
  view.len = strlen(text);
  return view;
}

/* Writes a ClientHello with that server name; returns its length. */
static size_t make_hello(const char *name, uint8_t *out) {
  const size_t n = strlen(name);
  size_t at = 0, i;
  const uint8_t head[] = {22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3};
  const uint8_t middle[] = {0, 0, 2, 0x13, 1, 1, 0};
  memcpy(out, head, sizeof(head));
  at += sizeof(head);
  for (i = 0; i < 32; ++i) out[at++] = (uint8_t)(i * 7); /* random */
  memcpy(out + at, middle, sizeof(middle));
  at += sizeof(middle);
  out[at++] = 0;
  out[at++] = (uint8_t)(n + 9); /* extensions */
  out[at++] = 0;
  out[at++] = 0; /* server_name */
  out[at++] = 0;
  out[at++] = (uint8_t)(n + 5);
  out[at++] = 0;
  out[at++] = (uint8_t)(n + 3);
  out[at++] = 0; /* host_name */
  out[at++] = 0;
  out[at++] = (uint8_t)n;
  memcpy(out + at, name, n);
  at += n;
  out[3] = (uint8_t)((at - 5) >> 8);
  out[4] = (uint8_t)(at - 5);
  out[7] = (uint8_t)((at - 9) >> 8);
  out[8] = (uint8_t)(at - 9);
  return at;
}

static int listen_on_loopback(uint16_t *port) {
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(fd >= 0);
  CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
  CHECK(listen(fd, 16) == 0);
  CHECK(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static int connect_to_loopback(uint16_t port) {
  struct sockaddr_in address;
  struct timeval deadline = {20, 0};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  CHECK(fd >= 0);
  CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
  CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) ==
        0);
  return fd;
}

/* One rule: `name` leads to 127.0.0.1:port. */
static meshgw_routes *make_routes(const char *name, uint16_t port) {
  meshgw_routes_builder *builder = NULL;
  meshgw_routes *routes = NULL;
  meshgw_endpoint endpoint;
  meshgw_cluster cluster;
  memset(&endpoint, 0, sizeof(endpoint));
  endpoint.struct_size = sizeof(endpoint);
  endpoint.address = str("127.0.0.1");
  endpoint.port = port;
  memset(&cluster, 0, sizeof(cluster));
  cluster.struct_size = sizeof(cluster);
  cluster.name = str("server");
  cluster.endpoints = &endpoint;
  cluster.endpoint_count = 1;
  CHECK(meshgw_routes_builder_create(&builder, NULL) == MESHGW_OK);
  CHECK(meshgw_routes_builder_add_cluster(builder, &cluster, NULL) ==
        MESHGW_OK);
  CHECK(meshgw_routes_builder_add(builder, MESHGW_ROUTE_EXACT, str(name),
                                  str("server"), str(""), NULL) == MESHGW_OK);
  CHECK(meshgw_routes_builder_build(builder, &routes, NULL) == MESHGW_OK);
  meshgw_routes_builder_free(builder);
  return routes;
}

/* A running gateway with these routes (which it takes) on a port of its own. */
static meshgw_gateway *start_gateway(meshgw_routes *routes, uint16_t *port) {
  meshgw_gateway_options options;
  meshgw_gateway *gateway = NULL;
  meshgw_string *bound = NULL;
  meshgw_error *error = NULL;
  char text[64];
  meshgw_str view;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.workers = 1;
  if (meshgw_gateway_create(&options, routes, &gateway, &error) != MESHGW_OK ||
      meshgw_gateway_listen(gateway, str("test"), str("127.0.0.1:0"), &bound,
                            &error) != MESHGW_OK ||
      meshgw_gateway_start(gateway, &error) != MESHGW_OK) {
    view = meshgw_error_message(error);
    fprintf(stderr, "gateway: %.*s\n", (int)view.len, view.data);
    exit(1);
  }
  view = meshgw_string_view(bound);
  CHECK(view.len < sizeof(text));
  memcpy(text, view.data, view.len);
  text[view.len] = '\0';
  *port = (uint16_t)atoi(strrchr(text, ':') + 1);
  meshgw_string_free(bound);
  meshgw_routes_free(routes);
  return gateway;
}

/* Sends back all that one connection brings. */
static void *echo_once(void *listener) {
  static const size_t kSize = 65536;
  char *buffer = (char *)malloc(kSize);
  const int fd = accept(*(int *)listener, NULL, NULL);
  ssize_t n, sent;
  CHECK(fd >= 0);
  while ((n = recv(fd, buffer, kSize, 0)) > 0) {
    ssize_t at = 0;
    while (at < n) {
      sent = send(fd, buffer + at, (size_t)(n - at), MSG_NOSIGNAL);
      CHECK(sent > 0);
      at += sent;
    }
  }
  close(fd);
  free(buffer);
  return NULL;
}

struct carry_sender {
  int fd;
  const uint8_t *data;
  size_t len;
};

static void *send_all_and_fin(void *argument) {
  const struct carry_sender *sender = (const struct carry_sender *)argument;
  size_t at = 0;
  while (at < sender->len) {
    const ssize_t sent =
        send(sender->fd, sender->data + at, sender->len - at, MSG_NOSIGNAL);
    CHECK(sent > 0);
    at += (size_t)sent;
  }
  shutdown(sender->fd, SHUT_WR);
  return NULL;
}

/* A hello with `name` and bytes to 127.0.0.1:port, which must all come back. */
static void carry(uint16_t port, const char *name) {
  const size_t most = kMostHello + kCarryBytes;
  uint8_t *data = (uint8_t *)malloc(most);
  uint8_t *back = (uint8_t *)malloc(most);
  struct carry_sender sender;
  pthread_t thread;
  uint32_t random = 12345;
  size_t len = make_hello(name, data), got = 0;
  ssize_t n;
  while (len < (size_t)kCarryBytes) {
    random = random * 1664525u + 1013904223u;
    data[len++] = (uint8_t)(random >> 24);
  }
  sender.fd = connect_to_loopback(port);
  sender.data = data;
  sender.len = len;
  CHECK(pthread_create(&thread, NULL, send_all_and_fin, &sender) == 0);
  while ((n = recv(sender.fd, back + got, most - got, 0)) > 0) got += (size_t)n;
  CHECK(n == 0);
  CHECK(got == len);
  CHECK(memcmp(data, back, len) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  close(sender.fd);
  free(data);
  free(back);
}

static void carry_through_gateway(void) {
  uint16_t server_port, port;
  pthread_t server;
  int listener = listen_on_loopback(&server_port);
  meshgw_gateway *gateway =
      start_gateway(make_routes("db.example", server_port), &port);
  CHECK(pthread_create(&server, NULL, echo_once, &listener) == 0);
  carry(port, "db.example");
  CHECK(pthread_join(server, NULL) == 0);
  close(listener);
  meshgw_gateway_free(gateway);
}

#endif /* MESHGW_TESTS_EMBED_CARRY_H_ */
