#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "guarded_memory.h"
#include "hello_calls.h"
#include "support/hello_builder.h"

namespace meshgw::test {
namespace {

void CheckFlags(const HelloVector& vector, const meshgw_hello& hello) {
  const auto has = [&hello](int flag) { return (hello.flags & flag) != 0; };
  CHECK(has(MESHGW_HELLO_HAS_SERVER_NAME) == vector.server_name.has_value());
  CHECK(has(MESHGW_HELLO_EARLY_DATA) == vector.early_data);
  CHECK(has(MESHGW_HELLO_POST_QUANTUM) == vector.post_quantum);
  CHECK(has(MESHGW_HELLO_ECH_OUTER) == (vector.ech == "outer"));
  CHECK(has(MESHGW_HELLO_ECH_INNER) == (vector.ech == "inner"));
}

TEST_CASE("every vector's hello has the verdict, place, name and flags said") {
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    const meshgw_hello_options options = OptionsOf(vector.limits);
    meshgw_hello_state state = StateOf(&options);
    const meshgw_hello hello = Feed(&state, vector.bytes);
    CHECK(VerdictName(hello.status) == vector.verdict);
    CHECK(meshgw_hello_reason_name(hello.reason) == vector.reason);
    if (hello.status == MESHGW_OK) {
      CHECK(hello.position == vector.wire_bytes);
      CHECK(NameOf(hello, vector.bytes) == vector.server_name.value_or(""));
      CheckFlags(vector, hello);
    } else if (hello.status == MESHGW_NEED_MORE) {
      CHECK(hello.position > vector.bytes.size());
      CHECK(hello.flags == 0);
    } else {
      CHECK(hello.position == vector.offset);
      CHECK(hello.flags == 0);
      CHECK(hello.server_name_offset == 0);
      CHECK(hello.server_name_len == 0);
    }
    if (HasDefaultLimits(vector)) CHECK(Same(hello, Scan(vector.bytes)));
  }
}

TEST_CASE("the verdict does not depend on how the bytes come") {
  for (const HelloVector& vector : Vectors()) {
    if (vector.bytes.size() > 8192) continue;
    const meshgw_hello_options options = OptionsOf(vector.limits);
    meshgw_hello_state once = StateOf(&options);
    const meshgw_hello whole = Feed(&once, vector.bytes);
    const std::string name = NameOf(whole, vector.bytes);
    for (const std::size_t step : {1u, 7u, 100u}) {
      CAPTURE(vector.name, step);
      meshgw_hello_state stepped = StateOf(&options);
      meshgw_hello_state scattered = StateOf(&options);
      meshgw_hello hello = {};
      meshgw_hello gathered = {};
      std::size_t n = 0;
      do {
        n = std::min(n + step, vector.bytes.size());
        // Moved at each call.
        const ByteVector moved(
            vector.bytes.begin(),
            vector.bytes.begin() + static_cast<std::ptrdiff_t>(n));
        hello = Feed(&stepped, moved);
        if (hello.status == MESHGW_OK) CHECK(NameOf(hello, moved) == name);
        gathered = FeedBuffers(&scattered, Cut(moved, step));
        if (gathered.status == MESHGW_OK) {
          CHECK(NameOf(gathered, moved) == name);
        }
      } while (n < vector.bytes.size());
      CHECK(SameVerdict(hello, whole));
      CHECK(SameVerdict(gathered, whole));
    }
  }
}

TEST_CASE("every strict prefix of a hello needs more than there is") {
  for (const HelloVector& vector : Vectors()) {
    if (vector.verdict != "hello" || !HasDefaultLimits(vector)) continue;
    const auto wire =
        Bytes(vector.bytes).first(static_cast<std::size_t>(vector.wire_bytes));
    const std::size_t step = wire.size() > 4096 ? 97 : 1;
    for (std::size_t n = 0; n < wire.size(); n += step) {
      const meshgw_hello hello = Scan(wire.first(n));
      if (hello.status == MESHGW_NEED_MORE && hello.position > n) continue;
      CAPTURE(vector.name, n, hello.position);
      CHECK(hello.status == MESHGW_NEED_MORE);
      CHECK(hello.position > n);
    }
  }
}

TEST_CASE("fewer bytes than the position asks for never change the verdict") {
  for (const HelloVector& vector : Vectors()) {
    if (vector.verdict != "hello" || !HasDefaultLimits(vector)) continue;
    CAPTURE(vector.name);
    std::size_t calls = 0;
    for (std::size_t n = 0; n < vector.bytes.size(); ++calls) {
      const meshgw_hello hello = Scan(Bytes(vector.bytes).first(n));
      if (hello.status != MESHGW_NEED_MORE) break;
      const meshgw_hello before =
          Scan(Bytes(vector.bytes).first(hello.position - 1));
      REQUIRE(before.status == MESHGW_NEED_MORE);
      REQUIRE(before.position == hello.position);
      n = hello.position;
    }
    CHECK(calls > 0);
  }
}

TEST_CASE("nothing behind the data or the scratch is touched") {
  const GuardedMemory data(1 << 18);
  const GuardedMemory scratch(1 << 18);
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    const meshgw_hello want = Scan(vector.bytes);
    const auto copy = data.Copy(vector.bytes);
    CHECK(Same(Scan(copy, scratch.Last(131400)), want));
    // Prefixes end at the page as well.
    const std::size_t step = 1 + vector.bytes.size() / 300;
    for (std::size_t n = 0; n < vector.bytes.size(); n += step) {
      const auto prefix = data.Copy(Bytes(vector.bytes).first(n));
      (void)Scan(prefix, scratch.Last(n % 512));
      meshgw_hello_state state = StateOf();
      (void)FeedBuffers(&state, Cut(prefix, 13));
    }
  }
}

TEST_CASE("scratch as long as the message is enough, and a byte less is not") {
  const GuardedMemory scratch(1 << 16);
  const ByteVector message =
      HelloBuilder().ServerName("db.example").Alpn({"h2"}).Message();
  const ByteVector wire = SplitRecords(message, {10, 20, 31});
  const auto exact = scratch.Last(message.size());
  const meshgw_hello hello = Scan(wire, exact);
  CHECK(hello.status == MESHGW_OK);
  CHECK((hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH) != 0);
  CHECK(NameOf(hello, wire, exact) == "db.example");
  for (std::size_t size = 0; size < message.size(); ++size) {
    const meshgw_hello small = Scan(wire, scratch.Last(size));
    if (small.status == MESHGW_ERR_TOO_LARGE &&
        small.reason == MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL) {
      continue;
    }
    CAPTURE(size);
    CHECK(small.status == MESHGW_ERR_TOO_LARGE);
  }
}

TEST_CASE("a hello in several records is refused without scratch") {
  const ByteVector wire =
      SplitRecords(HelloBuilder().ServerName("db").Message(), {30});
  const meshgw_hello hello =
      meshgw_hello_scan(wire.data(), wire.size(), kNowhere, 0);
  CHECK(hello.status == MESHGW_ERR_TOO_LARGE);
  CHECK(hello.reason == MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL);
}

TEST_CASE("a hello in one record needs no scratch") {
  const ByteVector wire = HelloBuilder().ServerName("Db.Example").Build();
  const meshgw_hello hello =
      meshgw_hello_scan(wire.data(), wire.size(), kNowhere, 0);
  CHECK(hello.status == MESHGW_OK);
  CHECK(hello.flags == MESHGW_HELLO_HAS_SERVER_NAME);
  CHECK(NameOf(hello, wire) == "Db.Example");
}

TEST_CASE("a name in one of several buffers is found there") {
  const ByteVector wire = HelloBuilder().ServerName("db.example").Build();
  const auto at = static_cast<std::size_t>(
      std::search(wire.begin(), wire.end(), "db.example", &"db.example"[10]) -
      wire.begin());
  const ByteVector front(wire.begin(),
                         wire.begin() + static_cast<std::ptrdiff_t>(at));
  const ByteVector back(wire.begin() + static_cast<std::ptrdiff_t>(at),
                        wire.end());
  meshgw_hello_state state = StateOf();
  const meshgw_hello hello = FeedBuffers(
      &state, {{front.data(), front.size()}, {back.data(), back.size()}});
  CHECK(hello.status == MESHGW_OK);
  // A message that straddles buffers is gathered, and the name with it; but a
  // name that says it is in the data must be there.
  if ((hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH) == 0) {
    CHECK(hello.server_name_offset == at);
  }
  CHECK(NameOf(hello, wire) == "db.example");
  // Whole in the second buffer.
  meshgw_hello_state second = StateOf();
  const meshgw_hello behind =
      FeedBuffers(&second, {{nullptr, 0}, {wire.data(), wire.size()}});
  CHECK(behind.flags == MESHGW_HELLO_HAS_SERVER_NAME);
  CHECK(behind.server_name_offset == at);
}

TEST_CASE("a name that straddles two buffers lies in scratch") {
  const ByteVector wire = HelloBuilder().ServerName("db.example").Build();
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    CAPTURE(cut);
    const ByteVector front(wire.begin(),
                           wire.begin() + static_cast<std::ptrdiff_t>(cut));
    const ByteVector back(wire.begin() + static_cast<std::ptrdiff_t>(cut),
                          wire.end());
    meshgw_hello_state state = StateOf();
    const meshgw_hello hello = FeedBuffers(
        &state, {{front.data(), front.size()}, {back.data(), back.size()}});
    REQUIRE(hello.status == MESHGW_OK);
    CHECK(NameOf(hello, wire) == "db.example");
  }
}

TEST_CASE("a state may be copied at any time") {
  const ByteVector wire =
      SplitRecords(HelloBuilder().ServerName("db").Message(), {7, 50});
  const meshgw_hello want = Scan(wire);
  for (std::size_t n = 0; n < wire.size(); ++n) {
    CAPTURE(n);
    meshgw_hello_state state = StateOf();
    (void)Feed(&state, Bytes(wire).first(n));
    meshgw_hello_state copy;
    std::memcpy(&copy, &state, sizeof(copy));
    CHECK(Same(Feed(&copy, wire), want));
    CHECK(Same(Feed(&state, wire), want));
  }
}

TEST_CASE("a verdict is repeated at later calls") {
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    const meshgw_hello_options options = OptionsOf(vector.limits);
    meshgw_hello_state state = StateOf(&options);
    const meshgw_hello first = Feed(&state, vector.bytes);
    if (first.status == MESHGW_NEED_MORE) continue;
    ByteVector more = vector.bytes;
    more.insert(more.end(), 100, 0x55);
    CHECK(Same(Feed(&state, more), first));
    CHECK(Same(Feed(&state, more), first));
  }
}

TEST_CASE("a state that was not initialised is refused") {
  const ByteVector wire = HelloBuilder().ServerName("db").Build();
  meshgw_hello_state state = {};
  CHECK(Feed(&state, wire).status == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(FeedBuffers(&state, Cut(wire, 10)).status ==
        MESHGW_ERR_INVALID_ARGUMENT);
}

// The status of a hello with that name under `options`, and the name.
std::pair<meshgw_status, std::string> Read(
    const std::string& name, const meshgw_hello_options& options) {
  const ByteVector wire = HelloBuilder().ServerName(name).Build();
  meshgw_hello_state state = StateOf(&options);
  const meshgw_hello hello = Feed(&state, wire);
  return {hello.status, NameOf(hello, wire)};
}

TEST_CASE("options allow names beyond those of RFC 6066") {
  using Result = std::pair<meshgw_status, std::string>;
  const Result refused = {MESHGW_ERR_MALFORMED, ""};
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  CHECK(Read("a.", options) == refused);
  CHECK(Read("10.0.0.1", options) == refused);
  CHECK(Read("a b", options) == refused);
  options.allow_trailing_dot = 1;
  CHECK(Read("a.", options) == Result{MESHGW_OK, "a"});
  options = MESHGW_HELLO_OPTIONS_INIT;
  options.allow_ip_address = 1;
  CHECK(Read("10.0.0.1", options) == Result{MESHGW_OK, "10.0.0.1"});
  options = MESHGW_HELLO_OPTIONS_INIT;
  options.allow_opaque = 1;
  CHECK(Read("a b", options) == Result{MESHGW_OK, "a b"});
  const std::string longest(255, '!');
  CHECK(Read(longest, options) == Result{MESHGW_OK, longest});
}

TEST_CASE("empty records are skipped only where that is asked for") {
  ByteVector wire = Record({});
  Append(wire, HelloBuilder().ServerName("db").Build());
  CHECK(Scan(wire).reason == MESHGW_HELLO_REASON_EMPTY_RECORD);
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  options.allow_empty_records = 1;
  meshgw_hello_state state = StateOf(&options);
  const meshgw_hello hello = Feed(&state, wire);
  CHECK(hello.status == MESHGW_OK);
  CHECK(NameOf(hello, wire) == "db");
}

TEST_CASE("limits bound the message and the records") {
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  options.max_message_bytes = 1;  // Taken as 4096.
  const ByteVector big = HelloBuilder().Padding(5000).Build();
  meshgw_hello_state state = StateOf(&options);
  CHECK(Feed(&state, big).reason == MESHGW_HELLO_REASON_MESSAGE_TOO_LARGE);
  state = StateOf(&options);
  CHECK(Feed(&state, HelloBuilder().Padding(3000).Build()).status == MESHGW_OK);
  options = MESHGW_HELLO_OPTIONS_INIT;
  options.max_records = 2;
  const ByteVector message = HelloBuilder().ServerName("db").Message();
  state = StateOf(&options);
  CHECK(Feed(&state, SplitRecords(message, {9})).status == MESHGW_OK);
  state = StateOf(&options);
  CHECK(Feed(&state, SplitRecords(message, {9, 9})).status ==
        MESHGW_ERR_TOO_MANY_RECORDS);
}

TEST_CASE("the verdict on a hello is 16 bytes without padding") {
  STATIC_REQUIRE(sizeof(meshgw_hello) == 16);
  STATIC_REQUIRE(sizeof(meshgw_hello_state) == 96);
}

TEST_CASE("a name of 255 bytes in scratch is found whole") {
  const std::string name(253, 'a');
  std::string labels = name;
  for (std::size_t i = 63; i < labels.size(); i += 64) labels[i] = '.';
  const ByteVector wire =
      SplitRecords(HelloBuilder().ServerName(labels).Message(), {100, 100});
  const meshgw_hello hello = Scan(wire);
  REQUIRE(hello.status == MESHGW_OK);
  CHECK(hello.server_name_len == 253);
  CHECK(NameOf(hello, wire) == labels);
}

}  // namespace
}  // namespace meshgw::test
