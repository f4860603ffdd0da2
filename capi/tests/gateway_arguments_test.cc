// Options of a gateway through the C API, and what its functions refuse.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "c_api.h"
#include "served.h"

namespace meshgw::test {
namespace {

meshgw_gateway_options Defaults() {
  meshgw_gateway_options options = {};
  options.struct_size = sizeof(options);
  CHECK(meshgw_gateway_default_options(&options) == MESHGW_OK);
  return options;
}

TEST_CASE("the default options are those that the header tells") {
  const meshgw_gateway_options options = Defaults();
  CHECK(options.struct_size == sizeof(options));
  CHECK(options.workers == 0);
  CHECK(options.max_connections == 0);
  CHECK(options.max_pending_hellos == 1024);
  CHECK(options.hello_timeout_ms == 5000);
  CHECK(options.idle_timeout_ms == 3600000);
  CHECK(options.half_closed_timeout_ms == 300000);
  CHECK(options.max_connect_attempts == 3);
  CHECK(options.max_pipes == 0);
  CHECK(options.max_hello_buffer_bytes == 64 << 20);
  CHECK(options.max_kept_bytes == 64 << 20);
  CHECK(options.dns_refresh_s == 10);
  CHECK(options.max_events == 0);
  CHECK(options.route_without_server_name == 0);
  CHECK(options.route_not_tls == 0);
  CHECK(options.hello.struct_size == sizeof(options.hello));
  CHECK(options.hello.max_message_bytes == 65536);
  CHECK(options.hello.max_records == 4096);
  // A gateway can be made with them, and with none.
  for (const meshgw_gateway_options* given :
       {&options, static_cast<const meshgw_gateway_options*>(nullptr)}) {
    meshgw_gateway* gateway = nullptr;
    CHECK(meshgw_gateway_create(given, nullptr, &gateway, nullptr) ==
          MESHGW_OK);
    meshgw_gateway_free(gateway);
  }
  meshgw_gateway_options older = {};
  older.struct_size = offsetof(meshgw_gateway_options, max_connections);
  older.max_connections = 77;
  CHECK(meshgw_gateway_default_options(&older) == MESHGW_OK);
  CHECK(older.max_connections == 77);
  older.struct_size = 0;
  CHECK(meshgw_gateway_default_options(&older) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_gateway_default_options(nullptr) == MESHGW_ERR_INVALID_ARGUMENT);
}

TEST_CASE("bad options are refused by the name of the field") {
  const auto with = [](auto change) {
    meshgw_gateway_options options = Defaults();
    change(&options);
    return options;
  };
  using Changed = std::pair<meshgw_gateway_options, const char*>;
  const std::vector<Changed> table = {
      {with([](auto* o) { o->struct_size = 0; }), "options.struct_size is 0"},
      {with([](auto* o) { o->struct_size = 8; }), "options.struct_size is 8"},
      {with([](auto* o) { o->struct_size = SIZE_MAX; }), "options.struct_size"},
      {with([](auto* o) { o->workers = 1025; }),
       "options.workers is 1025; expected 0 to 1024"},
      {with([](auto* o) { o->hello_timeout_ms = MESHGW_NEVER; }),
       "options.hello_timeout_ms is MESHGW_NEVER"},
      {with([](auto* o) { o->max_connect_attempts = 9; }),
       "options.max_connect_attempts is 9; expected 0 to 8"},
      {with([](auto* o) { o->max_pipes = UINT32_MAX; }), "options.max_pipes"},
      {with([](auto* o) { o->route_without_server_name = 2; }),
       "options.route_without_server_name is 2; expected 0 to 1"},
      {with([](auto* o) { o->route_not_tls = 255; }), "options.route_not_tls"},
      {with([](auto* o) { o->reserved[5] = 1; }), "options.reserved"},
      {with([](auto* o) { o->hello.struct_size = 8; }),
       "options.hello.struct_size is 8"},
      {with([](auto* o) { o->hello.struct_size += 8; }),
       "options.hello.struct_size"},
      {with([](auto* o) { o->hello.max_records = 65536; }),
       "options.hello.max_records is 65536; expected 0 to 65535"},
      {with([](auto* o) { o->hello.allow_trailing_dot = 2; }),
       "options.hello.allow_trailing_dot"},
      {with([](auto* o) { o->hello.allow_ip_address = 2; }),
       "options.hello.allow_ip_address"},
      {with([](auto* o) { o->hello.allow_opaque = 2; }),
       "options.hello.allow_opaque"},
      {with([](auto* o) { o->hello.allow_empty_records = 2; }),
       "options.hello.allow_empty_records"},
      {with([](auto* o) { o->hello.reserved = 1; }), "options.hello.reserved"},
  };
  struct Larger {
    meshgw_gateway_options known;
    std::uint64_t unknown;
  };
  Larger larger = {.known = Defaults(), .unknown = 1};
  larger.known.struct_size = sizeof(larger);
  meshgw_gateway* out = nullptr;
  std::vector<BadCall> calls = {{"a field of a later version",
                                 [&](auto err) {
                                   return meshgw_gateway_create(
                                       &larger.known, nullptr, &out, err);
                                 },
                                 "options has a field"}};
  for (const auto& [options, names] : table) {
    calls.push_back({names,
                     [&out, &options = options](auto err) {
                       return meshgw_gateway_create(&options, nullptr, &out,
                                                    err);
                     },
                     names});
  }
  CheckBadCalls(calls);
  CHECK(out == nullptr);
}

TEST_CASE("options take effect") {
  TestServer backend;
  const Routes routes = RoutesTo(backend.port(), true);
  SECTION("a client that sends no hello is closed after hello_timeout_ms") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    options.hello_timeout_ms = 20;
    const Served gateway(routes.get(), options);
    const TestSocket silent = gateway.Connect();
    CHECK(gateway.Reason() == "hello_timeout");
  }
  SECTION("an idle connection is closed after idle_timeout_ms") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    options.idle_timeout_ms = 20;
    const Served gateway(routes.get(), options);
    const Through pair(gateway, backend);
    CHECK(gateway.Reason() == "idle_timeout");
  }
  SECTION("a half-closed one is closed after half_closed_timeout_ms") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    options.half_closed_timeout_ms = 20;
    options.idle_timeout_ms = MESHGW_NEVER;
    const Served gateway(routes.get(), options);
    Through pair(gateway, backend);
    pair.client.Finish();
    CHECK(gateway.Reason() == "idle_timeout");
  }
  SECTION("no more than max_connections are served at once") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    options.max_connections = 1;
    const Served gateway(routes.get(), options);
    const Through pair(gateway, backend);
    const TestSocket second = gateway.Hello();
    CHECK(gateway.Reason() == "connection_limit");
  }
  SECTION("the oldest of max_pending_hellos makes room") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    options.max_pending_hellos = 1;
    const Served gateway(routes.get(), options);
    const TestSocket first = gateway.Connect();
    const TestSocket second = gateway.Connect();
    CHECK(gateway.Reason() == "hello_timeout");
    CHECK(gateway.Stats().shed_hellos == 1);
  }
  SECTION("what is no TLS needs route_not_tls") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    for (const bool allowed : {false, true}) {
      options.route_not_tls = allowed ? 1 : 0;
      const Served gateway(routes.get(), options);
      TestSocket client = gateway.Connect();
      REQUIRE(client.Send("plain text"));
      if (allowed) {
        CHECK(backend.Accept().ReceiveText(10) == "plain text");
      } else {
        CHECK(gateway.Reason() == "not_tls");
      }
    }
  }
  SECTION("a hello without a name needs route_without_server_name") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    const ByteVector hello = HelloBuilder().SupportedVersions({0x0304}).Build();
    for (const bool allowed : {false, true}) {
      options.route_without_server_name = allowed ? 1 : 0;
      const Served gateway(routes.get(), options);
      TestSocket client = gateway.Connect();
      REQUIRE(client.Send(hello));
      if (allowed) {
        CHECK(backend.Accept().Receive(hello.size()) == hello);
      } else {
        CHECK(gateway.Reason() == "no_sni");
      }
    }
  }
  SECTION("the hello's own are used") {
    meshgw_gateway_options options = GatewayOptionsWith(10);
    const Served strict(routes.get(), options);
    const TestSocket refused = strict.Hello("10.0.0.1");
    CHECK(strict.Reason() == "hello_malformed");
    options.hello.struct_size = sizeof(options.hello);
    options.hello.allow_ip_address = 1;
    const Served lenient(routes.get(), options);
    const TestSocket client = lenient.Hello("10.0.0.1");
    CHECK(backend.Accept().valid());
    options.hello.max_message_bytes = 4096;
    const Served small(routes.get(), options);
    TestSocket large = small.Connect();
    large.Send(HelloBuilder().ServerName(kName).Padding(5000).Build());
    CHECK(small.Reason() == "hello_too_large");
  }
}

TEST_CASE("bad arguments of a gateway are refused by name") {
  const Served served(nullptr);
  meshgw_gateway* gateway = served.get();
  meshgw_gateway* out = nullptr;
  meshgw_events* events = nullptr;
  const meshgw_str no_text = {nullptr, 1};
  CheckBadCalls({
      {"a gateway goes nowhere",
       [](auto err) {
         return meshgw_gateway_create(nullptr, nullptr, nullptr, err);
       },
       "out is NULL"},
      {"listen without a gateway",
       [](auto err) {
         return meshgw_gateway_listen(nullptr, {}, {}, nullptr, err);
       },
       "gateway is NULL"},
      {"listen without a name",
       [&](auto err) {
         return meshgw_gateway_listen(gateway, no_text, Str("127.0.0.1:0"),
                                      nullptr, err);
       },
       "name is NULL and 1 long"},
      {"listen_fd without a gateway",
       [](auto err) { return meshgw_gateway_listen_fd(nullptr, {}, 0, err); },
       "gateway is NULL"},
      {"listen_fd without a name",
       [&](auto err) {
         return meshgw_gateway_listen_fd(gateway, no_text, 0, err);
       },
       "name is NULL"},
      {"serve_fd without a gateway",
       [](auto err) { return meshgw_gateway_serve_fd(nullptr, {}, 0, err); },
       "gateway is NULL"},
      {"serve_fd without a name",
       [&](auto err) {
         return meshgw_gateway_serve_fd(gateway, no_text, 0, err);
       },
       "name is NULL"},
      {"start without a gateway",
       [](auto err) { return meshgw_gateway_start(nullptr, err); },
       "gateway is NULL"},
      {"run without a gateway",
       [](auto err) { return meshgw_gateway_run(nullptr, err); },
       "gateway is NULL"},
      {"events without a gateway",
       [&](auto err) {
         return meshgw_gateway_next_events(nullptr, 1, &events, err);
       },
       "gateway is NULL"},
      {"events go nowhere",
       [&](auto err) {
         return meshgw_gateway_next_events(gateway, 1, nullptr, err);
       },
       "out is NULL"},
  });
  CHECK(out == nullptr);
  CHECK(events == nullptr);
  CHECK(meshgw_gateway_set_routes(nullptr, nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_gateway_drain(nullptr, 0, nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  auto stats = Served::NoStats();
  CHECK(meshgw_gateway_get_stats(nullptr, &stats) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_gateway_event_fd(nullptr) == -1);
  CHECK(meshgw_events_count(nullptr) == 0);
  CHECK(meshgw_events_at(nullptr, 0) == nullptr);
  meshgw_gateway_stop(nullptr);
  meshgw_gateway_free(nullptr);
  meshgw_events_free(nullptr);
}

TEST_CASE("an empty name is a name, whatever its pointer") {
  const Served served(nullptr);
  const auto* anywhere = reinterpret_cast<const char*>(1);
  CHECK(meshgw_gateway_listen(served.get(), {anywhere, 0}, Str("127.0.0.1:0"),
                              nullptr, nullptr) == MESHGW_OK);
}

TEST_CASE("a debug build refuses gateways and events that were freed") {
  if (!kDebugBuild) return;
  Served served(nullptr);
  meshgw_gateway* gateway = served.get();
  meshgw_events* events = served.Next().release();
  meshgw_events_free(events);
  meshgw_events_free(events);
  CHECK(meshgw_events_count(events) == 0);
  CHECK(meshgw_events_at(events, 0) == nullptr);
  meshgw_routes* routes = RoutesTo(1).release();
  meshgw_routes_free(routes);
  CHECK(meshgw_gateway_set_routes(gateway, routes) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  served.Free();
  meshgw_gateway_free(gateway);
  Error error;
  CHECK(meshgw_gateway_start(gateway, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(error.message() == "gateway was freed");
  CHECK(meshgw_gateway_event_fd(gateway) == -1);
  meshgw_gateway_stop(gateway);
}

TEST_CASE("reasons have the names of the access log") {
  const char* const names[] = {"ok",
                               "no_sni",
                               "no_route",
                               "no_healthy_endpoint",
                               "hello_timeout",
                               "hello_malformed",
                               "hello_too_large",
                               "not_tls",
                               "rate_limited",
                               "connection_limit",
                               "connect_failed",
                               "connect_timeout",
                               "idle_timeout",
                               "drained",
                               "denied",
                               "reset",
                               "client_closed",
                               "failed",
                               "hello_memory",
                               "unknown"};
  for (std::int32_t reason = 0; reason < 20; ++reason) {
    CHECK(std::string(meshgw_reason_name(reason)) == names[reason]);
  }
  CHECK(std::string(meshgw_reason_name(-1)) == "unknown");
}

}  // namespace
}  // namespace meshgw::test
