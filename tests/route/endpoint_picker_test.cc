#include "meshgw/endpoint_picker.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "route/picker_calls.h"
#include "support/catch.h"

using namespace meshgw;
using namespace meshgw::test;
using namespace std::chrono_literals;

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

TEST_CASE("without load every policy shares picks by weight, within chance",
          "[picker]") {
  const auto policy =
      GENERATE(LoadBalancing::kLeastRequest, LoadBalancing::kRoundRobin,
               LoadBalancing::kRandom, LoadBalancing::kMaglev);
  const std::vector<std::uint32_t> weights =
      GENERATE(std::vector<std::uint32_t>{1, 1, 1, 1, 1},
               std::vector<std::uint32_t>{1, 2, 3, 10, 4});
  CAPTURE(LoadBalancingName(policy));
  Cluster cluster = MakeCluster("e", weights);
  cluster.load_balancing = policy;
  EndpointPicker picker(MakeTable({cluster}), 4242);
  std::map<std::string, int> picks;
  constexpr int kPicks = 20000;
  for (int i = 0; i < kPicks; ++i) {
    ++picks[PickOnce(&picker, kStart,
                     static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15u)];
  }
  double total = 0, chi_square = 0;
  for (const std::uint32_t weight : weights) total += weight;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = kPicks * weights[i] / total;
    const double off = picks["e" + std::to_string(i)] - expected;
    chi_square += off * off / expected;
  }
  // Four degrees of freedom: chance exceeds this once in a thousand.
  CHECK(chi_square < 18.47);
}

TEST_CASE("least request keeps connections in proportion to weights",
          "[picker]") {
  EndpointPicker picker(MakeTable({MakeCluster("e", {1, 4})}), 5);
  std::vector<Selection> held;
  std::map<std::string, int> active;
  for (int i = 0; i < 500; ++i) {
    Attempts attempts;
    held.push_back(picker.Pick(0, 0, kStart, &attempts));
    ++active[held.back().endpoint->address];
  }
  for (const Selection& selection : held) picker.Release(selection);
  CHECK(active["e0"] >= 95);
  CHECK(active["e0"] <= 105);
}

TEST_CASE("round robin interleaves by weight, at most one off in any window",
          "[picker]") {
  const std::vector<std::uint32_t> weights = {5, 1, 2, 2};
  constexpr std::size_t kTotal = 10;
  Cluster cluster = MakeCluster("e", weights);
  cluster.load_balancing = LoadBalancing::kRoundRobin;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EndpointPicker picker(MakeTable({cluster}), seed);
    std::vector<std::size_t> turns;
    for (std::size_t i = 0; i < 10 * kTotal; ++i) {
      turns.push_back(static_cast<std::size_t>(PickOnce(&picker).back() - '0'));
    }
    for (std::size_t at = 0; at + kTotal <= turns.size(); ++at) {
      std::vector<std::uint32_t> seen(weights.size());
      for (std::size_t i = at; i < at + kTotal; ++i) ++seen[turns[i]];
      for (std::size_t i = 0; i < weights.size(); ++i) {
        CAPTURE(seed, at, i);
        REQUIRE(seen[i] + 1 >= weights[i]);
        REQUIRE(seen[i] <= weights[i] + 1);
      }
    }
  }
}

TEST_CASE("round robins of different workers begin at different endpoints",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1, 1, 1});
  cluster.load_balancing = LoadBalancing::kRoundRobin;
  const auto table = MakeTable({cluster});
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    EndpointPicker picker(table, seed);
    ++first[PickOnce(&picker)];
  }
  REQUIRE(first.size() == 4);
  for (const auto& [address, count] : first) CHECK(count < 250);
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

TEST_CASE("clusters that are gone are forgotten in the picks that follow",
          "[picker]") {
  std::vector<Cluster> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(MakeCluster("c" + std::to_string(i), {1}));
  }
  auto table = MakeTable(many);
  std::vector<std::weak_ptr<const Cluster>> used;
  for (const auto& cluster : table->clusters()) used.push_back(cluster);
  EndpointPicker picker(std::move(table), 1);
  Attempts attempts;
  const Selection held = picker.Pick(7, 0, kStart, &attempts);
  for (std::uint32_t i = 0; i < used.size(); ++i) {
    Attempts fresh;
    picker.Release(picker.Pick(i, 0, kStart, &fresh));
  }
  picker.SetTable(MakeTable({many[0]}));
  for (int i = 0; i < 1000; ++i) REQUIRE(PickOnce(&picker) == "c00");
  const auto left =
      std::count_if(used.begin(), used.end(),
                    [](const auto& cluster) { return !cluster.expired(); });
  CHECK(left == 1);
  CHECK(held.cluster->name == "c7");
  picker.Release(held);
  CHECK(used[7].expired());
}

TEST_CASE("a connection gets at most kMaxAttempts picks", "[picker]") {
  EndpointPicker picker(
      MakeTable({MakeCluster("e", std::vector<std::uint32_t>(20, 1))}), 9);
  Attempts attempts;
  for (std::uint32_t i = 0; i < EndpointPicker::kMaxAttempts; ++i) {
    const Selection selection = picker.Pick(0, 0, kStart, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    picker.Release(selection);
  }
  const Selection none = picker.Pick(0, 0, kStart, &attempts);
  CHECK(none.endpoint == nullptr);
  picker.Release(none);
  Attempts fresh;
  CHECK(picker.Pick(1, 0, kStart, &fresh).endpoint == nullptr);
}

TEST_CASE("load is counted over versions of a cluster, in any order of release",
          "[picker]") {
  std::vector<Selection> held;
  EndpointPicker picker(MakeTable({MakeCluster("e", {1, 1})}), 17);
  for (int version = 0; version < 20; ++version) {
    picker.SetTable(MakeTable({MakeCluster("e", {1, 1})}));
    for (int i = 0; i < 5; ++i) {
      Attempts attempts;
      held.push_back(picker.Pick(0, 0, kStart, &attempts));
    }
  }
  std::map<std::string, int> active;
  for (const Selection& selection : held) ++active[selection.endpoint->address];
  CHECK(active["e0"] == 50);
  CHECK(active["e1"] == 50);
  // Every third first, then the rest from the back.
  for (std::size_t i = 0; i < held.size(); i += 3) picker.Release(held[i]);
  for (std::size_t i = held.size(); i-- > 0;) {
    if (i % 3 == 0) continue;
    CHECK(held[i].cluster->name == "e");
    picker.Release(held[i]);
  }
  CHECK_FALSE(PickOnce(&picker).empty());
}

TEST_CASE("the same seed and calls give the same choices", "[picker]") {
  const auto policy =
      GENERATE(LoadBalancing::kLeastRequest, LoadBalancing::kRoundRobin,
               LoadBalancing::kRandom, LoadBalancing::kMaglev);
  Cluster cluster = MakeCluster("e", {1, 2, 3, 4});
  cluster.load_balancing = policy;
  const auto table = MakeTable({cluster});
  EndpointPicker one(table, 99), other(table, 99);
  for (std::uint64_t i = 0; i < 200; ++i) {
    REQUIRE(PickOnce(&one, kStart, i) == PickOnce(&other, kStart, i));
  }
}
