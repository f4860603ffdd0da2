// What the record of a connection tells of its hello, kept once for all that
// said the same.
#include "gateway/hello_summary.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "meshgw/client_hello.h"
#include "support/catch.h"
#include "support/hello_builder.h"

namespace meshgw::internal {
namespace {

// A parsed hello and the bytes that it points into.
struct Hello {
  explicit Hello(const std::string& name,
                 std::initializer_list<std::string_view> alpn = {"h2",
                                                                 "http/1.1"})
      : bytes(test::HelloBuilder()
                  .ServerName(name)
                  .Alpn(alpn)
                  .SupportedVersions({0x3a3a, 0x0304, 0x0303})
                  .Build()) {
    REQUIRE(ParseClientHello(bytes, {}, &parsed) == HelloVerdict::kHello);
  }
  test::ByteVector bytes;
  ClientHello parsed;
};

TEST_CASE("a summary tells what the hello and the rule said") {
  HelloSummaries summaries;
  const Hello hello("web.example");
  for (const std::string rule : {"web.example", "*.example", ""}) {
    HelloSummary summary = summaries.Take(&hello.parsed, true, rule);
    ConnectionRecord record;
    summary.Fill(&record);
    CHECK(record.server_name == "web.example");
    CHECK(summary.server_name() == "web.example");
    CHECK(record.rule == rule);
    CHECK(record.alpn == std::vector<std::string>{"h2", "http/1.1"});
    CHECK(record.tls_versions == std::vector<std::uint16_t>{0x0304, 0x0303});
    CHECK(record.hello_bytes == hello.bytes.size());
    CHECK(record.hello_records == 1);
    CHECK_FALSE(record.post_quantum);
    summaries.Release(&summary);
    CHECK(summary.server_name().empty());
  }
}

TEST_CASE("without details a summary keeps the name") {
  HelloSummaries summaries;
  const Hello hello("web.example");
  const HelloSummary summary = summaries.Take(&hello.parsed, false, "rule");
  ConnectionRecord record;
  summary.Fill(&record);
  CHECK(record.server_name == "web.example");
  CHECK(record.rule.empty());
  CHECK(record.alpn.empty());
}

TEST_CASE("what is no hello has a rule at most") {
  HelloSummaries summaries;
  const HelloSummary summary = summaries.Take(nullptr, true, "*");
  ConnectionRecord record;
  summary.Fill(&record);
  CHECK(record.server_name.empty());
  CHECK(record.rule == "*");
  CHECK(record.tls_versions.empty());
  ConnectionRecord empty;
  HelloSummary().Fill(&empty);
  CHECK(empty.rule.empty());
}

TEST_CASE("connections that said the same share one, others do not") {
  HelloSummaries summaries;
  const Hello hello("web.example");
  const Hello shouted("WEB.example");
  const Hello older("web.example", {"http/1.1"});
  std::vector<HelloSummary> held;
  for (int i = 0; i < 10; ++i) {
    held.push_back(summaries.Take(&hello.parsed, true, "web.example"));
  }
  CHECK(summaries.size() == 1);
  held.push_back(summaries.Take(&hello.parsed, true, "*.example"));
  held.push_back(summaries.Take(&shouted.parsed, true, "web.example"));
  held.push_back(summaries.Take(&older.parsed, true, "web.example"));
  CHECK(summaries.size() == 4);
  CHECK(held[11].server_name() == "WEB.example");
}

TEST_CASE("another rule keeps what the hello said, and the others' rule") {
  HelloSummaries summaries;
  const Hello hello("web.example");
  HelloSummary first = summaries.Take(&hello.parsed, true, "web.example");
  HelloSummary second = summaries.Take(&hello.parsed, true, "web.example");
  summaries.ChangeRule("*.example", &second);
  summaries.ChangeRule("*.example", &second);
  ConnectionRecord one;
  first.Fill(&one);
  ConnectionRecord other;
  second.Fill(&other);
  CHECK(one.rule == "web.example");
  CHECK(other.rule == "*.example");
  CHECK(other.server_name == "web.example");
  CHECK(other.alpn == one.alpn);
  CHECK(other.tls_versions == one.tls_versions);
  summaries.ChangeRule("web.example", &second);
  CHECK(second.server_name().data() == first.server_name().data());
}

TEST_CASE("names that nobody has any more are not kept for ever") {
  HelloSummaries summaries;
  std::vector<HelloSummary> held;
  for (int i = 0; i < 1000; ++i) {
    const Hello hello("web-" + std::to_string(i) + ".example");
    held.push_back(summaries.Take(&hello.parsed, true, ""));
  }
  CHECK(summaries.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    CHECK(held[static_cast<std::size_t>(i)].server_name() ==
          "web-" + std::to_string(i) + ".example");
  }
  for (HelloSummary& summary : held) summaries.Release(&summary);
  CHECK(summaries.size() <= 256);
  // And one that stayed is found again.
  const std::size_t kept = summaries.size();
  const Hello hello("web-999.example");
  summaries.Take(&hello.parsed, true, "");
  CHECK(summaries.size() == kept);
}

}  // namespace
}  // namespace meshgw::internal
