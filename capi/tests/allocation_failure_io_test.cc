// Fails allocations of the calls that open and take over descriptors, and of
// the threads that carry bytes.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "c_objects.h"
#include "carried.h"
#include "every_failure.h"
#include "failing_allocations.h"
#include "served.h"

namespace meshgw::test {
namespace {

using Threads = FailingAllocations::Threads;
using Loop =
    std::unique_ptr<meshgw_splice_loop, Freed<meshgw_splice_loop_free>>;

Loop MakeLoop() {
  meshgw_splice_loop* loop = nullptr;
  REQUIRE(meshgw_splice_loop_create(nullptr, &loop, nullptr) == MESHGW_OK);
  return Loop(loop);
}

GatewayPtr MakeGateway(meshgw_routes* routes = nullptr) {
  const meshgw_gateway_options options = GatewayOptionsWith(10);
  meshgw_gateway* gateway = nullptr;
  REQUIRE(meshgw_gateway_create(&options, routes, &gateway, nullptr) ==
          MESHGW_OK);
  return GatewayPtr(gateway);
}

// Tries `call` with the n-th allocation of this thread failing, for each n, on
// what `make` makes. After a failure `check` looks at what is left.
template <typename Make, typename Call, typename Check>
void ForEachFailure(const Make& make, const Call& call, const Check& check) {
  const std::size_t open = OpenDescriptors();
  for (long n = 0; n < 10000; ++n) {
    CAPTURE(n);
    bool failed = false;
    {
      auto object = make();
      Error error;
      FailingAllocations::Fail({.after = n, .threads = Threads::kThis});
      const meshgw_status status = call(&object, error.out());
      failed = FailingAllocations::Heal();
      REQUIRE(status == (failed ? MESHGW_ERR_NO_MEMORY : MESHGW_OK));
      CHECK(error.status() == status);
      check(&object, failed);
    }
    REQUIRE(OpenDescriptors() == open);
    if (!failed) return;
  }
  FAIL("it always fails");
}

TEST_CASE("without memory no pool, splicer or loop is made") {
  CheckEveryFailure(MESHGW_OK, [](meshgw_error** err) {
    meshgw_splice_pool* pool = nullptr;
    const meshgw_status status = meshgw_splice_pool_create(nullptr, &pool, err);
    meshgw_splice_pool_free(pool);
    return status;
  });
  CheckEveryFailure(MESHGW_OK, [](meshgw_error** err) {
    meshgw_splice_loop* loop = nullptr;
    const meshgw_status status = meshgw_splice_loop_create(nullptr, &loop, err);
    meshgw_splice_loop_free(loop);
    return status;
  });
  const Pool pool = MakePool();
  const Ends up = TcpEnds();
  const Ends down = TcpEnds();
  const int client = up.second.fd();
  const int server = down.first.fd();
  MakeNonBlocking(client);
  MakeNonBlocking(server);
  for (const int fd : {server, -1}) {
    CheckEveryFailure(fd < 0 ? MESHGW_ERR_INVALID_ARGUMENT : MESHGW_OK,
                      [&, fd](meshgw_error** err) {
                        meshgw_splicer* splicer = nullptr;
                        const meshgw_status status = meshgw_splicer_create(
                            pool.get(), client, fd, &splicer, err);
                        meshgw_splicer_free(splicer);
                        return status;
                      });
  }
}

// A pair that is to be given away, and its far ends.
struct Given {
  Loop loop = MakeLoop();
  Ends up = TcpEnds();
  Ends down = TcpEnds();
};

TEST_CASE("a pair that a loop did not take for memory is the caller's") {
  const std::string first = "a first message that fits into no small string";
  ForEachFailure([] { return Given(); },
                 [&](Given* given, meshgw_error** err) {
                   return meshgw_splice_loop_add(
                       given->loop.get(), given->up.second.fd(),
                       given->down.first.fd(),
                       reinterpret_cast<const std::uint8_t*>(first.data()),
                       first.size(), 7, err);
                 },
                 [&](Given* given, bool failed) {
                   if (!failed) {
                     given->up.second.Release();
                     given->down.first.Release();
                     return;
                   }
                   CHECK(meshgw_splice_loop_size(given->loop.get()) == 0);
                   given->loop.reset();
                   // They work, and so are open, and no other's.
                   CHECK(given->up.first.Send("x"));
                   CHECK(given->up.second.ReceiveText(1) == "x");
                   CHECK(given->down.first.Send("y"));
                   CHECK(given->down.second.ReceiveText(1) == "y");
                 });
}

TEST_CASE("without memory no gateway is made or changed") {
  const Routes routes = RoutesTo(1, true);
  const meshgw_gateway_options options = GatewayOptionsWith(10);
  CheckEveryFailure(MESHGW_OK, [&](meshgw_error** err) {
    meshgw_gateway* gateway = nullptr;
    const meshgw_status status =
        meshgw_gateway_create(&options, routes.get(), &gateway, err);
    meshgw_gateway_free(gateway);
    return status;
  });
  const GatewayPtr gateway = MakeGateway();
  CheckEveryFailure(MESHGW_OK, [&](meshgw_error** err) {
    meshgw_events* events = nullptr;
    const meshgw_status status =
        meshgw_gateway_next_events(gateway.get(), 10, &events, err);
    meshgw_events_free(events);
    return status;
  });
}

TEST_CASE("without memory a gateway does not listen, and leaves no file") {
  const std::string file =
      "/tmp/meshgw-no-memory-" + std::to_string(::getpid());
  for (const std::string& address :
       {std::string("127.0.0.1:0"), "unix:" + file}) {
    CAPTURE(address);
    ForEachFailure([] { return MakeGateway(); },
                   [&](GatewayPtr* gateway, meshgw_error** err) {
                     meshgw_string* bound = nullptr;
                     const meshgw_status status = meshgw_gateway_listen(
                         gateway->get(), Str("a listener with a long name"),
                         Str(address), &bound, err);
                     meshgw_string_free(bound);
                     return status;
                   },
                   [&](GatewayPtr*, bool failed) {
                     if (failed) CHECK(::access(file.c_str(), F_OK) != 0);
                   });
  }
}

// A socket that listens, and blocks.
struct Listening {
  TestSocket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port = 0;

  Listening() {
    sockaddr_in at = {};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(at);
    auto* address = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(::bind(socket.fd(), address, length) == 0);
    REQUIRE(::listen(socket.fd(), 100) == 0);
    ::getsockname(socket.fd(), address, &length);
    port = ntohs(at.sin_port);
  }
};

// A gateway and something for it to take over.
struct Taken {
  GatewayPtr gateway;
  Ends ends;
  Listening listener;
};

TEST_CASE("a socket that a gateway did not take for memory is the caller's") {
  ForEachFailure(
      [] {
        return Taken{MakeGateway(), {}, {}};
      },
      [](Taken* taken, meshgw_error** err) {
        return meshgw_gateway_listen_fd(taken->gateway.get(),
                                        Str("a listener with a long name"),
                                        taken->listener.socket.fd(), err);
      },
      [](Taken* taken, bool failed) {
        if (!failed) {
          taken->listener.socket.Release();
          return;
        }
        taken->gateway.reset();
        const TestSocket client = TestSocket::Connect(
            "127.0.0.1:" + std::to_string(taken->listener.port));
        const TestSocket accepted(
            ::accept(taken->listener.socket.fd(), nullptr, nullptr));
        CHECK(accepted.valid());
      });
}

TEST_CASE("a connection that a gateway did not take for memory is open") {
  ForEachFailure(
      [] {
        Taken taken{MakeGateway(), TcpEnds(), {}};
        CHECK(meshgw_gateway_start(taken.gateway.get(), nullptr) == MESHGW_OK);
        return taken;
      },
      [](Taken* taken, meshgw_error** err) {
        return meshgw_gateway_serve_fd(taken->gateway.get(),
                                       Str("a listener with a long name"),
                                       taken->ends.second.fd(), err);
      },
      [](Taken* taken, bool failed) {
        if (!failed) {
          taken->ends.second.Release();
          return;
        }
        taken->gateway.reset();
        CHECK(taken->ends.first.Send("x"));
        CHECK(taken->ends.second.ReceiveText(1) == "x");
      });
}

TEST_CASE("a gateway that could not start for memory can be freed") {
  ForEachFailure([] { return MakeGateway(); },
                 [](GatewayPtr* gateway, meshgw_error** err) {
                   return meshgw_gateway_start(gateway->get(), err);
                 },
                 [](GatewayPtr*, bool) {});
}

TEST_CASE("routes that were not set for memory change nothing") {
  const Routes routes = RoutesTo(1, true);
  const GatewayPtr gateway = MakeGateway();
  for (long n = 0; n < 1000; ++n) {
    FailingAllocations::FailAfter(n);
    const meshgw_status status =
        meshgw_gateway_set_routes(gateway.get(), routes.get());
    const bool failed = FailingAllocations::Heal();
    CHECK(status == (failed ? MESHGW_ERR_NO_MEMORY : MESHGW_OK));
    if (!failed) return;
  }
  FAIL("it always fails");
}

// An endpoint that reads until FIN, answers with a byte and closes. It
// allocates nothing.
class Answering {
 public:
  Answering() : thread_([this] { Run(); }) {}
  ~Answering() {
    ::shutdown(server_.socket.fd(), SHUT_RDWR);
    thread_.join();
  }
  std::uint16_t port() const { return server_.port; }

 private:
  void Run() {
    for (;;) {
      const int fd =
          ::accept4(server_.socket.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      char buffer[4096];
      ssize_t got = 0;
      while ((got = ::read(fd, buffer, sizeof(buffer))) > 0) {
      }
      if (got == 0) (void)::send(fd, "!", 1, MSG_NOSIGNAL);
      ::close(fd);
    }
  }

  Listening server_;
  std::thread thread_;
};

std::uint64_t Ended(const meshgw_gateway_stats& stats) {
  return std::accumulate(std::begin(stats.by_reason), std::end(stats.by_reason),
                         std::uint64_t{0});
}

bool AwaitEnd(const Served& gateway, std::uint64_t accepted) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const meshgw_gateway_stats stats = gateway.Stats();
    if (stats.accepted == accepted && Ended(stats) == accepted &&
        stats.active == 0) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

bool IsAnswered(const Served& gateway) {
  TestSocket client = gateway.Hello();
  client.Finish();
  return client.ReceiveText(1) == "!" && client.End() == StreamEnd::kFin;
}

TEST_CASE("a worker without memory ends the connection, not the process") {
  const Answering answering;
  const Routes routes = RoutesTo(answering.port());
  const bool for_good = GENERATE(false, true);
  CAPTURE(for_good);
  const Served gateway(routes.get());
  std::uint64_t accepted = 0;
  long failures = 0;
  for (long n = 0;; ++n) {
    CAPTURE(n);
    REQUIRE(n < 1000);
    FailingAllocations::Fail({.after = n,
                              .for_good = for_good,
                              .threads = Threads::kOthers,
                              .nothrow = true});
    TestSocket client = gateway.Hello();
    client.Finish();
    ++accepted;
    CHECK(AwaitEnd(gateway, accepted));
    const bool failed = FailingAllocations::Heal();
    CHECK(client.End() != StreamEnd::kNothingCame);
    if (!failed) break;
    ++failures;
    // Nothing is left behind.
    CHECK(gateway.Stats().pending_hellos == 0);
    if (n % 8 == 0) {
      CHECK(IsAnswered(gateway));
      ++accepted;
      CHECK(AwaitEnd(gateway, accepted));
    }
  }
  CHECK(failures > 3);
  const meshgw_gateway_stats stats = gateway.Stats();
  CHECK(stats.by_reason[MESHGW_REASON_FAILED] > 0);
  CHECK(stats.by_reason[MESHGW_REASON_OK] > 0);
  CHECK(IsAnswered(gateway));
}

TEST_CASE("a loop without memory carries on, and ends what it cannot carry") {
  const Loop loop = MakeLoop();
  Ends up = TcpEnds();
  Ends down = TcpEnds();
  CHECK(meshgw_splice_loop_add(loop.get(), up.second.Release(),
                               down.first.Release(), nullptr, 0, 3,
                               nullptr) == MESHGW_OK);
  std::string received;
  const std::string sent(4 << 20, 'x');
  std::atomic<int> status{-1};
  std::thread runner(
      [&] { status = meshgw_splice_loop_run_until_empty(loop.get()); });
  // Of the loop's thread: the sender needs nothing, and this one may have all.
  FailingAllocations::Fail(
      {.for_good = true, .threads = Threads::kOthers, .nothrow = true});
  std::thread sender([&] {
    std::size_t at = 0;
    while (at < sent.size()) {
      const ssize_t put = ::send(up.first.fd(), sent.data() + at,
                                 sent.size() - at, MSG_NOSIGNAL);
      if (put <= 0) return;
      at += static_cast<std::size_t>(put);
    }
    ::shutdown(up.first.fd(), SHUT_WR);
  });
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::recv(down.second.fd(), buffer, sizeof(buffer), 0)) > 0) {
    received.append(buffer, static_cast<std::size_t>(got));
  }
  FailingAllocations::Heal();
  sender.join();
  down.second.Close();
  up.first.Close();
  runner.join();
  CHECK(status == MESHGW_OK);
  meshgw_splice_result result = {};
  REQUIRE(meshgw_splice_loop_next(loop.get(), &result, 1) == 1);
  CHECK(result.tag == 3);
  if (result.state.end == MESHGW_SPLICE_FAILED) {
    CHECK(result.state.error == ENOMEM);
  } else {
    CHECK(received == sent);
  }
}

}  // namespace
}  // namespace meshgw::test
