#include "xds/translate_endpoints.h"

#include <functional>
#include <string>

#include "support/catch.h"
#include "xds/messages.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;

namespace {

namespace core = envoy::config::core::v3;
using LbEndpoint = envoy::config::endpoint::v3::LbEndpoint;

// One host, changed by `change`.
EndpointsMessage One(const std::function<void(LbEndpoint*)>& change) {
  EndpointsMessage out = Assignment("api", {{"192.0.2.1", 8080}});
  change(out.mutable_endpoints(0)->mutable_lb_endpoints(0));
  return out;
}

}  // namespace

TEST_CASE("endpoints have address, port, weight, health and priority",
          "[xds]") {
  EndpointsMessage in = Assignment(
      "api",
      {{"192.0.2.1", 1}, {"2001:db8::1", 65535}, {"lb.example.com", 443}});
  in.mutable_endpoints(0)
      ->mutable_lb_endpoints(0)
      ->mutable_load_balancing_weight()
      ->set_value(7);
  auto* second = in.add_endpoints();
  second->set_priority(3);
  AddHost({"192.0.2.9", 9}, second)->set_health_status(core::UNHEALTHY);
  const auto out = TranslateEndpoints(in, {});
  REQUIRE(out.ok());
  CHECK(out->left_out.empty());
  CHECK(out->endpoints ==
        std::vector<Endpoint>{{.address = "192.0.2.1", .port = 1, .weight = 7},
                              {.address = "2001:db8::1", .port = 65535},
                              {.address = "lb.example.com", .port = 443},
                              {.address = "192.0.2.9",
                               .port = 9,
                               .health = EndpointHealth::kUnhealthy,
                               .priority = 3}});
}

TEST_CASE("health is Envoy's, and degraded comes behind every priority",
          "[xds]") {
  struct Row {
    core::HealthStatus in;
    EndpointHealth health;
    std::uint32_t priority;
  };
  const Row row =
      GENERATE(Row{core::UNKNOWN, EndpointHealth::kHealthy, 2},
               Row{core::HEALTHY, EndpointHealth::kHealthy, 2},
               Row{core::UNHEALTHY, EndpointHealth::kUnhealthy, 2},
               Row{core::DRAINING, EndpointHealth::kUnhealthy, 2},
               Row{core::TIMEOUT, EndpointHealth::kUnhealthy, 2},
               Row{core::DEGRADED, EndpointHealth::kHealthy, 2 + 129});
  CAPTURE(static_cast<int>(row.in));
  EndpointsMessage in =
      One([&](LbEndpoint* each) { each->set_health_status(row.in); });
  in.mutable_endpoints(0)->set_priority(2);
  const auto out = TranslateEndpoints(in, {});
  REQUIRE(out.ok());
  CHECK(out->endpoints[0].health == row.health);
  CHECK(out->endpoints[0].priority == row.priority);
}

TEST_CASE("weights beyond 128 are scaled down together", "[xds]") {
  EndpointsMessage in = Assignment("api", {{}, {}, {}});
  const std::uint32_t weights[] = {1, 1000, 4000000000u};
  for (int i = 0; i < 3; ++i) {
    in.mutable_endpoints(0)
        ->mutable_lb_endpoints(i)
        ->mutable_load_balancing_weight()
        ->set_value(weights[i]);
  }
  auto out = TranslateEndpoints(in, {});
  REQUIRE(out.ok());
  CHECK(out->endpoints[0].weight == 1);
  CHECK(out->endpoints[1].weight == 1);
  CHECK(out->endpoints[2].weight == 128);
  in.mutable_endpoints(0)
      ->mutable_lb_endpoints(2)
      ->mutable_load_balancing_weight()
      ->set_value(2000);
  out = TranslateEndpoints(in, {});
  CHECK(out->endpoints[1].weight == 64);
}

TEST_CASE("a pipe is a unix socket", "[xds]") {
  const auto out = TranslateEndpoints(
      One([](LbEndpoint* each) {
        each->mutable_endpoint()->mutable_address()->mutable_pipe()->set_path(
            "/run/api.sock");
      }),
      {});
  REQUIRE(out.ok());
  CHECK(out->endpoints[0].address == "unix:/run/api.sock");
}

TEST_CASE("an endpoint with port 0 is left out and named", "[xds]") {
  const auto out = TranslateEndpoints(
      Assignment("api", {{"192.0.2.1", 0}, {"192.0.2.2", 1}}), {});
  REQUIRE(out.ok());
  REQUIRE(out->endpoints.size() == 1);
  CHECK(out->endpoints[0].address == "192.0.2.2");
  REQUIRE(out->left_out.size() == 1);
  CHECK(out->left_out[0] ==
        "endpoints[0].lb_endpoints[0], 192.0.2.1: it has port 0");
}

TEST_CASE("an endpoint that is none is refused with its place", "[xds]") {
  struct Row {
    std::function<void(LbEndpoint*)> change;
    std::string text;
  };
  const auto address = [](LbEndpoint* each) {
    return each->mutable_endpoint()
        ->mutable_address()
        ->mutable_socket_address();
  };
  const Row row = GENERATE_COPY(
      Row{[](LbEndpoint* each) { each->clear_endpoint(); },
          "endpoints[0].lb_endpoints[0]: expected an endpoint"},
      Row{[](LbEndpoint* each) { each->set_endpoint_name("x"); },
          "expected an endpoint, with its address"},
      Row{[](LbEndpoint* each) {
            each->mutable_endpoint()
                ->mutable_address()
                ->mutable_envoy_internal_address();
          },
          "endpoint.address: expected a socket_address or a pipe"},
      Row{[=](LbEndpoint* each) { address(each)->set_port_value(65536); },
          "endpoints[0].lb_endpoints[0].endpoint.address.socket_address."
          "port_value: 65536 is out of range 0..65535"},
      Row{[=](LbEndpoint* each) { address(each)->set_named_port("http"); },
          "named_port: expected port_value"},
      Row{[=](LbEndpoint* each) {
            address(each)->set_protocol(core::SocketAddress::UDP);
          },
          "protocol: expected TCP"},
      Row{[=](LbEndpoint* each) { address(each)->set_address(""); },
          "address: expected an IP address or the name of a host"},
      Row{[=](LbEndpoint* each) { address(each)->set_address("[::1]"); },
          "expected an IP address"},
      Row{[=](LbEndpoint* each) { address(each)->set_address("10.1.2.300"); },
          "expected an IP address"},
      Row{[=](LbEndpoint* each) {
            address(each)->set_address(std::string("a\0b", 3));
          },
          "expected an IP address"},
      Row{[](LbEndpoint* each) {
            each->mutable_endpoint()
                ->mutable_address()
                ->mutable_pipe()
                ->set_path("@abstract");
          },
          "pipe.path: expected an absolute path of at most 107 bytes"},
      Row{[](LbEndpoint* each) {
            each->mutable_endpoint()
                ->mutable_address()
                ->mutable_pipe()
                ->set_path("/" + std::string(107, 'x'));
          },
          "pipe.path: expected"},
      Row{[](LbEndpoint* each) {
            each->mutable_load_balancing_weight()->set_value(0);
          },
          "load_balancing_weight: expected at least 1"},
      Row{[](LbEndpoint* each) {
            each->set_health_status(static_cast<core::HealthStatus>(99));
          },
          "health_status: 99 is no status"});
  CAPTURE(row.text);
  const auto out = TranslateEndpoints(One(row.change), {});
  REQUIRE(!out.ok());
  CHECK(out.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK_THAT(std::string(out.status().message()),
             Catch::Matchers::ContainsSubstring(row.text));
}

TEST_CASE("a locality that cannot be read is refused", "[xds]") {
  EndpointsMessage in = Assignment("api", {{}});
  in.mutable_endpoints(0)->set_priority(129);
  CHECK(!TranslateEndpoints(in, {}).ok());
  in.mutable_endpoints(0)->set_priority(128);
  CHECK(TranslateEndpoints(in, {}).ok());
  in.mutable_endpoints(0)->mutable_leds_cluster_locality_config();
  CHECK(!TranslateEndpoints(in, {}).ok());
}

TEST_CASE("endpoints beyond the limit are refused", "[xds]") {
  XdsLimits limits;
  limits.max_cluster_endpoints = 2;
  CHECK(TranslateEndpoints(Assignment("api", {{}, {}}), limits).ok());
  const auto out = TranslateEndpoints(Assignment("api", {{}, {}, {}}), limits);
  CHECK(out.status().code() == absl::StatusCode::kResourceExhausted);
}
