// How a gateway gives its connections up, over a clock that the test moves.
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "gateway/live_gateway.h"
#include "gateway/socket_address.h"
#include "support/catch.h"
#include "support/failing_syscalls.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::atomic<std::int64_t> g_milliseconds{1000000};
std::chrono::steady_clock::time_point Now() {
  return std::chrono::steady_clock::time_point(milliseconds(g_milliseconds));
}

LiveGateway::Setup Over(const TestServer& backend) {
  return {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
          .clock = Now};
}

TEST_CASE("a drain closes idle connections first, the quietest before others") {
  TestServer backend;
  LiveGateway gateway(Over(backend));
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < 4; ++i) {
    pairs.push_back(Pair::Through(gateway, backend));
    REQUIRE(pairs.back().valid());
    g_milliseconds += 100;
  }
  g_milliseconds += 60000;
  // The last two are in use, the first of them less.
  for (const std::size_t used : {2u, 3u}) {
    REQUIRE(pairs[used].client.Send("x"));
    REQUIRE(pairs[used].server.ReceiveText(1) == "x");
    g_milliseconds += 100;
  }
  std::vector<std::string> sources;
  for (const Pair& pair : pairs) {
    internal::SocketAddress own;
    own.length = sizeof(own.storage);
    REQUIRE(::getsockname(pair.client.fd(), own.get(), &own.length) == 0);
    sources.push_back(internal::FormatAddress(own));
  }
  auto drained = std::async(std::launch::async, [&] {
    return gateway->Drain({.timeout = seconds(40), .idle = seconds(50)});
  });
  while (drained.wait_for(milliseconds(1)) == std::future_status::timeout) {
    g_milliseconds += 100;
  }
  const DrainResult result = drained.get();
  CHECK(result.closed_idle == 2);
  CHECK(result.closed_others == 2);
  CHECK(gateway.Count(ConnectionReason::kDrained) == 4);
  std::vector<std::string> ended;
  for (const Ended& record : gateway.Records(4)) ended.push_back(record.source);
  CHECK(ended == sources);
}

TEST_CASE("during its grace a gateway that drains serves as before") {
  TestServer backend;
  LiveGateway gateway(Over(backend));
  Pair before = Pair::Through(gateway, backend);
  REQUIRE(before.valid());
  auto drained = std::async(std::launch::async, [&] {
    return gateway->Drain({.grace = seconds(10), .timeout = seconds(10)});
  });
  Pair during = Pair::Through(gateway, backend);
  CHECK(during.valid());
  before.client.Finish();
  CHECK(before.server.End() == StreamEnd::kFin);
  before.server.Close();
  during.client.Close();
  during.server.Close();
  CHECK(WaitUntil([&] { return gateway->stats().active == 0; }));
  CHECK(drained.wait_for(seconds(0)) == std::future_status::timeout);
  while (drained.wait_for(milliseconds(1)) == std::future_status::timeout) {
    g_milliseconds += 100;
  }
  const DrainResult result = drained.get();
  CHECK(result.closed_idle == 0);
  CHECK(result.closed_others == 0);
}

TEST_CASE("who waits for a descriptor when a drain begins is served") {
  TestServer backend;
  LiveGateway::Setup setup = Over(backend);
  setup.syscalls = FailingSyscalls::Table();
  FailingSyscalls::Fail(Call::kAccept4, EMFILE, 1, 0);
  LiveGateway gateway(std::move(setup));
  TestSocket waiting = gateway.Hello();
  REQUIRE(WaitUntil([&] { return gateway->stats().accept_pauses > 0; }));
  auto drained = std::async(std::launch::async,
                            [&] { return gateway->Drain(seconds(3600)); });
  // Time for handshakes is long over.
  const int before = FailingSyscalls::failed();
  CHECK(WaitUntil([&] {
    g_milliseconds += 100;
    return FailingSyscalls::failed() > before + 10;
  }));
  CHECK_FALSE(waiting.Readable(milliseconds(0)));
  FailingSyscalls::Heal();
  TestSocket server;
  CHECK(WaitUntil([&] {
    g_milliseconds += 100;
    server = backend.Accept(milliseconds(0));
    return server.valid();
  }));
  CHECK(server.Receive(HelloFor(kName).size()) == HelloFor(kName));
  server.Close();
  waiting.Close();
  CHECK(drained.get() == 0);
}

TEST_CASE("a drain may be given all the time there is") {
  LiveGateway gateway(LiveGateway::Setup{});
  CHECK(gateway->Drain(milliseconds::max()) == 0);
  CHECK(gateway->Drain(milliseconds::min()) == 0);
}

TEST_CASE("Stop tells how many connections it closed") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  Pair one = Pair::Through(gateway, backend);
  Pair two = Pair::Through(gateway, backend);
  REQUIRE(one.valid());
  REQUIRE(two.valid());
  CHECK(gateway->Stop() == 2);
  CHECK(gateway->Stop() == 0);
}

}  // namespace
}  // namespace meshgw::test
