// What a gateway serves of an earlier run, until its control plane has
// answered.
#include <string>
#include <vector>

#include "support/catch.h"
#include "xds/conversation.h"
#include "xds/delta_client.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;

namespace {

using Answers = std::vector<Response>;

// What a gateway held of `server`.
Answers AnswersOf(DeltaServer* server) {
  Conversation talk;
  talk.server = *server;
  talk.Open();
  talk.Settle();
  return talk.client.Answers();
}

Answers AnswersOfGateway() {
  DeltaServer server;
  FillGateway(&server);
  return AnswersOf(&server);
}

// A gateway that has restored `answers`, and has not connected.
struct Restored : Conversation {
  explicit Restored(const Answers& answers) {
    client.Restore(answers, now);
    Flush();
  }
};

std::string Versions(const Request& request) {
  std::map<std::string, std::string> sorted(
      request.initial_resource_versions().begin(),
      request.initial_resource_versions().end());
  std::string out;
  for (const auto& [name, version] : sorted) out += name + "=" + version + " ";
  return out;
}

}  // namespace

TEST_CASE("what was held is served before any server was asked", "[xds]") {
  Restored talk(AnswersOfGateway());
  CHECK(talk.complete);
  CHECK(talk.client.complete());
  CHECK(talk.Address("api.td") == "10.0.0.1");
  CHECK(talk.Address("web.td") == "10.0.0.2");
  CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
  REQUIRE(talk.listeners.size() == 1);
  CHECK(talk.listeners[0].port == 8443);
  CHECK(talk.client.counters().tables == 1);
  CHECK(talk.client.reconnect_at() == DeltaClient::TimePoint::min());
  CHECK(!talk.client.next_deadline().has_value());
  CHECK(talk.requests.empty());
  CHECK(talk.Texts(DeltaEventKind::kRefused).empty());
}

TEST_CASE("what was restored is held again to be saved", "[xds]") {
  const Answers answers = AnswersOfGateway();
  const Restored talk(answers);
  const Answers again = talk.client.Answers();
  REQUIRE(again.size() == answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(again[i].SerializeAsString() == answers[i].SerializeAsString());
  }
}

TEST_CASE("versions of what was restored are told to the next server",
          "[xds]") {
  DeltaServer server;
  FillGateway(&server);
  Restored talk(AnswersOf(&server));
  talk.server = server;
  talk.Open();
  REQUIRE(talk.requests.size() == 3);
  CHECK(Versions(talk.requests[0]) == "api.td=1 dc2.td=3 web.td=2 ");
  CHECK(Versions(talk.requests[1]) == "api.td=4 dc2.td=6 web.td=5 ");
  CHECK(talk.requests[1].resource_names_subscribe_size() == 3);
  CHECK(Versions(talk.requests[2]) == "default=7 ");
  // The same server has nothing new.
  talk.Settle();
  CHECK(talk.client.counters().tables == 1);
  CHECK(talk.server.nacks() == 0);
  CHECK(talk.Address("api.td") == "10.0.0.1");
}

TEST_CASE("what a server has changed since replaces what was restored",
          "[xds]") {
  DeltaServer server;
  FillGateway(&server);
  Restored talk(AnswersOf(&server));
  talk.server = server;
  talk.server.Set(Assignment("api.td", {{"10.0.9.9", 1}}));
  talk.server.Set(EdsCluster("new.td"));
  talk.server.Set(Assignment("new.td", {{"10.0.9.8", 1}}));
  talk.Open();
  talk.Settle();
  CHECK(talk.Address("api.td") == "10.0.9.9");
  CHECK(talk.Address("new.td") == "10.0.9.8");
  CHECK(talk.Address("web.td") == "10.0.0.2");
}

TEST_CASE("what the next server has not stays for the keep time", "[xds]") {
  DeltaServer server;
  FillGateway(&server);
  Restored talk(AnswersOf(&server));
  talk.server = server;
  talk.server.Remove(ResourceType::kCluster, "web.td");
  talk.server.Set(GatewayListener("default", {SniChain()}));
  talk.Open();
  CHECK(talk.client.keeping());
  talk.Settle();
  CHECK(talk.Address("web.td") == "10.0.0.2");
  CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
  talk.Pass(milliseconds(59999));
  CHECK(talk.Address("web.td") == "10.0.0.2");
  CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
  talk.Pass(milliseconds(1));
  CHECK(!talk.client.keeping());
  CHECK(talk.Address("web.td").empty());
  CHECK(talk.Address("x.dc2.td").empty());
  CHECK(talk.Address("api.td") == "10.0.0.1");
}

TEST_CASE("the keep time begins with the first answer, not before", "[xds]") {
  DeltaServer server;
  FillGateway(&server);
  Restored talk(AnswersOf(&server));
  talk.server = server;
  talk.server.Remove(ResourceType::kCluster, "web.td");
  talk.Break();
  talk.Open();
  talk.Pass(milliseconds(3'600'000));
  CHECK(talk.client.keeping());
  CHECK(talk.Address("web.td") == "10.0.0.2");
  talk.Settle();
  CHECK(talk.Address("web.td") == "10.0.0.2");
}

TEST_CASE("a restored cluster whose endpoints were never there has none",
          "[xds]") {
  DeltaServer server;
  FillGateway(&server);
  server.Remove(ResourceType::kEndpoints, "web.td");
  Restored talk(AnswersOf(&server));
  CHECK(talk.complete);
  CHECK(talk.Address("web.td") == "none");
  CHECK(talk.Address("api.td") == "10.0.0.1");
  // They are asked for, and come.
  talk.server = server;
  talk.server.Set(Assignment("web.td", {{"10.0.0.2", 1}}));
  talk.Open();
  CHECK(talk.requests[1].resource_names_subscribe_size() == 3);
  talk.Settle();
  CHECK(talk.Address("web.td") == "10.0.0.2");
}

TEST_CASE("endpoints that a server took away before are restored", "[xds]") {
  Conversation before;
  FillGateway(&before.server);
  before.Open();
  before.Settle();
  Response removal;
  removal.set_type_url(std::string(TypeUrl(ResourceType::kEndpoints)));
  removal.set_nonce("gone");
  removal.add_removed_resources("web.td");
  before.Deliver(removal);
  CHECK(before.Address("web.td") == "10.0.0.2");
  Restored talk(before.client.Answers());
  CHECK(talk.Address("web.td") == "10.0.0.2");
  talk.server = before.server;
  talk.Open();
  // Without a version: a server sends them again when it has them.
  CHECK(Versions(talk.requests[1]) == "api.td=4 dc2.td=6 ");
}

TEST_CASE("what this version cannot take over is told, the rest is served",
          "[xds]") {
  Answers answers = AnswersOfGateway();
  answers[0].mutable_resources(0)->mutable_resource()->set_value("\xff");
  Response other;
  other.set_type_url("type.googleapis.com/envoy.config.route.v3.Other");
  answers.insert(answers.begin(), other);
  Restored talk(answers);
  CHECK_THAT(talk.Texts(DeltaEventKind::kRefused),
             ContainsSubstring("Cluster api.td: malformed"));
  CHECK(talk.complete);
  CHECK(talk.Address("api.td").empty());
  CHECK(talk.Address("web.td") == "10.0.0.2");
}

TEST_CASE("nothing that was held is nothing to serve", "[xds]") {
  Restored talk({});
  CHECK(talk.table == nullptr);
  CHECK(!talk.client.complete());
  FillGateway(&talk.server);
  talk.Open();
  CHECK(!talk.client.keeping());
  talk.Settle();
  CHECK(talk.complete);
}
