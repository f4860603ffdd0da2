// Timers fire when they should, and nobody pays for the time in which none was.
#include "gateway/timer_wheel.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSlots = 1024;
const TimerWheel::TimePoint kStart{hours(1)};

std::vector<const Timer*> Expired(TimerWheel* wheel) {
  std::vector<const Timer*> expired;
  while (const Timer* timer = wheel->Take()) expired.push_back(timer);
  return expired;
}

TEST_CASE("a timer fires within two ticks of its deadline, never before") {
  for (const milliseconds after :
       {milliseconds(0), milliseconds(15), milliseconds(16), milliseconds(1000),
        milliseconds(16384), milliseconds(16400), milliseconds(40000)}) {
    CAPTURE(after.count());
    TimerWheel wheel(kStart);
    Timer timer;
    wheel.Arm(&timer, kStart + after);
    milliseconds fired{-1};
    for (milliseconds now{0}; now <= after + milliseconds(40); ++now) {
      wheel.Advance(kStart + now);
      if (!Expired(&wheel).empty()) fired = now;
    }
    CHECK(fired >= after);
    CHECK(fired <= after + milliseconds(32));
  }
}

TEST_CASE("a walk after a long time looks at each slot once at most") {
  TimerWheel wheel(kStart);
  Timer early;
  Timer late;
  wheel.Arm(&early, kStart + seconds(5));
  wheel.Arm(&late, kStart + hours(48));
  wheel.Advance(kStart + hours(24));
  CHECK(wheel.collections() == kSlots);
  CHECK(Expired(&wheel) == std::vector<const Timer*>{&early});
  // The other one is where it is found in time.
  CHECK(late.armed());
  wheel.Advance(kStart + hours(48) - milliseconds(20));
  CHECK(Expired(&wheel).empty());
  wheel.Advance(kStart + hours(48) + milliseconds(32));
  CHECK(Expired(&wheel) == std::vector<const Timer*>{&late});
  CHECK(wheel.NextTimeout(kStart + hours(49)) == -1);
}

TEST_CASE("time in which no timer was armed costs nothing") {
  TimerWheel wheel(kStart);
  wheel.Advance(kStart + hours(24));
  CHECK(wheel.collections() == 0);
  Timer timer;
  wheel.Arm(&timer, kStart + hours(24) + milliseconds(160));
  wheel.Advance(kStart + hours(24) + milliseconds(200));
  CHECK(wheel.collections() <= 13);
  CHECK(Expired(&wheel).size() == 1);
}

TEST_CASE("who sleeps as long as the wheel says is never late") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    TimerWheel wheel(kStart);
    std::vector<Timer> timers(1 + random() % 20);
    std::map<const Timer*, milliseconds> deadlines;
    for (Timer& timer : timers) {
      const milliseconds after(random() % (round % 2 == 0 ? 2000 : 60000));
      wheel.Arm(&timer, kStart + after);
      deadlines[&timer] = after;
      if (random() % 4 != 0) continue;
      wheel.Disarm(&timer);
      deadlines.erase(&timer);
    }
    milliseconds now{0};
    while (!deadlines.empty()) {
      const int sleep = wheel.NextTimeout(kStart + now);
      REQUIRE(sleep >= 0);
      now += milliseconds(sleep);
      wheel.Advance(kStart + now);
      for (const Timer* timer : Expired(&wheel)) {
        CHECK(now >= deadlines.at(timer));
        deadlines.erase(timer);
      }
      for (const auto& [timer, deadline] : deadlines) {
        REQUIRE(now <= deadline + milliseconds(32));
      }
    }
    CHECK(wheel.NextTimeout(kStart + now) == -1);
  }
}

}  // namespace
}  // namespace meshgw::internal
