// Pipes: as many as allowed, only while bytes are in flight, never with bytes
// of another connection.
#include "splice/splice_pool.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "meshgw/splicer.h"
#include "splice/peer.h"
#include "splice/relay.h"
#include "support/catch.h"

namespace meshgw {
namespace {

using test::HashOf;
using test::OpenDescriptors;
using test::Peer;
using test::Relay;

constexpr std::size_t kBulk = 4 << 20;

// Relays whose readers have stopped, with as much under way as goes in.
std::vector<std::unique_ptr<Relay>> StalledRelays(SplicePool* pool,
                                                  std::size_t count) {
  std::vector<std::unique_ptr<Relay>> relays;
  for (std::size_t i = 0; i < count; ++i) {
    relays.push_back(
        std::make_unique<Relay>(pool, test::RelaySetup{.small_buffers = true}));
    Relay& relay = *relays.back();
    relay.server().ReadUpTo(0);
    relay.client().Send(kBulk);
    relay.client().Finish();
    relay.Until([&] { return relay.splicer().has_pending(); });
  }
  return relays;
}

TEST_CASE("a pool never has more pipes than it may, and nothing is lost") {
  const std::size_t max = GENERATE(std::size_t{0}, 1, 3, 100);
  constexpr std::size_t kRelays = 6;
  CAPTURE(max);
  SplicePool pool({.max_pipes = max});
  auto relays = StalledRelays(&pool, kRelays);
  for (const auto& relay : relays) {
    CHECK(relay->splicer().has_pending());
    CHECK(pool.counters().pipes_open <= max);
  }
  // All are in the way of all: every pipe that may exist is in use.
  CHECK(pool.counters().pipes_open == std::min(max, kRelays));
  CHECK(pool.counters().pipes_idle == 0);
  // None may be had: that is no limit that was hit, it was never wanted.
  CHECK((pool.counters().pipe_limit_hits > 0) == (max == 1 || max == 3));
  for (const auto& relay : relays) {
    relay->server().ReadUpTo(Peer::kNoLimit);
    REQUIRE(relay->Until([&] {
      CHECK(pool.counters().pipes_open <= max);
      return relay->server().ended();
    }));
    CHECK(relay->server().hash() == HashOf(Relay::kClientSeed, kBulk));
    CHECK((relay->splicer().counters().spliced_bytes > 0) == (max > 0));
  }
  CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
}

TEST_CASE("an idle connection holds no pipe") {
  SplicePool pool;
  std::vector<std::unique_ptr<Relay>> relays;
  const std::size_t before = OpenDescriptors();
  for (std::size_t i = 0; i < 8; ++i) {
    relays.push_back(std::make_unique<Relay>(&pool));
    Relay& relay = *relays.back();
    relay.client().Send(kBulk);
    relay.server().Send(kBulk);
    REQUIRE(relay.Until([&] {
      return relay.server().received() == kBulk &&
             relay.client().received() == kBulk;
    }));
    relay.Settle();
    CHECK(relay.splicer().counters().spliced_bytes > 0);
    CHECK_FALSE(relay.splicer().has_pending());
    CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
  }
  // One after the other, they needed one for each direction at most.
  CHECK(pool.counters().pipes_open >= 1);
  CHECK(pool.counters().pipes_open <= 2);
  // Sockets and an epoll instance each, the pipes of the pool, no more.
  CHECK(OpenDescriptors() == before + 8 * 5 + 2 * pool.counters().pipes_open);
}

TEST_CASE("a pipe that is given back serves the next, empty") {
  SplicePool pool({.max_pipes = 1});
  for (std::size_t i = 0; i < 3; ++i) {
    auto stalled = StalledRelays(&pool, 1);
    REQUIRE(pool.counters().pipes_open == 1);
    stalled.clear();
    REQUIRE(pool.counters().pipes_open == 0);
    Relay relay(&pool);
    relay.client().Send(kBulk);
    REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
    CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kBulk));
    CHECK(relay.splicer().counters().spliced_bytes > 0);
  }
}

TEST_CASE("the end of a pool closes its pipes") {
  const std::size_t before = OpenDescriptors();
  {
    SplicePool pool;
    Relay relay(&pool);
    relay.client().Send(kBulk);
    REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
    relay.Settle();
    REQUIRE(pool.counters().pipes_idle > 0);
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("a new pool has no pipes") {
  const std::size_t before = OpenDescriptors();
  const SplicePool pool({.max_pipes = 1000});
  CHECK(OpenDescriptors() == before);
  CHECK(pool.counters().pipes_open == 0);
  CHECK(pool.counters().pipes_idle == 0);
  CHECK(pool.counters().pipe_limit_hits == 0);
}

// A clock that stands still until the test moves it.
std::chrono::steady_clock::time_point g_now =
    std::chrono::steady_clock::time_point() + std::chrono::hours(1);
std::chrono::steady_clock::time_point TestNow() { return g_now; }

void CheckAllArrives(Relay* relay) {
  relay->server().ReadUpTo(Peer::kNoLimit);
  REQUIRE(relay->Until([&] { return relay->server().ended(); }));
  CHECK(relay->server().hash() == HashOf(Relay::kClientSeed, kBulk));
}

TEST_CASE("a stalled reader's pipe goes to who wants one after a second") {
  SplicePool pool({.max_pipes = 1});
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  REQUIRE(pool.counters().pipes_open == 1);
  REQUIRE(pool.counters().kept_bytes == 0);

  const auto spliced_by_another = [&] {
    Relay relay(&pool);
    relay.client().Send(kBulk);
    REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
    CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kBulk));
    return relay.splicer().counters().spliced_bytes;
  };
  g_now += std::chrono::milliseconds(999);
  CHECK(spliced_by_another() == 0);
  CHECK(pool.counters().pipes_taken_back == 0);
  g_now += std::chrono::milliseconds(100);
  CHECK(spliced_by_another() > 0);
  CHECK(pool.counters().pipes_taken_back == 1);
  CHECK(pool.counters().kept_bytes > 0);
  CheckAllArrives(stalled.front().get());
  CHECK(pool.counters().kept_bytes == 0);
  CHECK(pool.counters().pipes_open == 1);
}

TEST_CASE("a reader that takes a little now and then does not keep its pipe") {
  SplicePool pool({.max_pipes = 1});
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  Relay& slow = *stalled.front();
  slow.Settle();
  const std::size_t before = slow.server().received();
  for (std::size_t i = 1; i <= 3; ++i) {
    g_now += std::chrono::milliseconds(400);
    slow.server().ReadUpTo(before + i * 8000);
    slow.Settle();
    REQUIRE(slow.splicer().has_pending());
  }
  Relay other(&pool);
  other.client().Send(kBulk);
  REQUIRE(other.Until([&] { return other.server().received() == kBulk; }));
  CHECK(pool.counters().pipes_taken_back == 1);
  CheckAllArrives(&slow);
}

TEST_CASE("a pipe that cannot be emptied into memory stays where it is") {
  const std::size_t budget = GENERATE(std::size_t{0}, std::size_t{1} << 20);
  internal::Syscalls table = internal::System();
  // With a budget, reading the pipe fails instead.
  table.read = [](int, void*, std::size_t) -> ssize_t {
    errno = EIO;
    return -1;
  };
  SplicePool pool({.max_pipes = 1, .max_kept_bytes = budget});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  REQUIRE(pool.counters().pipes_idle == 0);
  g_now += std::chrono::seconds(5);
  Relay other(&pool);
  other.client().Send(kBulk);
  REQUIRE(other.Until([&] { return other.server().received() == kBulk; }));
  CHECK(other.splicer().counters().spliced_bytes == 0);
  CHECK(pool.counters().pipes_taken_back == 0);
  CHECK(pool.counters().kept_bytes == 0);
  CheckAllArrives(stalled.front().get());
}

TEST_CASE("beyond the budget nothing is kept, and nothing is lost") {
  SplicePool pool({.max_pipes = 0, .max_kept_bytes = 0});
  auto stalled = StalledRelays(&pool, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    stalled.push_back(std::make_unique<Relay>(
        &pool, test::RelaySetup{.local = i == 2, .small_buffers = true}));
    Relay& relay = *stalled.back();
    relay.server().ReadUpTo(0);
    relay.client().Send(kBulk);
    relay.client().Finish();
    relay.Settle();
    CHECK(relay.Queued() > 0);
    CHECK_FALSE(relay.splicer().has_pending());
    CHECK(pool.counters().kept_bytes == 0);
  }
  for (const auto& relay : stalled) CheckAllArrives(relay.get());
}

std::vector<int> g_pipe_sizes;
int NotePipeSizes(int fd, int command, int argument) {
  const int result = internal::System().fcntl(fd, command, argument);
  if (command == F_GETPIPE_SZ) g_pipe_sizes.push_back(result);
  return result;
}

TEST_CASE(
    "half of what pipes may use goes into large ones, which are used first") {
  struct Case {
    std::size_t max_pipes;
    std::vector<int> sizes;  // Of the first six pipes.
  };
  constexpr int kUsual = 256 << 10;
  constexpr int kLarge = 1 << 20;
  for (const Case& expected :
       {Case{64, std::vector<int>(6, kLarge)},
        Case{32, {kLarge, kLarge, kLarge, kLarge, kUsual, kUsual}},
        Case{16, {kLarge, kLarge, kUsual, kUsual, kUsual, kUsual}},
        Case{7, std::vector<int>(6, kUsual)}}) {
    internal::Syscalls noting = internal::System();
    noting.fcntl = NotePipeSizes;
    g_pipe_sizes.clear();
    SplicePool pool({.max_pipes = expected.max_pipes});
    SplicePoolAccess::UseSyscalls(&pool, &noting);
    auto stalled = StalledRelays(&pool, 6);
    CHECK(g_pipe_sizes == expected.sizes);
    for (const auto& relay : stalled) CheckAllArrives(relay.get());
  }
}

// What a user gets who owns too many pipes: two pages, and no more if asked.
int TinyPipes(int fd, int command, int argument) {
  if (command == F_SETPIPE_SZ) return -1;
  if (command == F_GETPIPE_SZ) return 8192;
  return internal::System().fcntl(fd, command, argument);
}

TEST_CASE("a pipe that is too small is not used") {
  internal::Syscalls tiny = internal::System();
  tiny.fcntl = TinyPipes;
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &tiny);
  Relay relay(&pool);
  const std::size_t before = OpenDescriptors();
  relay.client().Send(kBulk);
  REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kBulk));
  CHECK(relay.splicer().counters().spliced_bytes == 0);
  CHECK(pool.counters().pipes_open == 0);
  CHECK(pool.counters().pipe_limit_hits > 0);
  CHECK(OpenDescriptors() == before);
}

int g_large_refusals = 0;
// Refuses large pipes, as often as g_large_refusals says.
int RefuseLarge(int fd, int command, int argument) {
  static int asked = 0;
  if (command == F_SETPIPE_SZ) asked = argument;
  if (command == F_GETPIPE_SZ && asked > (256 << 10) && g_large_refusals > 0) {
    --g_large_refusals;
    return 65536;
  }
  return NotePipeSizes(fd, command, argument);
}

TEST_CASE("large pipes that were refused are asked for again after a while") {
  internal::Syscalls table = internal::System();
  table.fcntl = RefuseLarge;
  g_pipe_sizes.clear();
  g_large_refusals = 1;
  SplicePool pool({.max_pipes = 16});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto first = StalledRelays(&pool, 2);
  CHECK(g_pipe_sizes == std::vector<int>(2, 256 << 10));
  CHECK(g_large_refusals == 0);
  g_now += std::chrono::milliseconds(60);
  auto second = StalledRelays(&pool, 1);
  CHECK(g_pipe_sizes == std::vector<int>{256 << 10, 256 << 10, 1 << 20});
  for (const auto& relay : first) CheckAllArrives(relay.get());
  CheckAllArrives(second.front().get());
}

int g_half_reads = 0;
// Reads half of what it could; after g_half_reads of those it fails.
ssize_t ReadHalf(int fd, void* buffer, std::size_t size) {
  if (g_half_reads-- > 0) {
    return internal::System().read(fd, buffer, (size + 1) / 2);
  }
  errno = EIO;
  return -1;
}

TEST_CASE("a pipe that gives what is in it bit by bit is taken back whole") {
  internal::Syscalls table = internal::System();
  table.read = ReadHalf;
  g_half_reads = 1000;
  SplicePool pool({.max_pipes = 1});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  g_now += std::chrono::seconds(2);
  Relay other(&pool);
  other.client().Send(kBulk);
  REQUIRE(other.Until([&] { return other.server().received() == kBulk; }));
  CHECK(pool.counters().pipes_taken_back == 1);
  CheckAllArrives(stalled.front().get());
}

TEST_CASE("a pipe that loses half of its bytes ends its connection as failed") {
  internal::Syscalls table = internal::System();
  table.read = ReadHalf;
  g_half_reads = 1;
  SplicePool pool({.max_pipes = 1});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  g_now += std::chrono::seconds(2);
  Relay other(&pool);
  other.client().Send(kBulk);
  REQUIRE(other.Until([&] { return other.server().received() == kBulk; }));
  CHECK(other.server().hash() == HashOf(Relay::kClientSeed, kBulk));
  Relay& slow = *stalled.front();
  slow.server().ReadUpTo(Peer::kNoLimit);
  REQUIRE(slow.UntilEnd());
  CHECK(slow.splicer().end() == SpliceEnd::kFailed);
  CHECK(slow.splicer().error() == EIO);
  REQUIRE(slow.Until([&] { return slow.server().ended(); }));
  CHECK(slow.server().end() == test::StreamEnd::kReset);
  CHECK(pool.counters().kept_bytes == 0);
  CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
}

TEST_CASE("a pipe that may not be taken back is looked for now and then") {
  SplicePool pool(
      {.copy_buffer_bytes = 2048, .max_pipes = 1, .max_kept_bytes = 3000});
  SplicePoolAccess::UseClock(&pool, TestNow);
  auto stalled = StalledRelays(&pool, 1);
  g_now += std::chrono::seconds(2);
  Relay other(&pool);
  other.client().Send(kBulk);
  REQUIRE(other.Until([&] { return other.server().received() == kBulk; }));
  CHECK(pool.counters().pipes_taken_back == 0);
  // Wanted at many reads; not looked for at each of them.
  CHECK(pool.counters().pipe_limit_hits > 100);
  CHECK(pool.counters().kept_limit_hits > 0);
  CHECK(pool.counters().kept_limit_hits * 4 < pool.counters().pipe_limit_hits);
  CheckAllArrives(stalled.front().get());
}

TEST_CASE("bytes that may not be kept are counted") {
  SplicePool pool({.max_pipes = 0, .max_kept_bytes = 0});
  CHECK(pool.counters().kept_limit_hits == 0);
  Relay relay(&pool);
  relay.client().Send(1);
  REQUIRE(relay.Until([&] { return relay.server().received() == 1; }));
  CHECK(pool.counters().kept_limit_hits > 0);
}

std::vector<int> g_asked_sizes;

TEST_CASE("a size of pipes that no kernel has does no harm") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{512} << 20, std::size_t{1} << 40}) {
    CAPTURE(size);
    internal::Syscalls table = internal::System();
    g_asked_sizes.clear();
    table.fcntl = [](int fd, int command, int argument) {
      if (command == F_SETPIPE_SZ) g_asked_sizes.push_back(argument);
      return internal::System().fcntl(fd, command, argument);
    };
    SplicePool pool({.pipe_bytes = size, .max_pipes = 16});
    SplicePoolAccess::UseSyscalls(&pool, &table);
    Relay relay(&pool);
    relay.client().Send(kBulk);
    REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
    CHECK_FALSE(g_asked_sizes.empty());
    for (const int bytes : g_asked_sizes) {
      CHECK(bytes >= 0);
      CHECK((size == 0 || bytes >= 256 << 20));
    }
  }
}

}  // namespace
}  // namespace meshgw
