// What a gateway tells through the C API.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "c_api.h"
#include "served.h"

namespace meshgw::test {
namespace {

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Makes connections that end at once, until the gateway has counted `count`.
void Refused(const Served& gateway, std::uint64_t count) {
  const std::uint64_t before =
      gateway.Stats().by_reason[MESHGW_REASON_NO_ROUTE];
  for (std::uint64_t i = 0; i < count; ++i) {
    CHECK(gateway.Hello("n" + std::to_string(i) + ".test").End() !=
          StreamEnd::kNothingCame);
  }
  CHECK(WaitUntil([&] {
    return gateway.Stats().by_reason[MESHGW_REASON_NO_ROUTE] == before + count;
  }));
}

TEST_CASE("an event tells all of a connection") {
  TestServer backend;
  const std::int64_t before = Now();
  const Served gateway(RoutesTo(backend.port()).get());
  Through pair(gateway, backend);
  sockaddr_in source = {};
  socklen_t length = sizeof(source);
  ::getsockname(pair.client.fd(), reinterpret_cast<sockaddr*>(&source),
                &length);
  REQUIRE(pair.Talks());
  pair.End();
  REQUIRE(GetsReadable(meshgw_gateway_event_fd(gateway.get())));
  const Events events = gateway.Next();
  REQUIRE(meshgw_events_count(events.get()) == 1);
  const meshgw_event* event = meshgw_events_at(events.get(), 0);
  REQUIRE(event != nullptr);
  CHECK(event->kind == MESHGW_EVENT_CONNECTION);
  CHECK(event->time_ns >= before);
  CHECK(event->time_ns <= Now());
  CHECK(Text(event->message).empty());
  CHECK(event->connection == 1);
  CHECK(Text(event->listener) == "public");
  CHECK(Text(event->source) ==
        "127.0.0.1:" + std::to_string(ntohs(source.sin_port)));
  CHECK(Text(event->server_name) == kName);
  CHECK(Text(event->rule) == kName);
  CHECK(std::string(reinterpret_cast<const char*>(event->alpn.data),
                    event->alpn.len) == "\x02h2\x08http/1.1");
  REQUIRE(event->tls_versions.len == 4);
  CHECK(std::memcmp(event->tls_versions.data, "\x03\x04\x03\x03", 4) == 0);
  CHECK(Text(event->cluster) == "cluster");
  CHECK(Text(event->service) == "api");
  CHECK(Text(event->datacenter) == "dc1");
  CHECK(Text(event->endpoint) == "127.0.0.1:" + std::to_string(backend.port()));
  CHECK(event->connect_us >= 0);
  CHECK(event->first_byte_us >= event->connect_us);
  CHECK(event->duration_us >= event->first_byte_us);
  CHECK(event->bytes_in == HelloFor(kName).size() + 4);
  CHECK(event->bytes_out == 4);
  CHECK(event->spliced_bytes == 0);
  CHECK(event->hello_bytes == HelloFor(kName).size());
  CHECK(event->hello_records == 1);
  CHECK(event->verdict == MESHGW_OK);
  CHECK(event->hello_reason == MESHGW_HELLO_REASON_NONE);
  CHECK(event->route_kind == MESHGW_ROUTE_EXACT);
  CHECK(event->attempts == 1);
  CHECK(event->reason == MESHGW_REASON_OK);
  CHECK(event->error == 0);
  CHECK(event->closed_by == MESHGW_SIDE_CLIENT);
  CHECK(event->post_quantum == 1);
  CHECK(event->ech == 0);
  CHECK(meshgw_events_at(events.get(), 1) == nullptr);
}

TEST_CASE("an event says who ended the connection, and why") {
  TestServer backend;
  const Served gateway(RoutesTo(backend.port()).get());
  const auto next = [&] {
    CHECK(GetsReadable(meshgw_gateway_event_fd(gateway.get())));
    return gateway.Next(1);
  };
  Through by_server(gateway, backend);
  by_server.server.Reset();
  Events events = next();
  REQUIRE(meshgw_events_count(events.get()) == 1);
  CHECK(meshgw_events_at(events.get(), 0)->closed_by == MESHGW_SIDE_SERVER);
  CHECK(meshgw_events_at(events.get(), 0)->error == ECONNRESET);
  TestSocket plain = gateway.Connect();
  REQUIRE(plain.Send("GET / HTTP/1.1\r\n"));
  events = next();
  REQUIRE(meshgw_events_count(events.get()) == 1);
  const meshgw_event* event = meshgw_events_at(events.get(), 0);
  CHECK(event->closed_by == -1);
  CHECK(event->reason == MESHGW_REASON_NOT_TLS);
  CHECK(event->verdict == MESHGW_ERR_NOT_TLS);
  CHECK(event->hello_reason == MESHGW_HELLO_REASON_PLAIN_TEXT);
  CHECK(event->route_kind == MESHGW_ROUTE_NONE);
  CHECK(event->connect_us == -1);
  CHECK(event->first_byte_us == -1);
  CHECK(Text(event->server_name).empty());
  CHECK(Text(event->endpoint).empty());
}

TEST_CASE("the descriptor is readable exactly while events wait") {
  const Served gateway(nullptr);
  const int fd = meshgw_gateway_event_fd(gateway.get());
  CHECK_FALSE(IsReadable(fd));
  CHECK(meshgw_events_count(gateway.Next().get()) == 0);
  Refused(gateway, 5);
  CHECK(IsReadable(fd));
  CHECK(meshgw_events_count(gateway.Next(0).get()) == 0);
  const Events first = gateway.Next(2);
  CHECK(meshgw_events_count(first.get()) == 2);
  CHECK(IsReadable(fd));
  const Events second = gateway.Next(SIZE_MAX);
  CHECK(meshgw_events_count(second.get()) == 3);
  CHECK_FALSE(IsReadable(fd));
  // Oldest first.
  CHECK(Text(meshgw_events_at(first.get(), 0)->server_name) == "n0.test");
  CHECK(Text(meshgw_events_at(first.get(), 1)->server_name) == "n1.test");
  CHECK(Text(meshgw_events_at(second.get(), 2)->server_name) == "n4.test");
  // Again, after it was empty.
  Refused(gateway, 1);
  CHECK(IsReadable(fd));
  CHECK(meshgw_events_count(gateway.Next().get()) == 1);
  CHECK_FALSE(IsReadable(fd));
}

TEST_CASE("events beyond max_events are dropped and counted") {
  const Served gateway(nullptr, GatewayOptionsWith(2));
  Refused(gateway, 5);
  CHECK(gateway.Stats().events_dropped == 3);
  CHECK(meshgw_events_count(gateway.Next().get()) == 2);
  Refused(gateway, 1);
  CHECK(meshgw_events_count(gateway.Next().get()) == 1);
  CHECK(gateway.Stats().events_dropped == 3);
}

TEST_CASE("without max_events none are made") {
  const Served gateway(nullptr, GatewayOptionsWith(0));
  CHECK(meshgw_gateway_event_fd(gateway.get()) == -1);
  Refused(gateway, 2);
  CHECK(meshgw_events_count(gateway.Next().get()) == 0);
  CHECK(gateway.Stats().events_dropped == 0);
}

TEST_CASE("events outlive the gateway, and wait for a stopped one") {
  Served gateway(nullptr);
  Refused(gateway, 2);
  meshgw_gateway_stop(gateway.get());
  const Events events = gateway.Next(1);
  gateway.Free();
  REQUIRE(meshgw_events_count(events.get()) == 1);
  CHECK(Text(meshgw_events_at(events.get(), 0)->server_name) == "n0.test");
}

TEST_CASE("the gateway's own messages come as events") {
  TestServer listening;
  const std::string address = "127.0.0.1:" + std::to_string(listening.port());
  const int fd = listening.Release();
  const int copy = ::dup(fd);
  const std::int64_t before = Now();
  const Served gateway(nullptr);
  REQUIRE(meshgw_gateway_listen_fd(gateway.get(), Str("host's"), fd, nullptr) ==
          MESHGW_OK);
  CHECK(TestSocket::Connect(address).valid());
  // It listens no more, which the gateway has not done.
  ::shutdown(copy, SHUT_RDWR);
  ::close(copy);
  std::vector<std::string> messages;
  CHECK(WaitUntil([&] {
    const Events events = gateway.Next();
    for (std::size_t i = 0; i < meshgw_events_count(events.get()); ++i) {
      const meshgw_event* event = meshgw_events_at(events.get(), i);
      if (event->kind != MESHGW_EVENT_LOG) continue;
      CHECK(event->level == MESHGW_LEVEL_ERROR);
      CHECK(event->time_ns >= before);
      CHECK(event->connect_us == -1);
      messages.push_back(Text(event->message));
    }
    return !messages.empty();
  }));
  REQUIRE(messages.size() == 1);
  CHECK_THAT(messages[0],
             Catch::Matchers::ContainsSubstring("listener host's: accept"));
}

TEST_CASE("whoever the descriptor wakes finds an event") {
  const Served gateway(nullptr, GatewayOptionsWith(1000));
  constexpr int kClients = 200;
  std::thread clients([&] {
    for (int i = 0; i < kClients; ++i) gateway.Hello("x.test").End();
  });
  int woken_for_nothing = 0;
  for (int taken = 0; taken < kClients;) {
    if (!GetsReadable(meshgw_gateway_event_fd(gateway.get()))) break;
    const std::size_t count = meshgw_events_count(gateway.Next(1).get());
    if (count == 0) ++woken_for_nothing;
    taken += static_cast<int>(count);
  }
  clients.join();
  CHECK(woken_for_nothing == 0);
}

TEST_CASE("many workers push and many threads take: no event is lost") {
  meshgw_gateway_options options = GatewayOptionsWith(1000);
  options.workers = 3;
  const Served gateway(nullptr, options);
  constexpr std::size_t kClients = 4;
  constexpr std::size_t kEach = 50;
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      for (std::size_t j = 0; j < kEach; ++j) gateway.Hello("x.test").End();
    });
  }
  std::atomic<std::size_t> taken{0};
  std::vector<std::thread> takers;
  for (int i = 0; i < 2; ++i) {
    takers.emplace_back([&] {
      WaitUntil([&] {
        meshgw_events* events = nullptr;
        meshgw_gateway_next_events(gateway.get(), 3, &events, nullptr);
        taken += meshgw_events_count(events);
        meshgw_events_free(events);
        return taken == kClients * kEach;
      });
    });
  }
  for (std::thread& thread : clients) thread.join();
  for (std::thread& thread : takers) thread.join();
  CHECK(taken == kClients * kEach);
  CHECK_FALSE(IsReadable(meshgw_gateway_event_fd(gateway.get())));
  CHECK(gateway.Stats().events_dropped == 0);
}

}  // namespace
}  // namespace meshgw::test
