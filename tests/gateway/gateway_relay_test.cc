// What passes through a gateway once it is connected.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

// Bytes that differ wherever one looks, so that no shift goes unnoticed.
ByteVector Noise(std::size_t size, std::uint64_t seed) {
  ByteVector bytes(size);
  for (std::uint8_t& byte : bytes) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::uint8_t>(seed >> 56);
  }
  return bytes;
}

bool Nothing(TestSocket& socket) {
  return !socket.Readable(std::chrono::milliseconds(30));
}

}  // namespace

TEST_CASE("what is sent into a gateway comes out of it, both ways at once") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{1000}, std::size_t{16384},
        std::size_t{300000}, std::size_t{8} << 20}) {
    CAPTURE(size);
    Pair pair = Pair::Through(gateway, backend);
    REQUIRE(pair.valid());
    const ByteVector up = Noise(size, 1);
    const ByteVector down = Noise(size, 2);
    const auto send = [](TestSocket& from, const ByteVector& bytes) {
      from.Send(bytes);
      from.Finish();
    };
    std::thread client_sends(send, std::ref(pair.client), std::cref(up));
    std::thread server_sends(send, std::ref(pair.server), std::cref(down));
    ByteVector at_client;
    std::thread client_reads([&] { at_client = pair.client.ReceiveAll(); });
    const ByteVector at_server = pair.server.ReceiveAll();
    client_sends.join();
    server_sends.join();
    client_reads.join();
    CHECK((at_server == up));
    CHECK((at_client == down));
  }
  const auto records = gateway.Records(5);
  REQUIRE(records.size() == 5);
  for (const Ended& record : records) {
    CHECK(record.of.reason == ConnectionReason::kOk);
  }
  CHECK(gateway->stats().bytes_out ==
        1u + 1000u + 16384u + 300000u + (8u << 20));
  CHECK(gateway->stats().spliced_bytes > 0);
  CHECK(gateway->stats().active == 0);
}

TEST_CASE("half of a connection may end while the other goes on") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  const bool client_first = GENERATE(true, false);
  CAPTURE(client_first);
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  TestSocket& first = client_first ? pair.client : pair.server;
  TestSocket& second = client_first ? pair.server : pair.client;
  REQUIRE(first.Send("last words"));
  first.Finish();
  StreamEnd end = StreamEnd::kNothingCame;
  const ByteVector got = second.ReceiveAll(&end);
  CHECK(std::string(got.begin(), got.end()) == "last words");
  CHECK(end == StreamEnd::kFin);
  CHECK(Nothing(first));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(second.Send("still here"));
    CHECK(first.ReceiveText(10) == "still here");
  }
  second.Finish();
  CHECK(first.End() == StreamEnd::kFin);
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kOk);
  CHECK(records[0].closed_by == (client_first ? "client" : "server"));
}

TEST_CASE("a reset is passed on as a reset") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  const bool by_client = GENERATE(true, false);
  const bool half_closed = GENERATE(true, false);
  CAPTURE(by_client, half_closed);
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  TestSocket& resets = by_client ? pair.client : pair.server;
  TestSocket& learns = by_client ? pair.server : pair.client;
  if (half_closed) {
    resets.Finish();
    CHECK(learns.End() == StreamEnd::kFin);
  }
  resets.Reset();
  if (half_closed) {
    // Its stream has ended before: only sending shows the reset.
    CHECK(WaitUntil([&] { return !learns.Send("x"); }));
  } else {
    CHECK(learns.End() == StreamEnd::kReset);
  }
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kReset);
  CHECK(records[0].closed_by == (by_client ? "client" : "server"));
  CHECK(records[0].of.error != 0);
}

TEST_CASE("a reset is noticed although the other side takes no more bytes") {
  TestServer backend;
  LiveGateway gateway(TableOf({ClusterOf({EndpointAt(backend.port())})}));
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  // The server does not read: the client is stopped by back-pressure.
  const ByteVector block(65536, 7);
  while (pair.client.Writable(std::chrono::milliseconds(50))) {
    ::send(pair.client.fd(), block.data(), block.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  pair.client.Reset();
  const auto records = gateway.Records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].of.reason == ConnectionReason::kReset);
  CHECK(records[0].closed_by == "client");
}

TEST_CASE("an idle connection is closed after its timeout") {
  TestServer backend;
  GatewayOptions options;
  options.limits.idle_timeout = std::chrono::milliseconds(100);
  Cluster cluster = ClusterOf({EndpointAt(backend.port())});
  const bool of_cluster = GENERATE(false, true);
  if (of_cluster) {
    options.limits.idle_timeout = std::chrono::hours(1);
    cluster.idle_timeout = std::chrono::milliseconds(100);
  }
  LiveGateway gateway({.options = options, .routes = TableOf({cluster})});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  const auto start = std::chrono::steady_clock::now();
  // Bytes keep it alive.
  while (std::chrono::steady_clock::now() - start <
         std::chrono::milliseconds(300)) {
    REQUIRE(pair.client.Send("x"));
    REQUIRE(pair.server.ReceiveText(1) == "x");
  }
  CHECK(pair.client.End() == StreamEnd::kFin);
  CHECK(pair.server.End() == StreamEnd::kFin);
  CHECK(gateway.Reason() == "idle_timeout");
  CHECK(gateway.Records()[0].of.duration >= std::chrono::milliseconds(400));
}

TEST_CASE("a half-closed connection on which nothing flows is closed") {
  TestServer backend;
  GatewayOptions options;
  options.limits.half_closed_timeout = std::chrono::milliseconds(100);
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  pair.client.Finish();
  CHECK(pair.server.End() == StreamEnd::kFin);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start <
         std::chrono::milliseconds(300)) {
    REQUIRE(pair.server.Send("x"));
    REQUIRE(pair.client.ReceiveText(1) == "x");
  }
  CHECK(pair.client.End() == StreamEnd::kFin);
  CHECK(gateway.Reason() == "idle_timeout");
}

TEST_CASE("timeouts of zero never close a connection") {
  TestServer backend;
  GatewayOptions options;
  options.limits.idle_timeout = std::chrono::milliseconds(0);
  options.limits.half_closed_timeout = std::chrono::milliseconds(0);
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  CHECK(Nothing(pair.client));
  pair.client.Finish();
  CHECK(pair.server.End() == StreamEnd::kFin);
  CHECK(Nothing(pair.client));
  REQUIRE(pair.server.Send("x"));
  CHECK(pair.client.ReceiveText(1) == "x");
}

TEST_CASE("bytes that are lost by a timeout do not look like an orderly end") {
  TestServer backend;
  GatewayOptions options;
  // Time enough for the bytes below to be on their way.
  options.limits.idle_timeout = std::chrono::seconds(1);
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})})});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  // More than all buffers on the way hold; the client reads none of it.
  std::thread sender([&] { pair.server.Send(ByteVector(64 << 20)); });
  CHECK(gateway.Reason() == "idle_timeout");
  CHECK(pair.client.End() == StreamEnd::kReset);
  sender.join();
}

// The gateway's descriptor of a client whose writes fail.
std::atomic<int> g_gone_fd{-1};

TEST_CASE("a connection of which nothing can be taken is idle") {
  internal::Syscalls table = internal::System();
  table.accept4 = [](int fd, sockaddr* address, socklen_t* length, int flags) {
    const int client = internal::System().accept4(fd, address, length, flags);
    if (client >= 0) g_gone_fd = client;
    return client;
  };
  table.send = [](int fd, const void* buffer, std::size_t size, int flags) {
    errno = EPIPE;
    return fd == g_gone_fd ? ssize_t{-1}
                           : internal::System().send(fd, buffer, size, flags);
  };
  table.pipe2 = [](int*, int) {
    errno = EMFILE;
    return -1;
  };
  TestServer backend;
  GatewayOptions options;
  // Time enough to fill the buffers.
  options.limits.idle_timeout = std::chrono::seconds(1);
  options.limits.max_kept_bytes = 0;
  LiveGateway gateway(
      {.options = options,
       .routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = &table});
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(pair.valid());
  // The server does not read: all buffers on the way fill.
  const ByteVector block(65536, 7);
  while (pair.client.Writable(std::chrono::milliseconds(50)) &&
         ::send(pair.client.fd(), block.data(), block.size(),
                MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  REQUIRE(pair.server.Send("x"));
  CHECK(gateway.Reason() == "idle_timeout");
}

// Once `flood` is on, a wait brings as many events as fit, most of them about
// the first connection that had one.
struct Flood {
  static constexpr std::uint64_t kTags = 3;
  static inline std::atomic<bool> on = false;
  static inline std::uint64_t first = 0;

  static int Wait(int epoll, epoll_event* events, int most, int timeout) {
    int count =
        internal::System().epoll_wait(epoll, events, most, on ? 0 : timeout);
    for (int i = 0; i < count && first == 0; ++i) {
      // Those of listeners and of the worker have the upper two tags.
      if ((events[i].data.u64 & kTags) < 2) first = events[i].data.u64;
    }
    for (; on && count < most; ++count) {
      events[count].events = EPOLLOUT;
      events[count].data.u64 = first;
    }
    return count;
  }
};

TEST_CASE("who has more to carry gets its turn while others have events") {
  Flood::on = false;
  Flood::first = 0;
  internal::Syscalls table = internal::System();
  table.epoll_wait = Flood::Wait;
  // A turn carries little of what is there.
  table.recv = [](int fd, void* buffer, std::size_t size, int flags) {
    return internal::System().recv(fd, buffer, std::min<std::size_t>(size, 600),
                                   flags);
  };
  const TemporaryFolder folder;
  TestServer backend;
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = &table,
       .listen = folder.address()});
  const Pair other = Pair::Through(gateway, backend);
  Pair pair = Pair::Through(gateway, backend);
  REQUIRE(other.valid());
  REQUIRE(pair.valid());
  Flood::on = true;
  const ByteVector sent = Noise(100000, 3);
  REQUIRE(pair.client.Send(sent));
  CHECK((pair.server.Receive(sent.size()) == sent));
  Flood::on = false;
}

}  // namespace meshgw::test
