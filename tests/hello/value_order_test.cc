#include "hello/value_order.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using Values = std::vector<std::uint16_t>;

// The values in order, and how often the list was walked for them.
Values InOrder(const Values& values, int* walks) {
  Values out;
  *walks = 0;
  internal::VisitInOrder(
      [&](const auto& visit) {
        ++*walks;
        for (const std::uint16_t value : values) visit(value);
      },
      [&](std::uint16_t value) { out.push_back(value); });
  return out;
}

TEST_CASE("values come in order, equal ones as often as they are there") {
  std::mt19937 random(1);
  for (const std::size_t size :
       {0u, 1u, 2u, 16u, 127u, 128u, 129u, 1000u, 32767u}) {
    for (const unsigned range : {1u, 7u, 300u, 65536u}) {
      CAPTURE(size, range);
      Values values(size);
      for (std::uint16_t& value : values) {
        value = static_cast<std::uint16_t>(random() % range * 40503u);
      }
      Values want = values;
      std::sort(want.begin(), want.end());
      int walks = 0;
      CHECK(InOrder(values, &walks) == want);
    }
  }
}

TEST_CASE(
    "a list is walked a few times, however many different values it has") {
  Values values;
  for (unsigned i = 0; i < 32767; ++i) {
    values.push_back(static_cast<std::uint16_t>(i * 2));
  }
  int walks = 0;
  InOrder(values, &walks);
  CHECK(walks <= 9);
}

}  // namespace
}  // namespace meshgw::test
