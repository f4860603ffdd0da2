// How a gateway finds an endpoint that takes the connection.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;

// A port of 127.0.0.1 that refuses: bound, so that nobody else takes it, but
// not listening.
class RefusingPort {
 public:
  RefusingPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const TestAddress any("127.0.0.1:0");
    ::bind(fd_.fd(), any.get(), any.length);
    sockaddr_in bound{};
    socklen_t length = sizeof(bound);
    ::getsockname(fd_.fd(), reinterpret_cast<sockaddr*>(&bound), &length);
    port_ = ntohs(bound.sin_port);
  }
  std::uint16_t port() const { return port_; }

 private:
  TestSocket fd_;
  std::uint16_t port_ = 0;
};

// A listener whose queue is full: the kernel drops what more comes, as a dead
// host does.
class SilentPort {
 public:
  SilentPort() : server_("127.0.0.1:0", 0) {
    const std::string address = "127.0.0.1:" + std::to_string(server_.port());
    // A queue for 0 takes one; more of them stay in SYN_SENT.
    for (int i = 0; i < 4; ++i) {
      TestSocket filler(
          ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const TestAddress to(address);
      ::connect(filler.fd(), to.get(), to.length);
      filler.Writable(milliseconds(50));
      fillers_.push_back(std::move(filler));
    }
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  TestServer server_;
  std::vector<TestSocket> fillers_;
};

// Whether bytes pass both ways between a new client and `backend`.
bool Works(LiveGateway& gateway, TestServer& backend) {
  Pair pair = Pair::Through(gateway, backend);
  return pair.valid() && pair.client.Send("ping") &&
         pair.server.ReceiveText(4) == "ping" && pair.server.Send("pong") &&
         pair.client.ReceiveText(4) == "pong";
}

}  // namespace

TEST_CASE("an endpoint that refuses is followed by the next one") {
  TestServer backend;
  const RefusingPort refuses;
  Cluster cluster =
      ClusterOf({EndpointAt(refuses.port()), EndpointAt(refuses.port()),
                 EndpointAt(backend.port())});
  cluster.endpoints[0].priority = cluster.endpoints[1].priority = 0;
  cluster.endpoints[1].address = "127.0.0.2";  // Nobody listens there either.
  LiveGateway gateway(TableOf({cluster}));
  for (int i = 0; i < 3; ++i) REQUIRE(Works(gateway, backend));
  const auto records = gateway.Records(3);
  REQUIRE(records.size() == 3);
  std::uint64_t failures = 0;
  for (const Ended& record : records) {
    CHECK(record.endpoint == "127.0.0.1:" + std::to_string(backend.port()));
    failures += record.of.attempts - 1;
  }
  CHECK(failures > 0);
  CHECK(gateway->stats().connect_failures == failures);
}

TEST_CASE("no more endpoints are tried than the limit says") {
  const RefusingPort refuses;
  std::vector<Endpoint> endpoints;
  for (int i = 1; i <= 6; ++i) {
    endpoints.push_back(
        EndpointAt(refuses.port(), "127.0.0." + std::to_string(i)));
  }
  GatewayOptions options;
  options.limits.max_connect_attempts = GENERATE(0u, 1u, 2u, 5u, 100u);
  CAPTURE(options.limits.max_connect_attempts);
  LiveGateway gateway(
      {.options = options, .routes = TableOf({ClusterOf(endpoints)})});
  TestSocket client = gateway.Hello();
  CHECK(client.End() == StreamEnd::kFin);
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kConnectFailed);
  CHECK(records[0].of.error == ECONNREFUSED);
  CHECK(records[0].of.attempts ==
        std::clamp(options.limits.max_connect_attempts, 1u, 6u));
  CHECK(records[0].endpoint.starts_with("127.0.0."));
  CHECK(gateway->stats().connect_failures == records[0].of.attempts);
}

// An IPv4 address of this host that is none of 127.0.0.0/8; empty: it has none.
std::string OutsideAddress() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string out;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
    if (!std::string_view(text).starts_with("127.")) out = text;
  }
  ::freeifaddrs(all);
  return out;
}

TEST_CASE("a gateway on all addresses does not dial itself at any of them") {
  const std::string outside = OutsideAddress();
  if (outside.empty()) {
    WARN("not run: this host has loopback addresses only");
    return;
  }
  LiveGateway gateway({.listen = "0.0.0.0:0"});
  const std::string& address = gateway.address();
  const std::string port = address.substr(address.rfind(':') + 1);
  gateway->SetRoutes(TableOf({ClusterOf(
      {EndpointAt(static_cast<std::uint16_t>(std::stoi(port)), outside)})}));
  TestSocket client = TestSocket::Connect("127.0.0.1:" + port);
  client.Send(HelloFor(kName));
  CHECK(client.End() == StreamEnd::kFin);
  REQUIRE(gateway.Records(2).size() == 2);
  CHECK(gateway.Count(ConnectionReason::kConnectFailed) == 1);
  CHECK(gateway->stats().accepted == 2);
}

TEST_CASE("a gateway does not dial itself") {
  const std::string listen = GENERATE("127.0.0.1:0", "0.0.0.0:0", "[::]:0");
  CAPTURE(listen);
  LiveGateway gateway({.listen = listen});
  const std::string& address = gateway.address();
  const auto port = static_cast<std::uint16_t>(
      std::stoi(address.substr(address.rfind(':') + 1)));
  const auto connect = [&] {
    TestSocket client =
        TestSocket::Connect("127.0.0.1:" + std::to_string(port));
    client.Send(HelloFor(kName));
    return client;
  };
  // The record of the connection that had a hello: the attempt to dial itself
  // leaves one without.
  const auto record = [&](std::size_t count) {
    for (const Ended& ended : gateway.Records(count)) {
      if (ended.server_name == kName) return ended;
    }
    return Ended(ConnectionRecord());
  };
  SECTION("and says so when there is no other endpoint") {
    gateway->SetRoutes(TableOf({ClusterOf({EndpointAt(port)})}));
    CHECK(connect().End() == StreamEnd::kFin);
    CHECK(record(2).of.reason == ConnectionReason::kConnectFailed);
    CHECK(record(2).of.error == ELOOP);
    CHECK(gateway->stats().accepted == 2);
  }
  SECTION("and takes the next endpoint") {
    TestServer backend;
    Cluster cluster = ClusterOf({EndpointAt(port), EndpointAt(backend.port())});
    cluster.endpoints[0].priority = 0;
    cluster.endpoints[1].priority = 1;
    gateway->SetRoutes(TableOf({cluster}));
    TestSocket client = connect();
    TestSocket server = backend.Accept();
    REQUIRE(server.valid());
    CHECK(server.Receive(HelloFor(kName).size()) == HelloFor(kName));
  }
}

TEST_CASE("an endpoint that stays silent is given up after its timeout") {
  const SilentPort silent;
  TestServer backend;
  Cluster cluster = ClusterOf({EndpointAt(silent.port())});
  cluster.connect_timeout = milliseconds(100);
  SECTION("and the connection ends when there is no other") {
    LiveGateway gateway(TableOf({cluster}));
    CHECK(gateway.Hello().End() == StreamEnd::kFin);
    const auto records = gateway.Records();
    REQUIRE(records.size() == 1);
    CHECK(records[0].of.reason == ConnectionReason::kConnectTimeout);
    CHECK(records[0].of.duration >= cluster.connect_timeout);
  }
  SECTION("and the next one is dialled") {
    cluster.endpoints.push_back(EndpointAt(backend.port()));
    cluster.endpoints[0].priority = 0;
    cluster.endpoints[1].priority = 1;
    LiveGateway gateway(TableOf({cluster}));
    CHECK(Works(gateway, backend));
    CHECK(gateway.Records()[0].of.attempts == 2);
  }
}

TEST_CASE("a client that leaves while the gateway dials is noticed") {
  const SilentPort silent;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(silent.port())})}));
  TestSocket client = gateway.Hello();
  REQUIRE(WaitUntil([&] { return gateway->stats().by_route_kind[0] == 1; }));
  client.Reset();
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kReset);
  CHECK(records[0].closed_by == "client");
  CHECK(records[0].of.connect.count() < 0);
}

TEST_CASE("a cluster without a healthy endpoint has a reason of its own") {
  Endpoint sick = EndpointAt(1);
  sick.health = EndpointHealth::kUnhealthy;
  const auto table =
      GENERATE_COPY(TableOf({ClusterOf({sick})}), TableOf({ClusterOf({})}));
  LiveGateway gateway(table);
  CHECK(gateway.Hello().End() == StreamEnd::kFin);
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kNoHealthyEndpoint);
  CHECK(records[0].cluster == "api");
  CHECK(records[0].endpoint.empty());
  CHECK(records[0].of.attempts == 0);
}

TEST_CASE("a failover cluster is used when the first has no endpoint") {
  TestServer backend;
  Cluster first = ClusterOf({});
  first.failover = {"other"};
  Cluster second = ClusterOf({EndpointAt(backend.port())}, "other");
  second.datacenter = "dc2";
  LiveGateway gateway(TableOf({first, second}));
  CHECK(Works(gateway, backend));
  const auto records = gateway.Records();
  CHECK(records[0].cluster == "other");
  CHECK(records[0].datacenter == "dc2");
}

TEST_CASE("an endpoint that fails in a row is ejected") {
  TestServer backend;
  const RefusingPort refuses;
  Cluster cluster =
      ClusterOf({EndpointAt(refuses.port()), EndpointAt(backend.port())});
  cluster.passive_health.consecutive_failures = 2;
  LiveGateway gateway(TableOf({cluster}));
  for (std::size_t i = 1; i <= 10; ++i) REQUIRE(Works(gateway, backend));
  const auto records = gateway.Records(10);
  CHECK(gateway->stats().ejections == 1);
  CHECK(gateway->stats().connect_failures == 2);
  CHECK(records.back().of.attempts == 1);
}

TEST_CASE("host names are resolved and their addresses dialled") {
  TestServer backend;
  LiveGateway gateway(
      TableOf({ClusterOf({EndpointAt(backend.port(), "localhost")})}));
  // Not before the name is known: until then there is nothing to dial.
  REQUIRE(WaitUntil([&] {
    TestSocket client = gateway.Hello();
    TestSocket server;
    WaitUntil([&] {
      server = backend.Accept(milliseconds(0));
      return server.valid() || client.Readable(milliseconds(0));
    });
    return server.valid();
  }));
  REQUIRE(Works(gateway, backend));
  CHECK(gateway->routes()->clusters()[0]->endpoints[0].address == "localhost");
}

TEST_CASE("a host name that does not exist is logged, the others are used") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf(
      {EndpointAt(1, "no-such-host.invalid"), EndpointAt(backend.port())})}));
  CHECK(Works(gateway, backend));
  CHECK(WaitUntil([&] {
    return gateway.Logged("cannot resolve endpoint no-such-host.invalid");
  }));
}

TEST_CASE("an endpoint may be a unix-domain socket") {
  const TemporaryFolder folder;
  TestServer backend(folder.address());
  REQUIRE(backend.valid());
  LiveGateway gateway(
      TableOf({ClusterOf({Endpoint{.address = folder.address()}})}));
  CHECK(Works(gateway, backend));
  CHECK(gateway.Records()[0].endpoint == folder.address());
}

TEST_CASE("an IPv6 endpoint is dialled and written in brackets") {
  TestServer backend("[::1]:0");
  if (!backend.valid()) return;  // No IPv6 here.
  LiveGateway gateway(
      TableOf({ClusterOf({EndpointAt(backend.port(), "::1")})}));
  CHECK(Works(gateway, backend));
  CHECK(gateway.Records()[0].endpoint ==
        "[::1]:" + std::to_string(backend.port()));
}

TEST_CASE("keepalive and no-delay are set as the cluster asks") {
  // What setsockopt was called with, by a table of system calls that notes it.
  struct Call {
    int level, name, value;
    bool operator==(const Call&) const = default;
  };
  static std::mutex mutex;
  static std::vector<Call> calls;
  calls.clear();
  internal::Syscalls sys = internal::System();
  sys.setsockopt = [](int fd, int level, int name, const void* value,
                      socklen_t length) {
    const std::lock_guard lock(mutex);
    int number = 0;
    std::memcpy(&number, value, sizeof(number));
    calls.push_back({level, name, number});
    return ::setsockopt(fd, level, name, value, length);
  };
  TestServer backend;
  Cluster cluster = ClusterOf({EndpointAt(backend.port())});
  cluster.keepalive = {.enabled = true,
                       .time = std::chrono::seconds(30),
                       .interval = std::chrono::seconds(5),
                       .probes = 4};
  LiveGateway gateway({.routes = TableOf({cluster}), .syscalls = &sys});
  REQUIRE(Works(gateway, backend));
  const std::lock_guard lock(mutex);
  const std::vector<Call> expected = {{IPPROTO_TCP, TCP_NODELAY, 1},
                                      {SOL_SOCKET, SO_KEEPALIVE, 1},
                                      {IPPROTO_TCP, TCP_KEEPIDLE, 30},
                                      {IPPROTO_TCP, TCP_KEEPINTVL, 5},
                                      {IPPROTO_TCP, TCP_KEEPCNT, 4}};
  CHECK((calls == expected));
}

int OptionOf(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  ::getsockopt(fd, level, name, &value, &length);
  return value;
}

std::string CongestionControlOf(int fd) {
  char name[16] = {};
  socklen_t length = sizeof(name);
  ::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length);
  return name;
}

TEST_CASE("clients' connections have the options that are asked for") {
  // Accepted sockets, and what the gateway was told to set on each itself.
  static std::mutex mutex;
  static std::vector<int> accepted;
  static int set_on_accepted = 0;
  accepted.clear();
  set_on_accepted = 0;
  internal::Syscalls sys = internal::System();
  sys.accept4 = [](int fd, sockaddr* address, socklen_t* length, int flags) {
    const int client = internal::System().accept4(fd, address, length, flags);
    const std::lock_guard lock(mutex);
    if (client >= 0) accepted.push_back(client);
    return client;
  };
  sys.setsockopt = [](int fd, int level, int name, const void* value,
                      socklen_t length) {
    const std::lock_guard lock(mutex);
    if (!accepted.empty() && fd == accepted.back()) ++set_on_accepted;
    return internal::System().setsockopt(fd, level, name, value, length);
  };
  TestServer backend;
  GatewayOptions options;
  options.tcp = {.client_keepalive = {.enabled = true,
                                      .time = std::chrono::seconds(30),
                                      .interval = std::chrono::seconds(5),
                                      .probes = 4},
                 .user_timeout = std::chrono::milliseconds(7000)};
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = &sys});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  const std::lock_guard lock(mutex);
  REQUIRE(accepted.size() == 1);
  const int client = accepted.front();
  CHECK(OptionOf(client, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(OptionOf(client, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(OptionOf(client, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
  CHECK(OptionOf(client, IPPROTO_TCP, TCP_KEEPINTVL) == 5);
  CHECK(OptionOf(client, IPPROTO_TCP, TCP_KEEPCNT) == 4);
  CHECK(OptionOf(client, IPPROTO_TCP, TCP_USER_TIMEOUT) == 7000);
  CHECK(set_on_accepted == 0);  // They come with the listening socket.
}

TEST_CASE("connections with this host have the congestion control asked for") {
  static std::mutex mutex;
  static std::vector<int> fds;
  fds.clear();
  internal::Syscalls sys = internal::System();
  sys.epoll_ctl = [](int epoll, int operation, int fd, epoll_event* event) {
    const std::lock_guard lock(mutex);
    if (operation == EPOLL_CTL_ADD) fds.push_back(fd);
    return internal::System().epoll_ctl(epoll, operation, fd, event);
  };
  TestServer backend;
  GatewayOptions options;
  options.tcp.local_congestion_control = "reno";  // Every kernel has it.
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = &sys});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  const std::lock_guard lock(mutex);
  REQUIRE(fds.size() == 3);  // The listener, the client, the server.
  CHECK(CongestionControlOf(fds[1]) == "reno");
  CHECK(CongestionControlOf(fds[2]) == "reno");
}

TEST_CASE("a congestion control that this host does not have is an error") {
  GatewayOptions options;
  options.tcp.local_congestion_control = "no-such";
  const auto gateway = Gateway::Create(options, nullptr);
  CHECK(gateway.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(gateway.status().message())
            .starts_with("congestion control \"no-such\": No such file or "
                         "directory; expected one of: "));
}

TEST_CASE("a client that says nothing is not accepted where that is deferred") {
  TestServer backend;
  GatewayOptions options;
  options.tcp.defer_accept = std::chrono::seconds(30);
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  const TestSocket silent = gateway.Connect();
  REQUIRE(silent.valid());
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  CHECK(gateway->stats().accepted == 1);
}

TEST_CASE("an endpoint is not blamed for what is this host's fault") {
  static std::atomic<int> fault{0};
  static std::atomic<int> failures{0};
  fault = GENERATE(EADDRNOTAVAIL, EPERM, EACCES, ECONNREFUSED);
  failures = 0;
  CAPTURE(fault.load());
  internal::Syscalls table = internal::System();
  // Every other connect fails: the one before succeeds elsewhere.
  table.connect = [](int fd, const sockaddr* address, socklen_t length) {
    if (failures++ == 0) {
      errno = fault;
      return -1;
    }
    return internal::System().connect(fd, address, length);
  };
  TestServer one;
  TestServer two;
  Cluster cluster = ClusterOf({EndpointAt(one.port()), EndpointAt(two.port())});
  cluster.passive_health.consecutive_failures = 1;
  LiveGateway gateway({.routes = TableOf({cluster}), .syscalls = &table});
  TestSocket client = gateway.Hello();
  CHECK(WaitUntil([&] {
    return one.Accept(std::chrono::milliseconds(0)).valid() ||
           two.Accept(std::chrono::milliseconds(0)).valid();
  }));
  CHECK(gateway->stats().connect_failures == 1);
  gateway->Stop();
  CHECK(gateway->stats().ejections == (fault == ECONNREFUSED ? 1 : 0));
}

}  // namespace meshgw::test
