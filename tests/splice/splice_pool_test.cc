// Pipes: as many as allowed, only while bytes are in flight, never with bytes
// of another connection.
#include "splice/splice_pool.h"

#include <fcntl.h>

#include <algorithm>
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

}  // namespace
}  // namespace meshgw
