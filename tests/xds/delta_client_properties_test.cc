#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/str_format.h"
#include "support/catch.h"
#include "xds/conversation.h"
#include "xds/route_build.h"
#include "xds/translate_cluster.h"
#include "xds/translate_endpoints.h"
#include "xds/translate_listener.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;

namespace {

// All that a table does, as text.
std::string Describe(const RouteTable& table) {
  std::string out;
  for (const Route& route : table.routes()) {
    out += meshgw::internal::StrFormat("%s %s -> %s (%s)\n",
                                       RouteKindName(route.kind), route.match,
                                       route.cluster, route.origin);
  }
  std::vector<std::string> clusters;
  for (const auto& cluster : table.clusters()) {
    std::string text = cluster->name;
    for (const Endpoint& endpoint : cluster->endpoints) {
      text += meshgw::internal::StrFormat(
          " %s:%d/%d/%d/%s", endpoint.address, endpoint.port, endpoint.weight,
          endpoint.priority, EndpointHealthName(endpoint.health));
    }
    text +=
        meshgw::internal::StrFormat(" %d\n", cluster->connect_timeout.count());
    clusters.push_back(text);
  }
  std::sort(clusters.begin(), clusters.end());
  for (const std::string& cluster : clusters) out += cluster;
  return out;
}

// The table of all that the server has, made at once.
BuiltRoutes StateOfTheWorld(DeltaServer* server) {
  NameMap<ListenerResource> listeners;
  NameMap<Cluster> clusters;
  NameMap<std::string> closed;
  for (const std::string& name : server->Names(ResourceType::kListener)) {
    ListenerMessage message;
    REQUIRE(
        message.ParseFromString(server->Bytes(ResourceType::kListener, name)));
    listeners.emplace(name, *TranslateListener(message, {}));
  }
  for (const std::string& name : server->Names(ResourceType::kCluster)) {
    ClusterMessage message;
    REQUIRE(
        message.ParseFromString(server->Bytes(ResourceType::kCluster, name)));
    ClusterResource cluster = *TranslateCluster(message, {});
    if (!cluster.closed.empty()) {
      closed.emplace(name, cluster.closed);
      continue;
    }
    if (cluster.by_eds) {
      EndpointsMessage endpoints;
      REQUIRE(endpoints.ParseFromString(
          server->Bytes(ResourceType::kEndpoints, cluster.assignment)));
      cluster.cluster.endpoints = TranslateEndpoints(endpoints, {})->endpoints;
    }
    clusters.emplace(name, cluster.cluster);
  }
  return BuildListenerRoutes(listeners, clusters, closed);
}

// A server that changes at random.
class RandomServer {
 public:
  RandomServer(unsigned seed, Conversation* talk)
      : random_(seed), talk_(*talk) {}

  std::size_t Pick(std::size_t n) { return random_() % n; }

  // One change, bad ones too where `bad`.
  void Change(bool bad) {
    DeltaServer& server = talk_.server;
    const std::string name = "s" + std::to_string(Pick(6)) + ".td";
    switch (Pick(bad ? 8 : 6)) {
      case 0:
      case 1: {
        ClusterMessage cluster = EdsCluster(name);
        // Several clusters may share endpoints.
        if (Pick(4) == 0) {
          cluster.mutable_eds_cluster_config()->set_service_name(
              "shared" + std::to_string(Pick(2)));
        }
        cluster.mutable_connect_timeout()->set_seconds(
            static_cast<std::int64_t>(1 + Pick(3)));
        if (Pick(6) == 0) cluster.mutable_transport_socket()->set_name("tls");
        server.Set(cluster);
        return;
      }
      case 2:
        server.Set(InlineCluster(name, ClusterMessage::STATIC,
                                 {{"10.1.0." + std::to_string(Pick(9)), 1}}));
        return;
      case 3:
        server.Remove(ResourceType::kCluster, name);
        return;
      case 4:
        ChangeEndpoints(Pick(4) == 0 ? "shared" + std::to_string(Pick(2))
                                     : name);
        return;
      case 5:
        ChangeListener();
        return;
      case 6:
        server.Set(ResourceType::kCluster, name, "\xff");
        return;
      default:
        server.Set(ResourceType::kEndpoints, name, "\xff");
    }
  }

  void ChangeEndpoints(const std::string& name) {
    std::vector<Host> hosts;
    for (std::size_t i = Pick(4); i > 0; --i) {
      hosts.push_back({"10.0.0." + std::to_string(Pick(250)), 1});
    }
    EndpointsMessage endpoints = Assignment(name, hosts);
    endpoints.mutable_endpoints(0)->set_priority(
        static_cast<std::uint32_t>(Pick(3)));
    talk_.server.Set(endpoints);
  }

  void ChangeListener() {
    std::vector<FilterChainMessage> chains;
    for (int i = 0; i < 3; ++i) {
      if (Pick(2) == 0) continue;
      const std::string number = std::to_string(i);
      chains.push_back(Chain({(i == 0 ? "*.s0.td" : "s" + number + ".td")},
                             "s" + std::to_string(Pick(6)) + ".td"));
      if (Pick(5) == 0) {
        chains.back().mutable_transport_socket()->set_name("tls");
      }
    }
    if (Pick(8) != 0) chains.push_back(SniChain());
    const std::string name = Pick(4) == 0 ? "second" : "first";
    if (Pick(8) == 0) {
      talk_.server.Remove(ResourceType::kListener, name);
    } else {
      talk_.server.Set(GatewayListener(name, chains));
    }
  }

  // Makes all that is bad or missing good.
  void Repair() {
    DeltaServer& server = talk_.server;
    for (const std::string& name : server.Names(ResourceType::kCluster)) {
      if (server.Bytes(ResourceType::kCluster, name) == "\xff") {
        server.Set(EdsCluster(name));
      }
      ClusterMessage cluster;
      REQUIRE(
          cluster.ParseFromString(server.Bytes(ResourceType::kCluster, name)));
      const std::string& service = cluster.eds_cluster_config().service_name();
      const std::string& needed = service.empty() ? name : service;
      if (!server.Has(ResourceType::kEndpoints, needed) ||
          server.Bytes(ResourceType::kEndpoints, needed) == "\xff") {
        ChangeEndpoints(needed);
      }
    }
    if (server.Names(ResourceType::kListener).empty()) {
      server.Set(GatewayListener("first", {SniChain()}));
    }
  }

  // Delivers a part of what there is, in any order and in pieces.
  void DeliverSome() {
    const auto type = static_cast<ResourceType>(Pick(3));
    const auto response = talk_.server.Respond(type, 1 + Pick(4));
    if (!response.has_value()) return;
    const std::string frame = Frame(*response);
    const std::size_t cut = Pick(frame.size());
    talk_.client.OnData(std::string_view(frame).substr(0, cut), talk_.now);
    talk_.Flush();
    talk_.client.OnData(std::string_view(frame).substr(cut), talk_.now);
    talk_.Flush();
  }

 private:
  std::mt19937 random_;
  Conversation& talk_;
};

}  // namespace

TEST_CASE(
    "whatever happens on the way, the table becomes that of the server's "
    "resources",
    "[xds]") {
  const unsigned seed = static_cast<unsigned>(GENERATE(range(0, 300)));
  CAPTURE(seed);
  Conversation talk;
  RandomServer server(seed, &talk);
  server.ChangeListener();
  talk.Open();
  for (int step = 0; step < 120; ++step) {
    const std::size_t what = server.Pick(20);
    if (what == 0) {
      talk.Break();
      for (std::size_t i = server.Pick(5); i > 0; --i) server.Change(true);
      talk.Open();
    } else if (what == 1) {
      talk.Pass(milliseconds(server.Pick(40000)));
      // Silence may have ended the stream.
      if (talk.client.reconnect_at().has_value()) talk.Open();
    } else if (what < 8) {
      server.Change(true);
    } else {
      server.DeliverSome();
    }
  }
  server.Repair();
  talk.Settle();
  talk.Pass(milliseconds(60000));
  talk.Settle();
  REQUIRE(talk.table != nullptr);
  const BuiltRoutes expected = StateOfTheWorld(&talk.server);
  CHECK(talk.complete);
  CHECK(Describe(*talk.table) == Describe(*expected.table));
  CHECK(talk.listeners == expected.listeners);
}

TEST_CASE("any order of delivery gives the same table", "[xds]") {
  const unsigned seed = static_cast<unsigned>(GENERATE(range(0, 50)));
  CAPTURE(seed);
  Conversation talk;
  RandomServer server(seed, &talk);
  for (int i = 0; i < 40; ++i) server.Change(false);
  server.Repair();
  talk.Open();
  for (int i = 0; i < 100; ++i) server.DeliverSome();
  talk.Settle();
  REQUIRE(talk.table != nullptr);
  CHECK(talk.complete);
  CHECK(Describe(*talk.table) ==
        Describe(*StateOfTheWorld(&talk.server).table));
}

TEST_CASE("a prefix of what a server sends gives what its whole messages give",
          "[xds]") {
  DeltaServer source;
  FillGateway(&source);
  Conversation sender;
  sender.server = source;
  sender.Open();
  std::string bytes;
  std::vector<std::size_t> ends = {0};
  for (const ResourceType type : kResourceTypes) {
    const Response response = *sender.server.Respond(type);
    sender.Deliver(response);
    bytes += Frame(response);
    ends.push_back(bytes.size());
  }
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    CAPTURE(size);
    Conversation talk;
    talk.Open();
    talk.client.OnData(std::string_view(bytes).substr(0, size), talk.now);
    talk.client.OnTime(talk.now);
    const auto whole = static_cast<std::uint64_t>(
        std::upper_bound(ends.begin(), ends.end(), size) - ends.begin() - 1);
    REQUIRE(talk.client.counters().responses == whole);
    REQUIRE(!talk.client.reconnect_at().has_value());
    REQUIRE(talk.client.complete() == (whole == 3));
  }
}
