#include "cli/program_log.h"

#include <chrono>
#include <string>

#include "run_program.h"

namespace meshgw::test {
namespace {

const std::chrono::system_clock::time_point kTime{
    std::chrono::milliseconds(1795428000007)};

std::string Text(const std::string& level, const std::string& message,
                 const boost::json::object& fields) {
  return cli::FormatLogLine(false, kTime, level, message, fields);
}

TEST_CASE("a line of the log looks like Consul's") {
  CHECK(Text("info", "listening",
             {{"name", "lan"}, {"address", "127.0.0.1:8443"}, {"n", 3}}) ==
        "2026-11-23T10:00:00.007Z [INFO]  meshgw.gateway: listening: "
        "name=lan address=127.0.0.1:8443 n=3");
  CHECK(Text("error", "what", {}) ==
        "2026-11-23T10:00:00.007Z [ERROR] meshgw.gateway: what");
}

TEST_CASE("a value that could be read as another field is quoted") {
  CHECK(Text("warn", "m",
             {{"error", "No space left"}, {"a", "b=c"}, {"empty", ""}}) ==
        "2026-11-23T10:00:00.007Z [WARN]  meshgw.gateway: m: "
        "error=\"No space left\" a=\"b=c\" empty=\"\"");
  CHECK(Text("warn", "m", {{"sni", "x\n[INFO]\xff"}})
            .ends_with(R"(sni=x\x0a[INFO]\xff)"));
}

TEST_CASE("as JSON a line has hclog's keys, and each field is a key") {
  CHECK(cli::FormatLogLine(true, kTime, "info", "listening",
                           {{"name", "lan"}, {"routes", 7}}) ==
        R"({"@level":"info","@message":"listening",)"
        R"("@module":"meshgw.gateway",)"
        R"("@timestamp":"2026-11-23T10:00:00.007Z","name":"lan","routes":7})");
  const auto lines = JsonLines(
      cli::FormatLogLine(true, kTime, "warn", "m", {{"sni", "a\"\n\xff"}}));
  REQUIRE(lines.size() == 1);
  CHECK(TextAt(lines[0], "sni") == "a\"\\x0a\\xff");
}

TEST_CASE("a level hides those below it") {
  const cli::ProgramLog log(false, "warn");
  CHECK(!log.Shows("debug"));
  CHECK(!log.Shows("info"));
  CHECK(log.Shows("warn"));
  CHECK(log.Shows("error"));
}

}  // namespace
}  // namespace meshgw::test
