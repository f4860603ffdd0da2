#include <cstdint>
#include <functional>
#include <string>

#include "catalog_text.h"
#include "work_count.h"

// A catalog of a few megabytes must not take minutes. So the work of a large
// one is told from that of a part of it, as many times.
namespace meshgw::test {
namespace {

constexpr int kTimes = 8;
constexpr double kLinear = 1.5;  // Times the work of the parts.

double WorkOf(const std::function<void()>& work) {
  const std::uint64_t start = WorkCount();
  work();
  return static_cast<double>(WorkCount() - start);
}

// The work of the snapshot and of the routes of what `text` makes of a count.
double RoutingWork(int count, const std::function<std::string(int)>& text) {
  const Catalog catalog = CatalogOf({{"dc1", text(count)}});
  return WorkOf(
      [&] { static_cast<void>(test::RoutesOf(SnapshotOf(catalog, "dc1"))); });
}

void CheckLinear(int count, const std::function<std::string(int)>& text) {
  const double part = RoutingWork(count / kTimes, text);
  const double whole = RoutingWork(count, text);
  REQUIRE(part > 100.0 * count / kTimes);
  CHECK(whole / (kTimes * part) < kLinear);
}

std::string Repeat(int count, const std::function<std::string(int)>& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text(i);
  return out;
}

TEST_CASE("aliases of aliases are followed with work that is linear") {
  const auto service = [](int number, int alias_of) {
    return absl::StrFormat(
        "services { name = \"s%d\" port = 1 address = \"10.0.0.1\" connect { "
        "native = true } checks { alias_service = \"s%d\" } }\n",
        number, alias_of);
  };
  // In a chain, whose end is an alias of nothing, and in a circle.
  CheckLinear(1600, [&](int count) {
    return Repeat(count, [&](int i) { return service(i, i + 1); });
  });
  CheckLinear(1600, [&](int count) {
    return Repeat(count, [&](int i) { return service(i, (i + 1) % count); });
  });
}

TEST_CASE("partitions are routed to with work that is linear") {
  CheckLinear(800, [](int count) {
    return Repeat(count, [](int i) {
      return absl::StrFormat(
          "services { name = \"s\" id = \"s%d\" port = 1 address = "
          "\"10.0.0.1\" partition = \"p%d\" connect { native = true } }\n"
          "services { name = \"g\" id = \"g%d\" port = 1 address = "
          "\"10.0.0.1\" partition = \"p%d\" kind = \"mesh-gateway\" }\n",
          i, i, i, i);
    });
  });
}

TEST_CASE("failovers are explained with one index of a datacenter for all") {
  const auto work = [](int targets) {
    std::string text =
        "services { name = \"web\" port = 1 connect { sidecar_service { proxy "
        "{ upstreams { destination_name = \"api\" local_bind_port = 2 } } } } "
        "}\nconfig_entries { bootstrap = [{ Kind = \"service-resolver\" Name "
        "= \"api\" Failover = { \"*\" = { Targets = [";
    text += Repeat(targets, [](int i) {
      return absl::StrFormat("{ Service = \"s%d\" },", i);
    });
    text += "] } } }] }\n" + Repeat(1600, [](int i) {
              return absl::StrFormat(
                  "services { name = \"s%d\" port = 1 address = \"10.0.0.1\" "
                  "tags = [\"a\", \"b\"] }\n",
                  i);
            });
    const Catalog catalog = CatalogOf({{"dc1", text}});
    return WorkOf([&] {
      const auto explained = ExplainUpstream(
          catalog, {.datacenter = "dc1", .service = "web", .upstream = "api"});
      REQUIRE(explained.ok());
      REQUIRE(explained->failover.size() == static_cast<std::size_t>(targets));
    });
  };
  CHECK(work(16) < 5 * work(1));
}

}  // namespace
}  // namespace meshgw::test
