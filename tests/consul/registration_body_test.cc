#include <boost/json.hpp>
#include <set>
#include <string>

#include "consul/registration.h"
#include "support/catch.h"

// What is registered, beside what Consul's own command makes of the same flags
// (command/connect/envoy/envoy.go, proxyRegistration).
namespace meshgw::test {
namespace {

using internal::FormatRegistration;
using internal::GatewayAddress;
using internal::GatewayDefinition;

// The addresses of this host, for the tests.
bool CanBind(const std::string& ip) {
  return std::set<std::string>{"10.0.0.5", "127.0.0.1", "198.51.100.7",
                               "2001:db8::5"}
             .count(ip) != 0;
}

boost::json::value Body(const GatewayDefinition& gateway) {
  const auto body = FormatRegistration(gateway, CanBind);
  CAPTURE(body.status().message());
  REQUIRE(body.ok());
  return boost::json::parse(*body);
}

// A body with what is always the same.
std::string With(const std::string& fields, const std::string& check_tcp) {
  return R"({"Kind": "mesh-gateway", "ID": "gw", "Name": "mesh-gateway", )" +
         fields +
         R"(, "Check": {"Name": "mesh-gateway listening", "Interval": "10s",
            "DeregisterCriticalServiceAfter": "6h", "TCP": ")" +
         check_tcp + "\"}}";
}

const std::string kBindTagged =
    R"("Proxy": {"Config": {"envoy_gateway_no_default_bind": true,
       "envoy_gateway_bind_tagged_addresses": true}})";

TEST_CASE("a gateway is registered as Consul's own command registers it") {
  const struct {
    GatewayDefinition gateway;
    std::string body;
  } rows[] = {
      {{.id = "gw"}, With(R"("Address": "", "Port": 8443)", "127.0.0.1:8443")},
      {{.id = "gw", .lan = GatewayAddress{"10.0.0.5"}},
       With(R"("Address": "10.0.0.5", "Port": 8443,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.5", "Port": 8443}})",
            "10.0.0.5:8443")},
      {{.id = "gw", .lan = GatewayAddress{"2001:db8::5", 443}},
       With(R"("Address": "2001:db8::5", "Port": 443,
        "TaggedAddresses": {"lan": {"Address": "2001:db8::5", "Port": 443}})",
            "[2001:db8::5]:443")},
      // A WAN address of a NAT.
      {{.id = "gw",
        .lan = GatewayAddress{"10.0.0.5", 8443},
        .wan = GatewayAddress{"203.0.113.9", 443}},
       With(R"("Address": "10.0.0.5", "Port": 8443,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.5", "Port": 8443},
                            "wan": {"Address": "203.0.113.9", "Port": 443}})",
            "10.0.0.5:8443")},
      // Both are this host's.
      {{.id = "gw",
        .lan = GatewayAddress{"10.0.0.5", 8443},
        .wan = GatewayAddress{"198.51.100.7", 443}},
       With(R"("Address": "10.0.0.5", "Port": 8443,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.5", "Port": 8443},
                            "wan": {"Address": "198.51.100.7", "Port": 443}}, )" +
                kBindTagged,
            "10.0.0.5:8443")},
      // A WAN address alone: the node's address is the LAN's.
      {{.id = "gw", .wan = GatewayAddress{"198.51.100.7", 443}},
       With(R"("Address": "", "Port": 8443,
        "TaggedAddresses": {"wan": {"Address": "198.51.100.7", "Port": 443}})",
            "127.0.0.1:8443")},
      {{.id = "gw",
        .lan = GatewayAddress{"10.0.0.5"},
        .wan = GatewayAddress{"gw.example.com", 443}},
       With(R"("Address": "10.0.0.5", "Port": 8443,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.5", "Port": 8443},
                         "wan": {"Address": "gw.example.com", "Port": 443}})",
            "10.0.0.5:8443")},
      // -address :9443
      {{.id = "gw", .lan = GatewayAddress{"", 9443}},
       With(R"("Address": "", "Port": 9443)", "127.0.0.1:9443")},
      {{.id = "gw",
        .lan = GatewayAddress{"", 9443},
        .wan = GatewayAddress{"", 443}},
       With(R"("Address": "", "Port": 9443)", "127.0.0.1:9443")},
      // What is to be bound counts before all rules.
      {{.id = "gw",
        .lan = GatewayAddress{"192.0.2.1", 443},
        .bind = {{"a", {"10.0.0.5", 8443}}, {"b", {"2001:db8::5", 8444}}}},
       With(R"("Address": "192.0.2.1", "Port": 443,
        "TaggedAddresses": {"lan": {"Address": "192.0.2.1", "Port": 443}},
        "Proxy": {"Config": {"envoy_gateway_no_default_bind": true,
          "envoy_gateway_bind_addresses": {
            "a": {"Address": "10.0.0.5", "Port": 8443},
            "b": {"Address": "2001:db8::5", "Port": 8444}}}})",
            "192.0.2.1:443")},
      {{.id = "gw",
        .lan = GatewayAddress{"10.0.0.5"},
        .wan = GatewayAddress{"198.51.100.7"},
        .bind = {{"a", {"10.0.0.5", 8443}}}},
       With(R"("Address": "10.0.0.5", "Port": 8443,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.5", "Port": 8443},
                           "wan": {"Address": "198.51.100.7", "Port": 8443}},
        "Proxy": {"Config": {"envoy_gateway_no_default_bind": true,
          "envoy_gateway_bind_addresses": {
            "a": {"Address": "10.0.0.5", "Port": 8443}}}})",
            "10.0.0.5:8443")},
      {{.id = "gw", .expose_servers = true},
       With(R"("Address": "", "Port": 8443,
               "Meta": {"consul-wan-federation": "1"})",
            "127.0.0.1:8443")},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    CHECK(Body(row.gateway) == boost::json::parse(row.body));
  }
}

TEST_CASE("names and durations are registered as they are written") {
  const auto body = Body({.id = "gw \"1\"/\n",
                          .name = "my-gateway",
                          .deregister_after_critical = "90m"});
  CHECK(body.at("ID").as_string() == "gw \"1\"/\n");
  CHECK(body.at("Name").as_string() == "my-gateway");
  const auto& check = body.at("Check");
  CHECK(check.at("Name").as_string() == "mesh-gateway listening");
  CHECK(check.at("DeregisterCriticalServiceAfter").as_string() == "90m");
}

TEST_CASE("a LAN address that cannot be bound is refused in Consul's words") {
  for (const std::string& address :
       {std::string("203.0.113.9"), std::string("gw.example.com")}) {
    const auto body =
        FormatRegistration({.id = "gw",
                            .lan = GatewayAddress{address, 443},
                            .wan = GatewayAddress{"198.51.100.7", 443}},
                           CanBind);
    CHECK(absl::IsInvalidArgument(body.status()));
    CHECK(body.status().message() ==
          "The LAN address \"" + address +
              "\" will not be bindable. Either set a bindable address or "
              "override the bind addresses with -bind-address");
  }
}

}  // namespace
}  // namespace meshgw::test
