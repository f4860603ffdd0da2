#include "meshgw/client_hello.h"

#include <algorithm>
#include <ranges>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

using test::ByteVector;
using test::HelloBuilder;

static_assert(sizeof(HelloReader) <= 256);
static_assert(std::ranges::forward_range<AlpnList>);

HelloBuilder NamedHello() {
  HelloBuilder builder;
  builder.ServerName("db.default.dc2.internal.td.consul")
      .SupportedVersions({0x0304, 0x0303})
      .Alpn({"h2", "http/1.1"});
  return builder;
}

// What one reader says of a whole stream.
struct Outcome {
  HelloVerdict verdict;
  HelloReason reason;
  std::size_t offset;
  std::size_t wait_for;

  bool operator==(const Outcome&) const = default;
};

Outcome Read(const ByteVector& bytes, const HelloLimits& limits = {},
             const NamePolicy& policy = {}, std::size_t scratch_size = 131400) {
  ByteVector scratch(scratch_size);
  HelloReader reader(limits, policy);
  ClientHello hello;
  const HelloVerdict verdict = reader.Feed(bytes, scratch, &hello);
  return {verdict, reader.reason(), reader.offset(), reader.wait_for()};
}

Outcome Decided(HelloVerdict verdict, HelloReason reason, std::size_t offset) {
  return {verdict, reason, offset, 0};
}
Outcome Malformed(HelloReason reason, std::size_t offset) {
  return Decided(HelloVerdict::kMalformed, reason, offset);
}
Outcome Waits(std::size_t bytes) {
  return {HelloVerdict::kNeedMore, HelloReason::kNone, 0, bytes};
}
const Outcome kGood = Decided(HelloVerdict::kHello, HelloReason::kNone, 0);

TEST_CASE("a hello in one record is reported in place") {
  const ByteVector bytes = NamedHello().Build();
  ClientHello hello;
  REQUIRE(ParseClientHello(bytes, {}, &hello) == HelloVerdict::kHello);
  CHECK(hello.message.data() == bytes.data() + 5);
  CHECK(hello.message.size() == bytes.size() - 5);
  CHECK(hello.server_name == "db.default.dc2.internal.td.consul");
  CHECK(hello.has_server_name);
  CHECK(std::vector<std::string>(hello.alpn.begin(), hello.alpn.end()) ==
        std::vector<std::string>{"h2", "http/1.1"});
  CHECK(hello.wire_bytes == bytes.size());
  CHECK(hello.records == 1);
  CHECK(hello.legacy_version == 0x0303);
  CHECK(hello.extension_count == 3);
  CHECK(hello.cipher_suites.size() == 2);
  CHECK(hello.session_id.empty());
  CHECK(hello.extensions.data() + hello.extensions.size() ==
        bytes.data() + bytes.size());
}

TEST_CASE("a hello without a name, and one without extensions, are hellos") {
  ClientHello hello;
  const ByteVector no_name = HelloBuilder().Alpn({"h2"}).Build();
  REQUIRE(ParseClientHello(no_name, {}, &hello) == HelloVerdict::kHello);
  CHECK_FALSE(hello.has_server_name);
  CHECK(hello.server_name.empty());

  const ByteVector old = HelloBuilder().NoExtensionBlock().Build();
  REQUIRE(ParseClientHello(old, {}, &hello) == HelloVerdict::kHello);
  CHECK(hello.extension_count == 0);
  CHECK(hello.extensions.empty());
  CHECK(hello.alpn.empty());
}

TEST_CASE("out is written only with a hello") {
  ByteVector bytes = NamedHello().Build();
  ClientHello hello;
  hello.server_name = "untouched";
  CHECK(ParseClientHello(std::span(bytes).first(60), {}, &hello) ==
        HelloVerdict::kNeedMore);
  CHECK(hello.server_name == "untouched");
  bytes[43] = 33;  // The session id's length.
  CHECK(ParseClientHello(bytes, {}, &hello) == HelloVerdict::kMalformed);
  CHECK(hello.server_name == "untouched");
}

TEST_CASE("first bytes that are no handshake record are told apart") {
  using R = HelloReason;
  struct Row {
    const char* name;
    ByteVector bytes;
    Outcome outcome;
  };
  const Outcome plain = Decided(HelloVerdict::kNotTls, R::kPlainText, 0);
  const Outcome sslv2 = Decided(HelloVerdict::kSslV2, R::kSslV2, 0);
  const std::vector<Row> rows = {
      {"nothing", {}, Waits(1)},
      {"HTTP", {'G'}, plain},
      {"zero", {0}, plain},
      {"record type 25", {25}, plain},
      {"alert needs its version", {21}, Waits(2)},
      {"alert", {21, 3}, Malformed(R::kRecordType, 0)},
      {"change_cipher_spec", {20, 3}, Malformed(R::kRecordType, 0)},
      {"application_data", {23, 3}, Malformed(R::kRecordType, 0)},
      {"byte 21 of another protocol", {21, 4}, plain},
      {"high bit needs byte 2", {0x80, 46}, Waits(3)},
      {"high bit, other type", {0x80, 46, 4}, plain},
      {"high bit, type 1", {0x80, 46, 1}, Waits(5)},
      {"SSLv2", {0x80, 46, 1, 0, 2}, sslv2},
      {"SSLv2 that offers TLS", {0x80, 46, 1, 3, 1}, sslv2},
      {"SSLv2 of no version", {0x80, 46, 1, 0, 3}, plain},
      {"SSLv2 of major 2", {0x80, 46, 1, 2, 0}, plain},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(Read(row.bytes) == row.outcome);
  }
}

TEST_CASE("a warning alert in front of a hello is never plain text") {
  // Go and OpenSSL skip it: a backend would read the hello that we would not.
  ByteVector bytes = test::Record(ByteVector{1, 0}, 21);
  test::Append(bytes, NamedHello().Build());
  CHECK(Read(bytes) == Malformed(HelloReason::kRecordType, 0));
}

TEST_CASE("each byte of the frame is judged as soon as it is there") {
  using R = HelloReason;
  struct Row {
    const char* name;
    ByteVector bytes;
    Outcome outcome;
  };
  const std::vector<Row> rows = {
      {"type", {22}, Waits(2)},
      {"major version", {22, 2}, Malformed(R::kRecordVersion, 1)},
      {"minor version is ignored", {22, 3, 0xff}, Waits(5)},
      {"longest record", {22, 3, 1, 0x40, 0}, Waits(6)},
      {"record too long", {22, 3, 1, 0x40, 1}, Malformed(R::kRecordLength, 3)},
      {"empty record", {22, 3, 1, 0, 0}, Malformed(R::kEmptyRecord, 3)},
      {"message type", {22, 3, 1, 1, 0, 2}, Malformed(R::kMessageType, 5)},
      {"length still to come", {22, 3, 1, 1, 0, 1, 0, 0}, Waits(9)},
      {"message too short",
       {22, 3, 1, 0, 44, 1, 0, 0, 40},
       Malformed(R::kMessageLength, 6)},
      {"shortest message", {22, 3, 1, 0, 45, 1, 0, 0, 41}, Waits(50)},
      {"record goes on behind the message",
       {22, 3, 1, 0, 46, 1, 0, 0, 41},
       Malformed(R::kTrailingHandshake, 50)},
      {"message goes on in a further record",
       {22, 3, 1, 0, 44, 1, 0, 0, 41},
       Waits(50)},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(Read(row.bytes) == row.outcome);
  }
}

TEST_CASE("what is behind the hello's record is not looked at") {
  const ByteVector hello_bytes = NamedHello().Build();
  struct Row {
    const char* name;
    ByteVector behind;
  };
  const std::vector<Row> rows = {
      {"change_cipher_spec", test::Record(ByteVector{1}, 20)},
      {"0-RTT data", test::Record(ByteVector(100, 7), 23)},
      {"half a header", {23, 3}},
      {"garbage", {0xff, 0xff, 0xff}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    ByteVector bytes = hello_bytes;
    test::Append(bytes, row.behind);
    ClientHello hello;
    REQUIRE(ParseClientHello(bytes, {}, &hello) == HelloVerdict::kHello);
    CHECK(hello.wire_bytes == hello_bytes.size());
  }
}

TEST_CASE("another record type inside the hello is refused") {
  const ByteVector message = NamedHello().Message();
  for (const std::uint8_t type : ByteVector{20, 21, 23, 24, 0, 255}) {
    CAPTURE(type);
    ByteVector bytes = test::Record(std::span(message).first(40));
    test::Append(bytes, test::Record(std::span(message).subspan(40), type));
    CHECK(Read(bytes) == Malformed(HelloReason::kRecordType, 45));
  }
}

TEST_CASE("errors in a split message are placed in the stream") {
  // The session id's length, byte 38 of the message, is wrong.
  const ByteVector message =
      HelloBuilder().SessionId({33}).ServerName("a.b").Message();
  CHECK(Read(test::Record(message)) == Malformed(HelloReason::kSessionId, 43));
  CHECK(Read(test::SplitRecords(message, {10})) ==
        Malformed(HelloReason::kSessionId, 48));
  CHECK(Read(test::SplitRecords(message, {38})) ==
        Malformed(HelloReason::kSessionId, 48));
  CHECK(Read(test::SplitRecords(message, {1, 1, 1, 1, 1})) ==
        Malformed(HelloReason::kSessionId, 5 * 6 + 5 + 33));
}

TEST_CASE("the trailing byte is found behind a split hello too") {
  ByteVector message = NamedHello().Message();
  const std::size_t size = message.size();
  message.push_back(0);
  CHECK(Read(test::SplitRecords(message, {20})) ==
        Malformed(HelloReason::kTrailingHandshake, 10 + size));
}

TEST_CASE("message limits are clamped and checked at the header") {
  const auto header = [](std::size_t message) {
    ByteVector bytes = {22, 3, 1, 0x40, 0, 1};
    bytes.push_back(static_cast<std::uint8_t>((message - 4) >> 16));
    test::AppendU16(bytes, (message - 4) & 0xffff);
    return bytes;
  };
  struct Row {
    std::uint32_t limit;
    std::size_t accepted;
  };
  for (const Row& row :
       std::vector<Row>{{65536, 65536}, {20000, 20000}, {131400, 131400}}) {
    CAPTURE(row.limit);
    const HelloLimits limits = {.max_message_bytes = row.limit};
    CHECK(Read(header(row.accepted), limits).verdict ==
          HelloVerdict::kNeedMore);
    CHECK(Read(header(row.accepted + 1), limits) ==
          Decided(HelloVerdict::kTooLarge, HelloReason::kMessageTooLarge, 6));
  }
  const HelloLimits high = {.max_message_bytes = 0xffffffff};
  CHECK(Read(header(131400), high).verdict == HelloVerdict::kNeedMore);
  CHECK(Read(header(131401), high).verdict == HelloVerdict::kTooLarge);

  const HelloLimits low = {.max_message_bytes = 1};
  const ByteVector fits = HelloBuilder().Padding(4096 - 4 - 41 - 2 - 4).Build();
  REQUIRE(fits.size() == 4096 + 5);
  CHECK(Read(fits, low) == kGood);
  const ByteVector over = HelloBuilder().Padding(4097 - 4 - 41 - 2 - 4).Build();
  CHECK(Read(over, low) ==
        Decided(HelloVerdict::kTooLarge, HelloReason::kMessageTooLarge, 6));
}

TEST_CASE("records are counted, and one too many is known before it comes") {
  const ByteVector message = NamedHello().Message();
  const std::vector<std::size_t> ones(message.size() - 1, 1);
  const ByteVector bytes = test::SplitRecords(message, ones);
  const auto records = static_cast<std::uint16_t>(message.size());
  HelloLimits limits = {.max_records = records};
  CHECK(Read(bytes, limits) == kGood);
  limits.max_records = static_cast<std::uint16_t>(records - 1);
  CHECK(Read(bytes, limits) == Decided(HelloVerdict::kTooManyRecords,
                                       HelloReason::kRecordCount,
                                       (records - 1U) * 6));
  // Already the header of the last record allowed says that it will not do.
  const ByteVector cut(bytes.begin(), bytes.begin() + (records - 2) * 6 + 5);
  CHECK(Read(cut, limits).verdict == HelloVerdict::kTooManyRecords);

  limits.max_records = 0;  // Taken as 1.
  CHECK(Read(test::Record(message), limits) == kGood);
  CHECK(Read(test::SplitRecords(message, {2}), limits).verdict ==
        HelloVerdict::kTooManyRecords);
}

TEST_CASE("empty records are refused, or skipped and counted if allowed") {
  ByteVector bytes = test::Record({});
  test::Append(bytes, NamedHello().Build());
  CHECK(Read(bytes) == Malformed(HelloReason::kEmptyRecord, 3));

  const NamePolicy lenient = {.allow_empty_records = true};
  HelloReader reader({}, lenient);
  ClientHello hello;
  // Contiguous behind the empty record: no scratch needed.
  REQUIRE(reader.Feed(bytes, {}, &hello) == HelloVerdict::kHello);
  CHECK(hello.records == 2);
  CHECK(hello.wire_bytes == bytes.size());
  CHECK(hello.message.data() == bytes.data() + 10);

  ByteVector many;
  for (int i = 0; i < 10; ++i) test::Append(many, test::Record({}));
  CHECK(Read(many, {.max_records = 10}, lenient).verdict ==
        HelloVerdict::kTooManyRecords);
}

TEST_CASE("a hello that needs more scratch than there is is too large") {
  const ByteVector message = NamedHello().Message();
  const ByteVector split = test::SplitRecords(message, {30});
  CHECK(Read(split, {}, {}, message.size()) == kGood);
  CHECK(Read(split, {}, {}, message.size() - 1) ==
        Decided(HelloVerdict::kTooLarge, HelloReason::kScratchTooSmall, 6));
  CHECK(Read(test::Record(message), {}, {}, 0) == kGood);
}

TEST_CASE("a verdict stays, and a hello's views follow the bytes") {
  const ByteVector bytes = NamedHello().Build();
  HelloReader reader;
  ClientHello hello;
  REQUIRE(reader.Feed(bytes, {}, &hello) == HelloVerdict::kHello);
  CHECK(reader.wait_for() == 0);
  ByteVector moved = bytes;
  moved.push_back(0x17);
  REQUIRE(reader.Feed(moved, {}, &hello) == HelloVerdict::kHello);
  CHECK(hello.message.data() == moved.data() + 5);
  CHECK(hello.wire_bytes == bytes.size());

  HelloReader broken;
  const ByteVector text = {'G', 'E', 'T'};
  CHECK(broken.Feed(text, {}, &hello) == HelloVerdict::kNotTls);
  CHECK(broken.Feed(bytes, {}, &hello) == HelloVerdict::kNotTls);
  CHECK(broken.reason() == HelloReason::kPlainText);
}

TEST_CASE("verdicts and reasons have names, and other values none") {
  CHECK(HelloVerdictName(HelloVerdict::kHello) == "hello");
  CHECK(HelloVerdictName(HelloVerdict::kTooManyRecords) == "too_many_records");
  CHECK(HelloVerdictName(static_cast<HelloVerdict>(7)) == "unknown");
  CHECK(HelloVerdictName(static_cast<HelloVerdict>(-1)) == "unknown");
  CHECK(HelloReasonName(HelloReason::kNone) == "none");
  CHECK(HelloReasonName(HelloReason::kSignatureAlgorithms) ==
        "signature_algorithms");
  CHECK(HelloReasonName(HelloReason::kPlainText) == "plain_text");
  CHECK(HelloReasonName(static_cast<HelloReason>(32)) == "unknown");
  CHECK(HelloReasonName(static_cast<HelloReason>(-1)) == "unknown");
}

TEST_CASE("IsGrease knows the sixteen values of RFC 8701 and no others") {
  int count = 0;
  for (std::uint32_t value = 0; value <= 0xffff; ++value) {
    const bool expected = value % 0x1010 == 0x0a0a;
    if (IsGrease(static_cast<std::uint16_t>(value)) != expected) {
      CAPTURE(value);
      CHECK(IsGrease(static_cast<std::uint16_t>(value)) == expected);
    }
    count += expected ? 1 : 0;
  }
  CHECK(count == 16);
}

}  // namespace
}  // namespace meshgw
