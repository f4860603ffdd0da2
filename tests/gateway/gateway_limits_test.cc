// The bounds of what connections may use up.
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;

// Sets the soft limit of descriptors while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &old_);
    const rlimit now{.rlim_cur = limit, .rlim_max = old_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &old_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit old_{};
};

}  // namespace

TEST_CASE(
    "connections over the gateway's limit are closed, later ones served") {
  TestServer backend;
  GatewayOptions options;
  options.limits.max_connections = 2;
  options.workers = GENERATE(1u, 2u);
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  Pair first = Pair::Through(gateway, backend);
  Pair second = Pair::Through(gateway, backend);
  REQUIRE(first.valid());
  REQUIRE(second.valid());
  TestSocket third = gateway.Connect();
  CHECK(third.End() != StreamEnd::kNothingCame);
  CHECK(gateway.Reason() == "connection_limit");
  CHECK(gateway.Records()[0].closed_by == "gateway");
  first.client.Reset();
  REQUIRE(WaitUntil([&] { return gateway->stats().active == 1; }));
  CHECK(Pair::Through(gateway, backend).valid());
}

TEST_CASE("a cluster's limit holds over all workers and table changes") {
  TestServer backend;
  Cluster cluster = ClusterOf({EndpointAt(backend.port())});
  cluster.max_connections = 3;
  GatewayOptions options;
  options.workers = 2;
  LiveGateway gateway({.options = options, .routes = TableOf({cluster})});
  std::vector<Pair> pairs;
  for (int i = 0; i < 3; ++i) {
    pairs.push_back(Pair::Through(gateway, backend));
    REQUIRE(pairs.back().valid());
    if (i == 1) gateway->SetRoutes(TableOf({cluster}));
  }
  for (std::size_t i = 1; i <= 6; ++i) {
    CHECK(gateway.Hello().End() != StreamEnd::kNothingCame);
    CHECK(gateway.Records(i).size() == i);
  }
  CHECK(gateway.Count(ConnectionReason::kConnectionLimit) == 6);
  // A table that allows one more.
  cluster.max_connections = 4;
  gateway->SetRoutes(TableOf({cluster}));
  pairs.push_back(Pair::Through(gateway, backend));
  CHECK(pairs.back().valid());
  CHECK(gateway.Hello().End() != StreamEnd::kNothingCame);
  CHECK(gateway.Count(ConnectionReason::kConnectionLimit) == 7);
  pairs.clear();
  REQUIRE(WaitUntil([&] { return gateway->stats().active == 0; }));
  CHECK(Pair::Through(gateway, backend).valid());
}

TEST_CASE("too many unfinished hellos push out the oldest, not the newest") {
  TestServer backend;
  GatewayOptions options;
  options.limits.max_pending_hellos = 4;
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  std::vector<TestSocket> slow;
  for (std::size_t i = 1; i <= 6; ++i) {
    slow.push_back(gateway.Connect());
    REQUIRE(WaitUntil([&] { return gateway->stats().accepted == i; }));
  }
  REQUIRE(gateway.Records(2).size() == 2);
  CHECK(gateway->stats().shed_hellos == 2);
  CHECK(gateway->stats().pending_hellos == 4);
  CHECK(gateway.Count(ConnectionReason::kHelloTimeout) == 2);
  CHECK(slow[0].End() == StreamEnd::kFin);
  CHECK(slow[1].End() == StreamEnd::kFin);
  for (std::size_t i = 2; i < slow.size(); ++i) {
    CHECK_FALSE(slow[i].Readable(milliseconds(0)));
  }
  // One that is quick is served meanwhile, and so is one that waited.
  CHECK(Pair::Through(gateway, backend).valid());
  REQUIRE(slow[5].Send(HelloFor(kName)));
  CHECK(backend.Accept().valid());
}

TEST_CASE("hellos over the memory budget push out those that began before") {
  TestServer backend;
  GatewayOptions options;
  options.limits.max_hello_buffer_bytes = 8192;
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  const ByteVector whole = HelloFor(kName);
  const std::span hello(whole);
  // One that has sent nothing needs no memory, and is not pushed out for it.
  TestSocket silent = gateway.Connect();
  REQUIRE(WaitUntil([&] { return gateway->stats().accepted == 1; }));
  std::vector<TestSocket> slow;
  for (std::size_t i = 0; i < 4; ++i) {
    slow.push_back(gateway.Connect());
    REQUIRE(slow.back().Send(hello.first(50)));
    REQUIRE(WaitUntil([&] { return gateway->stats().accepted == i + 2; }));
  }
  CHECK(Pair::Through(gateway, backend).valid());
  REQUIRE(gateway.Records().size() >= 1);
  CHECK(gateway.Reason() == "hello_memory");
  const std::uint64_t sheds = gateway->stats().hello_memory_sheds;
  CHECK(sheds >= 1);
  CHECK(gateway->stats().shed_hellos == 0);
  CHECK(slow[0].End() == StreamEnd::kFin);
  CHECK_FALSE(silent.Readable(milliseconds(0)));
  // A hello that alone is over the budget ends for it.
  const auto before = gateway.Count(ConnectionReason::kHelloMemory);
  TestSocket large = gateway.Connect();
  large.Send(HelloBuilder().ServerName(kName).Padding(20000).Build());
  CHECK(large.End() != StreamEnd::kNothingCame);
  const std::uint64_t more = gateway->stats().hello_memory_sheds - sheds;
  CHECK(gateway.Count(ConnectionReason::kHelloMemory) == before + more + 1);
  CHECK(Pair::Through(gateway, backend).valid());
}

TEST_CASE("out of descriptors, those who are connected go on") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  Pair established = Pair::Through(gateway, backend);
  REQUIRE(established.valid());
  // The client's sockets are opened before the limit falls.
  std::vector<TestSocket> clients;
  const TestAddress to(gateway.address());
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  {
    // All descriptors below the next one are in use: none is left.
    TestSocket next(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto limit = static_cast<rlim_t>(next.fd());
    next.Close();
    const DescriptorLimit none(limit);
    for (TestSocket& client : clients) {
      REQUIRE(::connect(client.fd(), to.get(), to.length) == 0);
      REQUIRE(client.Send(HelloFor(kName)));
    }
    REQUIRE(WaitUntil([&] { return gateway->stats().accept_pauses > 0; }));
    REQUIRE(established.client.Send("still"));
    CHECK(established.server.ReceiveText(5) == "still");
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    CHECK(backend.Accept().valid());
  }
}

TEST_CASE("a gateway that has no descriptor to listen with says so") {
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(1)})}));
  const int lowest = ::dup(0);
  ::close(lowest);
  absl::StatusOr<std::string> bound = "";
  {
    const DescriptorLimit none(static_cast<rlim_t>(lowest));
    bound = gateway->Listen("more", "127.0.0.1:0");
  }
  CHECK(bound.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(gateway->Listen("more", "127.0.0.1:0").ok());
}

TEST_CASE("every worker has a pipe, however few there may be") {
  TestServer backend;
  GatewayOptions options;
  options.workers = 2;
  options.limits.max_pipes = 1;  // Less than one for each worker.
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  std::thread sender([&] {
    pair.client.Send(ByteVector(4 << 20, 3));
    pair.client.Finish();
  });
  CHECK(pair.server.ReceiveAll().size() == 4 << 20);
  sender.join();
  CHECK(gateway->stats().pipes_open <= 2);
  CHECK(WaitUntil([&] { return gateway->stats().pipes_open > 0; }));
}

TEST_CASE("names that are not host names are taken only where the limits say") {
  TestServer backend;
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(ClusterOf({EndpointAt(backend.port())})).ok());
  REQUIRE(builder.SetDefault("api").ok());
  const auto table = *builder.Build();
  GatewayOptions options;
  {
    LiveGateway gateway({.options = options, .routes = table});
    CHECK(gateway.Hello("10.0.0.1").End() == StreamEnd::kFin);
    CHECK(gateway.Reason() == "hello_malformed");
    CHECK(gateway.Records()[0].of.hello_reason ==
          HelloReason::kServerNameAddress);
    CHECK(gateway.Records()[0].server_name == "10.0.0.1");
  }
  options.limits.names.allow_ip_address = true;
  LiveGateway gateway({.options = options, .routes = table});
  TestSocket client = gateway.Hello("10.0.0.1");
  CHECK(backend.Accept().valid());
}

}  // namespace meshgw::test
