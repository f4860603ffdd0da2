#include "cli/access_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "run_program.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

ConnectionRecord Full() {
  ConnectionRecord record;
  record.start = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(1795428000007));
  record.id = 42;
  record.listener = "lan";
  record.source = "192.0.2.1:5000";
  record.server_name = "api.example";
  record.alpn = {"h2", "http/1.1"};
  record.tls_versions = {0x0304, 0x0303};
  record.hello_bytes = 517;
  record.hello_records = 2;
  record.verdict = HelloVerdict::kHello;
  record.post_quantum = true;
  record.ech = EncryptedClientHello::kOuter;
  record.route_kind = RouteKind::kSuffix;
  record.rule = "*.example";
  record.service = "api";
  record.datacenter = "dc1";
  record.endpoint = "10.0.0.1:443";
  record.attempts = 3;
  record.connect = std::chrono::microseconds(1500);
  record.first_byte = std::chrono::microseconds(2001);
  record.duration = std::chrono::microseconds(3000000);
  record.bytes_in = 1;
  record.bytes_out = 18446744073709551615u;
  record.spliced_bytes = 3;
  record.reason = ConnectionReason::kReset;
  record.closed_by = "client";
  record.error = ECONNRESET;
  return record;
}

boost::json::object Parse(const ConnectionRecord& record) {
  const auto lines = JsonLines(cli::FormatRecord(record));
  REQUIRE(lines.size() == 1);
  return lines[0];
}

// Whether the file at `path` comes to hold `want`.
bool Holds(const std::string& path, const std::string& want) {
  return WaitUntil([&] { return FileContents(path) == want; });
}

TEST_CASE("a connection's line holds each field with its value") {
  CHECK(cli::FormatRecord(Full()) ==
        R"({"ts":"2026-11-23T10:00:00.007Z","conn_id":42,"listener":"lan",)"
        R"("src":"192.0.2.1:5000","sni":"api.example",)"
        R"("alpn":["h2","http/1.1"],"tls_versions":["1.3","1.2"],)"
        R"("hello_bytes":517,"hello_records":2,"hello_verdict":"hello",)"
        R"("hello_reason":"none","post_quantum":true,"ech":"outer",)"
        R"("route":"suffix","rule":"*.example","datacenter":"dc1",)"
        R"("service":"api","endpoint":"10.0.0.1:443","attempts":3,)"
        R"("connect_ms":1.500,"first_byte_ms":2.001,"duration_ms":3000.000,)"
        R"("bytes_in":1,"bytes_out":18446744073709551615,)"
        R"("spliced_bytes":3,"reason":"reset","closed_by":"client",)"
        R"("error":"Connection reset by peer"})");
}

TEST_CASE("what did not happen is null, and so is no error") {
  const auto line = Parse(ConnectionRecord());
  CHECK(line.at("connect_ms").is_null());
  CHECK(line.at("first_byte_ms").is_null());
  CHECK(line.at("duration_ms").to_number<double>() == 0);
  CHECK(line.at("alpn").as_array().empty());
  CHECK(TextAt(line, "route") == "none");
  CHECK(line.at("error").is_null());
}

TEST_CASE("milliseconds are plain decimals, however many") {
  const std::pair<std::int64_t, std::string> rows[] = {{0, "0.000"},
                                                       {1, "0.001"},
                                                       {166, "0.166"},
                                                       {10050, "10.050"},
                                                       {90061001, "90061.001"},
                                                       {-1, "null"}};
  for (const auto& [count, text] : rows) {
    ConnectionRecord record;
    record.connect = std::chrono::microseconds(count);
    CHECK(cli::FormatRecord(record).find("\"connect_ms\":" + text + ",") !=
          std::string::npos);
  }
}

TEST_CASE("each reason has its name in the log") {
  const std::pair<ConnectionReason, std::string> rows[] = {
      {ConnectionReason::kOk, "ok"},
      {ConnectionReason::kNoSni, "no_sni"},
      {ConnectionReason::kNoRoute, "no_route"},
      {ConnectionReason::kNoHealthyEndpoint, "no_healthy_endpoint"},
      {ConnectionReason::kHelloTimeout, "hello_timeout"},
      {ConnectionReason::kHelloMalformed, "hello_malformed"},
      {ConnectionReason::kHelloTooLarge, "hello_too_large"},
      {ConnectionReason::kNotTls, "not_tls"},
      {ConnectionReason::kConnectionLimit, "connection_limit"},
      {ConnectionReason::kConnectFailed, "connect_failed"},
      {ConnectionReason::kConnectTimeout, "connect_timeout"},
      {ConnectionReason::kIdleTimeout, "idle_timeout"},
      {ConnectionReason::kDrained, "drained"},
      {ConnectionReason::kReset, "reset"},
  };
  for (const auto& [reason, name] : rows) {
    ConnectionRecord record;
    record.reason = reason;
    CHECK(TextAt(Parse(record), "reason") == name);
  }
}

TEST_CASE("names that a client sent stay in their field and on their line") {
  ConnectionRecord record;
  const std::string name = "a\",\"reason\":\"ok\n\x1b[0m\xff";
  record.server_name = name;
  record.alpn = {name, "\r\n"};
  const auto line = Parse(record);
  CHECK(TextAt(line, "sni") == "a\",\"reason\":\"ok\\x0a\\x1b[0m\\xff");
  CHECK(line.at("alpn").as_array().at(1).as_string() == "\\x0d\\x0a");
  CHECK(cli::FormatRecord(record).find('\n') == std::string::npos);
}

TEST_CASE("lines are appended, and a rotated log is opened again") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("access.json", "before\n");
  cli::AccessLog log;
  std::string error;
  REQUIRE(log.Open(path, &error));
  const std::string line = cli::FormatRecord(Full()) + "\n";
  log.Write(Full());
  CHECK(Holds(path, "before\n" + line));

  std::filesystem::rename(path, folder.Path("access.json.1"));
  log.Write(Full());
  CHECK(Holds(folder.Path("access.json.1"), "before\n" + line + line));
  REQUIRE(log.Reopen(&error));
  log.Write(Full());
  CHECK(Holds(path, line));
  CHECK(error == "");
}

TEST_CASE("a log that cannot be opened says why, and the old one stays") {
  const TemporaryFolder folder;
  cli::AccessLog log;
  std::string error;
  CHECK(!log.Open(folder.Path("absent/access.json"), &error));
  CHECK(error ==
        folder.Path("absent/access.json") + ": No such file or directory");

  const std::string path = folder.Path("logs/access.json");
  folder.Write("logs/other", "");
  REQUIRE(log.Open(path, &error));
  std::filesystem::rename(folder.Path("logs"), folder.Path("moved"));
  CHECK(!log.Reopen(&error));
  log.Write(Full());
  CHECK(Holds(folder.Path("moved/access.json"),
              cli::FormatRecord(Full()) + "\n"));
}

TEST_CASE("records that cannot be written are counted and told") {
  struct Told {
    std::string level;
    std::string message;
    boost::json::object fields;
  };
  std::mutex mutex;
  std::vector<Told> told;
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return told.size();
  };
  const TemporaryFolder folder;
  const std::string path = folder.Path("access.json");
  std::filesystem::create_symlink("/dev/full", path);
  {
    cli::AccessLog log([&](std::string_view level, std::string_view message,
                           const boost::json::object& fields) {
      const std::lock_guard lock(mutex);
      told.push_back({std::string(level), std::string(message), fields});
    });
    std::string error;
    REQUIRE(log.Open(path, &error));
    log.Write(Full());
    REQUIRE(WaitUntil([&] { return count() == 1; }));

    std::filesystem::remove(path);
    REQUIRE(log.Reopen(&error));
    log.Write(Full());
    REQUIRE(WaitUntil([&] { return count() == 2; }));
    CHECK(Holds(path, cli::FormatRecord(Full()) + "\n"));

    std::filesystem::remove(path);
    std::filesystem::create_symlink("/dev/full", path);
    REQUIRE(log.Reopen(&error));
    log.Write(Full());
    REQUIRE(WaitUntil([&] { return count() == 3; }));
    log.Write(Full());
  }
  REQUIRE(told.size() == 4);
  for (const Told& each : told) CHECK(each.level == "warn");
  CHECK(told[0].message == "access log cannot be written, records are lost");
  CHECK(TextAt(told[0].fields, "error") == "No space left on device");
  CHECK(TextAt(told[0].fields, "path") == path);
  CHECK(told[0].fields.at("lost_records").to_number<int>() == 1);
  CHECK(told[1].message == "access log can be written again");
  CHECK(told[1].fields.at("lost_records").to_number<int>() == 1);
  CHECK(told[3].message == "access log could not be written");
  CHECK(told[3].fields.at("lost_records").to_number<int>() == 2);
}

TEST_CASE("a FIFO may get its reader after the log was opened") {
  const TemporaryFolder folder;
  const std::string path = folder.Path("fifo");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  cli::AccessLog log;
  std::string error;
  REQUIRE(log.Open(path, &error));
  log.Write(Full());
  const internal::UniqueFd reader(
      ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(reader.valid());
  std::string got;
  CHECK(WaitUntil([&] {
    char buffer[4096];
    const ssize_t size = ::read(reader.get(), buffer, sizeof(buffer));
    if (size > 0) got.append(buffer, static_cast<std::size_t>(size));
    return got == cli::FormatRecord(Full()) + "\n";
  }));
}

}  // namespace
}  // namespace meshgw::test
