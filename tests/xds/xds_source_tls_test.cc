// XdsSource over TLS.
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "support/catch.h"
#include "transport/tls_settings.h"
#include "xds/follower.h"
#include "xds/test_authority.h"
#include "xds/xds_source.h"

using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

constexpr char kNames[] = "IP:127.0.0.1,DNS:server.dc1.consul";

// A client's context that trusts `authority`.
std::shared_ptr<asio::ssl::context> Trusting(const TestAuthority& authority) {
  char name[] = "/tmp/xds_source_ca_XXXXXX";
  const int fd = ::mkstemp(name);
  REQUIRE(fd >= 0);
  ::close(fd);
  std::ofstream(name) << authority.Pem();
  TlsSettings settings;
  settings.ca_file = name;
  auto context = MakeTlsContext(settings);
  ::unlink(name);
  REQUIRE(context.ok());
  return *std::move(context);
}

// A control plane whose certificate is for `names`, and a gateway that trusts
// its authority.
struct TlsWorld {
  explicit TlsWorld(const std::string& names = kNames,
                    const std::string& alpn = "h2")
      : TlsWorld(authority_of_all().Server(names, alpn),
                 Trusting(authority_of_all())) {}
  TlsWorld(std::shared_ptr<asio::ssl::context> server_tls,
           std::shared_ptr<asio::ssl::context> client_tls)
      : server(&context, std::move(server_tls)),
        options(QuickOptions({server.address()})) {
    FillGateway(&server.resources);
    options.tls = std::move(client_tls);
  }
  static const TestAuthority& authority_of_all() {
    static const TestAuthority authority;
    return authority;
  }

  // Starts to follow, until the first table is there or a stream has ended.
  std::string Outcome() {
    follower = std::make_unique<Follower>(&context, options);
    follower->Start();
    if (!follower->Until(
            [this] { return follower->complete || !follower->ends.empty(); })) {
      return "nothing";
    }
    return follower->ends.empty() ? "served" : follower->ends[0];
  }

  asio::io_context context;
  XdsServer server;
  FollowOptions options;
  std::unique_ptr<Follower> follower;
};

}  // namespace

TEST_CASE("a gateway follows a control plane over TLS", "[xds]") {
  TlsWorld world;
  CHECK(world.Outcome() == "served");
  CHECK(world.follower->Address("api.td") == "10.0.0.1");
  CHECK(world.server.last().grpc.Find(":scheme") == "https");
  CHECK(world.server.mistakes.empty());
}

TEST_CASE("over TLS too, streams that end are followed by others", "[xds]") {
  TlsWorld world;
  REQUIRE(world.Outcome() == "served");
  world.server.last().Reset();
  REQUIRE(world.follower->UntilEnded());
  world.server.resources.Set(Assignment("api.td", {{"10.0.9.9", 1}}));
  CHECK(world.follower->UntilServed("api.td", "10.0.9.9"));
  CHECK(world.server.sessions.size() == 2);
}

TEST_CASE("over TLS too, answers may come byte by byte", "[xds]") {
  TlsWorld world;
  world.server.on_open = [](XdsSession& session) { session.piece = 1; };
  CHECK(world.Outcome() == "served");
}

TEST_CASE("a control plane that is told by another name has to have it",
          "[xds]") {
  TlsWorld world("DNS:server.dc1.consul");
  SECTION("not the name that is dialled") {
    CHECK_THAT(world.Outcome(),
               StartsWith("UNAVAILABLE: https://127.0.0.1:") &&
                   ContainsSubstring("the server's certificate is not "
                                     "accepted: IP address mismatch"));
  }
  SECTION("the name that is asked for") {
    world.options.server_name = "server.dc1.consul";
    CHECK(world.Outcome() == "served");
  }
  SECTION("another name") {
    world.options.server_name = "server.dc2.consul";
    CHECK_THAT(
        world.Outcome(),
        ContainsSubstring("certificate is not accepted: Hostname mismatch"));
  }
}

TEST_CASE("a certificate of another authority is not accepted", "[xds]") {
  const TestAuthority other;
  TlsWorld world(other.Server(kNames, "h2"),
                 Trusting(TlsWorld::authority_of_all()));
  bool asked = false;
  world.options.token = [&asked] {
    asked = true;
    return std::string("secret");
  };
  CHECK_THAT(world.Outcome(),
             StartsWith("UNAVAILABLE: https://127.0.0.1:") &&
                 ContainsSubstring("the server's certificate is not accepted"));
  // No byte of a call goes to who is not trusted.
  CHECK(!asked);
}

TEST_CASE("a server that does not choose HTTP/2 in TLS is told", "[xds]") {
  TlsWorld world(kNames, "");
  CHECK_THAT(world.Outcome(),
             ContainsSubstring("TLS works, but the server does not speak h2"));
}

TEST_CASE("a plain server where TLS is asked for is told", "[xds]") {
  TlsWorld world(nullptr, Trusting(TlsWorld::authority_of_all()));
  world.options.servers[0].tls = true;
  const std::string greeting = GENERATE("", "HTTP/1.1 400 Bad Request\r\n\r\n");
  if (!greeting.empty()) {
    world.server.speaks_grpc = false;
    world.server.on_open = [&](XdsSession& session) {
      session.SendRaw(greeting);
    };
  }
  CHECK_THAT(world.Outcome(),
             StartsWith("UNAVAILABLE: https://127.0.0.1:") &&
                 ContainsSubstring("the server does not speak TLS"));
}

TEST_CASE("a server that goes away in the handshake is no bad certificate",
          "[xds]") {
  TlsWorld world(nullptr, Trusting(TlsWorld::authority_of_all()));
  world.options.servers[0].tls = true;
  world.server.speaks_grpc = false;
  const bool reset = GENERATE(false, true);
  world.server.on_open = [&](XdsSession& session) {
    reset ? session.Reset() : session.Finish();
  };
  CHECK_THAT(world.Outcome(), StartsWith("UNAVAILABLE: https://127.0.0.1:") &&
                                  ContainsSubstring(": TLS: ") &&
                                  !ContainsSubstring("certificate"));
}

TEST_CASE("a server of TLS where none is asked for is told", "[xds]") {
  TlsWorld world;
  world.options.servers[0].tls = false;
  CHECK_THAT(world.Outcome(), StartsWith("UNAVAILABLE: the server speaks TLS"));
}

TEST_CASE("a handshake that goes nowhere is given up", "[xds]") {
  TlsWorld world(nullptr, Trusting(TlsWorld::authority_of_all()));
  world.options.servers[0].tls = true;
  world.options.connect_timeout = milliseconds(30);
  world.server.speaks_grpc = false;
  CHECK_THAT(world.Outcome(), ContainsSubstring("not connected within 30 ms"));
}

TEST_CASE("over TLS too, a source may end at every moment", "[xds]") {
  bool idle = false;
  for (int steps = 0; !idle; ++steps) {
    INFO(steps);
    TlsWorld world;
    world.follower = std::make_unique<Follower>(&world.context, world.options);
    world.follower->Start();
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
  }
}
