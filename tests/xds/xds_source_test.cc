#include "xds/xds_source.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "xds/follower.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// A control plane and the gateway that follows it.
struct World {
  explicit World(const std::function<void(FollowOptions*)>& change = {}) {
    FillGateway(&server.resources);
    FollowOptions options = QuickOptions({server.address()});
    if (change) change(&options);
    follower = std::make_unique<Follower>(&context, std::move(options));
  }
  bool StartAndServe() {
    follower->Start();
    return follower->Until([&] { return follower->complete; });
  }

  asio::io_context context;
  XdsServer server{&context};
  std::unique_ptr<Follower> follower;
};

// An address where nobody listens.
ServerAddress DeadAddress() {
  TestServer taken;
  return {"127.0.0.1", taken.port(), "", false};
}

}  // namespace

TEST_CASE("a gateway follows a control plane over TCP", "[xds]") {
  int answers = 0;
  World world([&](FollowOptions* options) {
    options->on_answer = [&answers] { ++answers; };
  });
  CHECK(!world.follower->source->connected());
  REQUIRE(world.StartAndServe());
  CHECK(world.follower->Address("api.td") == "10.0.0.1");
  CHECK(world.follower->Address("x.dc2.td") == "10.0.0.3");
  CHECK(world.follower->source->connected());
  CHECK(answers == 1);
  GrpcServer& grpc = world.server.last().grpc;
  CHECK(grpc.Find(":path") ==
        "/envoy.service.discovery.v3.AggregatedDiscoveryService/"
        "DeltaAggregatedResources");
  CHECK(grpc.Find(":authority") == FormatAuthority(world.server.address()));
  CHECK(grpc.Find(":scheme") == "http");
  CHECK(grpc.Find("user-agent") == "meshgw/1.2.3");
  CHECK(grpc.Find("x-consul-token") == "(none)");
  CHECK(world.server.mistakes.empty());
}

TEST_CASE("what a control plane changes is served", "[xds]") {
  World world;
  REQUIRE(world.StartAndServe());
  world.server.resources.Set(Assignment("api.td", {{"10.0.9.9", 1}}));
  world.server.Push();
  CHECK(world.follower->UntilServed("api.td", "10.0.9.9"));
  world.server.resources.Remove(ResourceType::kCluster, "web.td");
  world.server.Push();
  CHECK(world.follower->UntilServed("web.td", ""));
  CHECK(world.server.sessions.size() == 1);
  CHECK(world.follower->ends.empty());
}

TEST_CASE("a stream that ends is followed by another, and all stays served",
          "[xds]") {
  const auto [how, end] = GENERATE(table<std::string, std::string>(
      {{"close", "UNAVAILABLE: the server closed the connection"},
       {"reset", "UNAVAILABLE: 127.0.0.1:"},
       {"reset the stream", "CANCELLED: the server reset the call"},
       {"unavailable", "UNAVAILABLE: moved"},
       {"exhausted", "RESOURCE_EXHAUSTED: moved"},
       {"go away", "UNAVAILABLE: "},
       {"ok", "OK: moved"},
       {"malformed", "INTERNAL: the server's HTTP/2 is malformed"}}));
  World world;
  REQUIRE(world.StartAndServe());
  XdsSession& session = world.server.last();
  session.serving = false;
  if (how == "close") session.Finish();
  if (how == "reset") session.Reset();
  if (how == "reset the stream") session.grpc.Reset(NGHTTP2_CANCEL);
  if (how == "unavailable" || how == "exhausted" || how == "ok") {
    session.grpc.SendTrailers({{"grpc-status", how == "ok"            ? "0"
                                               : how == "unavailable" ? "14"
                                                                      : "8"},
                               {"grpc-message", "moved"}});
  }
  if (how == "go away") session.grpc.GoAway(0, NGHTTP2_NO_ERROR, "bye");
  if (how == "malformed") session.SendRaw(RawFrame(NGHTTP2_PING, 0, 0, "x"));
  session.grpc.ExpectEnd();
  if (how != "close" && how != "reset") session.Flush();
  REQUIRE(world.follower->UntilEnded());
  CHECK_THAT(world.follower->FirstEnd(), StartsWith(end));
  CHECK(!world.follower->source->connected());
  CHECK(world.follower->Address("api.td") == "10.0.0.1");
  world.server.resources.Set(Assignment("api.td", {{"10.0.9.9", 1}}));
  CHECK(world.follower->UntilServed("api.td", "10.0.9.9"));
  CHECK(world.server.sessions.size() == 2);
  CHECK(world.follower->source->connected());
}

TEST_CASE("the next server is tried where one is gone or sheds load", "[xds]") {
  const auto [code, next] = GENERATE(table<std::string, bool>(
      {{"14", true}, {"8", true}, {"7", false}, {"13", false}}));
  asio::io_context context;
  XdsServer first(&context);
  XdsServer second(&context);
  FillGateway(&first.resources);
  FillGateway(&second.resources);
  first.on_call = [&, status = code](XdsSession& session) {
    if (first.sessions.size() > 1) return first.Answer(&session);
    Fields fields = kGrpcAnswer;
    fields.emplace_back("grpc-status", status);
    session.grpc.SendOnly(fields);
  };
  Follower follower(&context,
                    QuickOptions({first.address(), second.address()}));
  follower.Start();
  REQUIRE(follower.Until([&] { return follower.complete; }));
  CHECK(first.sessions.size() == (next ? 1 : 2));
  CHECK(second.sessions.size() == (next ? 1 : 0));
  CHECK(follower.source->server() ==
        (next ? second.address() : first.address()));
  // While it is told of the end, the server is the one that ended it.
  CHECK(follower.ended_at == std::vector<std::uint16_t>{first.address().port});
}

TEST_CASE("servers that refuse connections are passed over in turn", "[xds]") {
  asio::io_context context;
  XdsServer server(&context);
  FillGateway(&server.resources);
  const ServerAddress dead[] = {DeadAddress(), DeadAddress()};
  Follower follower(&context,
                    QuickOptions({dead[0], dead[1], server.address()}));
  follower.Start();
  REQUIRE(follower.Until([&] { return follower.complete; }));
  REQUIRE(follower.ends.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK_THAT(follower.ends[i],
               StartsWith("UNAVAILABLE: " + FormatServerAddress(dead[i]) +
                          ": cannot connect: Connection refused"));
    CHECK(follower.ended_at[i] == dead[i].port);
  }
}

TEST_CASE("the token is asked for anew each time, and no table has it",
          "[xds]") {
  std::vector<std::string> tokens = {"second", "", "first"};
  World world([&](FollowOptions* options) {
    options->token = [&tokens] {
      std::string out = tokens.back();
      if (tokens.size() > 1) tokens.pop_back();
      return out;
    };
  });
  world.server.on_call = [&](XdsSession& session) {
    if (world.server.sessions.size() == 3) return world.server.Answer(&session);
    Fields fields = kGrpcAnswer;
    fields.emplace_back("grpc-status", "16");
    session.grpc.SendOnly(fields);
  };
  REQUIRE(world.StartAndServe());
  REQUIRE(world.server.sessions.size() == 3);
  CHECK(world.server.sessions[0]->grpc.Find("x-consul-token") == "first");
  CHECK(world.server.sessions[1]->grpc.Find("x-consul-token") == "(none)");
  CHECK(world.server.sessions[2]->grpc.Find("x-consul-token") == "second");
  for (const auto& field : world.server.last().grpc.request()) {
    CHECK(field.never_indexed == (field.name == "x-consul-token"));
  }
  CHECK_THAT(world.follower->FirstEnd(),
             ContainsSubstring("the token is refused"));
}

TEST_CASE("a server that says nothing is given up", "[xds]") {
  World world([](FollowOptions* options) {
    options->client.silence_timeout = milliseconds(30);
    options->client.answer_timeout = milliseconds(10);
  });
  world.server.speaks_grpc = GENERATE(true, false);
  world.server.on_call = [](XdsSession&) {};
  world.follower->Start();
  REQUIRE(world.follower->UntilEnded(2));
  CHECK_THAT(world.follower->FirstEnd(),
             StartsWith("DEADLINE_EXCEEDED: no answer at all within 30 ms"));
  CHECK(world.server.sessions.size() >= 2);
  CHECK(world.follower->events[0].kind == DeltaEventKind::kNotice);
}

TEST_CASE("a server that speaks something else is told for what it is",
          "[xds]") {
  const auto [greeting, expected] = GENERATE(table<std::string, std::string>(
      {{"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        "UNAVAILABLE: the server speaks HTTP/1, not gRPC"},
       {{"\x15\x03\x01\x00\x02\x02\x46", 7},
        "UNAVAILABLE: the server speaks TLS"},
       {"SSH-2.0-OpenSSH\r\n", "UNAVAILABLE: the server does not speak HTTP/2"},
       {"", "UNAVAILABLE: the server closed the connection"}}));
  World world;
  world.server.speaks_grpc = false;
  world.server.on_open = [&, text = greeting](XdsSession& session) {
    if (text.empty()) return session.Finish();
    session.SendRaw(text);
  };
  world.follower->Start();
  REQUIRE(world.follower->UntilEnded());
  CHECK_THAT(world.follower->FirstEnd(), StartsWith(expected));
}

TEST_CASE("a page of a proxy over HTTP/2 is no message", "[xds]") {
  World world;
  world.server.on_call = [](XdsSession& session) {
    session.grpc.SendHeaders({{":status", "502"}});
    session.grpc.SendBody("<html>Bad Gateway</html>");
    session.grpc.EndBody();
  };
  world.follower->Start();
  REQUIRE(world.follower->UntilEnded());
  CHECK_THAT(world.follower->FirstEnd(),
             StartsWith("UNAVAILABLE: the answer is no gRPC: HTTP status 502"));
  CHECK(world.follower->source->client().counters().responses == 0);
}

TEST_CASE("answers that come byte by byte make the same table", "[xds]") {
  World world;
  world.server.on_open = [](XdsSession& session) { session.piece = 1; };
  REQUIRE(world.StartAndServe());
  CHECK(world.follower->Address("api.td") == "10.0.0.1");
  CHECK(world.server.mistakes.empty());
}

TEST_CASE("wherever a connection ends, the next one serves", "[xds]") {
  for (std::size_t end = 0; end < 700; end += 23) {
    INFO(end);
    World world;
    world.server.on_open = [&](XdsSession& session) {
      if (world.server.sessions.size() > 1) return;
      session.piece = end + 1;
    };
    std::size_t steps = 0;
    world.follower->Start();
    // The first connection ends after a piece more each time.
    REQUIRE(world.follower->Until([&] {
      if (++steps == 6 + end / 50 && !world.server.sessions.empty()) {
        world.server.sessions[0]->Close();
      }
      return world.follower->complete && steps > 20;
    }));
    REQUIRE(world.follower->Address("api.td") == "10.0.0.1");
  }
}

TEST_CASE("a restored table is served while no server is there", "[xds]") {
  DeltaServer resources;
  FillGateway(&resources);
  Conversation before;
  before.server = resources;
  before.Open();
  before.Settle();
  asio::io_context context;
  XdsServer server(&context);
  server.resources = resources;
  Follower follower(&context, QuickOptions({DeadAddress(), server.address()}));
  follower.source->Restore(before.client.Answers());
  CHECK(follower.complete);
  CHECK(follower.Address("api.td") == "10.0.0.1");
  CHECK(!follower.source->connected());
  follower.Start();
  REQUIRE(follower.UntilEnded());
  CHECK(follower.Address("api.td") == "10.0.0.1");
  // Then what is there now.
  server.resources.Set(Assignment("api.td", {{"10.0.9.9", 1}}));
  CHECK(follower.UntilServed("api.td", "10.0.9.9"));
  CHECK(server.mistakes.empty());
}
