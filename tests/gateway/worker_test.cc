// A worker alone, run by the test's thread over a clock that the test moves.
#include "gateway/worker.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "gateway/routes_holder.h"
#include "gateway/shared_state.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::internal {
namespace {

std::chrono::steady_clock::time_point g_now{std::chrono::hours(1)};
Worker* g_worker = nullptr;
int g_waits = 0;

// A second in which nobody needs a timer, then a connection, then its first
// ticks, then the end.
int WaitOverTime(int epoll, epoll_event* events, int count, int) {
  ++g_waits;
  g_now += std::chrono::milliseconds(g_waits == 1 ? 1000 : 16);
  if (g_waits == 3) g_worker->Post([] { g_worker->Stop(); });
  return System().epoll_wait(epoll, events, count, 0);
}

TEST_CASE("a worker does not walk through the time in which it was idle") {
  Syscalls table = System();
  table.epoll_wait = WaitOverTime;
  SharedState shared;
  shared.syscalls = &table;
  shared.clock = [] { return g_now; };
  shared.options.limits.max_pipes = 1;
  shared.routes = std::make_unique<RoutesHolder>();
  Worker worker(&shared, 0);
  REQUIRE(worker.Open().ok());
  g_worker = &worker;
  test::TestServer host;
  const test::TestSocket client =
      test::TestSocket::Connect("127.0.0.1:" + std::to_string(host.port()));
  auto fd = std::make_shared<UniqueFd>(host.Accept().Release());
  worker.Post([&, fd] { worker.Adopt("host", std::move(*fd)); });
  worker.Run();
  CHECK(worker.counters().accepted.Get() == 1);
  CHECK(worker.wheel().collections() <= 3);
}

}  // namespace
}  // namespace meshgw::internal
