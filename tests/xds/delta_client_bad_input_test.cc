#include <string>

#include "support/catch.h"
#include "xds/conversation.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Response WithNonce(ResourceType type) {
  Response out;
  out.set_type_url(std::string(TypeUrl(type)));
  out.set_nonce("n");
  return out;
}

void Add(ResourceType type, const std::string& name, const std::string& bytes,
         Response* to) {
  auto* resource = to->add_resources();
  resource->set_name(name);
  resource->set_version("1");
  resource->mutable_resource()->set_type_url(std::string(TypeUrl(type)));
  resource->mutable_resource()->set_value(bytes);
}

// A conversation that has a whole table.
struct Settled : Conversation {
  explicit Settled(DeltaClientOptions options = {})
      : Conversation(std::move(options)) {
    FillGateway(&server);
    Open();
    Settle();
    requests.clear();
    events.clear();
  }
  void CheckUnharmed() const {
    CHECK(Address("api.td") == "10.0.0.1");
    CHECK(Address("web.td") == "10.0.0.2");
    CHECK(Address("x.dc2.td") == "10.0.0.3");
  }
};

}  // namespace

TEST_CASE("bytes that are no response end the stream with the reason",
          "[xds]") {
  struct Row {
    std::string bytes, text;
    GrpcCode code;
  };
  std::string garbage;
  AppendGrpcFrame("\xff\xff\xff", &garbage);
  Response anonymous = WithNonce(ResourceType::kCluster);
  anonymous.clear_nonce();
  Response odd = WithNonce(ResourceType::kCluster);
  odd.set_nonce("\xff");
  Response loud = WithNonce(ResourceType::kCluster);
  loud.set_nonce(std::string(1025, 'n'));
  const Row row = GENERATE_COPY(
      Row{garbage, "a DeltaDiscoveryResponse is malformed",
          GrpcCode::kInternal},
      Row{std::string("\1\0\0\0\0", 5), "compressed", GrpcCode::kInternal},
      Row{std::string("\0\xff\xff\xff\xff", 5), "4294967295 bytes long",
          GrpcCode::kResourceExhausted},
      Row{"HTTP/1.1 400 Bad Request", "it begins with byte 0x48",
          GrpcCode::kInternal},
      Row{Frame(odd), "expected 1 to 1024 of plain text", GrpcCode::kInternal},
      Row{Frame(anonymous), "a nonce of 0 bytes", GrpcCode::kInternal},
      Row{Frame(loud), "a nonce of 1025 bytes", GrpcCode::kInternal});
  CAPTURE(row.text);
  Settled talk;
  talk.client.OnData(row.bytes, talk.now);
  talk.Flush();
  REQUIRE(talk.events.size() == 1);
  CHECK(talk.events[0].kind == DeltaEventKind::kEndStream);
  CHECK(talk.events[0].status.code == row.code);
  CHECK_THAT(talk.events[0].text, ContainsSubstring(row.text));
  CHECK(talk.client.reconnect_at().has_value());
  talk.CheckUnharmed();
  // What comes behind is not looked at.
  talk.client.OnData(row.bytes, talk.now);
  CHECK(talk.client.TakeEvents().empty());
  talk.Open();
  talk.Settle();
  talk.CheckUnharmed();
}

TEST_CASE("a stream that ends inside a message says so", "[xds]") {
  Settled talk;
  talk.client.OnData(std::string("\0\0\0", 3), talk.now);
  talk.Break({GrpcCode::kOk, ""});
  CHECK_THAT(talk.events.back().text,
             ContainsSubstring("ended inside a message"));
}

TEST_CASE("a resource that is none is refused by name", "[xds]") {
  struct Row {
    ResourceType type;
    std::string name, bytes, text;
  };
  const std::string api = EdsCluster("api.td").SerializeAsString();
  const Row row = GENERATE_COPY(
      Row{ResourceType::kCluster, "api.td", "\xff",
          "Cluster api.td: malformed"},
      Row{ResourceType::kEndpoints, "api.td", "\xff",
          "ClusterLoadAssignment api.td: malformed"},
      Row{ResourceType::kListener, "default", "\xff",
          "Listener default: malformed"},
      Row{ResourceType::kCluster, "web.td", api,
          "Cluster web.td: name: is not that of the resource"},
      Row{ResourceType::kEndpoints, "web.td",
          Assignment("api.td", {}).SerializeAsString(),
          "cluster_name: is not that of the resource"},
      Row{ResourceType::kCluster, "", "", "the resource has no name"},
      Row{ResourceType::kCluster, std::string(1025, 'x'), "",
          "the name is longer than 1024 bytes"},
      Row{ResourceType::kCluster, "a\nb", "",
          "Cluster a?b: the name is no plain text"},
      Row{ResourceType::kCluster, "a\xff", "",
          "Cluster a?: the name is no plain text"});
  CAPTURE(row.text);
  Settled talk;
  Response response = WithNonce(row.type);
  Add(row.type, row.name, row.bytes, &response);
  talk.Deliver(response);
  REQUIRE(talk.requests.size() == 1);
  CHECK(talk.requests[0].response_nonce() == "n");
  CHECK_THAT(talk.requests[0].error_detail().message(),
             ContainsSubstring(row.text));
  CHECK_THAT(talk.Texts(DeltaEventKind::kRefused), ContainsSubstring(row.text));
  talk.CheckUnharmed();
}

TEST_CASE(
    "a resource of another type, a long version and a name that comes "
    "twice are refused",
    "[xds]") {
  Settled talk;
  Response response = WithNonce(ResourceType::kCluster);
  Add(ResourceType::kListener, "l", "", &response);
  Add(ResourceType::kCluster, "v", "", &response);
  response.mutable_resources(1)->set_version(std::string(1025, 'v'));
  const std::string twice =
      InlineCluster("twice.td", ClusterMessage::STATIC, {{}})
          .SerializeAsString();
  Add(ResourceType::kCluster, "twice.td", twice, &response);
  Add(ResourceType::kCluster, "twice.td", twice, &response);
  talk.Deliver(response);
  const std::string& reason = talk.requests.back().error_detail().message();
  CHECK_THAT(reason, ContainsSubstring("Cluster l: the resource is of type"));
  CHECK_THAT(reason, ContainsSubstring("Cluster v: the version is no plain"));
  CHECK_THAT(reason,
             ContainsSubstring("Cluster twice.td: the response has it twice"));
  CHECK(talk.Address("twice.td") == "192.0.2.1");
}

TEST_CASE("a type that was not asked for is refused", "[xds]") {
  Settled talk;
  Response response;
  response.set_type_url("type.googleapis.com/envoy.config.route.v3.Route");
  response.set_nonce("n");
  talk.Deliver(response);
  REQUIRE(talk.requests.size() == 1);
  CHECK(talk.requests[0].type_url() == response.type_url());
  CHECK_THAT(talk.requests[0].error_detail().message(),
             ContainsSubstring("a gateway does not ask for it"));
  talk.CheckUnharmed();
}

TEST_CASE("endpoints that nobody needs are taken without use", "[xds]") {
  Settled talk;
  Response response = WithNonce(ResourceType::kEndpoints);
  Add(ResourceType::kEndpoints, "nobody.td", "\xff", &response);
  response.add_removed_resources("nobody2.td");
  talk.Deliver(response);
  CHECK(!talk.requests.back().has_error_detail());
  CHECK(talk.events.empty());
}

TEST_CASE("endpoints that are taken away without their cluster stay", "[xds]") {
  Settled talk;
  Response response = WithNonce(ResourceType::kEndpoints);
  response.add_removed_resources("api.td");
  talk.Deliver(response);
  talk.CheckUnharmed();
}

TEST_CASE("removals of what is not there do nothing", "[xds]") {
  Settled talk;
  for (const ResourceType type : kResourceTypes) {
    Response response = WithNonce(type);
    response.add_removed_resources("unknown");
    talk.Deliver(response);
    CHECK(!talk.requests.back().has_error_detail());
  }
  talk.CheckUnharmed();
}

TEST_CASE("what is beyond a limit is refused with the limit", "[xds]") {
  DeltaClientOptions options;
  options.limits.max_clusters = 3;
  options.limits.max_listeners = 1;
  options.limits.max_endpoints = 4;
  Settled talk(options);
  talk.server.Set(EdsCluster("more.td"));
  talk.server.Set(GatewayListener("zmore", {SniChain()}));
  talk.server.Set(Assignment("web.td", {{}, {}, {}}));
  talk.Settle();
  const std::string refused = talk.Texts(DeltaEventKind::kRefused);
  CHECK_THAT(refused,
             ContainsSubstring("Cluster more.td: more than 3 clusters"));
  CHECK_THAT(refused,
             ContainsSubstring("Listener zmore: more than 1 listeners"));
  CHECK_THAT(refused, ContainsSubstring("ClusterLoadAssignment web.td: more "
                                        "than 4 endpoints in all clusters"));
  talk.CheckUnharmed();
  // Room that others leave is used.
  talk.server.Remove(ResourceType::kCluster, "api.td");
  talk.Settle();
  talk.server.Set(EdsCluster("more.td"));
  talk.server.Set(Assignment("web.td", {{"10.0.0.2", 1}, {}, {}}));
  talk.server.Set(Assignment("more.td", {}));
  talk.Settle();
  CHECK(talk.table->FindCluster("web.td")->endpoints.size() == 3);
  CHECK(talk.Address("more.td") == "none");
}

TEST_CASE("endpoints that clusters share count for each of them", "[xds]") {
  DeltaClientOptions options;
  options.limits.max_endpoints = 5;
  Settled talk(options);  // With three clusters of one endpoint.
  const auto share = [&talk](const std::string& name) {
    ClusterMessage cluster = EdsCluster(name);
    cluster.mutable_eds_cluster_config()->set_service_name("web.td");
    talk.server.Set(cluster);
    talk.Settle();
  };
  share("second.td");
  share("third.td");
  CHECK(talk.Address("third.td") == "10.0.0.2");
  share("fourth.td");
  CHECK_THAT(talk.Texts(DeltaEventKind::kRefused),
             ContainsSubstring("Cluster fourth.td: more than 5 endpoints"));
  // Three clusters would have one more each.
  talk.server.Set(Assignment("web.td", {{"10.0.0.2", 1}, {"10.0.0.4", 1}}));
  talk.Settle();
  CHECK_THAT(
      talk.Texts(DeltaEventKind::kRefused),
      ContainsSubstring("ClusterLoadAssignment web.td: more than 5 endpoints"));
  CHECK(talk.table->FindCluster("web.td")->endpoints.size() == 1);
  // Who goes makes room.
  talk.server.Remove(ResourceType::kCluster, "second.td");
  talk.server.Remove(ResourceType::kCluster, "third.td");
  talk.Settle();
  talk.server.Set(Assignment("web.td", {{"10.0.0.2", 1}, {"10.0.0.5", 1}}));
  talk.Settle();
  CHECK(talk.table->FindCluster("web.td")->endpoints.size() == 2);
}

TEST_CASE("no more rules are kept after a reconnect than a listener may have",
          "[xds]") {
  DeltaClientOptions options;
  options.limits.max_rules = 3;
  Settled talk(options);
  talk.Break();
  talk.Open();
  for (const char* suffix : {"*.a.td", "*.b.td", "*.c.td", "*.d.td"}) {
    talk.server.Set(
        GatewayListener("default", {Chain({suffix}, "dc2.td"), SniChain()}));
    talk.Settle();
  }
  // Of *.dc2.td, *.a.td, *.b.td and *.c.td, which went one after the other.
  CHECK(talk.Address("x.b.td") == "10.0.0.3");
  CHECK(talk.Address("x.c.td").empty());
  CHECK(talk.Address("x.d.td") == "10.0.0.3");
}

TEST_CASE("a reason and the reports of a response are bounded", "[xds]") {
  Settled talk;
  Response response = WithNonce(ResourceType::kCluster);
  for (int i = 0; i < 1000; ++i) {
    Add(ResourceType::kCluster, "bad" + std::to_string(i), "\xff", &response);
  }
  talk.Deliver(response);
  const std::string& reason = talk.requests.back().error_detail().message();
  CHECK(reason.size() < 4200);
  CHECK_THAT(reason, ContainsSubstring("Cluster bad0: malformed; "));
  CHECK_THAT(reason, ContainsSubstring(" more"));
  CHECK(talk.events.size() == 101);
  CHECK(talk.events.back().text == "and 900 more");
}

TEST_CASE("a server that does not read what it is answered is left", "[xds]") {
  DeltaClientOptions options;
  options.limits.max_output_bytes = 1000;
  Conversation talk(options);
  talk.client.Connect(0);
  talk.client.OpenStream(talk.now);
  for (int i = 0; i < 100 && !talk.client.reconnect_at(); ++i) {
    talk.client.OnData(Frame(WithNonce(ResourceType::kCluster)), talk.now);
  }
  const auto events = talk.client.TakeEvents();
  REQUIRE(!events.empty());
  CHECK(events.back().kind == DeltaEventKind::kEndStream);
  CHECK_THAT(events.back().text, ContainsSubstring("does not read"));
  CHECK(talk.client.output_size() == 0);
}

TEST_CASE("a long list of endpoints is asked for in pieces", "[xds]") {
  Conversation talk;
  for (int i = 0; i < 3000; ++i) {
    talk.server.Set(EdsCluster(std::string(1000, 'x') + std::to_string(i)));
  }
  talk.Open();
  talk.Settle();
  std::size_t names = 0;
  std::size_t requests = 0;
  for (const Request& request : talk.requests) {
    if (request.resource_names_subscribe().empty()) continue;
    ++requests;
    names += static_cast<std::size_t>(request.resource_names_subscribe_size());
    CHECK(request.ByteSizeLong() < (2u << 20));
  }
  CHECK(requests == 3);
  CHECK(names == 3000);
}
