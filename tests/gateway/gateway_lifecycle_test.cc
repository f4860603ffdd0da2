// How a gateway is given its listeners and connections, how it changes tables
// and how it ends.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "gateway/live_gateway.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

std::shared_ptr<const RouteTable> TableTo(const TestServer& backend) {
  return TableOf({ClusterOf({EndpointAt(backend.port())})});
}

// The pair talks in both directions.
bool Talks(Pair& pair) {
  return pair.client.Send("ping") && pair.server.ReceiveText(4) == "ping" &&
         pair.server.Send("pong") && pair.client.ReceiveText(4) == "pong";
}

TEST_CASE("a gateway listens on IPv4, IPv6 and unix-domain sockets") {
  std::string folder = "/tmp/meshgw-listen-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string unix_address = "unix:" + folder + "/socket";
  for (const std::string& address :
       {std::string("127.0.0.1:0"), std::string("[::1]:0"), unix_address}) {
    CAPTURE(address);
    TestServer backend;
    LiveGateway gateway({.routes = TableTo(backend), .listen = address});
    REQUIRE_FALSE(gateway.address().empty());
    Pair pair = Pair::Through(gateway, backend);
    REQUIRE(pair.valid());
    CHECK(Talks(pair));
    pair.client.Close();
    pair.server.Close();
    const auto records = gateway.Records();
    REQUIRE_FALSE(records.empty());
    CHECK(records[0].listener == "public");
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a listener is given up without touching connections or others") {
  TestServer backend;
  LiveGateway gateway({.routes = TableTo(backend)});
  const auto other = gateway->Listen("other", "127.0.0.1:0");
  REQUIRE(other.ok());
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  REQUIRE(gateway->StopListening(gateway.address()).ok());
  CHECK_FALSE(TestSocket::Connect(gateway.address()).valid());
  CHECK(TestSocket::Connect(*other).valid());
  CHECK(Talks(pair));
  CHECK(gateway->StopListening(gateway.address()).code() ==
        absl::StatusCode::kNotFound);
  CHECK(gateway->StopListening("nowhere").code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a listener that was given up may come back, any number of times") {
  LiveGateway gateway(LiveGateway::Setup{});
  for (int i = 0; i < 3; ++i) {
    REQUIRE(gateway->StopListening(gateway.address()).ok());
    CHECK_FALSE(TestSocket::Connect(gateway.address()).valid());
    REQUIRE(gateway->Listen("public", gateway.address()).ok());
    CHECK(TestSocket::Connect(gateway.address()).valid());
  }
}

TEST_CASE("a listener on a unix socket that is given up leaves no file") {
  std::string folder = "/tmp/meshgw-listen-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string address = "unix:" + folder + "/socket";
  LiveGateway gateway({.listen = address});
  REQUIRE(std::filesystem::exists(folder + "/socket"));
  REQUIRE(gateway->StopListening(address).ok());
  CHECK_FALSE(std::filesystem::exists(folder + "/socket"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a listener is given up only while the gateway serves") {
  auto created = Gateway::Create({.workers = 1}, nullptr);
  REQUIRE(created.ok());
  Gateway& gateway = **created;
  const auto address = gateway.Listen("public", "127.0.0.1:0");
  REQUIRE(address.ok());
  CHECK(gateway.StopListening(*address).code() ==
        absl::StatusCode::kFailedPrecondition);
  REQUIRE(gateway.Start().ok());
  CHECK(gateway.StopListening(*address).ok());
  gateway.Stop();
  CHECK(gateway.StopListening(*address).code() ==
        absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("an address that cannot be bound is told from others") {
  TestServer taken;
  LiveGateway gateway({.listen = ""});
  const auto code = [&](const std::string& address) {
    return gateway->Listen("x", address).status().code();
  };
  CHECK(code("127.0.0.1:" + std::to_string(taken.port())) ==
        absl::StatusCode::kAlreadyExists);
  CHECK(code("localhost:80") == absl::StatusCode::kInvalidArgument);
  CHECK(code("127.0.0.1") == absl::StatusCode::kInvalidArgument);
  CHECK(code(std::string("unix:/run/x\0y", 13)) ==
        absl::StatusCode::kInvalidArgument);
  CHECK(code("unix:/nonexistent/folder/socket") ==
        absl::StatusCode::kUnavailable);
  CHECK(gateway->Listen("x", "127.0.0.1:99999")
            .status()
            .message()
            .find("127.0.0.1:99999") != std::string_view::npos);
}

TEST_CASE("a connection that the host accepted is served as any other") {
  TestServer host;
  TestServer backend;
  LiveGateway gateway({.routes = TableTo(backend), .listen = ""});
  TestSocket client =
      TestSocket::Connect("127.0.0.1:" + std::to_string(host.port()));
  TestSocket accepted = host.Accept();
  REQUIRE(gateway->Serve("host", accepted.fd()).ok());
  (void)accepted.Release();
  REQUIRE(client.Send(HelloFor(kName)));
  Pair pair{std::move(client), backend.Accept()};
  REQUIRE(pair.valid());
  CHECK(pair.server.Receive(HelloFor(kName).size()) == HelloFor(kName));
  CHECK(Talks(pair));
  pair.client.Close();
  pair.server.Close();
  const auto records = gateway.Records();
  REQUIRE_FALSE(records.empty());
  CHECK(records[0].listener == "host");
  CHECK(records[0].source.starts_with("127.0.0.1:"));
}

TEST_CASE("a descriptor that is refused stays the caller's") {
  LiveGateway gateway({.listen = ""});
  const int no_socket = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(no_socket >= 0);
  CHECK_FALSE(gateway->ListenOn("x", no_socket).ok());
  CHECK(::close(no_socket) == 0);
  CHECK_FALSE(gateway->ListenOn("x", -1).ok());
  CHECK_FALSE(gateway->Serve("x", -1).ok());
}

TEST_CASE("a new table is for new connections, old ones keep theirs") {
  TestServer first;
  TestServer second;
  LiveGateway gateway(TableTo(first));
  Pair before = Pair::Through(gateway, first);
  REQUIRE(before.valid());
  const auto table = TableTo(second);
  gateway->SetRoutes(table);
  CHECK(gateway->routes() == table);
  Pair after = Pair::Through(gateway, second);
  REQUIRE(after.valid());
  CHECK(Talks(after));
  CHECK(Talks(before));
  gateway->SetRoutes(nullptr);
  CHECK(gateway.Hello().End() != StreamEnd::kNothingCame);
  CHECK(gateway.Count(ConnectionReason::kNoRoute) == 1);
  CHECK(Talks(before));
  CHECK(Talks(after));
}

TEST_CASE("a table that was replaced is freed, also by workers that are idle") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  const std::weak_ptr<const RouteTable> first = gateway->routes();
  gateway->SetRoutes(TableTo(backend));
  // When a worker is slow it frees the table itself, later.
  CHECK(WaitUntil([&] { return first.expired(); }));
  const std::weak_ptr<const RouteTable> second = gateway->routes();
  gateway->SetRoutes(nullptr);
  CHECK(WaitUntil([&] { return second.expired(); }));
  CHECK(Talks(pair));
}

TEST_CASE("a callback may set the routes") {
  TestServer backend;
  std::atomic<Gateway*> subject{nullptr};
  std::atomic<int> set{0};
  GatewayOptions options;
  options.workers = 2;
  options.on_connection = [&](const ConnectionRecord&) {
    subject.load()->SetRoutes(TableTo(backend));
    ++set;
  };
  auto gateway = Gateway::Create(options, TableTo(backend));
  REQUIRE(gateway.ok());
  subject = gateway->get();
  const auto address = (*gateway)->Listen("x", "127.0.0.1:0");
  REQUIRE(address.ok());
  REQUIRE((*gateway)->Start().ok());
  for (int i = 1; i <= 5; ++i) {
    TestSocket::Connect(*address).Close();
    CHECK(WaitUntil([&] { return set == i; }));
  }
  (*gateway)->Stop();
}

TEST_CASE("draining refuses new connections and waits for the others") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  auto drained =
      std::async(std::launch::async, [&] { return gateway->Drain(kPatience); });
  CHECK(WaitUntil([&] { return !gateway.Connect().valid(); }));
  CHECK(Talks(pair));
  CHECK(drained.wait_for(std::chrono::seconds(0)) ==
        std::future_status::timeout);
  pair.client.Finish();
  CHECK(pair.server.End() == StreamEnd::kFin);
  pair.server.Close();
  CHECK(pair.client.End() == StreamEnd::kFin);
  CHECK(drained.get() == 0);
  CHECK(gateway->stats().active == 0);
}

TEST_CASE("a drain that takes too long closes the rest and counts it") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  Pair one = Pair::Through(gateway, backend);
  Pair two = Pair::Through(gateway, backend);
  REQUIRE(one.valid());
  REQUIRE(two.valid());
  CHECK(gateway->Drain(std::chrono::milliseconds(50)) == 2);
  CHECK(one.client.End() != StreamEnd::kNothingCame);
  CHECK(two.server.End() != StreamEnd::kNothingCame);
  CHECK(gateway.Count(ConnectionReason::kDrained) == 2);
}

TEST_CASE("a drain closes the silent first, and not all at once") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  Pair busy = Pair::Through(gateway, backend);
  std::vector<Pair> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(Pair::Through(gateway, backend));
    REQUIRE(silent.back().valid());
  }
  auto drained = std::async(std::launch::async, [&] {
    return gateway->Drain(std::chrono::seconds(3));
  });
  // What was silent for longest is the first to go, while others are served.
  CHECK(WaitUntil([&] {
    CHECK(Talks(busy));
    return gateway.Count(ConnectionReason::kDrained) > 0;
  }));
  CHECK(gateway.Count(ConnectionReason::kDrained) < 4);
  while (gateway.Count(ConnectionReason::kDrained) < 3 && Talks(busy)) {
  }
  CHECK(drained.get() == 4);
  const auto records = gateway.Records(4);
  REQUIRE(records.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(records[i].of.id > records[3].of.id);  // The busy one was the first.
    CHECK(silent[i].client.End() != StreamEnd::kNothingCame);
  }
}

// Answers every hello with a byte until it is closed.
void AnswerHellos(TestServer* backend, std::atomic<bool>* done) {
  while (!*done) {
    TestSocket server = backend->Accept();
    if (!server.valid()) return;
    server.Receive(HelloFor(kName).size());
    server.Send("!");
  }
}

TEST_CASE("who was connected when a drain began is served, not reset") {
  constexpr std::uint64_t kBefore = 300;
  constexpr int kClients = 4;
  TestServer backend;
  std::atomic<bool> done{false};
  std::thread answers(AnswerHellos, &backend, &done);
  GatewayOptions options;
  options.workers = 2;
  LiveGateway gateway({.options = options, .routes = TableTo(backend)});
  std::atomic<std::uint64_t> served{0};
  std::atomic<std::uint64_t> lost{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      for (;;) {
        TestSocket client = gateway.Connect();
        if (!client.valid()) return;
        client.Send(HelloFor(kName));
        ++(client.ReceiveText(1) == "!" ? served : lost);
      }
    });
  }
  CHECK(WaitUntil([&] { return served >= kBefore; }));
  CHECK(gateway->Drain(kPatience) == 0);
  for (std::thread& client : clients) client.join();
  CHECK(lost == 0);
  done = true;
  TestSocket::Connect("127.0.0.1:" + std::to_string(backend.port()));
  answers.join();
}

TEST_CASE("a gateway is started once and stopped as often as one likes") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  CHECK(gateway->Start().code() == absl::StatusCode::kFailedPrecondition);
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  gateway->Stop();
  gateway->Stop();
  CHECK(pair.client.End() != StreamEnd::kNothingCame);
  CHECK(pair.server.End() != StreamEnd::kNothingCame);
  CHECK_FALSE(gateway.Connect().valid());
  CHECK(gateway->stats().active == 0);
  CHECK(gateway->Drain(std::chrono::seconds(1)) == 0);
}

TEST_CASE("several workers share the connections and their counters add up") {
  TestServer backend;
  GatewayOptions options;
  options.workers = 3;
  LiveGateway gateway({.options = options, .routes = TableTo(backend)});
  constexpr std::size_t kCount = 60;
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < kCount; ++i) {
    pairs.push_back(Pair::Through(gateway, backend));
    REQUIRE(pairs.back().valid());
  }
  CHECK(gateway->stats().accepted == kCount);
  CHECK(gateway->stats().active == kCount);
  for (Pair& pair : pairs) REQUIRE(Talks(pair));
  pairs.clear();
  CHECK(gateway.Records(kCount).size() == kCount);
  CHECK(WaitUntil([&] { return gateway->stats().active == 0; }));
  CHECK(gateway->stats().bytes_out == kCount * 4);
  CHECK(gateway->stats().bytes_in == kCount * (4 + HelloFor(kName).size()));
}

}  // namespace
}  // namespace meshgw::test
