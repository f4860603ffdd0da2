// An XdsSource that is in need: servers that do not read, and its own end at
// every moment.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "support/catch.h"
#include "xds/follower.h"
#include "xds/xds_source.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// Lets the client send as much as it likes.
void OpenWindow(XdsSession* session) {
  constexpr std::int32_t kAll = 0x7fffffff;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kAll}};
  nghttp2_submit_settings(session->grpc.session(), NGHTTP2_FLAG_NONE, settings,
                          1);
  nghttp2_session_set_local_window_size(session->grpc.session(),
                                        NGHTTP2_FLAG_NONE, 0, kAll);
}

// A nonce that is found again.
std::string Nonce(int number) {
  return "(" + std::to_string(number) + ")" + std::string(500, 'n');
}

// A response whose NACK is much longer: no resource has a name.
std::string LongAnswer(int number) {
  Response response;
  response.set_type_url(std::string(TypeUrl(ResourceType::kCluster)));
  response.set_nonce(Nonce(number));
  for (int i = 0; i < 8000; ++i) response.add_resources();
  return Frame(response);
}

FollowOptions LongNacks() {
  FollowOptions options = QuickOptions({});
  options.client.limits.max_nack_bytes = std::size_t{1} << 20;
  return options;
}

struct PressedWorld {
  explicit PressedWorld(FollowOptions options = QuickOptions({}),
                        std::shared_ptr<asio::ssl::context> tls = nullptr)
      : server(&context, std::move(tls)) {
    FillGateway(&server.resources);
    options.servers = {server.address()};
    follower = std::make_unique<Follower>(&context, std::move(options));
  }

  asio::io_context context;
  XdsServer server;
  std::unique_ptr<Follower> follower;
};

}  // namespace

TEST_CASE("what waits for the connection is sent when it has room again",
          "[xds]") {
  FollowOptions options = LongNacks();
  options.client.answer_timeout = options.client.silence_timeout =
      std::chrono::hours(1);
  PressedWorld world(options);
  world.server.on_call = [](XdsSession& session) {
    session.grpc.SendHeaders();
    OpenWindow(&session);
  };
  world.follower->Start();
  REQUIRE(world.follower->Until([&] {
    return !world.server.sessions.empty() &&
           world.server.last().grpc.frames(NGHTTP2_SETTINGS) >= 3;
  }));
  XdsSession& session = world.server.last();
  session.Pause(true);
  DeltaClient& client = world.follower->source->client();
  int sent = 0;
  // Until the kernel, the connection and the call are full: nothing goes on.
  REQUIRE(world.follower->Until([&] {
    world.context.restart();
    if (world.context.run_one_for(milliseconds(1)) != 0) return false;
    if (client.output_size() > 20000) return true;
    session.grpc.SendBody(LongAnswer(sent++));
    session.Flush();
    return false;
  }));
  REQUIRE(client.counters().responses == static_cast<std::uint64_t>(sent));
  REQUIRE(world.follower->ends.empty());
  // The server reads, and says nothing more.
  session.Pause(false);
  std::string tail;
  REQUIRE(world.follower->Until([&] {
    const std::string body = session.grpc.TakeBody();
    if (body.empty()) return false;
    tail += body;
    if (tail.find(Nonce(sent - 1)) != std::string::npos) return true;
    tail.erase(0, tail.size() - std::min<std::size_t>(tail.size(), 1000));
    return false;
  }));
  CHECK(client.output_size() == 0);
}

TEST_CASE("a server that sends and does not read is given up", "[xds]") {
  FollowOptions options = LongNacks();
  options.client.limits.max_output_bytes = 100000;
  PressedWorld world(options);
  world.server.on_call = [](XdsSession& session) {
    session.grpc.SendHeaders();
    OpenWindow(&session);
    session.Flush();
  };
  world.follower->Start();
  REQUIRE(world.follower->Until([&] {
    return !world.server.sessions.empty() &&
           world.server.last().grpc.frames(NGHTTP2_SETTINGS) >= 3;
  }));
  XdsSession& session = *world.server.sessions[0];
  session.Pause(true);
  int sent = 0;
  REQUIRE(world.follower->Until([&] {
    if (!session.closed()) {
      session.grpc.SendBody(LongAnswer(sent++));
      session.Flush();
    }
    return !world.follower->ends.empty();
  }));
  CHECK_THAT(world.follower->FirstEnd(),
             StartsWith("RESOURCE_EXHAUSTED: the server sends and does not "));
}

TEST_CASE("a server that pings and does not read is given up", "[xds]") {
  PressedWorld world;
  world.server.on_call = [](XdsSession& session) { session.Pause(true); };
  world.follower->Start();
  REQUIRE(
      world.follower->Until([&] { return !world.server.sessions.empty(); }));
  XdsSession& session = *world.server.sessions[0];
  std::string pings;
  for (int i = 0; i < 4000; ++i) {
    pings += RawFrame(NGHTTP2_PING, 0, 0, "12345678");
  }
  // More than the kernel holds.
  constexpr std::size_t kMost = std::size_t{200} << 20;
  std::size_t sent = 0;
  REQUIRE(world.follower->Until([&] {
    if (session.waiting() == 0) {
      session.SendRaw(pings);
      sent += pings.size();
    }
    return !world.follower->ends.empty() || sent > kMost;
  }));
  CHECK_THAT(world.follower->FirstEnd(),
             StartsWith("INTERNAL: HTTP/2: Flooding"));
}

TEST_CASE("a source may end at every moment, and is silent from then on",
          "[xds]") {
  const bool restart = GENERATE(false, true);
  bool idle = false;
  for (int steps = 0; !idle; ++steps) {
    INFO(steps);
    PressedWorld world;
    // Streams end, so that waiting for the next is one of the moments.
    world.server.on_call = [&](XdsSession& session) {
      if (!restart || world.server.sessions.size() % 2 == 0) {
        return world.server.Answer(&session);
      }
      session.Close();
    };
    if (steps > 0) world.follower->Start();
    // Until nothing happens any more.
    for (int i = 0; i < steps && !idle; ++i) {
      world.context.restart();
      idle = world.context.run_one_for(milliseconds(50)) == 0;
    }
    const std::size_t before = world.follower->events.size();
    world.follower->source.reset();
    REQUIRE(
        RunUntil(&world.context, [&] { return world.server.all_closed(); }));
    world.context.restart();
    world.context.poll();
    REQUIRE(world.follower->events.size() == before);
    REQUIRE(world.server.mistakes.empty());
  }
}

TEST_CASE("a source may end while its time has come", "[xds]") {
  // The timer is over before the source is gone, its call is not: how many
  // calls are between the two is the loop's choice.
  for (int hops = 0; hops < 8; ++hops) {
    INFO(hops);
    FollowOptions options = QuickOptions({});
    options.client.answer_timeout = milliseconds(5);
    PressedWorld world(options);
    world.server.on_call = [](XdsSession&) {};
    world.follower->Start();
    DeltaClient& client = world.follower->source->client();
    REQUIRE(world.follower->Until([&] {
      return client.next_deadline().has_value() &&
             client.counters().streams == 1;
    }));
    const auto due = *client.next_deadline();
    std::function<void()> hop;
    bool gone = false;
    int left = hops;
    hop = [&] {
      while (std::chrono::steady_clock::now() <= due) {
      }
      if (left-- > 0) return asio::post(world.context, hop);
      world.follower->source.reset();
      gone = true;
    };
    asio::post(world.context, hop);
    const std::size_t before = world.follower->events.size();
    REQUIRE(world.follower->Until([&] { return gone; }));
    const std::size_t told = world.follower->events.size();
    CHECK(told >= before);
    world.context.restart();
    world.context.poll();
    CHECK(world.follower->events.size() == told);
  }
}

TEST_CASE("a connection that is open as its time runs out stays open",
          "[xds]") {
  FollowOptions options = QuickOptions({});
  options.connect_timeout = milliseconds(5);
  PressedWorld world(options);
  world.follower->Start();
  const auto due =
      std::chrono::steady_clock::now() + 2 * options.connect_timeout;
  REQUIRE(world.context.run_one() == 1);  // Connects.
  while (std::chrono::steady_clock::now() <= due) {
  }
  REQUIRE(world.follower->Until([&] {
    return world.follower->complete || !world.follower->ends.empty();
  }));
  CHECK(world.follower->ends.empty());
  CHECK(world.server.sessions.size() == 1);
}
