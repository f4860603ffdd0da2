#include "cli/json.h"

#include <chrono>
#include <string>

#include "run_program.h"

namespace meshgw::test {
namespace {

TEST_CASE("text that could confuse a terminal or a log is escaped") {
  const struct {
    std::string bytes;
    std::string text;
  } rows[] = {
      {"", ""},
      {"api.example.com", "api.example.com"},
      {"größe 名前 😀", "größe 名前 😀"},
      {"a\nb\r\tc", "a\\x0ab\\x0d\\x09c"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\x1b[31m", "\\x1b[31m"},
      {"\x7f", "\\x7f"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"a\xc3", "a\\xc3"},                  // Cut off.
      {"\xc0\xaf", "\\xc0\\xaf"},           // Longer than need be.
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // A surrogate.
      {"\u202e", "\\xe2\\x80\\xae"},        // Turns the direction of text.
      {"\u2028", "\\xe2\\x80\\xa8"},        // A line's end to some readers.
      {"\u0085", "\\xc2\\x85"},
      {"\"\\", "\"\\"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(cli::EscapeText(row.bytes) == row.text);
    const auto json = cli::JsonText(row.bytes);
    CHECK(std::string(json.data(), json.size()) == row.text);
    std::string appended = "[";
    cli::AppendJsonText(&appended, row.bytes);
    CHECK(appended == "[" + boost::json::serialize(json));
  }
}

TEST_CASE("every byte string becomes one line of JSON") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string line = boost::json::serialize(cli::JsonText(all));
  CHECK(line.find('\n') == std::string::npos);
  boost::json::error_code error;
  boost::json::parse(line, error);
  CHECK(!error);
}

TEST_CASE("a TLS version has a name") {
  CHECK(cli::VersionName(0x0300) == "ssl3");
  CHECK(cli::VersionName(0x0301) == "1.0");
  CHECK(cli::VersionName(0x0302) == "1.1");
  CHECK(cli::VersionName(0x0303) == "1.2");
  CHECK(cli::VersionName(0x0304) == "1.3");
  CHECK(cli::VersionName(0x0305) == "0x0305");
  CHECK(cli::VersionName(0x02ff) == "0x02ff");
  CHECK(cli::VersionName(0x7f1c) == "0x7f1c");
}

TEST_CASE("a time is written in UTC with milliseconds") {
  using std::chrono::milliseconds;
  using std::chrono::system_clock;
  const auto at = [](std::int64_t count) {
    return cli::Timestamp(system_clock::time_point(milliseconds(count)));
  };
  CHECK(at(0) == "1970-01-01T00:00:00.000Z");
  CHECK(at(1795428000007) == "2026-11-23T10:00:00.007Z");
  CHECK(at(1709251199999) == "2024-02-29T23:59:59.999Z");
}

TEST_CASE("an endpoint is an address, a port, a weight and a health") {
  Endpoint endpoint;
  endpoint.address = "10.0.0.1";
  endpoint.port = 8443;
  endpoint.weight = 7;
  endpoint.health = EndpointHealth::kUnhealthy;
  CHECK(
      boost::json::serialize(cli::EndpointJson(endpoint)) ==
      R"({"address":"10.0.0.1","port":8443,"weight":7,"health":"unhealthy"})");
}

}  // namespace
}  // namespace meshgw::test
