#include "cli/metrics.h"

#include <chrono>
#include <string>

#include "support/catch.h"

namespace meshgw::cli {
namespace {

std::string Format(const ProgramState& state,
                   const RouteTable* routes = nullptr,
                   SourceStatus source = {}) {
  return FormatMetrics({.stats = {},
                        .connections = {},
                        .routes = routes,
                        .state = &state,
                        .source = std::move(source)});
}

bool Has(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != text.npos;
}

TEST_CASE("the control plane has metrics only where there is one") {
  const ProgramState state;
  CHECK(Format(state).find("xds") == std::string::npos);
  ControlPlaneStatus plane;
  plane.connected = true;
  plane.accepted = {3, 2, 1};
  plane.rejected = {0, 0, 4};
  const std::string without_age =
      Format(state, nullptr, {.kind = "control_plane", .control_plane = plane});
  CHECK(without_age.find("snapshot_age") == std::string::npos);
  CHECK(without_age.find("requests_total") == std::string::npos);
  plane.age = std::chrono::milliseconds(1500);
  const internal::AgentClient::Counts requests = {
      {{"/v1/agent/self", "200"}, 7}, {{"/v1/agent/services", "error"}, 2}};
  plane.requests = &requests;
  const std::string text =
      Format(state, nullptr, {.kind = "control_plane", .control_plane = plane});
  CHECK(Has(text, "meshgw_xds_connected 1"));
  CHECK(Has(text,
            "meshgw_xds_updates_total{type=\"cluster\",result=\"accepted\"} "
            "3"));
  CHECK(Has(text,
            "meshgw_xds_updates_total{type=\"listener\",result=\"rejected\"} "
            "4"));
  CHECK(Has(text,
            "meshgw_consul_requests_total{endpoint=\"/v1/agent/self\","
            "code=\"200\"} 7"));
  CHECK(Has(text,
            "meshgw_consul_requests_total{endpoint=\"/v1/agent/services\","
            "code=\"error\"} 2"));
  CHECK(Has(text, "meshgw_consul_snapshot_age_seconds 1.5"));
}

TEST_CASE("endpoints are counted by service and health, without bad bytes") {
  RouteTableBuilder builder;
  Cluster cluster;
  cluster.name = "a";
  cluster.service = "a\"\xff\n";
  cluster.datacenter = "dc1";
  cluster.endpoints = {
      {.address = "10.0.0.1", .port = 1},
      {.address = "10.0.0.2", .port = 1, .health = EndpointHealth::kUnhealthy},
      {.address = "10.0.0.3", .port = 1}};
  REQUIRE(builder.AddCluster(cluster).ok());
  const auto table = builder.Build();
  REQUIRE(table.ok());
  const ProgramState state;
  const std::string text = Format(state, table->get());
  const std::string labels =
      "{service=\"a\\\"\\\\xff\\\\x0a\",datacenter=\"dc1\",state=";
  CHECK(Has(text, "meshgw_upstream_endpoints" + labels + "\"healthy\"} 2"));
  CHECK(Has(text, "meshgw_upstream_endpoints" + labels + "\"unhealthy\"} 1"));
}

TEST_CASE("services beyond the bound share one series") {
  RouteTableBuilder builder;
  for (int i = 0; i < 1200; ++i) {
    Cluster cluster;
    cluster.name = cluster.service = "s" + std::to_string(i);
    cluster.endpoints = {{.address = "10.0.0.1", .port = 1}};
    REQUIRE(builder.AddCluster(cluster).ok());
  }
  const auto table = builder.Build();
  REQUIRE(table.ok());
  const ProgramState state;
  CHECK(Has(Format(state, table->get()),
            "meshgw_upstream_endpoints{service=\"other\",datacenter=\"\","
            "state=\"healthy\"} 200"));
}

TEST_CASE("configuration is told once there was some") {
  ProgramState state;
  CHECK(Format(state).find("last_success") == std::string::npos);
  state.CountApplied(std::chrono::microseconds(250000));
  state.CountRefused();
  state.draining = true;
  const std::string text = Format(state);
  CHECK(Has(text, "meshgw_config_reloads_total{result=\"success\"} 1"));
  CHECK(Has(text, "meshgw_config_reloads_total{result=\"failure\"} 1"));
  CHECK(Has(text, "meshgw_config_apply_seconds 0.25"));
  CHECK(Has(text, "meshgw_draining 1"));
}

}  // namespace
}  // namespace meshgw::cli
