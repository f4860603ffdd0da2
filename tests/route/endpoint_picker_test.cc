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

TEST_CASE("maglev moves only the clients of an endpoint that is ejected",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1, 1, 1, 1});
  cluster.load_balancing = LoadBalancing::kMaglev;
  cluster.passive_health = {.consecutive_failures = 1, .base_ejection = 10s};
  EndpointPicker picker(MakeTable({cluster}), 1);
  constexpr std::uint64_t kClients = 500;
  const auto all = [&](TimePoint now) {
    std::vector<std::string> picked;
    for (std::uint64_t client = 0; client < kClients; ++client) {
      picked.push_back(PickOnce(&picker, now, client * 7919));
    }
    return picked;
  };
  const auto before = all(kStart);
  Fail(&picker, "e2", 1, kStart);
  const auto during = all(kStart + 1s);
  CHECK(during == all(kStart + 2s));  // Those that moved stay, too.
  std::map<std::string, int> taken_over;
  for (std::size_t client = 0; client < kClients; ++client) {
    if (before[client] != "e2") {
      REQUIRE(during[client] == before[client]);
    } else {
      REQUIRE(during[client] != "e2");
      ++taken_over[during[client]];
    }
  }
  CHECK(taken_over.size() == 4);  // Not all by one neighbour.
  CHECK(all(kStart + 10s) == before);
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

  // It has not worked since: one more failure is enough, for twice as long.
  now += 10s;
  Fail(&picker, "e0", 1, now);
  CHECK(picker.ejections() == 2);
  CHECK_FALSE(CanPick(&picker, "e0", now + 19s));
  CHECK(CanPick(&picker, "e0", now + 20s));

  now += 20s;  // And again: the longest.
  Fail(&picker, "e0", 1, now);
  CHECK_FALSE(CanPick(&picker, "e0", now + 24s));
  CHECK(CanPick(&picker, "e0", now + 25s));
}

TEST_CASE("an endpoint that works again is ejected for shorter times by and by",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health = {
      .consecutive_failures = 2, .base_ejection = 10s, .max_ejection = 1h};
  EndpointPicker picker(MakeTable({cluster}), 9);
  TimePoint now = kStart;
  Fail(&picker, "e0", 2, now);  // For 10 s.
  now += 10s;
  Fail(&picker, "e0", 1, now);  // For 20 s.
  now += 20s;
  Fail(&picker, "e0", 1, now);  // For 30 s.
  CHECK_FALSE(CanPick(&picker, "e0", now + 29s));
  now += 30s;
  for (bool connected = false; !connected;) {
    Attempts attempts;
    const Selection selection = picker.Pick(0, 0, now, &attempts);
    connected = selection.endpoint->address == "e0";
    picker.OnConnected(selection);
    picker.Release(selection);
  }
  now += 25s;  // Two of the three ejections are forgiven.
  Fail(&picker, "e0", 1, now);
  CHECK(CanPick(&picker, "e0", now));  // Again it takes two in a row.
  Fail(&picker, "e0", 1, now);
  CHECK_FALSE(CanPick(&picker, "e0", now + 19s));
  CHECK(CanPick(&picker, "e0", now + 20s));
}

TEST_CASE("passive health can be turned off", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health.consecutive_failures = 0;
  EndpointPicker picker(MakeTable({cluster}), 9);
  Fail(&picker, "e0", 50, kStart);
  CHECK(picker.ejections() == 0);
  CHECK(CanPick(&picker, "e0", kStart));
}

TEST_CASE("no length of ejections overflows", "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health = {.consecutive_failures = 1,
                            .base_ejection = std::chrono::milliseconds::max(),
                            .max_ejection = std::chrono::milliseconds::max()};
  EndpointPicker picker(MakeTable({cluster}), 9);
  Fail(&picker, "e0", 1, kStart);
  CHECK_FALSE(CanPick(&picker, "e0", kStart + std::chrono::hours(24 * 364)));
  CHECK(CanPick(&picker, "e0", kStart + std::chrono::hours(24 * 365)));
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

TEST_CASE("an ejected endpoint is used when the others are gone or were tried",
          "[picker]") {
  Cluster cluster = MakeCluster("e", {1, 1});
  cluster.passive_health.consecutive_failures = 1;
  EndpointPicker picker(MakeTable({cluster}), 9);
  Fail(&picker, "e0", 1, kStart);
  Attempts attempts;
  for (const char* expected : {"e1", "e0"}) {
    const Selection selection = picker.Pick(0, 0, kStart, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    CHECK(selection.endpoint->address == expected);
    picker.Release(selection);
  }
  cluster.endpoints.pop_back();
  picker.SetTable(MakeTable({cluster}));
  CHECK(PickOnce(&picker) == "e0");
}

TEST_CASE("an ejected primary waits behind its failover", "[picker]") {
  Cluster first = MakeCluster("a", {1, 1});
  first.passive_health.consecutive_failures = 1;
  first.failover = {"b"};
  EndpointPicker picker(MakeTable({first, MakeCluster("b", {1})}), 9);
  Fail(&picker, "a0", 1, kStart);
  Attempts attempts;
  for (const char* expected : {"a1", "b0", "a0"}) {
    const Selection selection = picker.Pick(0, 0, kStart, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    CHECK(selection.endpoint->address == expected);
    picker.Release(selection);
  }
  CHECK(picker.Pick(0, 0, kStart, &attempts).endpoint == nullptr);
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
