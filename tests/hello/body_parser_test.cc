#include "hello/body_parser.h"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/hello_builder.h"

namespace meshgw::internal {
namespace {

using test::ByteVector;
using test::HelloBuilder;

struct Result {
  HelloReason reason;
  std::size_t offset;  // In a stream of one record, as HelloBuilder counts.

  bool operator==(const Result&) const = default;
};

// What `hello` holds then lies in `message`.
Result Parse(const ByteVector& message, const NamePolicy& policy,
             ClientHello* hello) {
  ClientHello unused;
  const BodyError error =
      ParseBody(message.data(), static_cast<std::uint32_t>(message.size()),
                policy, hello != nullptr ? hello : &unused);
  const bool good = error.reason == HelloReason::kNone;
  return {error.reason, good ? 0 : error.offset + 5U};
}

// What `hello` borrows is gone after the call: only its numbers may be read.
Result Parse(const HelloBuilder& builder, const NamePolicy& policy = {},
             ClientHello* hello = nullptr) {
  // A copy that ends where the allocation does, so that sanitizers see a read
  // behind it.
  return Parse(builder.Message(), policy, hello);
}

constexpr Result kGood = {HelloReason::kNone, 0};
constexpr std::size_t kBlock = HelloBuilder::kFirstExtension;

TEST_CASE("lists outside extensions are checked at their borders") {
  using R = HelloReason;
  struct Row {
    const char* name;
    HelloBuilder hello;
    Result result;
  };
  ByteVector longest_id(33, 1);
  longest_id[0] = 32;
  ByteVector too_long_id(34, 1);
  too_long_id[0] = 33;
  const auto hello = [] { return HelloBuilder(); };
  const std::vector<Row> rows = {
      {"plain", hello(), kGood},
      {"longest session id", hello().SessionId(longest_id), kGood},
      {"session id too long",
       hello().SessionId(too_long_id),
       {R::kSessionId, 43}},
      {"session id over the end",
       hello().SessionId({20}).CipherSuitesWire({}).CompressionWire({}),
       {R::kSessionId, 43}},
      {"suites odd",
       hello().CipherSuitesWire({0, 3, 1, 2, 3}),
       {R::kCipherSuites, 44}},
      {"suites empty",
       hello().CipherSuitesWire({0, 0}),
       {R::kCipherSuites, 44}},
      {"suites over the end",
       hello().CipherSuitesWire({0xff, 0xfe}),
       {R::kCipherSuites, 44}},
      {"two compressions", hello().CompressionWire({2, 1, 0}), kGood},
      {"no compression", hello().CompressionWire({0}), {R::kCompression, 48}},
      {"no null compression",
       hello().CompressionWire({1, 1}),
       {R::kCompression, 48}},
      {"compression over the end",
       hello().CompressionWire({5, 0}),
       {R::kCompression, 48}},
      {"half a block length",
       hello().NoExtensionBlock().CompressionWire({1, 0, 0}),
       {R::kExtensionsLength, 50}},
      {"block too short for a header",
       hello().BlockBytes({0, 1, 0}),
       {R::kExtensionLength, kBlock}},
      {"extension over the end",
       hello().BlockBytes({0, 1, 0, 1}),
       {R::kExtensionLength, kBlock}},
      {"extension far over the end",
       hello().Extension(1).BlockBytes({0, 2, 0xff, 0xff}),
       {R::kExtensionLength, kBlock + 4}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const ByteVector message = row.hello.Message();
    if (message.size() < kMinMessageSize) continue;
    CHECK(Parse(row.hello) == row.result);
  }
}

TEST_CASE("contents of extensions are checked at their borders") {
  using R = HelloReason;
  struct Row {
    std::uint16_t id;
    ByteVector body;
    R reason;
  };
  const std::vector<Row> rows = {
      {0, {}, R::kServerNameShape},
      {0, {0, 0}, R::kServerNameShape},
      {0, {0, 3, 0, 0, 0}, R::kServerNameShape},          // Empty name.
      {0, {0, 5, 0, 0, 1, 'a', 0}, R::kServerNameShape},  // A byte too many.
      {0, {0, 4, 0, 0, 2, 'a'}, R::kServerNameShape},
      {0, {0, 4, 1, 0, 1, 'a'}, R::kServerNameShape},
      {0, {0, 4, 0, 0, 1, 'a'}, R::kNone},
      {10, {}, R::kSupportedGroups},
      {10, {0}, R::kSupportedGroups},
      {10, {0, 0}, R::kSupportedGroups},
      {10, {0, 3, 0, 1, 2}, R::kSupportedGroups},
      {10, {0, 2, 0, 1, 2, 3}, R::kSupportedGroups},
      {10, {0, 2, 0, 1}, R::kNone},
      {13, {}, R::kSignatureAlgorithms},
      {13, {0, 1, 4}, R::kSignatureAlgorithms},
      {13, {0, 2, 4, 3}, R::kNone},
      {16, {}, R::kAlpn},
      {16, {0, 0}, R::kAlpn},
      {16, {0, 1, 0}, R::kAlpn},
      {16, {0, 2, 1, 'a', 'b'}, R::kAlpn},
      {16, {0, 2, 2, 'a'}, R::kAlpn},
      {16, {0, 3, 1, 'a', 0}, R::kAlpn},
      {16, {0, 2, 1, 'a'}, R::kNone},
      {43, {}, R::kSupportedVersions},
      {43, {0}, R::kSupportedVersions},
      {43, {1, 3}, R::kSupportedVersions},
      {43, {2, 3, 4, 5}, R::kSupportedVersions},
      {43, {2, 3, 4}, R::kNone},
      {51, {}, R::kKeyShare},
      {51, {0}, R::kKeyShare},
      {51, {0, 3, 0, 29, 0}, R::kKeyShare},
      {51, {0, 4, 0, 29, 0, 0}, R::kKeyShare},  // An empty key.
      {51, {0, 5, 0, 29, 0, 2, 1}, R::kKeyShare},
      {51, {0, 5, 0, 29, 0, 1, 1}, R::kNone},
      {51, {0, 0}, R::kNone},
      {0xfe0d, {}, R::kEncryptedClientHello},
      {0xfe0d, {2}, R::kEncryptedClientHello},
      {0xfe0d, {1, 0}, R::kEncryptedClientHello},
      {0xfe0d, {1}, R::kNone},
      {0xfe0d, {0, 9, 9}, R::kNone},
      {0xfd00, {}, R::kForbiddenExtension},
      {48, {}, R::kForbiddenExtension},
      {42, {}, R::kEarlyDataWithoutPsk},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id, row.body);
    // Last in the message, and then with something behind.
    const Result first = {row.reason, row.reason == R::kNone ? 0 : kBlock};
    CHECK(Parse(HelloBuilder().Extension(row.id, row.body)) == first);
    CHECK(Parse(HelloBuilder().Extension(row.id, row.body).Extension(23)) ==
          first);
    const Result second = {row.reason, row.reason == R::kNone ? 0 : kBlock + 4};
    CHECK(Parse(HelloBuilder().Extension(23).Extension(row.id, row.body)) ==
          second);
  }
}

TEST_CASE("a pre-shared key must be last, and early data needs one") {
  ClientHello hello;
  const ByteVector psk = {0, 1, 2};
  CHECK(Parse(HelloBuilder().Extension(42).Extension(41, psk), {}, &hello) ==
        kGood);
  CHECK(hello.has_early_data);
  CHECK(hello.has_pre_shared_key);
  CHECK(Parse(HelloBuilder().Extension(41, psk).Extension(42)) ==
        Result{HelloReason::kPskNotLast, kBlock});
}

TEST_CASE("post-quantum key shares are known by their group") {
  for (const std::uint16_t group : std::vector<std::uint16_t>{
           0x11eb, 0x11ec, 0x11ed, 0x0200, 0x0201, 0x0202, 0x6399}) {
    CAPTURE(group);
    ClientHello hello;
    REQUIRE(Parse(HelloBuilder().KeyShares({{0x001d, 32}, {group, 100}}), {},
                  &hello) == kGood);
    CHECK(hello.has_post_quantum_share);
  }
  for (const std::uint16_t group :
       std::vector<std::uint16_t>{0x11ea, 0x11ee, 0x01ff, 0x0203, 0x001d}) {
    CAPTURE(group);
    ClientHello hello;
    REQUIRE(Parse(HelloBuilder().KeyShares({{group, 100}}), {}, &hello) ==
            kGood);
    CHECK_FALSE(hello.has_post_quantum_share);
  }
}

TEST_CASE("both kinds of ECH are told apart") {
  ClientHello hello;
  REQUIRE(Parse(HelloBuilder().Extension(23), {}, &hello) == kGood);
  CHECK(hello.ech == EncryptedClientHello::kNone);
  REQUIRE(Parse(HelloBuilder().Extension(0xfe0d, {0, 0}), {}, &hello) == kGood);
  CHECK(hello.ech == EncryptedClientHello::kOuter);
  REQUIRE(Parse(HelloBuilder().Extension(0xfe0d, {1}), {}, &hello) == kGood);
  CHECK(hello.ech == EncryptedClientHello::kInner);
}

// The first duplicate, as a set finds it.
Result DuplicateByOracle(const std::vector<std::uint16_t>& ids) {
  std::set<std::uint16_t> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!seen.insert(ids[i]).second) {
      return {HelloReason::kDuplicateExtension, kBlock + 4 * i};
    }
  }
  return kGood;
}

bool IsLookedAt(std::uint16_t id) {
  static const std::set<std::uint16_t> known = {0,  10, 13, 16,     41,    42,
                                                43, 48, 51, 0xfd00, 0xfe0d};
  return known.count(id) == 1;
}

TEST_CASE("duplicates are found as a set finds them, whatever the ids") {
  std::mt19937 random(7);
  int duplicates = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto count = 1 + random() % (round % 10 == 0 ? 400 : 24);
    // Small ranges make duplicates likely; large ones make slots meet.
    const std::uint32_t range = round % 3 == 0   ? 64
                                : round % 3 == 1 ? 0x1000
                                                 : 0x10000;
    std::vector<std::uint16_t> ids;
    HelloBuilder builder;
    while (ids.size() < count) {
      const auto id = static_cast<std::uint16_t>(random() % range);
      if (IsLookedAt(id)) continue;
      ids.push_back(id);
      builder.Extension(id);
    }
    const Result expected = DuplicateByOracle(ids);
    duplicates += expected == kGood ? 0 : 1;
    CAPTURE(round, ids);
    REQUIRE(Parse(builder) == expected);
  }
  CHECK(duplicates > 500);
}

TEST_CASE("every id is found to be a duplicate of itself only") {
  // 16,000 different ids fit into one block.
  for (std::uint32_t first = 0; first < 0x10000; first += 16000) {
    HelloBuilder builder;
    std::uint32_t count = 0;
    for (std::uint32_t id = first; id < first + 16000 && id < 0x10000; ++id) {
      if (IsLookedAt(static_cast<std::uint16_t>(id))) continue;
      builder.Extension(static_cast<std::uint16_t>(id));
      ++count;
    }
    CAPTURE(first);
    ClientHello hello;
    CHECK(Parse(builder, {}, &hello) == kGood);
    CHECK(hello.extension_count == count);
    builder.Extension(static_cast<std::uint16_t>(first + 1));
    CHECK(Parse(builder) ==
          Result{HelloReason::kDuplicateExtension, kBlock + 4 * count});
  }
}

TEST_CASE("extensions are found among strange ones that crowd their slots") {
  // Every id below 0x3000 but the ones looked at, so every slot is taken many
  // times over before or after the one that matters.
  for (const bool name_first : {true, false}) {
    HelloBuilder builder;
    if (name_first) builder.ServerName("a.example").Extension(0xfe0d, {0, 1});
    for (std::uint16_t id = 0; id < 0x3000; ++id) {
      if (!IsLookedAt(id)) builder.Extension(id);
    }
    if (!name_first) builder.ServerName("a.example").Extension(0xfe0d, {0, 1});
    const ByteVector message = builder.Message();
    ClientHello hello;
    REQUIRE(Parse(message, {}, &hello) == kGood);
    CHECK(hello.has_server_name);
    CHECK(hello.server_name == "a.example");
    CHECK(hello.ech == EncryptedClientHello::kOuter);
    CHECK(hello.alpn.empty());
    builder.Extension(0xfd00);
    CHECK(Parse(builder).reason == HelloReason::kForbiddenExtension);
  }
}

TEST_CASE("a strange id in the slot of a known one is not taken for it") {
  for (std::uint32_t id = 64; id < 0x10000; ++id) {
    if (IsLookedAt(static_cast<std::uint16_t>(id))) continue;
    // As any of the known ones this body would be wrong.
    ClientHello hello;
    const Result result = Parse(
        HelloBuilder().Extension(static_cast<std::uint16_t>(id), {9, 9, 9}), {},
        &hello);
    if (result != kGood || hello.has_server_name || hello.has_early_data ||
        hello.has_pre_shared_key || !hello.supported_groups.empty()) {
      CAPTURE(id);
      REQUIRE(result == kGood);
      REQUIRE_FALSE(hello.has_server_name);
    }
  }
}

TEST_CASE("name policies take what they say and nothing else") {
  using R = HelloReason;
  const NamePolicy strict;
  const NamePolicy dot = {.allow_trailing_dot = true};
  const NamePolicy address = {.allow_ip_address = true};
  const NamePolicy opaque = {.allow_opaque = true};
  struct Row {
    std::string name;
    NamePolicy policy;
    R reason;
    std::string reported;
  };
  const std::vector<Row> rows = {
      {"a.b.", strict, R::kServerNameSyntax, ""},
      {"a.b.", dot, R::kNone, "a.b"},
      {"a.b..", dot, R::kServerNameSyntax, ""},
      {".", dot, R::kServerNameSyntax, ""},
      {"10.0.0.1", strict, R::kServerNameAddress, ""},
      {"10.0.0.1.", dot, R::kServerNameAddress, ""},
      {"10.0.0.1", address, R::kNone, "10.0.0.1"},
      {"::1", strict, R::kServerNameAddress, ""},
      {"::1", address, R::kNone, "::1"},
      {"::g", address, R::kServerNameSyntax, ""},
      {"1.2.3", strict, R::kNone, "1.2.3"},
      {"a b", strict, R::kServerNameSyntax, ""},
      {"a b", opaque, R::kNone, "a b"},
      {std::string("a\0b", 3), opaque, R::kServerNameSyntax, ""},
      {"10.0.0.1", opaque, R::kNone, "10.0.0.1"},
      {std::string(255, '*'), opaque, R::kNone, std::string(255, '*')},
      {std::string(256, '*'), opaque, R::kServerNameLength, ""},
      {std::string(254, 'a'), strict, R::kServerNameSyntax, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name, row.policy.allow_trailing_dot, row.policy.allow_opaque,
            row.policy.allow_ip_address);
    const HelloBuilder builder = HelloBuilder().ServerName(row.name);
    const ByteVector message = builder.Message();
    ClientHello hello;
    const BodyError error =
        ParseBody(message.data(), static_cast<std::uint32_t>(message.size()),
                  row.policy, &hello);
    CHECK(error.reason == row.reason);
    if (row.reason == R::kNone) {
      CHECK(std::string(hello.server_name) == row.reported);
    }
  }
}

}  // namespace
}  // namespace meshgw::internal
