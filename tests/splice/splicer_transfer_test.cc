// What goes in at one end comes out at the other.
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include "meshgw/splicer.h"
#include "splice/copy_relay.h"
#include "splice/peer.h"
#include "splice/relay.h"
#include "splice/splice_pool.h"
#include "support/catch.h"
#include "support/send_descriptor.h"

namespace meshgw {
namespace {

using test::Content;
using test::CopyRelay;
using test::Fnv;
using test::HashOf;
using test::Peer;
using test::Relay;
using test::StreamEnd;

// Sends so many bytes each way and FIN; checks what came out.
void CheckTransfer(std::size_t up, std::size_t down, bool local) {
  CAPTURE(up, down, local);
  SplicePool pool;
  Relay relay(&pool, {.local = local});
  relay.client().Send(up);
  relay.server().Send(down);
  relay.client().Finish();
  relay.server().Finish();
  REQUIRE(relay.UntilPeersEnd());
  CHECK(relay.server().end() == StreamEnd::kFin);
  CHECK(relay.client().end() == StreamEnd::kFin);
  CHECK(relay.server().received() == up);
  CHECK(relay.client().received() == down);
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, up));
  CHECK(relay.client().hash() == HashOf(Relay::kServerSeed, down));
  CHECK(relay.splicer().end() == SpliceEnd::kFinished);
  CHECK(relay.splicer().error() == 0);
  CHECK_FALSE(relay.splicer().has_pending());
  const SpliceCounters counters = relay.splicer().counters();
  CHECK(counters.bytes_to_server == up);
  CHECK(counters.bytes_to_client == down);
  CHECK(counters.spliced_bytes <= up + down);
  CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
}

TEST_CASE("streams of every size come out whole, whichever way they go") {
  const std::size_t size =
      GENERATE(std::size_t{0}, 1, 2, 1000, 16383, 16384, 16385, 32768, 65535,
               100'003, 262'144, 1'048'577);
  const bool local = GENERATE(false, true);
  CheckTransfer(size, 0, local);
  CheckTransfer(0, size, local);
  CheckTransfer(size, size, local);
}

TEST_CASE("64 MiB go both ways at once") {
  constexpr std::size_t kSize = std::size_t{64} << 20;
  CheckTransfer(kSize, kSize, false);
}

TEST_CASE("bulk is spliced, small messages are copied") {
  SplicePool pool;
  Relay relay(&pool);
  std::size_t sent = 0;
  const auto ping = [&](std::size_t size) {
    relay.client().Send(size);
    sent += size;
    return relay.Until([&] { return relay.server().received() == sent; });
  };
  for (int i = 0; i < 20; ++i) REQUIRE(ping(1000));
  CHECK(relay.splicer().counters().spliced_bytes == 0);
  constexpr std::size_t kBulk = 4 << 20;
  REQUIRE(ping(kBulk));
  const std::uint64_t bulk = relay.splicer().counters().spliced_bytes;
  CHECK(bulk > kBulk / 2);
  // Sixteen small ones later, at the latest, it copies again.
  for (int i = 0; i < 16; ++i) REQUIRE(ping(1000));
  const std::uint64_t after = relay.splicer().counters().spliced_bytes;
  CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
  for (int i = 0; i < 20; ++i) REQUIRE(ping(1000));
  CHECK(relay.splicer().counters().spliced_bytes == after);
  REQUIRE(ping(kBulk));
  CHECK(relay.splicer().counters().spliced_bytes > after + kBulk / 2);
}

// What both ends of a conversation saw.
using Seen = std::tuple<std::size_t, std::uint64_t, StreamEnd, std::size_t,
                        std::uint64_t, StreamEnd>;

// A conversation made from `seed`: turns of all sizes, now one, now both
// speaking, then FIN in either order with more said between the two.
template <typename AnyRelay>
Seen Converse(AnyRelay& relay, unsigned seed) {
  std::mt19937 random(seed);
  Peer* peers[2] = {&relay.client(), &relay.server()};
  std::size_t said[2] = {0, 0};
  const auto say = [&](std::size_t who) {
    const std::size_t size = random() % (std::size_t{1} << (random() % 20));
    peers[who]->Send(size);
    said[who] += size;
  };
  const auto heard = [&] {
    return peers[1]->received() == said[0] && peers[0]->received() == said[1];
  };
  for (auto turns = random() % 12; turns > 0; --turns) {
    const auto who = random() % 3;
    if (who != 0) say(0);
    if (who != 1) say(1);
    if (random() % 2 == 0 && !relay.Until(heard)) break;
  }
  const std::size_t first = random() % 2;
  peers[first]->Finish();
  if (random() % 2 == 0) {
    relay.Until([&] { return peers[1 - first]->ended(); });
  }
  say(1 - first);
  peers[1 - first]->Finish();
  relay.Until([&] { return peers[0]->ended() && peers[1]->ended(); });
  return {peers[0]->received(), peers[0]->hash(), peers[0]->end(),
          peers[1]->received(), peers[1]->hash(), peers[1]->end()};
}

TEST_CASE("a splicer and a plain copy loop cannot be told apart") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const std::size_t budget = seed % 4 == 0 ? 0 : std::size_t{1} << 20;
    SplicePool pool({.max_pipes = seed % 3, .max_kept_bytes = budget});
    Relay relay(&pool,
                {.local = seed % 5 == 0, .small_buffers = seed % 2 == 0});
    CopyRelay plain;
    const Seen expected = Converse(plain, seed);
    REQUIRE(std::get<2>(expected) == StreamEnd::kFin);
    REQUIRE(std::get<5>(expected) == StreamEnd::kFin);
    CHECK(Converse(relay, seed) == expected);
    CHECK(relay.splicer().end() == SpliceEnd::kFinished);
  }
}

TEST_CASE("the first bytes go before what follows them, at every size") {
  const std::size_t size = GENERATE(std::size_t{0}, 1, 517, 32768, 1 << 20);
  constexpr std::size_t kGlued = 100'000;
  CAPTURE(size);
  SplicePool pool;
  Relay relay(&pool, {.small_buffers = true});
  relay.client().Send(kGlued);
  relay.client().Finish();
  relay.client().Turn();  // In the queue before anything is forwarded.
  std::vector<std::uint8_t> first = Content(5).Next(size);
  REQUIRE(relay.splicer().SendFirst(first).ok());
  Fnv expected;
  expected.Add(first);
  expected.Add(Content(Relay::kClientSeed).Next(kGlued));
  // More than the socket takes is kept, as a copy.
  CHECK(relay.splicer().has_pending() == (size == 1 << 20));
  std::fill(first.begin(), first.end(), std::uint8_t{0});
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  CHECK(relay.server().received() == size + kGlued);
  CHECK(relay.server().hash() == expected.value());
  CHECK(relay.splicer().counters().bytes_to_server == size + kGlued);
  CHECK(relay.splicer().fin_received(SpliceSide::kClient));
  CHECK(relay.splicer().end() == SpliceEnd::kRunning);
}

TEST_CASE("no first bytes are no bytes") {
  SplicePool pool;
  Relay relay(&pool);
  CHECK(relay.splicer().SendFirst({}).ok());
  CHECK_FALSE(relay.splicer().has_pending());
  CHECK(relay.splicer().end() == SpliceEnd::kRunning);
}

TEST_CASE("what came before the splicer is seen without an event") {
  const std::size_t size = GENERATE(std::size_t{0}, 1, 10'000, 32768, 80'000);
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  CAPTURE(size, static_cast<int>(side));
  SplicePool pool;
  Relay relay(&pool);
  const bool up = side == SpliceSide::kClient;
  Peer& from = up ? relay.client() : relay.server();
  Peer& to = up ? relay.server() : relay.client();
  from.Send(size);
  from.Finish();
  from.Turn();
  REQUIRE(from.all_sent());
  relay.StartAfterFin(side);
  REQUIRE(relay.Until([&] { return to.ended(); }));
  CHECK(to.end() == StreamEnd::kFin);
  CHECK(to.received() == size);
  CHECK(relay.splicer().fin_received(side));
}

TEST_CASE("a side of which epoll has said nothing is not looked at") {
  static std::vector<int> read_from;
  read_from.clear();
  internal::Syscalls noting = internal::System();
  noting.recv = [](int fd, void* buffer, std::size_t size, int flags) {
    read_from.push_back(fd);
    return internal::System().recv(fd, buffer, size, flags);
  };
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &noting);
  Relay relay(&pool);
  const int server = relay.inner(SpliceSide::kServer);
  Splicer& splicer = relay.splicer();
  splicer.SetReady(SpliceSide::kClient, 0);
  splicer.SetReady(SpliceSide::kServer, EPOLLOUT);
  CHECK_FALSE(splicer.Run(SpliceSide::kServer, EPOLLOUT));
  CHECK(read_from.empty());
  // A read that comes short is the last one, unless FIN may be behind it.
  relay.server().Send(100);
  relay.server().Turn();
  REQUIRE(test::WaitUntil([&] {
    int bytes = 0;
    ::ioctl(server, FIONREAD, &bytes);
    return bytes == 100;
  }));
  CHECK_FALSE(splicer.Run(SpliceSide::kServer, EPOLLIN));
  CHECK(read_from == std::vector<int>{server});
  relay.server().Finish();
  relay.server().Turn();
  relay.AwaitHangUp(SpliceSide::kServer);
  CHECK_FALSE(splicer.Run(SpliceSide::kServer, EPOLLIN | EPOLLRDHUP));
  CHECK(read_from == std::vector<int>{server, server});
  CHECK(splicer.fin_received(SpliceSide::kServer));
}

TEST_CASE("first bytes that the caller has sent are counted, not sent again") {
  SplicePool pool;
  Relay relay(&pool);
  REQUIRE(::send(relay.inner(SpliceSide::kServer), "abc", 3, 0) == 3);
  const std::vector<std::uint8_t> first = {'a', 'b', 'c', 'd', 'e'};
  REQUIRE(relay.splicer().SendFirst(first, 3).ok());
  CHECK(relay.splicer().counters().bytes_to_server == 5);
  relay.client().Finish();
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  Fnv expected;
  expected.Add(first);
  CHECK(relay.server().hash() == expected.value());
}

TEST_CASE("a slow reader stops the sender, and loses nothing") {
  const bool local = GENERATE(false, true);
  const std::size_t pipes = GENERATE(std::size_t{0}, 1);
  CAPTURE(local, pipes);
  constexpr std::size_t kSize = 8 << 20;
  // Four socket buffers, which the kernel doubles; a pipe or a copy buffer.
  constexpr std::size_t kRoom = std::size_t{1} << 20;
  SplicePool pool({.max_pipes = pipes});
  Relay relay(&pool, {.local = local, .small_buffers = true});
  relay.server().ReadUpTo(0);
  relay.client().Send(kSize);
  relay.client().Finish();
  REQUIRE(relay.Until([&] { return relay.splicer().has_pending(); }));
  relay.Settle();
  CHECK(relay.client().sent() < kRoom);
  CHECK(relay.splicer().has_pending());
  CHECK(relay.splicer().end() == SpliceEnd::kRunning);
  // The other way is not in its way.
  relay.server().Send(200'000);
  REQUIRE(relay.Until([&] { return relay.client().received() == 200'000; }));
  // In small sips.
  for (std::size_t sip = 100; relay.server().received() < 400'000;
       sip += 1331) {
    relay.server().ReadUpTo(sip);
    REQUIRE(relay.Until([&] { return relay.server().received() == sip; }));
    REQUIRE(relay.client().sent() < relay.server().received() + kRoom);
  }
  relay.server().ReadUpTo(Peer::kNoLimit);
  REQUIRE(relay.Until([&] { return relay.server().ended(); }));
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kSize));
  CHECK_FALSE(relay.splicer().has_pending());
}

TEST_CASE("one run does a bounded piece of work and asks to go on") {
  constexpr std::size_t kRead = 256;
  constexpr std::size_t kQueued = 192 * kRead;
  SplicePool pool({.copy_buffer_bytes = kRead, .max_pipes = 0});
  Relay relay(&pool);
  relay.client().Send(kQueued);
  relay.client().Turn();
  REQUIRE(relay.client().all_sent());
  Splicer& splicer = relay.splicer();
  REQUIRE(test::WaitUntil([&] { return relay.Queued() == kQueued; }));
  CHECK(splicer.Run(SpliceSide::kClient, EPOLLIN));
  CHECK(splicer.counters().bytes_to_server >= kRead);
  CHECK(splicer.counters().bytes_to_server <= 8 * kRead);
  // Going on needs no event.
  int runs = 1;
  while (splicer.Run(SpliceSide::kClient, 0)) ++runs;
  CHECK(runs >= 3);
  CHECK(splicer.counters().bytes_to_server == kQueued);
}

TEST_CASE("an idle splicer is small") { CHECK(sizeof(Splicer) <= 128); }

TEST_CASE("a unix-domain read that stops early does not strand what follows") {
  SplicePool pool;
  Relay relay(&pool, {.local = true});
  relay.Settle();
  // Both are there before the Splicer looks, so there is one event.
  REQUIRE(test::SendWithDescriptor(relay.client().fd(), {'a'}));
  REQUIRE(relay.client().socket().Send("bcd"));
  CHECK(relay.Until([&] { return relay.server().received() == 4; }));
  CHECK(relay.Queued() == 0);
}

TEST_CASE("a message over TCP costs one read, others one more") {
  static int reads = 0;
  reads = 0;
  internal::Syscalls counting = internal::System();
  counting.recv = [](int fd, void* buffer, std::size_t size, int flags) {
    ++reads;
    return internal::System().recv(fd, buffer, size, flags);
  };
  const bool local = GENERATE(false, true);
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &counting);
  Relay relay(&pool, {.local = local});
  relay.client().Send(1);
  REQUIRE(relay.Until([&] { return relay.server().received() == 1; }));
  relay.Settle();
  reads = 0;
  relay.client().Send(1);
  REQUIRE(relay.Until([&] { return relay.server().received() == 2; }));
  relay.Settle();
  CHECK(reads == (local ? 2 : 1));
}

// More in a row would fill the buffers of the other side, and then keep a pipe
// that others want. But what a read finds at once belongs to what came before.
TEST_CASE("a direction's turn ends with a pipe that was full, and no other") {
  static int splices = 0;
  static std::size_t fill = 0;
  splices = 0;
  // Both ends always have more, and take everything.
  internal::Syscalls endless = internal::System();
  endless.recv = [](int, void*, std::size_t size, int) {
    return static_cast<ssize_t>(size);
  };
  endless.send = [](int, const void*, std::size_t size, int) {
    return static_cast<ssize_t>(size);
  };
  endless.splice = [](int, int, std::size_t size, unsigned) {
    ++splices;
    return static_cast<ssize_t>(std::min(size, fill));
  };
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &endless);
  Relay relay(&pool);
  const auto splices_of_a_turn = [&] {
    const int before = splices;
    CHECK(relay.splicer().Run(SpliceSide::kClient, EPOLLIN));
    CHECK_FALSE(relay.splicer().has_pending());
    return splices - before;
  };
  constexpr int kInAndOutEachWay = 4;
  fill = std::size_t{1} << 20;
  CHECK(splices_of_a_turn() == kInAndOutEachWay);
  CHECK(splices_of_a_turn() == kInAndOutEachWay);
  fill = std::size_t{512} << 10;
  CHECK(splices_of_a_turn() > kInAndOutEachWay);
}

}  // namespace
}  // namespace meshgw
