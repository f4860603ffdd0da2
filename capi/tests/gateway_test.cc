// A gateway through the C API: how it is given sockets and tables, what it
// carries and how it ends.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "c_api.h"
#include "served.h"
#include "splice/peer.h"

namespace meshgw::test {
namespace {

TEST_CASE("a gateway carries both directions whole") {
  constexpr std::size_t kBytes = 8 << 20;
  TestServer backend;
  const Served gateway(RoutesTo(backend.port()).get());
  Through pair(gateway, backend);
  for (auto [from, to, seed] : {std::tuple(&pair.client, &pair.server, 1u),
                                std::tuple(&pair.server, &pair.client, 2u)}) {
    const auto sent = Content(seed).Next(kBytes);
    std::thread sender([&, sender = from] { sender->Send(sent); });
    Fnv hash;
    hash.Add(to->Receive(kBytes));
    sender.join();
    CHECK(hash.value() == HashOf(seed, kBytes));
  }
  pair.End();
  CHECK(gateway.Reason() == "ok");
  const meshgw_gateway_stats stats = gateway.Stats();
  CHECK(stats.accepted == 1);
  CHECK(stats.active == 0);
  CHECK(stats.bytes_in == kBytes + HelloFor(kName).size());
  CHECK(stats.bytes_out == kBytes);
  CHECK(stats.spliced_bytes > 0);
  CHECK(stats.post_quantum == 1);
  CHECK(stats.by_reason[MESHGW_REASON_OK] == 1);
  CHECK(stats.by_verdict[MESHGW_OK] == 1);
  CHECK(stats.by_route_kind[MESHGW_ROUTE_EXACT] == 1);
}

TEST_CASE("half-closed connections flow on, and RST is passed on as RST") {
  TestServer backend;
  const Served gateway(RoutesTo(backend.port()).get());
  Through half(gateway, backend);
  half.client.Finish();
  CHECK(half.server.End() == StreamEnd::kFin);
  const auto answer = Content(7).Next(1 << 20);
  std::thread sender([&] {
    half.server.Send(answer);
    half.server.Close();
  });
  StreamEnd end = StreamEnd::kNothingCame;
  Fnv hash;
  hash.Add(half.client.ReceiveAll(&end));
  sender.join();
  CHECK(hash.value() == HashOf(7, answer.size()));
  CHECK(end == StreamEnd::kFin);
  CHECK(gateway.Reason() == "ok");
  for (const bool by_client : {true, false}) {
    Through pair(gateway, backend);
    REQUIRE(pair.Talks());
    (by_client ? pair.client : pair.server).Reset();
    CHECK((by_client ? pair.server : pair.client).End() == StreamEnd::kReset);
    CHECK(gateway.Reason() == "reset");
  }
}

TEST_CASE("an address that cannot be bound is told from others") {
  TestServer taken;
  const Served gateway(nullptr);
  const auto listen = [&](meshgw_str address) {
    return [&gateway, address](meshgw_error** err) {
      return meshgw_gateway_listen(gateway.get(), Str("x"), address, nullptr,
                                   err);
    };
  };
  const std::string in_use = "127.0.0.1:" + std::to_string(taken.port());
  CheckBadCalls({
      {"in use", listen(Str(in_use)), in_use.c_str(),
       MESHGW_ERR_ALREADY_EXISTS},
      {"a name", listen(Str("localhost:80")),
       "address: listen address \"local"},
      {"no port", listen(Str("127.0.0.1")), "127.0.0.1"},
      {"a large port", listen(Str("127.0.0.1:65536")), "127.0.0.1:65536"},
      {"nothing", listen({}), "address: listen address \"\""},
      {"no folder", listen(Str("unix:/nonexistent/folder/socket")),
       "unix:/nonexistent/folder/socket", MESHGW_ERR_UNAVAILABLE},
      {"NULL", listen({nullptr, 3}), "address is NULL and 3 long"},
      {"NUL in a path", listen({"unix:/a\0b", 9}), "address has a NUL in it"},
  });
  Error error;
  meshgw_string* bound = nullptr;
  CHECK(meshgw_gateway_listen(gateway.get(), Str("x"), Str(in_use), &bound,
                              error.out()) == MESHGW_ERR_ALREADY_EXISTS);
  CHECK(error.number() == EADDRINUSE);
  CHECK(bound == nullptr);
}

TEST_CASE("listening and accepted sockets are taken over") {
  const std::size_t before = OpenDescriptors();
  {
    TestServer backend;
    TestServer host;
    const std::string host_address = "127.0.0.1:" + std::to_string(host.port());
    TestSocket dialled = TestSocket::Connect(host_address);
    TestSocket accepted = host.Accept();
    const Served gateway(RoutesTo(backend.port()).get(), GatewayOptionsWith(10),
                         false);
    Error early;
    CHECK(meshgw_gateway_serve_fd(gateway.get(), Str("given"), accepted.fd(),
                                  early.out()) ==
          MESHGW_ERR_FAILED_PRECONDITION);
    CHECK(IsOpen(accepted.fd()));
    CHECK(meshgw_gateway_start(gateway.get(), nullptr) == MESHGW_OK);
    REQUIRE(meshgw_gateway_serve_fd(gateway.get(), Str("given"), accepted.fd(),
                                    nullptr) == MESHGW_OK);
    (void)accepted.Release();
    REQUIRE(dialled.Send(HelloFor(kName)));
    Through served(std::move(dialled), backend);
    CHECK(served.Talks());
    served.End();
    REQUIRE(meshgw_gateway_listen_fd(gateway.get(), Str("host's"),
                                     host.Release(), nullptr) == MESHGW_OK);
    TestSocket client = TestSocket::Connect(host_address);
    REQUIRE(client.Send(HelloFor(kName)));
    Through listened(std::move(client), backend);
    CHECK(listened.Talks());
    listened.End();
    std::vector<std::string> listeners;
    CHECK(WaitUntil([&] {
      const Events events = gateway.Next();
      for (std::size_t i = 0; i < meshgw_events_count(events.get()); ++i) {
        listeners.emplace_back(
            Text(meshgw_events_at(events.get(), i)->listener));
      }
      return listeners.size() >= 2;
    }));
    CHECK(listeners == std::vector<std::string>{"given", "host's"});
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("a descriptor that is refused stays the caller's, as it was") {
  const Served gateway(nullptr);
  const WrongDescriptors wrong;
  TestServer listening;
  const Ends connected = TcpEnds();
  const auto listen = [&](int fd) {
    return [&gateway, fd](meshgw_error** err) {
      return meshgw_gateway_listen_fd(gateway.get(), Str("x"), fd, err);
    };
  };
  const auto serve = [&](int fd) {
    return [&gateway, fd](meshgw_error** err) {
      return meshgw_gateway_serve_fd(gateway.get(), Str("x"), fd, err);
    };
  };
  std::vector<BadCall> calls;
  for (const auto& [what, fd] : wrong.all()) {
    calls.push_back({what, listen(fd), "take_fd: descriptor"});
    calls.push_back({what, serve(fd), "take_fd: descriptor"});
  }
  const int listener = listening.Release();
  calls.push_back({"a listener to serve", serve(listener), "take_fd: desc"});
  calls.push_back(
      {"a connection to listen on", listen(connected.first.fd()), "take_fd: "});
  CheckBadCalls(calls);
  for (const auto& [what, fd] : wrong.all()) {
    CHECK(IsOpen(fd) == (fd >= 0 && fd != 1 << 20));
  }
  CHECK(IsOpen(listener));
  CHECK(Blocks(connected.first.fd()));
  ::close(listener);
  Error error;
  CHECK(serve(-1)(error.out()) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(error.number() == EBADF);
  Ends ended = TcpEnds();
  ended.second.Reset();
  REQUIRE(GetsReadable(ended.first.fd()));
  Error reset;
  CHECK(serve(ended.first.fd())(reset.out()) == MESHGW_ERR_UNAVAILABLE);
  CHECK(reset.number() == ECONNRESET);
  CHECK_THAT(reset.message(), Catch::Matchers::StartsWith("take_fd: "));
}

TEST_CASE("new routes are for new connections, and none is no route") {
  TestServer first;
  TestServer second;
  const Served gateway(RoutesTo(first.port()).get());
  Through before(gateway, first);
  {
    // The gateway has its own reference.
    const Routes routes = RoutesTo(second.port());
    CHECK(meshgw_gateway_set_routes(gateway.get(), routes.get()) == MESHGW_OK);
  }
  Through after(gateway, second);
  CHECK(before.Talks());
  CHECK(after.Talks());
  CHECK(meshgw_gateway_set_routes(gateway.get(), nullptr) == MESHGW_OK);
  CHECK(gateway.Hello().End() != StreamEnd::kNothingCame);
  CHECK(gateway.Reason() == "no_route");
  CHECK(before.Talks());
}

TEST_CASE("a gateway is started once, and stopped as often as one likes") {
  TestServer backend;
  Served gateway(RoutesTo(backend.port()).get());
  Through pair(gateway, backend);
  Error twice;
  CHECK(meshgw_gateway_start(gateway.get(), twice.out()) ==
        MESHGW_ERR_FAILED_PRECONDITION);
  CHECK_THAT(twice.message(),
             Catch::Matchers::ContainsSubstring("started once"));
  CHECK(meshgw_gateway_run(gateway.get(), nullptr) ==
        MESHGW_ERR_FAILED_PRECONDITION);
  meshgw_gateway_stop(gateway.get());
  meshgw_gateway_stop(gateway.get());
  CHECK(pair.client.End() != StreamEnd::kNothingCame);
  CHECK(pair.server.End() != StreamEnd::kNothingCame);
  CHECK_FALSE(gateway.Connect().valid());
  CHECK(gateway.Stats().by_reason[MESHGW_REASON_DRAINED] == 1);
  CHECK(meshgw_gateway_start(gateway.get(), nullptr) ==
        MESHGW_ERR_FAILED_PRECONDITION);
  CHECK(meshgw_gateway_run(gateway.get(), nullptr) ==
        MESHGW_ERR_FAILED_PRECONDITION);
  CHECK(meshgw_gateway_listen(gateway.get(), Str("x"), Str("127.0.0.1:0"),
                              nullptr,
                              nullptr) == MESHGW_ERR_FAILED_PRECONDITION);
}

TEST_CASE("a run serves until a stop or a drain has ended it") {
  for (const bool by_drain : {false, true}) {
    CAPTURE(by_drain);
    TestServer backend;
    Served gateway(RoutesTo(backend.port()).get(), GatewayOptionsWith(0),
                   false);
    auto run = std::async(std::launch::async, [&] {
      return meshgw_gateway_run(gateway.get(), nullptr);
    });
    Through pair(gateway, backend);
    CHECK(pair.Talks());
    CHECK(run.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    if (by_drain) {
      std::size_t closed = 0;
      CHECK(meshgw_gateway_drain(gateway.get(), 0, &closed) == MESHGW_OK);
      CHECK(closed == 1);
    } else {
      meshgw_gateway_stop(gateway.get());
    }
    CHECK(run.get() == MESHGW_OK);
    CHECK(gateway.Stats().active == 0);
  }
}

TEST_CASE("a run after the stop returns at once, and freeing ends a run") {
  Served stopped(nullptr, GatewayOptionsWith(0), false);
  meshgw_gateway_stop(stopped.get());
  CHECK(meshgw_gateway_run(stopped.get(), nullptr) == MESHGW_OK);
  Served drained(nullptr, GatewayOptionsWith(0), false);
  std::size_t closed = 7;
  CHECK(meshgw_gateway_drain(drained.get(), 1000, &closed) == MESHGW_OK);
  CHECK(closed == 0);
  CHECK(meshgw_gateway_run(drained.get(), nullptr) == MESHGW_OK);
  TestServer backend;
  Served freed(RoutesTo(backend.port()).get(), GatewayOptionsWith(0), false);
  meshgw_gateway* gateway = freed.get();
  auto run = std::async(std::launch::async,
                        [&] { return meshgw_gateway_run(gateway, nullptr); });
  Through pair(freed, backend);
  freed.Free();
  CHECK(run.get() == MESHGW_OK);
}

TEST_CASE("a drain waits for connections, then closes and counts the rest") {
  TestServer backend;
  Served patient(RoutesTo(backend.port()).get());
  Through pair(patient, backend);
  std::size_t closed = 7;
  auto drained = std::async(std::launch::async, [&] {
    return meshgw_gateway_drain(
        patient.get(), static_cast<std::uint32_t>(kPatience.count()), &closed);
  });
  CHECK(WaitUntil([&] { return !patient.Connect().valid(); }));
  CHECK(pair.Talks());
  CHECK(drained.wait_for(std::chrono::seconds(0)) ==
        std::future_status::timeout);
  pair.End();
  CHECK(drained.get() == MESHGW_OK);
  CHECK(closed == 0);

  Served hasty(RoutesTo(backend.port()).get());
  Through one(hasty, backend);
  Through two(hasty, backend);
  CHECK(meshgw_gateway_drain(hasty.get(), 1, &closed) == MESHGW_OK);
  CHECK(closed == 2);
  CHECK(one.client.End() != StreamEnd::kNothingCame);
  CHECK(hasty.Stats().by_reason[MESHGW_REASON_DRAINED] == 2);
  CHECK(meshgw_gateway_drain(hasty.get(), 1000, nullptr) == MESHGW_OK);
  // It has ended: there are no threads to serve.
  const Ends ends = TcpEnds();
  CHECK(meshgw_gateway_serve_fd(hasty.get(), Str("x"), ends.first.fd(),
                                nullptr) == MESHGW_ERR_FAILED_PRECONDITION);
}

TEST_CASE("two gateways of one process know nothing of each other") {
  const std::size_t before = OpenDescriptors();
  {
    TestServer backend;
    const Routes routes = RoutesTo(backend.port());
    Served one(routes.get());
    const Served two(routes.get());
    Through first(one, backend);
    Through second(two, backend);
    CHECK(first.Talks());
    CHECK(second.Talks());
    one.Free();
    CHECK(first.client.End() != StreamEnd::kNothingCame);
    CHECK(second.Talks());
    CHECK(two.Stats().accepted == 1);
    second.End();
    CHECK(two.Reason() == "ok");
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("a gateway leaves no descriptors behind") {
  const std::size_t before = OpenDescriptors();
  {
    TestServer backend;
    const Served gateway(RoutesTo(backend.port()).get());
    for (int i = 0; i < 30; ++i) {
      Through pair(gateway, backend);
      if (i % 3 == 0) pair.End();
      if (i % 3 == 1) pair.client.Reset();
    }
    CHECK(gateway.Hello("unknown.test").End() != StreamEnd::kNothingCame);
    (void)gateway.Connect();
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("statistics are written up to the caller's size") {
  const Served gateway(nullptr);
  CHECK(gateway.Hello().End() != StreamEnd::kNothingCame);
  meshgw_gateway_stats older = {};
  older.struct_size = offsetof(meshgw_gateway_stats, active);
  older.active = 77;
  CHECK(meshgw_gateway_get_stats(gateway.get(), &older) == MESHGW_OK);
  CHECK(older.accepted == 1);
  CHECK(older.active == 77);
  CHECK(older.struct_size == offsetof(meshgw_gateway_stats, active));
  meshgw_gateway_stats none = {};
  CHECK(meshgw_gateway_get_stats(gateway.get(), &none) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_gateway_get_stats(gateway.get(), nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_gateway_get_stats(nullptr, &older) ==
        MESHGW_ERR_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace meshgw::test
