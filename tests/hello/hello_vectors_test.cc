#include "hello_vectors.h"

#include <set>
#include <string>
#include <vector>

#include "meshgw/client_hello.h"
#include "support/catch.h"

namespace meshgw {
namespace {

std::vector<std::int64_t> Values16(std::span<const std::uint8_t> list) {
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    values.push_back(list[i] << 8 | list[i + 1]);
  }
  return values;
}

void CheckHello(const test::HelloVector& vector, const ClientHello& hello) {
  CHECK(hello.has_server_name == vector.server_name.has_value());
  CHECK(std::string(hello.server_name) == vector.server_name.value_or(""));
  CHECK(std::vector<std::string>(hello.alpn.begin(), hello.alpn.end()) ==
        vector.alpn);
  CHECK(Values16(hello.supported_versions) == vector.versions);
  CHECK(hello.records == vector.records);
  CHECK(hello.wire_bytes == vector.wire_bytes);
  CHECK(EncryptedClientHelloName(hello.ech) == vector.ech);
  CHECK(hello.has_post_quantum_share == vector.post_quantum);
  CHECK(hello.has_early_data == vector.early_data);
  const auto ja4 = Ja4(hello);
  CHECK(std::string(ja4.begin(), ja4.end()) == vector.ja4);
}

TEST_CASE(
    "every vector gives the verdict, reason, offset and fields it names") {
  std::vector<std::uint8_t> scratch(131400);
  const auto vectors = test::LoadHelloVectors();
  REQUIRE(vectors.size() > 80);
  for (const auto& vector : vectors) {
    INFO(vector.name);
    HelloReader reader(vector.limits);
    ClientHello hello;
    const HelloVerdict verdict = reader.Feed(vector.bytes, scratch, &hello);
    CHECK(std::string(HelloVerdictName(verdict)) == vector.verdict);
    CHECK(std::string(HelloReasonName(reader.reason())) == vector.reason);
    CHECK(static_cast<std::int64_t>(reader.offset()) == vector.offset);
    if (verdict == HelloVerdict::kHello) CheckHello(vector, hello);
  }
}

TEST_CASE("the vectors have every reason that default policy can give") {
  std::set<std::string> reasons;
  for (const auto& vector : test::LoadHelloVectors()) {
    reasons.insert(vector.reason);
  }
  for (int i = 0; i <= 31; ++i) {
    const auto reason = static_cast<HelloReason>(i);
    // That one depends on the caller's buffer, not on the bytes.
    if (reason == HelloReason::kScratchTooSmall) continue;
    CAPTURE(i);
    CHECK(reasons.count(std::string(HelloReasonName(reason))) == 1);
  }
}

TEST_CASE("the vectors have hellos of the clients that meshes see") {
  std::set<std::string> clients;
  int post_quantum = 0;
  for (const auto& vector : test::LoadCapturedHellos()) {
    clients.insert(vector.client.substr(0, vector.client.find(' ')));
    post_quantum += vector.post_quantum ? 1 : 0;
  }
  for (const char* client : {"BoringSSL", "Go", "Node.js", "OpenSSL", "Python",
                             "curl", "openjdk", "rustls"}) {
    CAPTURE(client);
    CHECK(clients.count(client) == 1);
  }
  CHECK(post_quantum >= 3);
}

}  // namespace
}  // namespace meshgw
