// Reading a hello: not only may nothing crash, the outcome may not depend on
// how the bytes come. The first byte of the input chooses options.
#include "meshgw/client_hello.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "../tests/hello/hello_cuts.h"

namespace meshgw {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

using Bytes = std::span<const std::uint8_t>;

HelloLimits LimitsOf(std::uint8_t options) {
  HelloLimits limits;
  if ((options & 1) != 0) limits.max_message_bytes = 4096;
  if ((options & 2) != 0) limits.max_records = 3;
  return limits;
}

NamePolicy PolicyOf(std::uint8_t options) {
  return {.allow_trailing_dot = (options & 4) != 0,
          .allow_ip_address = (options & 8) != 0,
          .allow_opaque = (options & 16) != 0,
          .allow_empty_records = (options & 32) != 0};
}

// The message again over two records, the first of `first` bytes.
std::vector<std::uint8_t> InTwoRecords(Bytes message, std::size_t first) {
  std::vector<std::uint8_t> out;
  const auto add = [&out](Bytes part) {
    out.insert(out.end(),
               {22, 3, 1, static_cast<std::uint8_t>(part.size() >> 8),
                static_cast<std::uint8_t>(part.size() & 0xff)});
    out.insert(out.end(), part.begin(), part.end());
  };
  add(message.first(first));
  add(message.subspan(first));
  return out;
}

void CheckHello(test::HelloCutter& cutter, Bytes bytes,
                const test::HelloOutcome& whole, std::size_t choice) {
  Require(whole.wire_bytes <= bytes.size() && whole.records > 0);
  // What is behind the hello does not matter; every byte of it does.
  Require(cutter.Whole(bytes.first(whole.wire_bytes)) == whole);
  for (const std::size_t n :
       {whole.wire_bytes - 1, choice % whole.wire_bytes}) {
    Require(cutter.Whole(bytes.first(n)).verdict == HelloVerdict::kNeedMore);
  }
  const std::size_t size = whole.message.size();
  const std::size_t first = 1 + choice % (size - 1);
  if (first <= 16384 && size - first <= 16384) {
    Require(cutter.Whole(InTwoRecords(whole.message, first)).SameHello(whole));
  }
}

}  // namespace
}  // namespace meshgw

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace meshgw;  // NOLINT: the one function that is not in it.
  if (size < 2) return 0;
  const std::uint8_t options = data[0];
  const std::size_t step = 1 + data[1] % 64;
  const Bytes bytes(data + 2, size - 2);

  test::HelloCutter cutter(LimitsOf(options), PolicyOf(options));
  const test::HelloOutcome whole = cutter.Whole(bytes);
  Require(cutter.InSteps(bytes, step) == whole);
  Require(cutter.Scattered(bytes, step) == whole);
  Require(cutter.ScatteredInSteps(bytes, step) == whole);
  Require(cutter.ViewsAreInside(bytes));

  const bool good = whole.verdict == HelloVerdict::kHello;
  const bool undecided = whole.verdict == HelloVerdict::kNeedMore;
  Require((whole.reason == HelloReason::kNone) == (good || undecided));
  Require((whole.wait_for > bytes.size()) == undecided);
  if (good) CheckHello(cutter, bytes, whole, step * 37);
  return 0;
}
