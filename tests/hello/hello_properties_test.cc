// What must hold of every stream, however it is cut.
#include <random>
#include <vector>

#include "allocation_counter.h"
#include "hello_cuts.h"
#include "hello_vectors.h"
#include "meshgw/client_hello.h"
#include "support/catch.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

using test::ByteVector;
using test::HelloCutter;
using test::HelloOutcome;

TEST_CASE("every strict prefix of a hello asks for more") {
  for (const auto& vector : test::LoadHelloVectors()) {
    if (vector.verdict != "hello") continue;
    INFO(vector.name);
    HelloCutter cutter;
    const auto end = static_cast<std::size_t>(vector.wire_bytes);
    for (std::size_t n = 0; n < end; ++n) {
      const HelloOutcome outcome =
          cutter.Whole(std::span(vector.bytes).first(n));
      if (outcome.verdict != HelloVerdict::kNeedMore || outcome.wait_for <= n ||
          outcome.wait_for > end) {
        CAPTURE(n, outcome.wait_for);
        CHECK(outcome.verdict == HelloVerdict::kNeedMore);
        CHECK(outcome.wait_for > n);
        CHECK(outcome.wait_for <= end);
      }
    }
    const HelloOutcome whole = cutter.Whole(std::span(vector.bytes).first(end));
    CHECK(whole.verdict == HelloVerdict::kHello);
    CHECK(whole.wait_for == 0);
  }
}

TEST_CASE("no feed below wait_for changes anything") {
  for (const auto& vector : test::LoadHelloVectors()) {
    INFO(vector.name);
    HelloCutter cutter(vector.limits);
    for (std::size_t n = 0; n < vector.bytes.size(); ++n) {
      const auto prefix = std::span(vector.bytes).first(n);
      const HelloOutcome outcome = cutter.Whole(prefix);
      if (outcome.verdict != HelloVerdict::kNeedMore) break;
      const std::size_t last =
          std::min(outcome.wait_for - 1, vector.bytes.size());
      const HelloOutcome later =
          cutter.Whole(std::span(vector.bytes).first(last));
      if (!(later == outcome)) {
        CAPTURE(n, outcome.wait_for, later.wait_for);
        CHECK(later == outcome);
      }
    }
  }
  SUCCEED();
}

TEST_CASE("the outcome does not depend on how the bytes are cut") {
  for (const auto& vector : test::LoadHelloVectors()) {
    INFO(vector.name);
    HelloCutter cutter(vector.limits);
    const HelloOutcome whole = cutter.Whole(vector.bytes);
    for (const std::size_t step : {1U, 7U, 100U, 1448U}) {
      CAPTURE(step);
      CHECK(cutter.InSteps(vector.bytes, step) == whole);
      CHECK(cutter.Scattered(vector.bytes, step) == whole);
      CHECK(cutter.ScatteredInSteps(vector.bytes, step) == whole);
    }
    CHECK(cutter.ViewsAreInside(vector.bytes));
  }
}

TEST_CASE("a hello split into records anywhere is the same hello") {
  for (const auto& vector : test::LoadCapturedHellos()) {
    INFO(vector.name);
    HelloCutter cutter;
    const HelloOutcome whole = cutter.Whole(vector.bytes);
    REQUIRE(whole.verdict == HelloVerdict::kHello);
    for (std::size_t at = 1; at < whole.message.size(); ++at) {
      const HelloOutcome split =
          cutter.Whole(test::SplitRecords(whole.message, {at}));
      if (!split.SameHello(whole) || split.records != 2 ||
          split.wire_bytes != whole.wire_bytes + 5) {
        CAPTURE(at);
        CHECK(split.SameHello(whole));
        CHECK(split.records == 2);
      }
    }
  }
}

TEST_CASE("random splits, cut at random, are the same hello") {
  std::mt19937 random(11);
  const auto captured = test::LoadCapturedHellos();
  for (int round = 0; round < 2000; ++round) {
    const auto& vector = captured[random() % captured.size()];
    HelloCutter cutter;
    const HelloOutcome whole = cutter.Whole(vector.bytes);
    std::vector<std::size_t> sizes;
    const std::size_t largest = round % 4 == 0 ? 3 : 400;
    for (int i = 0; i < 800; ++i) sizes.push_back(1 + random() % largest);
    const ByteVector split = test::SplitRecords(whole.message, sizes);
    const std::size_t step = 1 + random() % 300;
    INFO(vector.name);
    CAPTURE(round, step);
    const HelloOutcome outcome = cutter.Whole(split);
    REQUIRE(outcome.SameHello(whole));
    REQUIRE(cutter.InSteps(split, step) == outcome);
    REQUIRE(cutter.Scattered(split, step) == outcome);
    REQUIRE(cutter.ScatteredInSteps(split, step) == outcome);
  }
}

TEST_CASE("broken streams come to the same end however they are cut") {
  std::mt19937 random(5);
  const auto captured = test::LoadCapturedHellos();
  int malformed = 0;
  for (int round = 0; round < 3000; ++round) {
    ByteVector bytes = captured[random() % captured.size()].bytes;
    if (round % 2 == 0) {
      const std::size_t at = 1 + random() % (bytes.size() - 6);
      bytes = test::SplitRecords(std::span(bytes).subspan(5), {at});
    }
    for (std::size_t i = 0; i <= random() % 3; ++i) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 400)] =
          static_cast<std::uint8_t>(random());
    }
    HelloCutter cutter;
    const HelloOutcome whole = cutter.Whole(bytes);
    malformed += whole.verdict == HelloVerdict::kMalformed ? 1 : 0;
    const std::size_t step = 1 + random() % 100;
    CAPTURE(round, step, whole.reason, whole.offset);
    REQUIRE(cutter.InSteps(bytes, step) == whole);
    REQUIRE(cutter.Scattered(bytes, step) == whole);
    REQUIRE(cutter.ScatteredInSteps(bytes, step) == whole);
    REQUIRE(cutter.ViewsAreInside(bytes));
    REQUIRE(whole.offset <= bytes.size());
  }
  CHECK(malformed > 300);
}

TEST_CASE("reading allocates nothing") {
  const auto vectors = test::LoadHelloVectors();
  test::HelloBuilder crowd;
  for (std::uint16_t id = 100; id < 4000; ++id) crowd.Extension(id);
  const ByteVector crowded = crowd.Build();
  ByteVector scratch(131400);
  ClientHello hello;
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  const long before = test::AllocationCount();
  for (const auto& vector : vectors) {
    HelloReader reader(vector.limits);
    for (std::size_t n = 0; n <= vector.bytes.size(); ++n) {
      verdict = reader.Feed(std::span(vector.bytes).first(n), scratch, &hello);
    }
    if (verdict == HelloVerdict::kHello) Ja4(hello);
  }
  verdict = ParseClientHello(crowded, scratch, &hello);
  const long after = test::AllocationCount();
  CHECK(after == before);
  CHECK(verdict == HelloVerdict::kHello);
}

}  // namespace
}  // namespace meshgw
