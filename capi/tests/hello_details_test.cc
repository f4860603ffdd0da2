// All that a hello says, through the C API and as the C++ API says it.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "hello/hello_mutator.h"
#include "hello_calls.h"
#include "meshgw/client_hello.h"
#include "support/hello_builder.h"

namespace meshgw::test {
namespace {

std::vector<std::string> AlpnNames(meshgw_bytes alpn) {
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
    CHECK(AlpnNames(details.alpn) == vector.alpn);
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

}  // namespace
}  // namespace meshgw::test
