#include "meshgw/route_table.h"
#include "support/catch.h"

using meshgw::ComputeHealthAndWeight;
using meshgw::EndpointHealth;

TEST_CASE("health and weight follow Consul's rule for checks and weights",
          "[route]") {
  struct Row {
    const char* name;
    bool critical, warning, only_passing;
    std::uint32_t weight_passing, weight_warning;
    EndpointHealth health;
    std::uint32_t weight;
  };
  const Row row = GENERATE(
      Row{"no checks", false, false, false, 1, 1, EndpointHealth::kHealthy, 1},
      Row{"passing weight", false, false, false, 7, 3, EndpointHealth::kHealthy,
          7},
      Row{"warning weight", false, true, false, 7, 3, EndpointHealth::kHealthy,
          3},
      Row{"critical", true, false, false, 7, 3, EndpointHealth::kUnhealthy, 7},
      Row{"critical and warning", true, true, false, 7, 3,
          EndpointHealth::kUnhealthy, 3},
      Row{"warning with OnlyPassing", false, true, true, 7, 3,
          EndpointHealth::kUnhealthy, 3},
      Row{"passing with OnlyPassing", false, false, true, 7, 3,
          EndpointHealth::kHealthy, 7},
      Row{"weight 0", false, false, false, 0, 3, EndpointHealth::kUnhealthy, 1},
      Row{"warning weight 0", false, true, false, 7, 0,
          EndpointHealth::kUnhealthy, 1},
      Row{"clamped", false, false, false, 1000, 3, EndpointHealth::kHealthy,
          128});
  INFO(row.name);
  const auto got =
      ComputeHealthAndWeight(row.critical, row.warning, row.only_passing,
                             row.weight_passing, row.weight_warning);
  CHECK(got.health == row.health);
  CHECK(got.weight == row.weight);
}
