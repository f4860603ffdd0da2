#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "c_api.h"
#include "guarded_memory.h"
#include "hello/hello_mutator.h"
#include "hello/hello_vectors.h"
#include "meshgw/client_hello.h"
#include "support/hello_builder.h"

namespace meshgw::test {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t* kNowhere = nullptr;

// Scratch for every vector, whatever its limits.
std::span<std::uint8_t> Scratch() {
  static std::vector<std::uint8_t> scratch(131400);
  return scratch;
}

meshgw_hello Scan(Bytes data, std::span<std::uint8_t> scratch = Scratch()) {
  return meshgw_hello_scan(data.data(), data.size(), scratch.data(),
                           scratch.size());
}

meshgw_hello_options OptionsOf(const HelloLimits& limits) {
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  options.max_message_bytes = limits.max_message_bytes;
  options.max_records = limits.max_records;
  return options;
}

meshgw_hello_state StateOf(const meshgw_hello_options* options = nullptr) {
  meshgw_hello_state state;
  REQUIRE(meshgw_hello_state_init(options, &state) == MESHGW_OK);
  return state;
}

meshgw_hello Feed(meshgw_hello_state* state, Bytes data,
                  std::span<std::uint8_t> scratch = Scratch()) {
  return meshgw_hello_feed(state, data.data(), data.size(), scratch.data(),
                           scratch.size());
}

std::vector<meshgw_buffer> Cut(Bytes data, std::size_t size) {
  std::vector<meshgw_buffer> buffers;
  for (std::size_t at = 0; at < data.size(); at += size) {
    buffers.push_back({data.data() + at, std::min(size, data.size() - at)});
    // The pointer of an empty buffer is not read.
    buffers.push_back({reinterpret_cast<const std::uint8_t*>(1), 0});
  }
  return buffers;
}

meshgw_hello FeedBuffers(meshgw_hello_state* state,
                         const std::vector<meshgw_buffer>& buffers) {
  return meshgw_hello_feed_buffers(state, buffers.data(), buffers.size(),
                                   Scratch().data(), Scratch().size());
}

std::string NameOf(const meshgw_hello& hello, Bytes data,
                   std::span<const std::uint8_t> scratch = Scratch()) {
  const bool in_scratch = (hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH) != 0;
  const Bytes place = in_scratch ? Bytes(scratch) : data;
  REQUIRE(hello.server_name_offset + hello.server_name_len <= place.size());
  const auto name =
      place.subspan(hello.server_name_offset, hello.server_name_len);
  return std::string(name.begin(), name.end());
}

// All but where the name lies.
bool SameVerdict(const meshgw_hello& a, const meshgw_hello& b) {
  const auto flags = [](const meshgw_hello& hello) {
    return hello.flags & ~MESHGW_HELLO_NAME_IN_SCRATCH;
  };
  return a.status == b.status && a.position == b.position &&
         a.server_name_len == b.server_name_len && a.reason == b.reason &&
         flags(a) == flags(b);
}
bool Same(const meshgw_hello& a, const meshgw_hello& b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

bool HasDefaultLimits(const HelloVector& vector) {
  const HelloLimits limits;
  return vector.limits.max_message_bytes == limits.max_message_bytes &&
         vector.limits.max_records == limits.max_records;
}

std::vector<HelloVector> Vectors() {
  static const std::vector<HelloVector> vectors = LoadHelloVectors();
  REQUIRE(vectors.size() > 80);
  return vectors;
}

const char* VerdictName(meshgw_status status) {
  return status == MESHGW_OK ? "hello" : meshgw_status_name(status);
}

std::vector<std::string> Names(meshgw_bytes alpn) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < alpn.len; at += 1 + alpn.data[at]) {
    const auto* name = reinterpret_cast<const char*>(alpn.data + at + 1);
    names.emplace_back(name, alpn.data[at]);
  }
  return names;
}
std::vector<std::int64_t> Values16(meshgw_bytes list) {
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i + 1 < list.len; i += 2) {
    values.push_back(list.data[i] << 8 | list.data[i + 1]);
  }
  return values;
}

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

TEST_CASE("every vector's details are the ones said") {
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    const meshgw_hello_options options = OptionsOf(vector.limits);
    meshgw_hello_details details = {};
    details.struct_size = sizeof(details);
    const meshgw_status status =
        meshgw_hello_inspect(vector.bytes.data(), vector.bytes.size(), &options,
                             Scratch().data(), Scratch().size(), &details);
    CHECK(VerdictName(status) == vector.verdict);
    CHECK(details.hello.status == status);
    CHECK(meshgw_hello_reason_name(details.hello.reason) == vector.reason);
    CHECK(details.struct_size == sizeof(details));
    if (status != MESHGW_OK) {
      CHECK(details.message.data == nullptr);
      continue;
    }
    CHECK(Text(details.server_name) == vector.server_name.value_or(""));
    CHECK(Names(details.alpn) == vector.alpn);
    CHECK(Values16(details.supported_versions) == vector.versions);
    CHECK(details.records == vector.records);
    CHECK(details.message.len > 4);
    CHECK(details.message.data[0] == 1);
  }
}

TEST_CASE("every vector's fingerprint is the one said") {
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    const meshgw_hello_options options = OptionsOf(vector.limits);
    char ja4[MESHGW_JA4_BYTES + 1];
    std::memset(ja4, '#', sizeof(ja4));
    const meshgw_status status =
        meshgw_hello_ja4(vector.bytes.data(), vector.bytes.size(), &options,
                         Scratch().data(), Scratch().size(), ja4);
    CHECK(VerdictName(status) == vector.verdict);
    CHECK(ja4[MESHGW_JA4_BYTES] == '#');
    if (status == MESHGW_OK) {
      CHECK(ja4 == vector.ja4);
    } else {
      CHECK(std::count(ja4, ja4 + sizeof(ja4), '#') == sizeof(ja4));
    }
  }
}

TEST_CASE("the verdict does not depend on how the bytes come") {
  for (const HelloVector& vector : Vectors()) {
    if (vector.bytes.size() > 8192) continue;
    const meshgw_hello_options options = OptionsOf(vector.limits);
    meshgw_hello_state once = StateOf(&options);
    const meshgw_hello whole = Feed(&once, vector.bytes);
    const std::string name = NameOf(whole, vector.bytes);
    for (const std::size_t step : {1, 7, 100}) {
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
      std::search(wire.begin(), wire.end(), "db.example", "db.example" + 10) -
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

// What the C++ API says, in the shape of the C API.
meshgw_hello Expected(HelloReader* reader, Bytes data, ClientHello* hello) {
  meshgw_hello out = {};
  out.status = static_cast<meshgw_status>(reader->Feed(data, Scratch(), hello));
  out.reason = static_cast<std::uint8_t>(reader->reason());
  if (out.status == MESHGW_NEED_MORE) {
    out.position = static_cast<std::uint32_t>(reader->wait_for());
  } else if (out.status != MESHGW_OK) {
    out.position = static_cast<std::uint32_t>(reader->offset());
  } else {
    out.position = hello->wire_bytes;
    out.server_name_len = static_cast<std::uint8_t>(hello->server_name.size());
    const std::map<int, bool> flags = {
        {MESHGW_HELLO_HAS_SERVER_NAME, hello->has_server_name},
        {MESHGW_HELLO_EARLY_DATA, hello->has_early_data},
        {MESHGW_HELLO_PRE_SHARED_KEY, hello->has_pre_shared_key},
        {MESHGW_HELLO_POST_QUANTUM, hello->has_post_quantum_share},
        {MESHGW_HELLO_ECH_OUTER, hello->ech == EncryptedClientHello::kOuter},
        {MESHGW_HELLO_ECH_INNER, hello->ech == EncryptedClientHello::kInner}};
    for (const auto& [flag, set] : flags) {
      if (set) out.flags = static_cast<std::uint16_t>(out.flags | flag);
    }
  }
  return out;
}

void CheckAsInCpp(Bytes data, const HelloLimits& limits) {
  HelloReader reader(limits);
  ClientHello hello;
  const meshgw_hello want = Expected(&reader, data, &hello);
  const std::string name(hello.server_name);
  const meshgw_hello_options options = OptionsOf(limits);
  meshgw_hello_state state = StateOf(&options);
  const meshgw_hello got = Feed(&state, data);
  if (!SameVerdict(got, want)) {
    CAPTURE(got.status, want.status, got.position, want.position, got.reason,
            want.reason, got.flags, want.flags);
    FAIL_CHECK("the C and C++ APIs differ");
  }
  if (want.status != MESHGW_OK) return;
  if (NameOf(got, data) != name) CHECK(NameOf(got, data) == name);
  char ja4[MESHGW_JA4_BYTES];
  REQUIRE(meshgw_hello_ja4(data.data(), data.size(), &options, Scratch().data(),
                           Scratch().size(), ja4) == MESHGW_OK);
  const auto want_ja4 = Ja4(hello);
  if (std::string(want_ja4.begin(), want_ja4.end()) != ja4) {
    FAIL_CHECK("the fingerprints of the C and C++ APIs differ");
  }
}

TEST_CASE("the C API says of every vector what the C++ API says") {
  for (const HelloVector& vector : Vectors()) {
    CAPTURE(vector.name);
    CheckAsInCpp(vector.bytes, vector.limits);
  }
}

TEST_CASE("the C API says of broken hellos what the C++ API says") {
  HelloMutator mutator(20260731);
  std::vector<ByteVector> seeds;
  for (const HelloVector& vector : Vectors()) {
    if (vector.verdict == "hello" && vector.records == 1 &&
        vector.bytes.size() == static_cast<std::size_t>(vector.wire_bytes)) {
      seeds.push_back(vector.bytes);
    }
  }
  REQUIRE(seeds.size() > 20);
  for (int i = 0; i < 20000; ++i) {
    const ByteVector mutated =
        mutator.Mutate(seeds[static_cast<std::size_t>(i) % seeds.size()]);
    CAPTURE(i);
    CheckAsInCpp(mutated, HelloLimits());
  }
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

bool IsIn(const void* data, std::size_t size, Bytes place) {
  const auto* first = static_cast<const std::uint8_t*>(data);
  return size == 0 ||
         (first >= place.data() && first + size <= place.data() + place.size());
}

TEST_CASE("the views of details lie in the data, or all in the scratch") {
  for (const HelloVector& vector : Vectors()) {
    if (vector.verdict != "hello" || !HasDefaultLimits(vector)) continue;
    CAPTURE(vector.name);
    meshgw_hello_details details = {};
    details.struct_size = sizeof(details);
    REQUIRE(meshgw_hello_inspect(vector.bytes.data(), vector.bytes.size(),
                                 nullptr, Scratch().data(), Scratch().size(),
                                 &details) == MESHGW_OK);
    const Bytes place =
        vector.records > 1 ? Bytes(Scratch()) : Bytes(vector.bytes);
    for (const meshgw_bytes& view :
         {details.alpn, details.supported_versions, details.supported_groups,
          details.signature_algorithms, details.key_shares,
          details.cipher_suites, details.session_id, details.extensions,
          details.message}) {
      CHECK(IsIn(view.data, view.len, place));
    }
    CHECK(IsIn(details.server_name.data, details.server_name.len, place));
  }
}

TEST_CASE("details write no more than the caller's struct has") {
  const ByteVector wire = HelloBuilder().ServerName("db").Build();
  constexpr std::size_t kLeast = 24;
  for (std::size_t size = 0; size <= sizeof(meshgw_hello_details) + 64;
       ++size) {
    CAPTURE(size);
    alignas(meshgw_hello_details) unsigned char
        memory[sizeof(meshgw_hello_details) + 128];
    std::memset(memory, '#', sizeof(memory));
    auto* details = reinterpret_cast<meshgw_hello_details*>(memory);
    details->struct_size = size;
    const meshgw_status status = meshgw_hello_inspect(
        wire.data(), wire.size(), nullptr, kNowhere, 0, details);
    CHECK(status == (size < kLeast ? MESHGW_ERR_INVALID_ARGUMENT : MESHGW_OK));
    CHECK(details->struct_size == size);
    const std::size_t written =
        status == MESHGW_OK ? std::min(size, sizeof(*details)) : sizeof(size);
    CHECK(std::count(memory + written, memory + sizeof(memory), '#') ==
          static_cast<std::ptrdiff_t>(sizeof(memory) - written));
  }
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
