#include "catalog/instance_fields.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

ServiceInstance Instance() {
  ServiceInstance out;
  out.id = "web-1-sidecar-proxy";
  out.service = "web-sidecar-proxy";
  out.address = "10.0.0.1";
  out.port = 21000;
  out.node_name = "node-1";
  out.node_address = "10.0.0.9";
  out.tags = {"blue", "v2"};
  out.meta = {{"version", "2"}, {"a.b", "c"}};
  out.tagged_addresses = {{"wan", {"1.2.3.4", 443}}};
  out.weights = {.passing = 3, .warning = 1};
  CheckDefinition check;
  check.id = "c1";
  check.name = "alive";
  check.status = CheckStatus::kWarning;
  out.checks = {check};
  return out;
}

TEST_CASE("an instance is filtered by Consul's selectors") {
  const ServiceInstance instance = Instance();
  const std::vector<std::string> holding = {
      "Service.ID == \"web-1-sidecar-proxy\"",
      "Service.Service == web-sidecar-proxy",
      "Service.Kind == connect-proxy",
      "Service.Address == \"10.0.0.1\"",
      "Service.Port == 21000",
      "blue in Service.Tags",
      "Service.Tags is not empty",
      "Service.Meta.version == 2",
      "Service.Meta[\"a.b\"] == c",
      "version in Service.Meta",
      "Service.Meta.gone is empty",
      "Service.TaggedAddresses.wan.Address == \"1.2.3.4\"",
      "Service.TaggedAddresses.wan.Port == 443",
      "Service.Weights.Passing == 3",
      "Service.Weights.Warning == 1",
      "Node.Node == node-1",
      "Node.Address == \"10.0.0.9\"",
      "Node.Meta is empty",
      "Checks.Status == warning",
      "Checks.CheckID == c1",
      "Checks.Name == alive",
  };
  for (const std::string& text : holding) {
    CAPTURE(text);
    const auto filter = internal::Filter::Parse(text);
    REQUIRE(filter.ok());
    const auto matches = filter->Matches(internal::InstanceFields(instance));
    REQUIRE(matches.ok());
    CHECK(*matches);
    const auto negated = internal::Filter::Parse("not " + text);
    CHECK_FALSE(*negated->Matches(internal::InstanceFields(instance)));
  }
}

TEST_CASE("selectors that lead nowhere are mistakes") {
  const ServiceInstance instance = Instance();
  for (const char* text :
       {"Service == x", "Service.Other == x", "Service.ID.x == x",
        "Service.TaggedAddresses.wan == x", "Service.Weights == x", "Node == x",
        "Node.ID.x == x", "Checks == x", "Checks.Other == x",
        "Meta.version == x"}) {
    CAPTURE(text);
    const auto filter = internal::Filter::Parse(text);
    REQUIRE(filter.ok());
    CHECK_FALSE(filter->Matches(internal::InstanceFields(instance)).ok());
  }
}

}  // namespace
}  // namespace meshgw::test
