#include "cli/connection_log.h"

#include <cerrno>
#include <string>
#include <vector>

#include "run_program.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Line {
  std::string level;
  std::string message;
  boost::json::object fields;
};

class Lines {
 public:
  cli::LogWriter Writer() {
    return [this](std::string_view level, std::string_view message,
                  const boost::json::object& fields) {
      lines_.push_back({std::string(level), std::string(message), fields});
    };
  }
  const std::vector<Line>& lines() const { return lines_; }

 private:
  std::vector<Line> lines_;
};

ConnectionRecord Record(ConnectionReason reason) {
  ConnectionRecord record;
  record.id = 7;
  record.listener = "lan";
  record.source = "192.0.2.1:5000";
  record.server_name = "api.example";
  record.reason = reason;
  record.closed_by = "gateway";
  return record;
}

const cli::ConnectionLog::Clock::time_point kNow{seconds(1000)};

TEST_CASE("a failed connection is one line with its reason, name and source") {
  Lines seen;
  cli::ConnectionLog log(seen.Writer(), false);
  ConnectionRecord record = Record(ConnectionReason::kConnectFailed);
  record.endpoint = "10.0.0.1:80";
  record.attempts = 2;
  record.error = ECONNREFUSED;
  log.Add(record, kNow);
  REQUIRE(seen.lines().size() == 1);
  const Line& line = seen.lines()[0];
  CHECK(line.level == "warn");
  CHECK(line.message == "connection failed");
  CHECK(boost::json::serialize(line.fields) ==
        R"({"reason":"connect_failed","sni":"api.example",)"
        R"("src":"192.0.2.1:5000","listener":"lan","endpoint":"10.0.0.1:80",)"
        R"("attempts":2,"error":"Connection refused","conn_id":7})");
}

TEST_CASE("what somebody must look at is a failure, an ordinary end is none") {
  for (std::size_t i = 0; i < kConnectionReasonCount; ++i) {
    const auto reason = static_cast<ConnectionReason>(i);
    CAPTURE(ConnectionReasonName(reason));
    const bool ordinary = reason == ConnectionReason::kOk ||
                          reason == ConnectionReason::kIdleTimeout ||
                          reason == ConnectionReason::kDrained ||
                          reason == ConnectionReason::kReset ||
                          reason == ConnectionReason::kClientClosed;
    for (const bool debug : {false, true}) {
      Lines seen;
      cli::ConnectionLog log(seen.Writer(), debug);
      log.Add(Record(reason), kNow);
      REQUIRE(seen.lines().size() == (ordinary && !debug ? 0 : 1));
      if (seen.lines().empty()) continue;
      CHECK(seen.lines()[0].level == (ordinary ? "debug" : "warn"));
    }
  }
}

TEST_CASE("a flood of failures has a few lines a second, the rest is counted") {
  constexpr std::size_t kLines = cli::ConnectionLog::kLinesPerSecond;
  Lines seen;
  cli::ConnectionLog log(seen.Writer(), false);
  for (int i = 0; i < 1000; ++i) {
    log.Add(Record(ConnectionReason::kNoRoute), kNow + milliseconds(i / 2));
  }
  CHECK(seen.lines().size() == kLines);
  log.Add(Record(ConnectionReason::kNoRoute), kNow + seconds(1));
  REQUIRE(seen.lines().size() == kLines + 1);
  CHECK(seen.lines().back().fields.at("failures_not_shown").to_number<int>() ==
        1000 - static_cast<int>(kLines));
  log.Add(Record(ConnectionReason::kNoRoute), kNow + seconds(1));
  CHECK(!seen.lines().back().fields.contains("failures_not_shown"));
  log.Finish();
  CHECK(seen.lines().size() == kLines + 2);
}

TEST_CASE("at the end the failures that had no line are told") {
  Lines seen;
  cli::ConnectionLog log(seen.Writer(), false);
  for (int i = 0; i < 15; ++i) {
    log.Add(Record(ConnectionReason::kNotTls), kNow);
  }
  log.Finish();
  log.Finish();
  REQUIRE(seen.lines().size() == cli::ConnectionLog::kLinesPerSecond + 1);
  CHECK(boost::json::serialize(seen.lines().back().fields) ==
        R"({"failures_not_shown":5})");
}

TEST_CASE("for debugging every connection has its line") {
  Lines seen;
  cli::ConnectionLog log(seen.Writer(), true);
  for (int i = 0; i < 50; ++i) {
    log.Add(
        Record(i % 2 == 0 ? ConnectionReason::kOk : ConnectionReason::kNoRoute),
        kNow);
  }
  REQUIRE(seen.lines().size() == 50);
  CHECK(seen.lines()[0].message == "connection ended");
  CHECK(seen.lines()[0].fields.contains("bytes_in"));
}

}  // namespace
}  // namespace meshgw::test
