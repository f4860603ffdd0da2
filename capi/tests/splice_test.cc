// Carrying bytes through the C API with splicers in the caller's own loop.
#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "c_api.h"
#include "carried.h"

namespace meshgw::test {
namespace {

TEST_CASE("a splicer carries both directions whole and in order") {
  constexpr std::size_t kUp = (24 << 20) + 7;
  constexpr std::size_t kDown = (3 << 20) + 1;
  const Pool pool = MakePool();
  Carried pair(pool.get());
  pair.client.Send(kUp);
  pair.client.Finish();
  pair.server.Send(kDown);
  pair.server.Finish();
  REQUIRE(pair.UntilEnd());
  REQUIRE(pair.UntilPeersEnd());
  CHECK(pair.server.received() == kUp);
  CHECK(pair.server.hash() == HashOf(Carried::kClientSeed, kUp));
  CHECK(pair.client.received() == kDown);
  CHECK(pair.client.hash() == HashOf(Carried::kServerSeed, kDown));
  CHECK(pair.server.end() == StreamEnd::kFin);
  CHECK(pair.client.end() == StreamEnd::kFin);
  const meshgw_splice_state state = pair.State();
  CHECK(state.end == MESHGW_SPLICE_FINISHED);
  CHECK(state.error == 0);
  CHECK(state.bytes_to_server == kUp);
  CHECK(state.bytes_to_client == kDown);
  CHECK(state.spliced_bytes > 0);
  CHECK(state.client_fin == 1);
  CHECK(state.server_fin == 1);
  CHECK(state.pending == 0);
  CHECK(meshgw_splicer_run(pair.splicer.get(), MESHGW_SIDE_CLIENT, EPOLLIN) ==
        0);
}

TEST_CASE("a half-closed connection keeps flowing the other way") {
  constexpr std::size_t kAnswer = 5 << 20;
  const Pool pool = MakePool();
  Carried pair(pool.get());
  pair.client.Send(100);
  pair.client.Finish();
  REQUIRE(pair.Until([&] { return pair.server.ended(); }));
  CHECK(pair.server.hash() == HashOf(Carried::kClientSeed, 100));
  CHECK(pair.State().end == MESHGW_SPLICE_RUNNING);
  CHECK(pair.State().client_fin == 1);
  CHECK(pair.State().server_fin == 0);
  pair.server.Send(kAnswer);
  REQUIRE(pair.Until([&] { return pair.client.received() == kAnswer; }));
  CHECK(pair.client.hash() == HashOf(Carried::kServerSeed, kAnswer));
  CHECK_FALSE(pair.client.ended());
  pair.server.Finish();
  REQUIRE(pair.UntilPeersEnd());
  CHECK(pair.client.end() == StreamEnd::kFin);
  CHECK(pair.State().end == MESHGW_SPLICE_FINISHED);
}

TEST_CASE("RST of one side is told, and passed on by meshgw_reset_on_close") {
  const Pool pool = MakePool();
  for (const bool by_client : {true, false}) {
    CAPTURE(by_client);
    Carried pair(pool.get());
    Peer& bad = by_client ? pair.client : pair.server;
    Peer& good = by_client ? pair.server : pair.client;
    const std::uint32_t seed =
        by_client ? Carried::kClientSeed : Carried::kServerSeed;
    bad.Send(1000);
    REQUIRE(pair.Until([&] { return good.received() == 1000; }));
    bad.Reset();
    REQUIRE(pair.UntilEnd());
    REQUIRE(pair.Until([&] { return good.ended(); }));
    CHECK(good.end() == StreamEnd::kReset);
    CHECK(good.hash() == HashOf(seed, 1000));
    const meshgw_splice_state state = pair.State();
    CHECK(state.end == (by_client ? MESHGW_SPLICE_CLIENT_RESET
                                  : MESHGW_SPLICE_SERVER_RESET));
    CHECK(state.error == ECONNRESET);
  }
}

TEST_CASE("unix-domain sockets are carried too") {
  const Pool pool = MakePool();
  Carried pair(pool.get(), UnixEnds(), UnixEnds());
  pair.client.Send(1 << 20);
  pair.client.Finish();
  pair.server.Finish();
  REQUIRE(pair.UntilEnd());
  REQUIRE(pair.UntilPeersEnd());
  CHECK(pair.server.hash() == HashOf(Carried::kClientSeed, 1 << 20));
}

TEST_CASE("first bytes arrive before what the splicer reads") {
  const Pool pool = MakePool();
  Carried pair(pool.get());
  const std::string hello = "hello, ";
  REQUIRE(pair.client.socket().Send("there"));
  REQUIRE(meshgw_splicer_send_first(
              pair.splicer.get(),
              reinterpret_cast<const std::uint8_t*>(hello.data()), hello.size(),
              nullptr) == MESHGW_OK);
  pair.client.Finish();
  pair.server.Finish();
  // The server is read here: the peer keeps only a hash.
  pair.server.ReadUpTo(0);
  REQUIRE(pair.Until([&] { return pair.State().bytes_to_server == 12; }));
  CHECK(pair.server.socket().ReceiveText(12) == "hello, there");
}

TEST_CASE("first bytes that the socket does not take are kept") {
  constexpr std::size_t kFirst = 20 << 20;
  const Pool pool = MakePool();
  Carried pair(pool.get());
  const auto first = Content(9).Next(kFirst);
  REQUIRE(meshgw_splicer_send_first(pair.splicer.get(), first.data(),
                                    first.size(), nullptr) == MESHGW_OK);
  CHECK(pair.State().pending == 1);
  pair.client.Finish();
  pair.server.Finish();
  REQUIRE(pair.UntilEnd());
  REQUIRE(pair.UntilPeersEnd());
  CHECK(pair.server.received() == kFirst);
  CHECK(pair.server.hash() == HashOf(9, kFirst));
}

TEST_CASE("first bytes are taken once, before the first run") {
  const Pool pool = MakePool();
  const std::uint8_t byte = 'x';
  const auto send = [&](Carried& pair, std::size_t len, Error* error) {
    return meshgw_splicer_send_first(
        pair.splicer.get(), len == 0 ? nullptr : &byte, len, error->out());
  };
  Error none;
  Carried twice(pool.get());
  CHECK(send(twice, 0, &none) == MESHGW_OK);
  CHECK(send(twice, 1, &none) == MESHGW_OK);
  CHECK_FALSE(none.set());
  Error again;
  CHECK(send(twice, 1, &again) == MESHGW_ERR_FAILED_PRECONDITION);
  CHECK_THAT(again.message(),
             Catch::Matchers::ContainsSubstring("meshgw_splicer_run"));
  Carried late(pool.get());
  CHECK(meshgw_splicer_run(late.splicer.get(), MESHGW_SIDE_SERVER, 0) == 0);
  Error too_late;
  CHECK(send(late, 1, &too_late) == MESHGW_ERR_FAILED_PRECONDITION);
}

TEST_CASE("a turn has a budget, and says when it ran out") {
  meshgw_splice_options options = SpliceOptions();
  options.copy_bytes = 1000;
  options.max_pipes = std::numeric_limits<std::uint32_t>::max();
  const Pool pool = MakePool(&options);
  Carried pair(pool.get());
  pair.client.Send(1 << 20);
  pair.client.Finish();
  pair.server.Finish();
  REQUIRE(pair.UntilEnd());
  CHECK(pair.budgets > 0);
  CHECK(pair.State().bytes_to_server == 1 << 20);
}

TEST_CASE("without pipes everything is copied") {
  meshgw_splice_options options = SpliceOptions();
  options.max_pipes = std::numeric_limits<std::uint32_t>::max();
  const Pool pool = MakePool(&options);
  Carried pair(pool.get());
  pair.client.Send(8 << 20);
  pair.client.Finish();
  pair.server.Finish();
  REQUIRE(pair.UntilEnd());
  REQUIRE(pair.UntilPeersEnd());
  CHECK(pair.server.hash() == HashOf(Carried::kClientSeed, 8 << 20));
  CHECK(pair.State().spliced_bytes == 0);
}

TEST_CASE("a pool that is freed too early lives until its last splicer") {
  const std::size_t before = OpenDescriptors();
  {
    Pool pool = MakePool();
    Carried one(pool.get());
    Carried two(pool.get());
    meshgw_splice_pool* freed = pool.get();
    pool.reset();
    const Ends ends = TcpEnds();
    MakeNonBlocking(ends.first.fd());
    MakeNonBlocking(ends.second.fd());
    meshgw_splicer* out = nullptr;
    Error error;
    CHECK(meshgw_splicer_create(freed, ends.first.fd(), ends.second.fd(), &out,
                                error.out()) == MESHGW_ERR_INVALID_ARGUMENT);
    CHECK(error.message() == "pool was freed");
    CHECK(out == nullptr);
    for (Carried* pair : {&one, &two}) {
      pair->client.Send(4 << 20);
      pair->client.Finish();
      pair->server.Finish();
      REQUIRE(pair->UntilEnd());
      REQUIRE(pair->UntilPeersEnd());
      CHECK(pair->server.hash() == HashOf(Carried::kClientSeed, 4 << 20));
    }
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("descriptors stay the caller's, and nothing is leaked") {
  const std::size_t before = OpenDescriptors();
  {
    const Pool pool = MakePool();
    const Ends up = TcpEnds();
    const Ends down = TcpEnds();
    MakeNonBlocking(up.second.fd());
    MakeNonBlocking(down.first.fd());
    for (int i = 0; i < 3; ++i) {
      meshgw_splicer* made = nullptr;
      REQUIRE(meshgw_splicer_create(pool.get(), up.second.fd(), down.first.fd(),
                                    &made, nullptr) == MESHGW_OK);
      CHECK(meshgw_splicer_run(made, MESHGW_SIDE_CLIENT, 0) == 0);
      meshgw_splicer_free(made);
    }
    CHECK(IsOpen(up.second.fd()));
    CHECK(IsOpen(down.first.fd()));
  }
  CHECK(OpenDescriptors() == before);
}

}  // namespace
}  // namespace meshgw::test
