/* A TCP proxy with a loop of its own: it reads the hello of each connection,
 * looks its name up, connects, and carries the bytes with a meshgw_splicer.
 *
 * Usage: epoll_proxy NAME SERVER_PORT
 *
 * Carries connections for NAME to 127.0.0.1:SERVER_PORT, closes all others, and
 * prints the port that it listens on. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <meshgw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_HELLO 16384

/* What epoll points to: one side of a connection. */
struct connection;
struct side {
  struct connection *connection;
  int fd;
  int side; /* MESHGW_SIDE_* */
};

struct connection {
  struct side client, server;
  meshgw_hello_state hello;
  meshgw_splicer *splicer; /* NULL: the hello is not complete. */
  size_t len;
  uint8_t bytes[MOST_HELLO];
  struct connection *next; /* Of those to run again, or to free. */
};

static int loop, listener;
static meshgw_routes *routes;
static meshgw_splice_pool *pool;
static uint8_t scratch[MESHGW_HELLO_SCRATCH_BYTES];
static struct connection *again, *ended;

static void die(const char *what, meshgw_error *error) {
  const meshgw_str why = meshgw_error_message(error);
  fprintf(stderr, "%s: %.*s\n", what, (int)why.len, why.data);
  exit(1);
}

static meshgw_str text(const char *s) { return (meshgw_str){s, strlen(s)}; }

static struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* One rule: NAME leads to the server. */
static void make_routes(const char *name, uint16_t port) {
  const meshgw_endpoint endpoint = {.struct_size = sizeof(endpoint),
                                    .address = text("127.0.0.1"),
                                    .port = port};
  const meshgw_cluster cluster = {.struct_size = sizeof(cluster),
                                  .name = text("server"),
                                  .endpoints = &endpoint,
                                  .endpoint_count = 1};
  meshgw_routes_builder *builder = NULL;
  meshgw_error *error = NULL;
  if (meshgw_routes_builder_create(&builder, &error) != MESHGW_OK ||
      meshgw_routes_builder_add_cluster(builder, &cluster, &error) !=
          MESHGW_OK ||
      meshgw_routes_builder_add(builder, MESHGW_ROUTE_EXACT, text(name),
                                cluster.name, text(""), &error) != MESHGW_OK ||
      meshgw_routes_builder_build(builder, &routes, &error) != MESHGW_OK)
    die("routes", error);
  meshgw_routes_builder_free(builder);
}

static void watch(struct side *side, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = side};
  if (epoll_ctl(loop, EPOLL_CTL_ADD, side->fd, &event) != 0)
    perror("epoll_ctl");
}

/* Ends a connection; it is freed after this turn, whose events may point to it.
 */
static void end(struct connection *c) {
  struct connection **link = &again;
  if (c->client.fd < 0) return;
  while (*link != NULL && *link != c) link = &(*link)->next;
  if (*link == c) *link = c->next;
  meshgw_splicer_free(c->splicer);
  c->splicer = NULL;
  close(c->client.fd);
  if (c->server.fd >= 0) close(c->server.fd);
  c->client.fd = c->server.fd = -1;
  c->next = ended;
  ended = c;
}

/* Carries what can be carried now; a reset of one side is passed to the other.
 */
static void carry(struct connection *c, int side, uint32_t events) {
  meshgw_splice_state state = {0};
  if (c->splicer == NULL) return;
  if (meshgw_splicer_run(c->splicer, side, events) == 1) {
    struct connection *other = again;
    while (other != NULL && other != c) other = other->next;
    if (other == NULL) {
      c->next = again;
      again = c;
    }
  }
  meshgw_splicer_get(c->splicer, &state);
  if (state.end == MESHGW_SPLICE_RUNNING) return;
  if (state.end != MESHGW_SPLICE_FINISHED) {
    meshgw_reset_on_close(c->client.fd);
    meshgw_reset_on_close(c->server.fd);
  }
  end(c);
}

/* The hello is complete: connects to where its name leads. */
static void dial(struct connection *c, meshgw_hello hello) {
  const uint8_t *from =
      hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH ? scratch : c->bytes;
  const meshgw_route_match match = meshgw_routes_lookup(
      routes, (meshgw_str){(const char *)from + hello.server_name_offset,
                           hello.server_name_len});
  meshgw_endpoint endpoint = {.struct_size = sizeof(endpoint)};
  struct sockaddr_in address;
  if (match.cluster < 0 ||
      meshgw_routes_endpoint_at(routes, (size_t)match.cluster, 0, &endpoint) !=
          MESHGW_OK) {
    end(c);
    return;
  }
  address = loopback((uint16_t)endpoint.port);
  c->server.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->server.fd < 0 || (connect(c->server.fd, (struct sockaddr *)&address,
                                   sizeof(address)) != 0 &&
                           errno != EINPROGRESS)) {
    end(c);
    return;
  }
  watch(&c->server, EPOLLOUT); /* Writable: connected. */
  epoll_ctl(loop, EPOLL_CTL_DEL, c->client.fd, NULL);
}

static void start_carrying(struct connection *c) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(c->server.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0 ||
      meshgw_splicer_create(pool, c->client.fd, c->server.fd, &c->splicer,
                            NULL) != MESHGW_OK ||
      meshgw_splicer_send_first(c->splicer, c->bytes, c->len, NULL) !=
          MESHGW_OK) {
    end(c);
    return;
  }
  epoll_ctl(loop, EPOLL_CTL_DEL, c->server.fd, NULL);
  watch(&c->client, MESHGW_SPLICE_EVENTS);
  watch(&c->server, MESHGW_SPLICE_EVENTS);
  carry(c, MESHGW_SIDE_CLIENT, 0);
  carry(c, MESHGW_SIDE_SERVER, 0);
}

static void read_hello(struct connection *c) {
  const ssize_t n =
      recv(c->client.fd, c->bytes + c->len, MOST_HELLO - c->len, 0);
  meshgw_hello hello;
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    end(c);
    return;
  }
  c->len += (size_t)n;
  hello =
      meshgw_hello_feed(&c->hello, c->bytes, c->len, scratch, sizeof(scratch));
  if (hello.status == MESHGW_OK) {
    dial(c, hello);
  } else if (hello.status != MESHGW_NEED_MORE || c->len == MOST_HELLO) {
    end(c); /* Never route on doubt. */
  }
}

static void accept_one(void) {
  const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  struct connection *c = fd < 0 ? NULL : calloc(1, sizeof(*c));
  if (c == NULL) return;
  c->client = (struct side){c, fd, MESHGW_SIDE_CLIENT};
  c->server = (struct side){c, -1, MESHGW_SIDE_SERVER};
  meshgw_hello_state_init(NULL, &c->hello);
  watch(&c->client, EPOLLIN);
}

static void handle(struct side *side, uint32_t events) {
  struct connection *c = side->connection;
  if (c->client.fd < 0) return; /* Ended in this turn. */
  if (c->splicer != NULL) {
    carry(c, side->side, events);
  } else if (side->side == MESHGW_SIDE_SERVER) {
    start_carrying(c);
  } else {
    read_hello(c);
  }
}

static void turn(void) {
  struct epoll_event events[64];
  const int count = epoll_wait(loop, events, 64, again != NULL ? 0 : -1);
  struct connection *c = again, *next;
  again = NULL;
  for (; c != NULL; c = next) {
    next = c->next;
    c->next = NULL;
    carry(c, MESHGW_SIDE_CLIENT, 0);
    carry(c, MESHGW_SIDE_SERVER, 0);
  }
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == NULL) {
      accept_one();
    } else {
      handle(events[i].data.ptr, events[i].events);
    }
  }
  for (c = ended, ended = NULL; c != NULL; c = next) {
    next = c->next;
    free(c);
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  meshgw_error *error = NULL;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (argc != 3) {
    fprintf(stderr, "usage: epoll_proxy NAME SERVER_PORT\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN); /* splice(2) has no MSG_NOSIGNAL. */
  make_routes(argv[1], (uint16_t)atoi(argv[2]));
  if (meshgw_splice_pool_create(NULL, &pool, &error) != MESHGW_OK)
    die("pool", error);
  loop = epoll_create1(EPOLL_CLOEXEC);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
      listen(listener, 128) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
      epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) != 0) {
    perror("listen");
    return 1;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) turn();
}
