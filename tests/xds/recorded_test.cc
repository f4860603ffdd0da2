#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.h"
#include "support/source_tree.h"
#include "xds/conversation.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kRecordedTd = "0a0b0c0d-1111-2222-3333-444444444444.consul";
const std::string kApi = "api.default.dc1.internal." + kRecordedTd;

}  // namespace

// testdata/xds/README.md
TEST_CASE("what Envoy's own messages say becomes the table", "[xds]") {
  Conversation talk;
  talk.client.Connect(0);
  talk.client.OpenStream(talk.now);
  std::ifstream file(SourceTree("testdata/xds/two_datacenters.frames"),
                     std::ios::binary);
  const std::string frames{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!frames.empty());
  talk.client.OnData(frames, talk.now);
  talk.server.OpenStream();
  for (const Request& request : talk.Flush()) {
    CHECK(!request.has_error_detail());
  }
  REQUIRE(talk.table != nullptr);
  CHECK(talk.complete);
  CHECK(talk.Texts(DeltaEventKind::kRefused).empty());
  REQUIRE(talk.listeners.size() == 1);
  CHECK(talk.listeners[0] ==
        ListenerAddress{"default:192.0.2.10:8443", "192.0.2.10", 8443});

  SECTION("names lead where Envoy would go") {
    const std::string peer = ".default.default.east.external." + kRecordedTd;
    CHECK(talk.Address(kApi) == "10.1.0.1");
    CHECK(talk.Address("v2." + kApi) == "2001:db8::2");
    CHECK(talk.Address("db.default.dc2.internal." + kRecordedTd) ==
          "198.51.100.1");
    CHECK(talk.Address("db.default.dc3.internal." + kRecordedTd) ==
          "gateways.dc3.example.com");
    CHECK(talk.Address("shop" + peer) == "10.1.0.3");
    CHECK(talk.Address("node1.server.dc1.consul") == "10.1.0.9");
    CHECK(talk.Address("db.default.dc1.internal." + kRecordedTd).empty());
    // HTTP for a peer: closed, and said.
    CHECK(talk.Address("web" + peer).empty());
    const std::string left_out = talk.Texts(DeltaEventKind::kLeftOut);
    CHECK_THAT(left_out, ContainsSubstring("filter_chains[1]: connections for "
                                           "web" +
                                           peer + " are closed: TLS"));
    CHECK_THAT(left_out,
               ContainsSubstring("Cluster exported~web.default.dc1.internal." +
                                 kRecordedTd + ": transport_socket tls"));
  }
  SECTION("settings of clusters") {
    const Cluster& api = *talk.table->FindCluster(kApi);
    CHECK(api.load_balancing == LoadBalancing::kLeastRequest);
    CHECK(api.choice_count == 4);
    CHECK(api.max_connections == 77u);
    CHECK(api.passive_health ==
          PassiveHealth{3, milliseconds(40000), milliseconds(400000)});
    REQUIRE(api.endpoints.size() == 2);
    CHECK(api.endpoints[1] == Endpoint{.address = "10.1.0.2",
                                       .port = 20000,
                                       .weight = 128,
                                       .health = EndpointHealth::kUnhealthy});
    const Cluster& v2 = *talk.table->FindCluster("v2." + kApi);
    CHECK(v2.endpoints[0].priority == 2 + 129);
    const Cluster& dc2 =
        *talk.table->FindCluster("dc2.internal." + kRecordedTd);
    CHECK(dc2.connect_timeout == milliseconds(1500));
    CHECK(dc2.keepalive == TcpKeepalive{true, std::chrono::seconds(120),
                                        std::chrono::seconds(60), 7});
    CHECK(dc2.kind == ClusterKind::kRemoteGateway);
    CHECK(dc2.datacenter == "dc2");
  }
}
