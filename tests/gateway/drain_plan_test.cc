// How a drain spreads the ends of connections.
#include "gateway/drain_plan.h"

#include <chrono>
#include <cstddef>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

using std::chrono::seconds;

TEST_CASE("idle connections end evenly over the first quarter of a drain") {
  DrainPlan plan(seconds(40));
  std::size_t idle = 10;
  for (int second = 0; second <= 10; ++second) {
    const auto close = plan.ToClose(seconds(second), {idle, 7});
    CHECK(close.idle == (second == 0 ? 0u : 1u));
    CHECK(close.others == 0);
    idle -= close.idle;
  }
  CHECK(idle == 0);
  // Who becomes idle later ends then.
  CHECK(plan.ToClose(seconds(11), {3, 4}).idle == 3);
}

TEST_CASE("the others end evenly over the second half of a drain") {
  DrainPlan plan(seconds(40));
  std::size_t others = 10;
  for (int second = 0; second < 40; ++second) {
    const auto close = plan.ToClose(seconds(second), {0, others});
    CHECK(close.others <= 1);
    others -= close.others;
    if (second <= 20) CHECK(others == 10);
  }
  CHECK(others == 1);
  CHECK(plan.ToClose(seconds(40), {0, others}).others == 1);
}

TEST_CASE("those that end by themselves count as ended") {
  DrainPlan plan(seconds(40));
  CHECK(plan.ToClose(seconds(20), {0, 10}).others == 0);
  CHECK(plan.ToClose(seconds(30), {0, 5}).others == 0);
  CHECK(plan.ToClose(seconds(30), {0, 6}).others == 1);
}

TEST_CASE("a drain without time ends all at once") {
  DrainPlan plan(seconds(0));
  const auto close = plan.ToClose(seconds(0), {3, 4});
  CHECK(close.idle == 3);
  CHECK(close.others == 4);
}

}  // namespace
}  // namespace meshgw::internal
