#include "xds/delta_client.h"

#include <algorithm>
#include <string>

#include "support/catch.h"
#include "xds/conversation.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// The requests of `type` among `requests`.
std::vector<Request> OfType(const std::vector<Request>& requests,
                            ResourceType type) {
  std::vector<Request> out;
  for (const Request& request : requests) {
    if (request.type_url() == TypeUrl(type)) out.push_back(request);
  }
  return out;
}

std::vector<std::string> Subscribed(const Request& request) {
  return {request.resource_names_subscribe().begin(),
          request.resource_names_subscribe().end()};
}

// A gateway's first answers, of which web.td has its endpoints in it.
void SettleWithInlineWeb(Conversation* talk) {
  FillGateway(&talk->server);
  talk->server.Set(
      InlineCluster("web.td", ClusterMessage::STATIC, {{"10.0.0.7", 1}}));
  talk->Open();
  talk->Settle();
}

}  // namespace

TEST_CASE(
    "a stream begins with the node and asks for all clusters and "
    "listeners",
    "[xds]") {
  DeltaClientOptions options;
  options.node = {"", "node-1", "ns", "part", "1.2.3"};
  Conversation talk(options);
  CHECK(talk.client.reconnect_at() == DeltaClient::TimePoint::min());
  talk.Open();
  CHECK(!talk.client.reconnect_at().has_value());
  REQUIRE(talk.requests.size() == 2);
  CHECK(talk.requests[0].type_url() == TypeUrl(ResourceType::kCluster));
  CHECK(talk.requests[1].type_url() == TypeUrl(ResourceType::kListener));
  const auto& node = talk.requests[0].node();
  CHECK(node.id() == "gateway-1");
  CHECK(node.user_agent_name() == "meshgw");
  CHECK(node.user_agent_version() == "1.2.3");
  CHECK(node.metadata().fields().at("node_name").string_value() == "node-1");
  CHECK(node.metadata().fields().at("namespace").string_value() == "ns");
  CHECK(node.metadata().fields().at("partition").string_value() == "part");
  CHECK(!talk.requests[1].has_node());
  for (const Request& request : talk.requests) {
    CHECK(Subscribed(request).empty());
    CHECK(request.initial_resource_versions().empty());
  }
}

TEST_CASE("endpoints are asked for before clusters are acknowledged", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.requests.clear();
  const auto response = talk.server.Respond(ResourceType::kCluster);
  talk.Deliver(*response);
  REQUIRE(talk.requests.size() == 2);
  CHECK(talk.requests[0].type_url() == TypeUrl(ResourceType::kEndpoints));
  CHECK(Subscribed(talk.requests[0]) ==
        std::vector<std::string>{"api.td", "dc2.td", "web.td"});
  CHECK(talk.requests[0].response_nonce().empty());
  CHECK(talk.requests[1].type_url() == TypeUrl(ResourceType::kCluster));
  CHECK(talk.requests[1].response_nonce() == response->nonce());
  CHECK(!talk.requests[1].has_error_detail());
}

TEST_CASE(
    "the first whole table is complete, and there is none before the "
    "listeners",
    "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Deliver(*talk.server.Respond(ResourceType::kCluster));
  talk.Deliver(*talk.server.Respond(ResourceType::kEndpoints));
  CHECK(talk.table == nullptr);
  talk.Deliver(*talk.server.Respond(ResourceType::kListener));
  CHECK(talk.complete);
  CHECK(talk.Address("api.td") == "10.0.0.1");
  CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
  REQUIRE(talk.listeners.size() == 1);
  CHECK(talk.listeners[0].port == 8443);
  CHECK(talk.client.counters().tables == 1);
  CHECK(talk.server.nacks() == 0);
}

TEST_CASE("a table with clusters that warm is not complete", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.server.Remove(ResourceType::kEndpoints, "web.td");
  talk.Open();
  talk.Settle();
  REQUIRE(talk.table != nullptr);
  CHECK(!talk.complete);
  CHECK(talk.Address("api.td") == "10.0.0.1");
  CHECK(talk.Address("web.td").empty());
  talk.server.Set(Assignment("web.td", {{"10.0.0.2", 1}}));
  talk.Settle();
  CHECK(talk.complete);
  CHECK(talk.Address("web.td") == "10.0.0.2");
}

TEST_CASE("a cluster whose endpoints never come is served without any",
          "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.server.Remove(ResourceType::kEndpoints, "web.td");
  talk.Open();
  talk.Settle();
  CHECK(talk.client.next_deadline() == talk.now + milliseconds(15000));
  talk.Pass(milliseconds(14999));
  CHECK(!talk.complete);
  talk.Pass(milliseconds(1));
  CHECK(talk.complete);
  CHECK(talk.Address("web.td") == "none");
  CHECK_THAT(talk.Texts(DeltaEventKind::kNotice),
             ContainsSubstring("no endpoints within 15000 ms for web.td"));
  CHECK(!talk.client.next_deadline().has_value());
}

TEST_CASE("one changed endpoint replaces one cluster", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  const auto before = talk.table;
  talk.server.Set(Assignment("api.td", {{"10.0.0.9", 1}}));
  talk.Settle();
  CHECK(talk.Address("api.td") == "10.0.0.9");
  CHECK(talk.table->routes().data() == before->routes().data());
  CHECK(talk.table->FindCluster("web.td") == before->FindCluster("web.td"));
  CHECK(before->FindCluster("api.td")->endpoints[0].address == "10.0.0.1");
}

TEST_CASE("what is sent again makes no table", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  const auto tables = talk.client.counters().tables;
  FillGateway(&talk.server);  // New versions of the same.
  talk.Settle();
  CHECK(talk.client.counters().tables == tables);
}

TEST_CASE("a cluster that goes is unsubscribed, and comes anew", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.requests.clear();
  talk.server.Remove(ResourceType::kCluster, "api.td");
  talk.Settle();
  CHECK(talk.Address("api.td").empty());
  auto requests = OfType(talk.requests, ResourceType::kEndpoints);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].resource_names_unsubscribe(0) == "api.td");
  talk.requests.clear();
  talk.server.Set(EdsCluster("api.td"));
  talk.Settle();
  requests = OfType(talk.requests, ResourceType::kEndpoints);
  REQUIRE(!requests.empty());
  CHECK(Subscribed(requests[0]) == std::vector<std::string>{"api.td"});
  CHECK(talk.Address("api.td") == "10.0.0.1");
}

TEST_CASE("a served cluster stays as it was while its new version warms",
          "[xds]") {
  Conversation talk;
  SettleWithInlineWeb(&talk);
  CHECK(talk.Address("web.td") == "10.0.0.7");
  talk.server.Remove(ResourceType::kEndpoints, "web.td");
  talk.server.Set(EdsCluster("web.td"));
  talk.Settle();
  CHECK(talk.Address("web.td") == "10.0.0.7");
  talk.server.Set(Assignment("web.td", {{"10.0.0.8", 1}}));
  talk.Settle();
  CHECK(talk.Address("web.td") == "10.0.0.8");
}

TEST_CASE("a served cluster keeps its endpoints when new ones never come",
          "[xds]") {
  Conversation talk;
  SettleWithInlineWeb(&talk);
  talk.server.Remove(ResourceType::kEndpoints, "web.td");
  talk.server.Set(EdsCluster("web.td"));
  talk.Settle();
  talk.Pass(milliseconds(15000));
  CHECK_THAT(talk.Texts(DeltaEventKind::kNotice), ContainsSubstring("web.td"));
  CHECK(talk.Address("web.td") == "10.0.0.7");
}

TEST_CASE("a cluster that warms has its whole time on each stream", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.server.Remove(ResourceType::kEndpoints, "web.td");
  talk.Open();
  talk.Settle();
  talk.Pass(milliseconds(14000));
  talk.Break();
  CHECK(!talk.client.next_deadline().has_value());
  talk.Pass(milliseconds(14000));
  talk.Open();
  CHECK(talk.client.next_deadline() == talk.now + milliseconds(15000));
  talk.Settle();
  talk.Pass(milliseconds(14999));
  CHECK(!talk.complete);
  talk.Pass(milliseconds(1));
  CHECK(talk.complete);
}

TEST_CASE("a refused resource is named in a NACK and keeps its last value",
          "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.requests.clear();
  talk.server.Set(Assignment("api.td", {{"10.0.0.1", 70000}}));
  talk.server.Set(Assignment("web.td", {{"10.0.0.22", 1}}));
  talk.Settle();
  CHECK(talk.server.nacks() == 1);
  const Request& nack = talk.requests.back();
  CHECK(nack.error_detail().code() == 3);
  CHECK(nack.error_detail().message() ==
        "ClusterLoadAssignment api.td: endpoints[0].lb_endpoints[0].endpoint."
        "address.socket_address.port_value: 70000 is out of range 0..65535");
  CHECK(talk.Texts(DeltaEventKind::kRefused) ==
        nack.error_detail().message() + "\n");
  CHECK(talk.Address("api.td") == "10.0.0.1");
  // What was good in the same response is taken.
  CHECK(talk.Address("web.td") == "10.0.0.22");
  CHECK(talk.client.counters().refused == 1);
  // The next good version is acknowledged.
  talk.server.Set(Assignment("api.td", {{"10.0.0.11", 1}}));
  talk.Settle();
  CHECK(!talk.requests.back().has_error_detail());
  CHECK(talk.Address("api.td") == "10.0.0.11");
}

TEST_CASE("what cannot be served is said once and is no NACK", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  ListenerMessage listener = GatewayListener(
      "default",
      {Chain({"http.td"}, "x"), Chain({"*.dc2.td"}, "dc2.td"), SniChain()});
  listener.mutable_filter_chains(0)->mutable_transport_socket()->set_name(
      "tls");
  talk.server.Set(listener);
  talk.Open();
  talk.Settle();
  talk.server.Set(listener);
  talk.Settle();
  CHECK(talk.server.nacks() == 0);
  CHECK(talk.complete);
  CHECK(talk.Texts(DeltaEventKind::kLeftOut) ==
        "Listener default: filter_chains[0]: connections for http.td are "
        "closed: TLS would have to be ended (transport_socket tls), and a "
        "gateway that only splices does not\n");
}

TEST_CASE("a new stream tells what is held and asks for its endpoints",
          "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.Break();
  talk.requests.clear();
  talk.Open();
  REQUIRE(talk.requests.size() == 3);
  CHECK(talk.requests[0].has_node());
  CHECK(talk.requests[0].initial_resource_versions().size() == 3);
  CHECK(talk.requests[1].type_url() == TypeUrl(ResourceType::kEndpoints));
  CHECK(Subscribed(talk.requests[1]) ==
        std::vector<std::string>{"api.td", "dc2.td", "web.td"});
  CHECK(talk.requests[1].initial_resource_versions().size() == 3);
  CHECK(talk.requests[2].initial_resource_versions().size() == 1);
  const auto tables = talk.client.counters().tables;
  talk.Settle();
  CHECK(talk.client.counters().tables == tables);  // Nothing is new.
}

TEST_CASE("after a reconnect nothing that is served is taken away at first",
          "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.Break();
  // A control plane that does not know the other datacenter yet, nor any
  // instance of a service, nor another service.
  talk.server.Remove(ResourceType::kCluster, "dc2.td");
  talk.server.Remove(ResourceType::kCluster, "web.td");
  talk.server.Set(Assignment("api.td", {}));
  talk.server.Set(GatewayListener("default", {SniChain()}));
  talk.Open();
  talk.Settle();
  CHECK(talk.client.keeping());
  CHECK(talk.Address("api.td") == "10.0.0.1");
  CHECK(talk.Address("web.td") == "10.0.0.2");
  CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
  CHECK(talk.client.next_deadline() == talk.now + milliseconds(60000));

  SECTION("what the server still lacks later is gone") {
    talk.Pass(milliseconds(59999));
    CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
    talk.Pass(milliseconds(1));
    CHECK(!talk.client.keeping());
    CHECK(talk.Address("api.td") == "none");
    CHECK(talk.Address("web.td").empty());
    CHECK(talk.Address("x.dc2.td").empty());
    const auto unsubscribed = OfType(talk.requests, ResourceType::kEndpoints)
                                  .back()
                                  .resource_names_unsubscribe();
    CHECK(unsubscribed.size() == 2);
  }
  SECTION("what it names again goes on as new") {
    talk.server.Set(EdsCluster("dc2.td"));
    talk.server.Set(Assignment("dc2.td", {{"10.0.0.33", 1}}));
    talk.server.Set(GatewayListener(
        "default", {Chain({"*.dc2.td"}, "dc2.td"), SniChain()}));
    talk.server.Set(Assignment("api.td", {{"10.0.0.11", 1}}));
    talk.Settle();
    CHECK(talk.Address("x.dc2.td") == "10.0.0.33");
    talk.Pass(milliseconds(60000));
    CHECK(talk.Address("x.dc2.td") == "10.0.0.33");
    CHECK(talk.Address("api.td") == "10.0.0.11");
    CHECK(talk.Address("web.td").empty());
  }
  SECTION("a stream that breaks meanwhile begins the time anew") {
    talk.Pass(milliseconds(50000));
    talk.Break();
    talk.Pass(milliseconds(50000));
    talk.requests.clear();
    talk.Open();
    // What the server took away is not held, as far as it is concerned.
    CHECK(talk.requests[0].initial_resource_versions().size() == 1);
    talk.Settle();
    CHECK(talk.Address("x.dc2.td") == "10.0.0.3");
    talk.Pass(milliseconds(60000));
    CHECK(talk.Address("x.dc2.td").empty());
  }
}

TEST_CASE("a server without anything never empties a table at once", "[xds]") {
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.Break();
  talk.server = DeltaServer();
  talk.Open();
  talk.Settle();
  CHECK(talk.Address("api.td") == "10.0.0.1");
  CHECK(talk.listeners.size() == 1);
  talk.Pass(milliseconds(60000));
  CHECK(talk.Address("api.td").empty());
  CHECK(talk.listeners.empty());
}

TEST_CASE("any end of a stream keeps the values and says what happens",
          "[xds]") {
  struct Row {
    GrpcStatus status;
    bool elsewhere;
    std::string text;
  };
  const Row row = GENERATE(
      Row{{GrpcCode::kOk, ""}, false, "OK: the last values stay"},
      Row{{GrpcCode::kUnavailable, "connection refused"},
          true,
          "UNAVAILABLE: connection refused: the last values stay"},
      Row{{GrpcCode::kResourceExhausted, "too many streams"},
          true,
          "the server sheds load; the last values stay"},
      Row{{GrpcCode::kPermissionDenied, "Permission denied"},
          false,
          "PERMISSION_DENIED: Permission denied: the token is refused"},
      Row{{GrpcCode::kUnauthenticated, "ACL not found"},
          false,
          "the token is refused; the last values stay"},
      Row{{GrpcCode::kUnimplemented, "unknown service"},
          false,
          "does not speak delta xDS"},
      Row{{GrpcCode::kAborted, "try\nagain"}, false, "ABORTED: try?again"});
  Conversation talk;
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.Break(row.status);
  const DeltaEvent& event = talk.events.back();
  CHECK(event.kind == DeltaEventKind::kStreamEnded);
  CHECK(event.status.code == row.status.code);
  CHECK(event.try_another_server == row.elsewhere);
  CHECK_THAT(event.text, ContainsSubstring(row.text));
  CHECK(talk.client.reconnect_at() == talk.now + event.reconnect_delay);
  CHECK(talk.Address("api.td") == "10.0.0.1");
  // The end of an attempt is told once.
  const auto events = talk.events.size();
  talk.Break();
  CHECK(talk.events.size() == events);
}

TEST_CASE(
    "waits grow with full jitter up to the cap, and a stable stream "
    "ends the row",
    "[xds]") {
  Conversation talk;
  const auto longest = [&](GrpcCode code) {
    // One less than the bound leaves the bound itself.
    talk.client.EndStream({code, ""}, talk.now);
    return talk.client.TakeEvents().back().reconnect_delay;
  };
  const auto wait = [&](std::uint64_t random, GrpcCode code) {
    talk.client.Connect(random);
    return longest(code);
  };
  for (const std::int64_t most : {500, 1000, 2000, 4000, 8000, 16000}) {
    CHECK(wait(static_cast<std::uint64_t>(most), GrpcCode::kUnavailable) ==
          milliseconds(most));
  }
  CHECK(wait(30000, GrpcCode::kUnavailable) == milliseconds(30000));
  CHECK(wait(30001, GrpcCode::kUnavailable) == milliseconds(0));
  CHECK(wait(123456789, GrpcCode::kUnavailable) <= milliseconds(30000));
  // Opened, but too short.
  talk.Open();
  talk.Settle();
  talk.now += milliseconds(9999);
  talk.client.EndStream({}, talk.now);
  CHECK(wait(29000, GrpcCode::kUnavailable) == milliseconds(29000));
  FillGateway(&talk.server);
  talk.Open();
  talk.Settle();
  talk.now += milliseconds(10000);
  talk.client.EndStream({}, talk.now);  // The first of a new row.
  CHECK(wait(1001, GrpcCode::kUnavailable) == milliseconds(0));
  CHECK(wait(20000, GrpcCode::kUnauthenticated) == milliseconds(20000));
}

TEST_CASE("a server that does not answer is told of, then given up", "[xds]") {
  Conversation talk;
  talk.Open();
  CHECK(talk.client.next_deadline() == talk.now + milliseconds(15000));
  talk.Pass(milliseconds(15000));
  CHECK(talk.Texts(DeltaEventKind::kNotice) ==
        "no answer for Cluster and Listener within 15000 ms\n");
  CHECK(talk.client.next_deadline() == talk.now + milliseconds(45000));
  talk.Pass(milliseconds(45000));
  CHECK(talk.events.back().kind == DeltaEventKind::kEndStream);
  CHECK_THAT(talk.events.back().text, ContainsSubstring("no answer at all"));
  CHECK(talk.client.reconnect_at().has_value());
  CHECK(talk.Texts(DeltaEventKind::kNotice).find("endpoints") ==
        std::string::npos);
}
