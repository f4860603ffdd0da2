#ifndef MESHGW_CAPI_TESTS_SERVED_H_
#define MESHGW_CAPI_TESTS_SERVED_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "c_api.h"
#include "support/hello_builder.h"

namespace meshgw::test {

inline constexpr std::string_view kName = "api.default.dc1.internal.test";

using Routes = std::unique_ptr<meshgw_routes, Freed<meshgw_routes_free>>;
using GatewayPtr = std::unique_ptr<meshgw_gateway, Freed<meshgw_gateway_free>>;
using Events = std::unique_ptr<meshgw_events, Freed<meshgw_events_free>>;

inline ByteVector HelloFor(std::string_view name) {
  return HelloBuilder()
      .ServerName(name)
      .Alpn({"h2", "http/1.1"})
      .SupportedVersions({0x0304, 0x0303})
      .KeyShares({{0x11ec, 1216}})
      .Build();
}

// RoutesTo leads kName to the server; with `anything` all else too.
inline Routes RoutesTo(std::uint16_t port, bool anything = false) {
  meshgw_routes_builder* builder = nullptr;
  REQUIRE(meshgw_routes_builder_create(&builder, nullptr) == MESHGW_OK);
  meshgw_endpoint endpoint = {};
  endpoint.struct_size = sizeof(endpoint);
  endpoint.address = Str("127.0.0.1");
  endpoint.port = port;
  meshgw_cluster cluster = {};
  cluster.struct_size = sizeof(cluster);
  cluster.name = Str("cluster");
  cluster.service = Str("api");
  cluster.datacenter = Str("dc1");
  cluster.endpoints = &endpoint;
  cluster.endpoint_count = 1;
  CHECK(meshgw_routes_builder_add_cluster(builder, &cluster, nullptr) ==
        MESHGW_OK);
  CHECK(meshgw_routes_builder_add(builder, MESHGW_ROUTE_EXACT, Str(kName),
                                  cluster.name, {}, nullptr) == MESHGW_OK);
  if (anything) {
    CHECK(meshgw_routes_builder_add(builder, MESHGW_ROUTE_DEFAULT, {},
                                    cluster.name, {}, nullptr) == MESHGW_OK);
  }
  meshgw_routes* routes = nullptr;
  CHECK(meshgw_routes_builder_build(builder, &routes, nullptr) == MESHGW_OK);
  meshgw_routes_builder_free(builder);
  return Routes(routes);
}

inline meshgw_gateway_options GatewayOptionsWith(std::uint32_t max_events) {
  meshgw_gateway_options options = {};
  options.struct_size = sizeof(options);
  options.workers = 1;
  options.max_events = max_events;
  return options;
}

// Served is a gateway that runs.
class Served {
 public:
  // Null routes: to nowhere.
  explicit Served(meshgw_routes* routes,
                  meshgw_gateway_options options = GatewayOptionsWith(100),
                  bool start = true) {
    meshgw_gateway* made = nullptr;
    Error error;
    CHECK(meshgw_gateway_create(&options, routes, &made, error.out()) ==
          MESHGW_OK);
    CHECK(error.message().empty());
    gateway_.reset(made);
    meshgw_string* bound = nullptr;
    CHECK(meshgw_gateway_listen(made, Str("public"), Str("127.0.0.1:0"), &bound,
                                nullptr) == MESHGW_OK);
    address_ = Text(meshgw_string_view(bound));
    meshgw_string_free(bound);
    if (start) CHECK(meshgw_gateway_start(made, nullptr) == MESHGW_OK);
  }

  meshgw_gateway* get() const { return gateway_.get(); }
  void Free() { gateway_.reset(); }
  const std::string& address() const { return address_; }
  TestSocket Connect() const { return TestSocket::Connect(address_); }
  TestSocket Hello(std::string_view name = kName) const {
    TestSocket client = Connect();
    if (client.valid()) client.Send(HelloFor(name));
    return client;
  }

  static meshgw_gateway_stats NoStats() { return MESHGW_GATEWAY_STATS_INIT; }
  meshgw_gateway_stats Stats() const {
    meshgw_gateway_stats stats = NoStats();
    CHECK(meshgw_gateway_get_stats(get(), &stats) == MESHGW_OK);
    return stats;
  }
  Events Next(std::size_t capacity = 100) const {
    meshgw_events* events = nullptr;
    CHECK(meshgw_gateway_next_events(get(), capacity, &events, nullptr) ==
          MESHGW_OK);
    return Events(events);
  }
  // The reason of the connection that ends next.
  std::string Reason() const {
    if (!GetsReadable(meshgw_gateway_event_fd(get()))) return "no event";
    const Events events = Next(1);
    const meshgw_event* event = meshgw_events_at(events.get(), 0);
    return event == nullptr ? "none" : meshgw_reason_name(event->reason);
  }

 private:
  GatewayPtr gateway_;
  std::string address_;
};

// A client and the server that it reached, the hello read off.
struct Through {
  TestSocket client;
  TestSocket server;

  Through(const Served& gateway, TestServer& backend)
      : Through(gateway.Hello(), backend) {}
  Through(TestSocket dialled, TestServer& backend)
      : client(std::move(dialled)), server(backend.Accept()) {
    REQUIRE(client.valid());
    REQUIRE(server.valid());
    const ByteVector hello = HelloFor(kName);
    CHECK(server.Receive(hello.size()) == hello);
  }
  bool Talks() {
    return client.Send("ping") && server.ReceiveText(4) == "ping" &&
           server.Send("pong") && client.ReceiveText(4) == "pong";
  }
  // Ends in order, from the client on.
  void End() {
    client.Finish();
    CHECK(server.End() == StreamEnd::kFin);
    server.Close();
    CHECK(client.End() == StreamEnd::kFin);
    client.Close();
  }
};

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_SERVED_H_
