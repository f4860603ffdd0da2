// How connections end, and that the other side hears of it as it was.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "meshgw/splicer.h"
#include "splice/peer.h"
#include "splice/relay.h"
#include "splice/splice_pool.h"
#include "support/catch.h"

namespace meshgw {
namespace {

using test::HashOf;
using test::OpenDescriptors;
using test::Peer;
using test::Relay;
using test::StreamEnd;

SpliceSide Other(SpliceSide side) {
  return side == SpliceSide::kClient ? SpliceSide::kServer
                                     : SpliceSide::kClient;
}
Peer& At(Relay& relay, SpliceSide side) {
  return side == SpliceSide::kClient ? relay.client() : relay.server();
}
SpliceEnd ResetBy(SpliceSide side) {
  return side == SpliceSide::kClient ? SpliceEnd::kClientReset
                                     : SpliceEnd::kServerReset;
}
bool IsResetError(int error) { return error == ECONNRESET || error == EPIPE; }

TEST_CASE("after FIN from one side the other goes on speaking") {
  const SpliceSide first = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  const std::size_t size = GENERATE(std::size_t{0}, 100, 1 << 20);
  const bool local = GENERATE(false, true);
  CAPTURE(static_cast<int>(first), size, local);
  SplicePool pool;
  Relay relay(&pool, {.local = local});
  Peer& early = At(relay, first);
  Peer& late = At(relay, Other(first));
  early.Send(size);
  early.Finish();
  REQUIRE(relay.Until([&] { return late.ended(); }));
  CHECK(late.end() == StreamEnd::kFin);
  CHECK(late.received() == size);
  CHECK(relay.splicer().fin_received(first));
  CHECK_FALSE(relay.splicer().fin_received(Other(first)));
  CHECK(relay.splicer().end() == SpliceEnd::kRunning);
  // In pieces, so that each has to wake the splicer.
  for (std::size_t piece = 1; piece <= 10; ++piece) {
    late.Send(1000 * piece * piece);
    REQUIRE(relay.Until([&] { return early.received() == late.sent(); }));
  }
  CHECK_FALSE(early.ended());
  late.Finish();
  REQUIRE(relay.Until([&] { return early.ended(); }));
  CHECK(early.end() == StreamEnd::kFin);
  const std::uint32_t seed =
      first == SpliceSide::kClient ? Relay::kServerSeed : Relay::kClientSeed;
  CHECK(early.hash() == HashOf(seed, 385'000));
  CHECK(relay.splicer().end() == SpliceEnd::kFinished);
}

TEST_CASE("an answer is carried though its sender reset what it did not read") {
  // As a server that answers early and closes: RST follows its answer, and the
  // next write to it fails before the answer was read.
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  const std::size_t answer = GENERATE(std::size_t{5}, 50'000);
  const SpliceSide event = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  CAPTURE(static_cast<int>(side), answer, static_cast<int>(event));
  SplicePool pool;
  Relay relay(&pool);
  Peer& broken = At(relay, side);
  Peer& other = At(relay, Other(side));
  broken.Send(answer);
  while (broken.Turn()) {
  }
  broken.Reset();
  other.Send(100);
  while (other.Turn()) {
  }
  // The event of the other side may come first.
  if (event != side) relay.splicer().Run(event, EPOLLIN);
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == ResetBy(side));
  CHECK(IsResetError(relay.splicer().error()));
  REQUIRE(relay.Until([&] { return other.ended(); }));
  CHECK(other.received() == answer);
}

TEST_CASE("FIN waits for the bytes before it") {
  SplicePool pool({.max_pipes = GENERATE(std::size_t{0}, 1)});
  Relay relay(&pool, {.small_buffers = true});
  constexpr std::size_t kSize = 2 << 20;
  relay.server().ReadUpTo(0);
  relay.client().Send(kSize);
  relay.client().Finish();
  REQUIRE(relay.Until([&] { return relay.splicer().has_pending(); }));
  relay.Settle();
  CHECK_FALSE(relay.splicer().fin_received(SpliceSide::kClient));
  relay.server().ReadUpTo(kSize);
  REQUIRE(relay.Until([&] { return relay.server().received() == kSize; }));
  CHECK_FALSE(relay.server().ended());
  relay.server().ReadUpTo(Peer::kNoLimit);
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  CHECK(relay.server().end() == StreamEnd::kFin);
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kSize));
}

TEST_CASE("FIN is passed on once, whatever happens after it") {
  static int shutdowns = 0;
  shutdowns = 0;
  internal::Syscalls counting = internal::System();
  counting.shutdown = [](int fd, int how) {
    ++shutdowns;
    CHECK(how == SHUT_WR);
    return internal::System().shutdown(fd, how);
  };
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &counting);
  Relay relay(&pool);
  relay.client().Finish();
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  for (std::size_t i = 1; i <= 5; ++i) {
    relay.server().Send(100);
    REQUIRE(relay.Until([&] { return relay.client().received() == i * 100; }));
  }
  CHECK(shutdowns == 1);
  relay.server().Finish();
  REQUIRE(relay.UntilEnd());
  CHECK(shutdowns == 2);
}

TEST_CASE("RST of an idle connection is passed on as RST") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  CAPTURE(static_cast<int>(side));
  SplicePool pool;
  Relay relay(&pool);
  relay.client().Send(1000);
  relay.server().Send(1000);
  REQUIRE(relay.Until([&] {
    return relay.client().received() == 1000 &&
           relay.server().received() == 1000;
  }));
  At(relay, side).Reset();
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == ResetBy(side));
  CHECK(IsResetError(relay.splicer().error()));
  REQUIRE(relay.Until([&] { return At(relay, Other(side)).ended(); }));
  CHECK(At(relay, Other(side)).end() == StreamEnd::kReset);
}

TEST_CASE("RST after FIN from the same side is noticed") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  CAPTURE(static_cast<int>(side));
  SplicePool pool;
  Relay relay(&pool);
  At(relay, side).Finish();
  REQUIRE(relay.Until([&] { return At(relay, Other(side)).ended(); }));
  CHECK(At(relay, Other(side)).end() == StreamEnd::kFin);
  // Nothing is read from it any more, nothing is written to it.
  At(relay, side).Reset();
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == ResetBy(side));
  CHECK(IsResetError(relay.splicer().error()));
}

TEST_CASE("RST while bytes wait gives the pipe up, and its content") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  const bool reader = GENERATE(false, true);
  CAPTURE(static_cast<int>(side), reader);
  SplicePool pool;
  Relay relay(&pool, {.small_buffers = true});
  Peer& from = At(relay, side);
  Peer& to = At(relay, Other(side));
  to.ReadUpTo(0);
  from.Send(8 << 20);
  REQUIRE(relay.Until([&] { return relay.splicer().has_pending(); }));
  relay.Settle();
  REQUIRE(pool.counters().pipes_open == 1);
  REQUIRE(pool.counters().pipes_idle == 0);
  if (reader) {
    to.Reset();
    REQUIRE(relay.UntilEnd());
    CHECK(relay.splicer().end() == ResetBy(Other(side)));
    REQUIRE(relay.Until([&] { return from.ended(); }));
    CHECK(from.end() == StreamEnd::kReset);
  } else {
    // The bytes before it are carried first, as far as they are taken.
    from.Reset();
    to.ReadUpTo(Peer::kNoLimit);
    REQUIRE(relay.UntilEnd());
    CHECK(relay.splicer().end() == ResetBy(side));
  }
  CHECK(IsResetError(relay.splicer().error()));
  CHECK_FALSE(relay.splicer().has_pending());
  CHECK(pool.counters().pipes_open == pool.counters().pipes_idle);
}

TEST_CASE("what a side sent before its RST is carried before the end") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  const std::size_t size = GENERATE(std::size_t{1}, 10'000, 50'000);
  CAPTURE(static_cast<int>(side), size);
  SplicePool pool;
  Relay relay(&pool);
  Peer& from = At(relay, side);
  from.Send(size);
  from.Turn();
  REQUIRE(from.all_sent());
  from.Reset();
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == ResetBy(side));
  const SpliceCounters counters = relay.splicer().counters();
  CHECK(counters.bytes_to_server + counters.bytes_to_client == size);
}

TEST_CASE("a local peer that goes away ends the connection") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  CAPTURE(static_cast<int>(side));
  SplicePool pool;
  Relay relay(&pool, {.local = true});
  At(relay, side).socket().Close();
  // Its end is a FIN; what is sent to it then fails.
  REQUIRE(relay.Until([&] { return At(relay, Other(side)).ended(); }));
  CHECK(At(relay, Other(side)).end() == StreamEnd::kFin);
  At(relay, Other(side)).Send(100);
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == ResetBy(side));
  CHECK(relay.splicer().error() == EPIPE);
}

TEST_CASE(
    "what comes behind an urgent byte is carried with what is before it") {
  SplicePool pool;
  Relay relay(&pool);
  relay.Settle();
  // All of it is there before the relay looks, and nothing comes after.
  REQUIRE(::send(relay.client().fd(), "ab!", 3, MSG_OOB | MSG_NOSIGNAL) == 3);
  REQUIRE(::send(relay.client().fd(), "cd", 2, MSG_NOSIGNAL) == 2);
  REQUIRE(relay.Until([&] { return relay.server().received() == 4; }));
}

TEST_CASE("an urgent byte does not end a bulk stream") {
  SplicePool pool;
  Relay relay(&pool);
  constexpr std::size_t kBulk = 1 << 20;
  relay.client().Send(kBulk);
  REQUIRE(relay.Until([&] { return relay.server().received() == kBulk; }));
  REQUIRE(relay.splicer().counters().spliced_bytes > 0);
  REQUIRE(::send(relay.client().fd(), "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1);
  relay.client().Send(kBulk);
  relay.client().Finish();
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  CHECK(relay.server().end() == StreamEnd::kFin);
  CHECK(relay.server().received() == 2 * kBulk);
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, 2 * kBulk));
}

TEST_CASE("a splicer that has ended does nothing more") {
  SplicePool pool;
  Relay relay(&pool);
  relay.client().Finish();
  relay.server().Finish();
  REQUIRE(relay.UntilEnd());
  // Its descriptors are closed by now: to touch them would fail.
  const SpliceCounters before = relay.splicer().counters();
  CHECK_FALSE(relay.splicer().Run(SpliceSide::kClient, ~0u));
  CHECK_FALSE(relay.splicer().Run(SpliceSide::kServer, ~0u));
  CHECK(relay.splicer().end() == SpliceEnd::kFinished);
  CHECK(relay.splicer().counters().bytes_to_server == before.bytes_to_server);
}

TEST_CASE("a server that is gone before the first bytes ends the splicer") {
  SplicePool pool;
  Relay relay(&pool);
  relay.server().Reset();
  relay.AwaitHangUp(SpliceSide::kServer);
  const std::uint8_t hello[] = {1, 2, 3};
  CHECK(relay.splicer().SendFirst(hello).ok());
  CHECK(relay.splicer().end() == SpliceEnd::kServerReset);
  CHECK(IsResetError(relay.splicer().error()));
  CHECK_FALSE(relay.splicer().has_pending());
  CHECK_FALSE(relay.splicer().Run(SpliceSide::kClient, 0));
  CHECK(relay.splicer().counters().bytes_to_server == 0);
}

TEST_CASE("the end of a splicer in mid-stream leaks nothing") {
  const std::size_t pipes = GENERATE(std::size_t{0}, 1, 64);
  CAPTURE(pipes);
  const std::size_t before = OpenDescriptors();
  {
    SplicePool pool({.max_pipes = pipes});
    const std::size_t without = OpenDescriptors();
    {
      Relay relay(&pool, {.small_buffers = true});
      relay.server().ReadUpTo(0);
      relay.client().ReadUpTo(0);
      relay.client().Send(8 << 20);
      relay.server().Send(8 << 20);
      REQUIRE(relay.Until([&] { return relay.splicer().has_pending(); }));
      relay.Settle();
      CHECK(pool.counters().pipes_open == std::min<std::size_t>(pipes, 2));
      relay.DestroySplicer();
      // A pipe with bytes in it must not reach another connection.
      CHECK(pool.counters().pipes_open == 0);
    }
    CHECK(OpenDescriptors() == without);
  }
  CHECK(OpenDescriptors() == before);
}

// A client whose writes fail, so that only its last words are left to carry.
int g_gone_fd = -1;

TEST_CASE(
    "last words that cannot be taken yet are waited for, not looked for") {
  internal::Syscalls table = internal::System();
  table.send = [](int fd, const void* buffer, std::size_t size, int flags) {
    errno = EPIPE;
    return fd == g_gone_fd ? ssize_t{-1}
                           : internal::System().send(fd, buffer, size, flags);
  };
  SplicePool pool({.max_pipes = 0, .max_kept_bytes = 0});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  Relay relay(&pool, {.small_buffers = true});
  g_gone_fd = relay.inner(SpliceSide::kClient);
  relay.server().ReadUpTo(0);
  relay.client().Send(1 << 20);
  relay.client().Finish();
  relay.Settle();
  REQUIRE(relay.Queued() > 0);
  relay.server().socket().Send("x");
  // The write to the client fails in one of these turns; from then on nothing
  // can be done until the server reads.
  int runs = 0;
  relay.splicer().Run(SpliceSide::kServer, EPOLLIN);
  while (runs < 100 && relay.splicer().Run(SpliceSide::kClient, EPOLLIN)) {
    ++runs;
  }
  CHECK(runs < 100);
  CHECK(relay.splicer().end() == SpliceEnd::kRunning);
  relay.server().ReadUpTo(Peer::kNoLimit);
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == SpliceEnd::kClientReset);
  CHECK(relay.splicer().error() == EPIPE);
}

}  // namespace
}  // namespace meshgw
