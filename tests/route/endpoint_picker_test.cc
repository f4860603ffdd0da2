#include "meshgw/endpoint_picker.h"

#include <map>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace meshgw;
using namespace std::chrono_literals;

namespace {

using Attempts = EndpointPicker::Attempts;
using Selection = EndpointPicker::Selection;
using TimePoint = EndpointPicker::TimePoint;
constexpr TimePoint kStart{};

Cluster MakeCluster(const std::string& name,
                    const std::vector<std::uint32_t>& weights) {
  Cluster cluster;
  cluster.name = name;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    cluster.endpoints.push_back({.address = name + std::to_string(i),
                                 .port = 443,
                                 .weight = weights[i]});
  }
  return cluster;
}

std::shared_ptr<const RouteTable> MakeTable(
    const std::vector<Cluster>& clusters) {
  RouteTableBuilder builder;
  for (const Cluster& cluster : clusters)
    REQUIRE(builder.AddCluster(cluster).ok());
  auto table = builder.Build();
  REQUIRE(table.ok());
  return *table;
}

std::string PickOnce(EndpointPicker* picker, TimePoint now = kStart,
                     std::uint64_t client = 0) {
  Attempts attempts;
  const Selection selection = picker->Pick(0, client, now, &attempts);
  if (selection.endpoint == nullptr) return "";
  const std::string address = selection.endpoint->address;
  picker->Release(selection);
  return address;
}

// Fails `address` until it has been reported `times` times.
void Fail(EndpointPicker* picker, const std::string& address, int times,
          TimePoint now) {
  for (int failed = 0, tries = 0; failed < times; ++tries) {
    REQUIRE(tries < 10000);
    Attempts attempts;
    const Selection selection =
        picker->Pick(0, static_cast<std::uint64_t>(tries), now, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    if (selection.endpoint->address == address) {
      picker->OnConnectFailure(selection, now);
      ++failed;
    }
    picker->Release(selection);
  }
}

bool CanPick(EndpointPicker* picker, const std::string& address,
             TimePoint now) {
  for (int i = 0; i < 200; ++i) {
    if (PickOnce(picker, now, static_cast<std::uint64_t>(i)) == address)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every policy shares picks by weight", "[picker]") {
  const auto policy =
      GENERATE(LoadBalancing::kLeastRequest, LoadBalancing::kRoundRobin,
               LoadBalancing::kRandom, LoadBalancing::kMaglev);
  CAPTURE(LoadBalancingName(policy));
  Cluster cluster = MakeCluster("e", {1, 2, 5});
  cluster.load_balancing = policy;
  EndpointPicker picker(MakeTable({cluster}), 42);
  // Selections are held, so that least request sees the load that it makes.
  std::map<std::string, double> share;
  std::vector<Selection> held;
  constexpr int kPicks = 8000;
  for (int i = 0; i < kPicks; ++i) {
    Attempts attempts;
    held.push_back(
        picker.Pick(0, static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15u,
                    kStart, &attempts));
    share[held.back().endpoint->address] += 1.0 / kPicks;
  }
  for (const Selection& selection : held) picker.Release(selection);
  CHECK(share["e0"] == Catch::Approx(1.0 / 8).margin(0.03));
  CHECK(share["e1"] == Catch::Approx(2.0 / 8).margin(0.03));
  CHECK(share["e2"] == Catch::Approx(5.0 / 8).margin(0.03));
}

TEST_CASE("least request prefers the endpoint with fewer connections",
          "[picker]") {
  EndpointPicker picker(MakeTable({MakeCluster("e", {1, 1})}), 1);
  std::vector<Selection> held;
  for (int i = 0; i < 100; ++i) {
    Attempts attempts;
    held.push_back(picker.Pick(0, 0, kStart, &attempts));
  }
  // Free all of e0: it must take most of what follows.
  std::size_t freed = 0;
  for (Selection& selection : held) {
    if (selection.endpoint->address == "e0") {
      picker.Release(selection);
      selection.endpoint = nullptr;
      ++freed;
    }
  }
  REQUIRE(freed > 30);
  int to_idle = 0;
  for (int i = 0; i < 100; ++i) to_idle += PickOnce(&picker) == "e0" ? 1 : 0;
  // Two draws of two miss e0 in a quarter of the picks.
  CHECK(to_idle > 60);
  for (const Selection& selection : held) {
    if (selection.endpoint != nullptr) picker.Release(selection);
  }
}

TEST_CASE("round robin takes turns exactly", "[picker]") {
  Cluster cluster = MakeCluster("e", {2, 1});
  cluster.load_balancing = LoadBalancing::kRoundRobin;
  EndpointPicker picker(MakeTable({cluster}), 7);
  std::string turns;
  for (int i = 0; i < 6; ++i) turns += PickOnce(&picker).back();
  CHECK(turns == "010010");
}

TEST_CASE("maglev sends a client to the same endpoint", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1, 1, 1});
  cluster.load_balancing = LoadBalancing::kMaglev;
  const auto table = MakeTable({cluster});
  EndpointPicker one(table, 1), other(table, 2);
  for (std::uint64_t client = 0; client < 100; ++client) {
    CHECK(PickOnce(&one, kStart, client * 7919) ==
          PickOnce(&other, kStart, client * 7919));
  }
}

TEST_CASE("a retry goes to an endpoint not tried yet, until none is left",
          "[picker]") {
  const auto policy =
      GENERATE(LoadBalancing::kLeastRequest, LoadBalancing::kRoundRobin,
               LoadBalancing::kRandom, LoadBalancing::kMaglev);
  Cluster cluster = MakeCluster("e", {1, 100, 1});
  cluster.load_balancing = policy;
  EndpointPicker picker(MakeTable({cluster}), 3);
  Attempts attempts;
  std::map<std::string, int> seen;
  for (int i = 0; i < 3; ++i) {
    const Selection selection = picker.Pick(0, 5, kStart, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    ++seen[selection.endpoint->address];
    picker.Release(selection);
  }
  CHECK(seen.size() == 3);
  CHECK(picker.Pick(0, 5, kStart, &attempts).endpoint == nullptr);
}

TEST_CASE("unhealthy endpoints and larger priorities wait for smaller ones",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1, 1});
  cluster.endpoints[0].health = EndpointHealth::kUnhealthy;
  cluster.endpoints[1].priority = 1;
  cluster.endpoints[2].priority = 2;
  EndpointPicker picker(MakeTable({cluster}), 3);
  for (int i = 0; i < 20; ++i) CHECK(PickOnce(&picker) == "e1");
  cluster.endpoints[1].health = EndpointHealth::kUnhealthy;
  picker.SetTable(MakeTable({cluster}));
  CHECK(PickOnce(&picker) == "e2");
  cluster.endpoints[2].health = EndpointHealth::kUnhealthy;
  picker.SetTable(MakeTable({cluster}));
  CHECK(PickOnce(&picker).empty());
}

TEST_CASE("failover clusters are used in order while a cluster has nothing",
          "[picker]") {
  Cluster first = MakeCluster("first", {1});
  first.endpoints[0].health = EndpointHealth::kUnhealthy;
  first.failover = {"empty", "second", "third"};
  EndpointPicker picker(
      MakeTable({first, MakeCluster("empty", {}), MakeCluster("second", {1}),
                 MakeCluster("third", {1})}),
      3);
  CHECK(PickOnce(&picker) == "second0");
}

TEST_CASE("failures in a row eject an endpoint for a growing time",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health = {
      .consecutive_failures = 3, .base_ejection = 10s, .max_ejection = 25s};
  EndpointPicker picker(MakeTable({cluster}), 9);
  TimePoint now = kStart + 1h;
  Fail(&picker, "e0", 2, now);
  CHECK(CanPick(&picker, "e0", now));
  Fail(&picker, "e0", 1, now);
  CHECK(picker.ejections() == 1);
  CHECK_FALSE(CanPick(&picker, "e0", now + 9s));
  CHECK(CanPick(&picker, "e0", now + 10s));

  now += 10s;  // Again: twice as long.
  Fail(&picker, "e0", 3, now);
  CHECK_FALSE(CanPick(&picker, "e0", now + 19s));
  CHECK(CanPick(&picker, "e0", now + 20s));

  now += 20s;  // And again: the longest.
  Fail(&picker, "e0", 3, now);
  CHECK_FALSE(CanPick(&picker, "e0", now + 24s));
  CHECK(CanPick(&picker, "e0", now + 25s));
}

TEST_CASE("a connect that succeeds forgives earlier failures", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health.consecutive_failures = 3;
  EndpointPicker picker(MakeTable({cluster}), 9);
  for (int round = 0; round < 3; ++round) {
    Fail(&picker, "e0", 2, kStart);
    for (bool connected = false; !connected;) {
      Attempts attempts;
      const Selection selection = picker.Pick(0, 0, kStart, &attempts);
      connected = selection.endpoint->address == "e0";
      picker.OnConnected(selection);
      picker.Release(selection);
    }
  }
  CHECK(picker.ejections() == 0);
}

TEST_CASE("the last endpoint that can be used is never ejected", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health.consecutive_failures = 1;
  EndpointPicker picker(MakeTable({cluster}), 9);
  Fail(&picker, "e0", 1, kStart);
  CHECK(picker.ejections() == 1);
  for (int i = 0; i < 10; ++i) Fail(&picker, "e1", 1, kStart);
  CHECK(picker.ejections() == 1);
  CHECK(PickOnce(&picker) == "e1");
}

TEST_CASE("what is known of an address survives a new table", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health.consecutive_failures = 1;
  EndpointPicker picker(MakeTable({cluster}), 9);
  Fail(&picker, "e0", 1, kStart);
  cluster.endpoints.push_back({.address = "e2", .port = 443});
  picker.SetTable(MakeTable({cluster}));
  CHECK_FALSE(CanPick(&picker, "e0", kStart));
  CHECK(CanPick(&picker, "e2", kStart));
  // The other port of the same address is another endpoint.
  cluster.endpoints[0].port = 444;
  picker.SetTable(MakeTable({cluster}));
  CHECK(CanPick(&picker, "e0", kStart));
}

TEST_CASE("a selection outlives its table", "[picker]") {
  EndpointPicker picker(MakeTable({MakeCluster("e", {1})}), 9);
  Attempts attempts;
  const Selection selection = picker.Pick(0, 0, kStart, &attempts);
  picker.SetTable(MakeTable({MakeCluster("other", {1})}));
  CHECK(PickOnce(&picker) == "other0");
  CHECK(selection.endpoint->address == "e0");
  CHECK(selection.cluster->name == "e");
  picker.OnConnected(selection);
  picker.OnConnectFailure(selection, kStart);
  picker.Release(selection);
}
