#include <map>
#include <string>
#include <vector>

#include "meshgw/endpoint_picker.h"
#include "route/picker_calls.h"
#include "support/catch.h"

using namespace meshgw;
using namespace meshgw::test;
using namespace std::chrono_literals;

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
