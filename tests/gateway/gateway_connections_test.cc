// What a gateway tells of connections that have not ended.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

std::shared_ptr<const RouteTable> TableTo(const TestServer& backend) {
  return TableOf({ClusterOf({EndpointAt(backend.port())})});
}

TEST_CASE("a connection is listed from its accept to its end") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  CHECK(gateway->Connections(10).empty());
  TestSocket client = gateway.Connect();
  REQUIRE(WaitUntil([&] { return gateway->Connections(10).size() == 1; }));
  const LiveConnection accepted = gateway->Connections(10)[0];
  CHECK(accepted.listener == "public");
  CHECK(accepted.source.starts_with("127.0.0.1:"));
  CHECK(accepted.server_name.empty());
  CHECK(accepted.cluster.empty());
  CHECK(accepted.endpoint.empty());
  CHECK(accepted.bytes_in == 0);

  // A part of a hello names nothing.
  const ByteVector hello = HelloFor(kName);
  REQUIRE(client.Send(std::string(hello.begin(), hello.begin() + 10)));
  REQUIRE(
      WaitUntil([&] { return gateway->Connections(10)[0].bytes_in == 10; }));
  CHECK(gateway->Connections(10)[0].server_name.empty());

  REQUIRE(client.Send(std::string(hello.begin() + 10, hello.end())));
  TestSocket server = backend.Accept();
  REQUIRE(server.Receive(hello.size()) == hello);
  REQUIRE(server.Send("pong"));
  REQUIRE(client.ReceiveText(4) == "pong");
  REQUIRE(
      WaitUntil([&] { return gateway->Connections(10)[0].bytes_out == 4; }));
  const LiveConnection relayed = gateway->Connections(10)[0];
  CHECK(relayed.id == accepted.id);
  CHECK(relayed.source == accepted.source);
  CHECK(relayed.server_name == kName);
  CHECK(relayed.cluster == "api");
  CHECK(relayed.service == "api");
  CHECK(relayed.datacenter == "dc1");
  CHECK(relayed.endpoint == "127.0.0.1:" + std::to_string(backend.port()));
  CHECK(relayed.bytes_in == hello.size());
  CHECK(relayed.age >= accepted.age);

  client.Close();
  server.Close();
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.id == relayed.id);
  CHECK(WaitUntil([&] { return gateway->Connections(10).empty(); }));
}

TEST_CASE("no more connections are listed than asked for, each once") {
  TestServer backend;
  GatewayOptions options;
  options.workers = 3;
  LiveGateway gateway({.options = options, .routes = TableTo(backend)});
  constexpr std::size_t kCount = 30;
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < kCount; ++i) {
    pairs.push_back(Pair::Through(gateway, backend));
    REQUIRE(pairs.back().valid());
  }
  for (const std::size_t limit :
       {std::size_t{0}, std::size_t{1}, std::size_t{29}, kCount,
        std::size_t{1} << 40}) {
    CAPTURE(limit);
    const auto listed = gateway->Connections(limit);
    CHECK(listed.size() == std::min(limit, kCount));
    std::set<std::string> sources;
    for (const LiveConnection& one : listed) sources.insert(one.source);
    CHECK(sources.size() == listed.size());
  }
}

TEST_CASE("more connections than are asked for at a time are all listed") {
  LiveGateway gateway(TableOf({ClusterOf({})}));
  constexpr std::size_t kCount = 600;
  std::vector<TestSocket> clients;
  for (std::size_t i = 0; i < kCount; ++i) clients.push_back(gateway.Connect());
  CHECK(WaitUntil([&] { return gateway->stats().active == kCount; }));
  CHECK(gateway->Connections(10000).size() == kCount);
  // Slots that are free are passed over.
  for (std::size_t i = 0; i < 500; ++i) clients[i].Close();
  CHECK(WaitUntil([&] { return gateway->Connections(10000).size() == 100; }));
  CHECK(gateway->Connections(99).size() == 99);
}

TEST_CASE("no connections are listed before the start and after the end") {
  LiveGateway gateway({.start = false});
  CHECK(gateway->Connections(10).empty());
  REQUIRE(gateway->Start().ok());
  TestSocket client = gateway.Connect();
  CHECK(WaitUntil([&] { return gateway->Connections(10).size() == 1; }));
  gateway->Stop();
  CHECK(gateway->Connections(10).empty());
}

TEST_CASE("a record tells when the hello was complete, if it was") {
  TestServer backend;
  LiveGateway gateway(TableTo(backend));
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  pair.client.Close();
  pair.server.Close();
  const auto carried = gateway.Records(1);
  REQUIRE(carried.size() == 1);
  CHECK(carried[0].of.hello.count() >= 0);
  CHECK(carried[0].of.hello <= carried[0].of.connect);
  gateway.Connect().Close();
  const auto silent = gateway.Records(2);
  REQUIRE(silent.size() == 2);
  CHECK(silent[1].of.hello.count() < 0);
}

}  // namespace
}  // namespace meshgw::test
