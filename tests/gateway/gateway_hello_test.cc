// What a client sends first, and what becomes of it.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/catch.h"
#include "support/hello_builder.h"
#include "support/send_descriptor.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

ByteVector Text(std::string_view text) { return {text.begin(), text.end()}; }

ByteVector Truncated(ByteVector bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

struct Case {
  const char* what;
  ByteVector sent;
  ConnectionReason reason;
  HelloVerdict verdict;
};

std::vector<Case> RefusedCases() {
  const ByteVector no_name = HelloBuilder().Alpn({"h2"}).Build();
  ByteVector bad_alert = Record(ByteVector{2, 40}, 21);
  ByteVector sslv2 = {0x80, 0x2e, 0x01, 0x00, 0x02};
  ByteVector twice = HelloBuilder().ServerName("a.b").ServerName("c.d").Build();
  ByteVector oversize = {22, 3, 1, 0x40, 0, 1, 0x7f, 0xff, 0xff};
  const std::vector<std::size_t> ones(40, 1);
  return {
      {"an unknown name", HelloFor("other.test"), ConnectionReason::kNoRoute,
       HelloVerdict::kHello},
      {"no name", no_name, ConnectionReason::kNoSni, HelloVerdict::kHello},
      {"plain text", Text("GET / HTTP/1.1\r\n\r\n"), ConnectionReason::kNotTls,
       HelloVerdict::kNotTls},
      {"an SSLv2 hello", sslv2, ConnectionReason::kNotTls,
       HelloVerdict::kSslV2},
      {"an alert", bad_alert, ConnectionReason::kHelloMalformed,
       HelloVerdict::kMalformed},
      {"two names", twice, ConnectionReason::kHelloMalformed,
       HelloVerdict::kMalformed},
      {"a message of 8 MiB", oversize, ConnectionReason::kHelloTooLarge,
       HelloVerdict::kTooLarge},
      {"too many records",
       SplitRecords(HelloBuilder().ServerName(kName).Message(), ones),
       ConnectionReason::kHelloTooLarge, HelloVerdict::kTooManyRecords},
  };
}

}  // namespace

TEST_CASE("each kind of bad hello is closed for its own reason") {
  TestServer backend;
  GatewayOptions options;
  options.limits.hello.max_records = 16;
  // A default route that none of them may reach.
  const auto table =
      TableOf({ClusterOf({EndpointAt(backend.port())}),
               ClusterOf({EndpointAt(backend.port())}, "fallback")});
  for (const Case& row : RefusedCases()) {
    CAPTURE(row.what);
    LiveGateway gateway({.options = options, .routes = table});
    TestSocket client = gateway.Connect();
    REQUIRE(client.Send(row.sent));
    CHECK(client.ReceiveAll().empty());
    const auto records = gateway.Records();
    REQUIRE(records.size() == 1);
    CHECK(records[0].of.reason == row.reason);
    CHECK(records[0].of.verdict == row.verdict);
    CHECK(records[0].closed_by == "gateway");
    CHECK(records[0].of.bytes_in > 0);
    CHECK(records[0].of.bytes_out == 0);
    CHECK(gateway.Count(row.reason) == 1);
    CHECK(gateway->stats().by_verdict[static_cast<std::size_t>(row.verdict)] ==
          1);
    CHECK(gateway->stats().active == 0);
  }
  CHECK_FALSE(backend.Accept(std::chrono::milliseconds(0)).valid());
}

TEST_CASE("a default route takes only what it is opened for") {
  TestServer backend;
  const auto table = TableOf({ClusterOf({EndpointAt(backend.port())})}, "api");
  const ByteVector no_name = HelloBuilder().Alpn({"h2"}).Build();
  const ByteVector plain = Text("GET / HTTP/1.1\r\n\r\n");
  const ByteVector sslv2 = {0x80, 0x2e, 0x01, 0x00, 0x02};
  const ByteVector alert = Record(ByteVector{2, 40}, 21);
  for (const bool without_name : {false, true}) {
    for (const bool not_tls : {false, true}) {
      CAPTURE(without_name, not_tls);
      GatewayOptions options;
      options.route_without_server_name = without_name;
      options.route_not_tls = not_tls;
      LiveGateway gateway({.options = options, .routes = table});
      const auto reaches = [&](const ByteVector& sent) {
        TestSocket client = gateway.Connect();
        client.Send(sent);
        client.Finish();
        // Only one of the two happens.
        WaitUntil([&] {
          return client.Readable(std::chrono::milliseconds(0)) ||
                 gateway->stats().by_route_kind[3] > 0;
        });
        client.Reset();
        TestSocket server = backend.Accept(std::chrono::milliseconds(
            gateway->stats().by_route_kind[3] > 0 ? 20000 : 0));
        return server.valid() && server.Receive(sent.size()) == sent;
      };
      CHECK_FALSE(reaches(sslv2));
      CHECK_FALSE(reaches(alert));
      CHECK(gateway->stats().by_route_kind[3] == 0);
      if (without_name) {
        CHECK(reaches(no_name));
      } else {
        CHECK_FALSE(reaches(no_name));
      }
      if (not_tls && !without_name) {
        CHECK(reaches(plain));
      } else if (!not_tls && !without_name) {
        CHECK_FALSE(reaches(plain));
      }
    }
  }
}

TEST_CASE("without a default route the reason is what was missing") {
  GatewayOptions options;
  options.route_without_server_name = true;
  options.route_not_tls = true;
  LiveGateway gateway(
      {.options = options, .routes = TableOf({ClusterOf({EndpointAt(1)})})});
  TestSocket nameless = gateway.Connect();
  nameless.Send(HelloBuilder().Build());
  CHECK(nameless.End() == StreamEnd::kFin);
  TestSocket plain = gateway.Connect();
  plain.Send("GET /");
  CHECK(plain.End() == StreamEnd::kFin);
  const auto records = gateway.Records(2);
  REQUIRE(records.size() == 2);
  CHECK(records[0].of.reason == ConnectionReason::kNoSni);
  CHECK(records[1].of.reason == ConnectionReason::kNotTls);
}

TEST_CASE("a hello may arrive in any two pieces") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  const ByteVector hello = HelloFor(kName);
  const std::span all(hello);
  for (std::size_t cut = 1; cut < hello.size(); ++cut) {
    CAPTURE(cut);
    TestSocket client = gateway.Connect();
    REQUIRE(client.Send(all.first(cut)));
    // The gateway has read the first piece before the second is sent.
    if (cut % 16 == 1) {
      REQUIRE(WaitUntil([&] { return gateway->stats().accepted == cut; }));
    }
    REQUIRE(client.Send(all.subspan(cut)));
    TestSocket server = backend.Accept();
    REQUIRE(server.valid());
    REQUIRE(server.Receive(hello.size()) == hello);
  }
}

TEST_CASE("a hello that dribbles in byte by byte is forwarded unchanged") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  // Every handshake byte in a record of its own.
  const ByteVector message = HelloBuilder().ServerName(kName).Message();
  const std::vector<std::size_t> ones(message.size(), 1);
  const ByteVector hello = SplitRecords(message, ones);
  TestSocket client = gateway.Connect();
  for (const std::uint8_t byte : hello) {
    REQUIRE(client.Send({&byte, 1}));
    std::this_thread::yield();
  }
  TestSocket server = backend.Accept();
  CHECK(server.Receive(hello.size()) == hello);
  client.Finish();
  server.Finish();
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.hello_bytes == hello.size());
  CHECK(records[0].of.hello_records == message.size());
}

TEST_CASE("bytes glued to the hello follow it in order") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  for (const std::size_t glued : {1u, 1000u, 2048u, 100000u, 3000000u}) {
    CAPTURE(glued);
    ByteVector sent = HelloFor(kName);
    for (std::size_t i = 0; i < glued; ++i) {
      sent.push_back(static_cast<std::uint8_t>(i * 2654435761u >> 13));
    }
    TestSocket client = gateway.Connect();
    std::thread sender([&] {
      client.Send(sent);
      client.Finish();  // At once: nothing may be lost for that.
    });
    TestSocket server = backend.Accept();
    StreamEnd end = StreamEnd::kNothingCame;
    CHECK(server.ReceiveAll(&end) == sent);
    CHECK(end == StreamEnd::kFin);
    sender.join();
    REQUIRE(server.Send("reply"));
    server.Finish();
    CHECK(client.ReceiveText(100) == "reply");
  }
}

TEST_CASE("a hello larger than the first buffer is read whole") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  for (const std::size_t padding : {1900u, 2100u, 16000u, 60000u}) {
    CAPTURE(padding);
    const ByteVector hello =
        HelloBuilder().ServerName(kName).Padding(padding).Build();
    TestSocket client = gateway.Connect();
    REQUIRE(client.Send(hello));
    TestSocket server = backend.Accept();
    CHECK(server.Receive(hello.size()) == hello);
  }
}

TEST_CASE(
    "the deadline of a hello counts from accept, not from the last byte") {
  GatewayOptions options;
  options.limits.hello_timeout = std::chrono::milliseconds(150);
  LiveGateway gateway({.options = options});
  const auto start = std::chrono::steady_clock::now();
  TestSocket client = gateway.Connect();
  const ByteVector hello = HelloFor(kName);
  std::size_t sent = 0;
  // A byte now and then, more often than the timeout.
  while (!client.Readable(std::chrono::milliseconds(20)) &&
         sent < hello.size() - 1) {
    client.Send(std::span(hello).subspan(sent++, 1));
  }
  CHECK(client.End() != StreamEnd::kNothingCame);
  CHECK(std::chrono::steady_clock::now() - start >=
        options.limits.hello_timeout);
  CHECK(gateway.Reason() == "hello_timeout");
  CHECK(gateway.Records()[0].of.verdict == HelloVerdict::kNeedMore);
}

TEST_CASE(
    "a client that leaves before its hello is told from one that resets") {
  LiveGateway gateway({.options = {}});
  TestSocket silent = gateway.Connect();
  silent.Close();
  CHECK(gateway.Reason() == "client_closed");
  TestSocket half = gateway.Connect();
  half.Send(Truncated(HelloFor(kName), 30));
  REQUIRE(WaitUntil([&] { return gateway->stats().pending_hellos == 1; }));
  half.Reset();
  const auto records = gateway.Records(2);
  REQUIRE(records.size() == 2);
  CHECK(records[1].of.reason == ConnectionReason::kReset);
  CHECK(records[1].closed_by == "client");
  CHECK(gateway->stats().pending_hellos == 0);
}

TEST_CASE("a gateway without routes closes every hello with no_route") {
  LiveGateway gateway({.options = {}});
  TestSocket client = gateway.Hello();
  CHECK(client.End() == StreamEnd::kFin);
  CHECK(gateway.Reason() == "no_route");
}

TEST_CASE("a record tells what the hello said and where it went") {
  TestServer backend;
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(ClusterOf({EndpointAt(backend.port())})).ok());
  REQUIRE(builder.AddSuffix("*.dc1.internal.test", "api").ok());
  LiveGateway gateway(*builder.Build());
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  REQUIRE(pair.server.Send("12345"));
  CHECK(pair.client.ReceiveText(5) == "12345");
  pair.client.Finish();
  CHECK(pair.server.End() == StreamEnd::kFin);
  pair.server.Finish();
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  const Ended& record = records[0];
  const std::size_t hello = HelloFor(kName).size();
  CHECK(record.listener == "public");
  CHECK(record.source.starts_with("127.0.0.1:"));
  CHECK(record.server_name == kName);
  CHECK(record.of.alpn == std::vector<std::string>{"h2", "http/1.1"});
  CHECK(record.of.tls_versions == std::vector<std::uint16_t>{0x0304, 0x0303});
  CHECK(record.of.hello_bytes == hello);
  CHECK(record.of.hello_records == 1);
  CHECK(record.of.route_kind == RouteKind::kSuffix);
  CHECK(record.rule == "*.dc1.internal.test");
  CHECK(record.cluster == "api");
  CHECK(record.service == "api");
  CHECK(record.datacenter == "dc1");
  CHECK(record.endpoint == "127.0.0.1:" + std::to_string(backend.port()));
  CHECK(record.of.attempts == 1);
  CHECK(record.of.connect.count() >= 0);
  CHECK(record.of.first_byte >= record.of.connect);
  CHECK(record.of.duration >= record.of.first_byte);
  CHECK(record.of.bytes_in == hello);
  CHECK(record.of.bytes_out == 5);
  CHECK(record.of.reason == ConnectionReason::kOk);
  CHECK(record.closed_by == "client");
}

TEST_CASE("clients of the same gateway have different ids") {
  LiveGateway gateway({.options = {}});
  gateway.Hello().End();
  gateway.Hello().End();
  const auto records = gateway.Records(2);
  REQUIRE(records.size() == 2);
  CHECK(records[0].of.id != records[1].of.id);
}

TEST_CASE("what follows a hello is not stranded by a read that stopped early") {
  TestServer backend;
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .listen = "",
       .start = false});
  const bool handed_over = GENERATE(false, true);
  CAPTURE(handed_over);
  std::string folder = "/tmp/meshgw-hello-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string address = "unix:" + folder + "/socket";
  TestServer own(handed_over ? address : "127.0.0.1:0");
  if (!handed_over) REQUIRE(gateway->Listen("local", address).ok());
  TestSocket client = TestSocket::Connect(address);
  // All of it is there before the gateway looks, so there is one event.
  REQUIRE(SendWithDescriptor(client.fd(), HelloFor(kName)));
  REQUIRE(client.Send("tail"));
  REQUIRE(gateway->Start().ok());
  if (handed_over) {
    TestSocket accepted = own.Accept();
    REQUIRE(gateway->Serve("local", accepted.fd()).ok());
    (void)accepted.Release();
  }
  TestSocket server = backend.Accept();
  REQUIRE(server.Receive(HelloFor(kName).size()) == HelloFor(kName));
  CHECK(server.ReceiveText(4) == "tail");
  gateway->Stop();
  std::filesystem::remove_all(folder);
}

TEST_CASE("a name for which a hello is refused is told as it was sent") {
  struct Row {
    std::string sent;
    HelloReason reason;
    std::string told;
  };
  const std::string ugly("a\x1b[31m\r\n b", 11);
  const std::string endless(300, 'n');
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(1)})}));
  std::size_t count = 0;
  for (const Row& row :
       {Row{ugly, HelloReason::kServerNameSyntax, ugly},
        Row{"::1", HelloReason::kServerNameAddress, "::1"},
        Row{endless, HelloReason::kServerNameLength, endless.substr(0, 255)}}) {
    const ByteVector message = HelloBuilder().ServerName(row.sent).Message();
    // In one record, and cut everywhere that matters for the name.
    for (const std::size_t piece : {std::size_t{16000}, std::size_t{7}}) {
      CAPTURE(row.told, piece);
      const std::vector<std::size_t> pieces(message.size() / piece + 1, piece);
      TestSocket client = gateway.Connect();
      REQUIRE(client.Send(SplitRecords(message, pieces)));
      CHECK(client.End() != StreamEnd::kNothingCame);
      const auto records = gateway.Records(++count);
      REQUIRE(records.size() == count);
      CHECK(records.back().of.hello_reason == row.reason);
      CHECK(records.back().server_name == row.told);
      CHECK(records.back().of.bytes_in > 0);
    }
  }
}

}  // namespace meshgw::test
