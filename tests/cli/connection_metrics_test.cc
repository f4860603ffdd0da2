#include "cli/connection_metrics.h"

#include <chrono>
#include <cstddef>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace meshgw::cli {
namespace {

using std::chrono::microseconds;

ConnectionRecord Carried(std::string_view service) {
  ConnectionRecord record;
  record.listener = "default";
  record.service = service;
  record.datacenter = "dc1";
  record.verdict = HelloVerdict::kHello;
  record.hello = microseconds(100);
  record.hello_bytes = 517;
  record.attempts = 1;
  record.connect = microseconds(700);
  return record;
}

std::uint64_t Sum(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST_CASE("connections are counted by listener, reason and service") {
  ConnectionMetrics metrics;
  metrics.Add(Carried("api"));
  metrics.Add(Carried("web"));
  ConnectionRecord denied;
  denied.listener = "wan";
  denied.reason = ConnectionReason::kNotTls;
  denied.verdict = HelloVerdict::kNotTls;
  metrics.Add(denied);
  const ConnectionTotals totals = metrics.Collect();
  REQUIRE(totals.listeners.size() == 2);
  CHECK(totals.listeners.at("default")[0] == 2);
  CHECK(totals.listeners.at(
            "wan")[static_cast<std::size_t>(ConnectionReason::kNotTls)] == 1);
  REQUIRE(totals.services.size() == 2);
  const auto& api = totals.services.at({"api", "dc1"});
  // From the hello: over 500 us.
  CHECK(api.connect.counts[1] == 1);
  CHECK(api.connect.sum == 600);
  CHECK(totals.hello_time.counts[0] == 2);
  CHECK(totals.hello_bytes.sum == 1034);
}

TEST_CASE("attempts that came to nothing are failures, the last one too") {
  struct Row {
    ConnectionReason reason;
    std::uint32_t attempts;
    std::uint64_t failures;
  };
  for (const Row& row :
       {Row{ConnectionReason::kOk, 1, 0}, Row{ConnectionReason::kOk, 3, 2},
        Row{ConnectionReason::kConnectFailed, 3, 3},
        Row{ConnectionReason::kConnectTimeout, 1, 1},
        Row{ConnectionReason::kDrained, 2, 1}}) {
    CAPTURE(row.attempts, ConnectionReasonName(row.reason));
    ConnectionMetrics metrics;
    ConnectionRecord record = Carried("api");
    record.reason = row.reason;
    record.attempts = row.attempts;
    metrics.Add(record);
    CHECK(metrics.Collect().services.at({"api", "dc1"}).connect_failures ==
          row.failures);
  }
}

TEST_CASE("names beyond the bound are counted as other, none is lost") {
  ConnectionMetrics metrics;
  constexpr std::size_t kServices = 1500;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kServices; ++i) {
      ConnectionRecord record = Carried("api");
      const std::string service = "service" + std::to_string(i);
      const std::string listener = "listener" + std::to_string(i);
      record.service = service;
      record.listener = listener;
      metrics.Add(record);
    }
  }
  const ConnectionTotals totals = metrics.Collect();
  CHECK(totals.services.size() == ConnectionMetrics::kMaxServices + 1);
  CHECK(Sum(totals.services.at({"other", ""}).connect.counts) == 1000);
  CHECK(Sum(totals.services.at({"service0", "dc1"}).connect.counts) == 2);
  CHECK(totals.listeners.size() == ConnectionMetrics::kMaxListeners + 1);
  CHECK(totals.listeners.at("other")[0] == 2 * (kServices - 100));
}

TEST_CASE("threads count at the same time, and somebody reads meanwhile") {
  ConnectionMetrics metrics;
  constexpr std::size_t kThreads = 20;  // More than there are parts.
  constexpr std::size_t kEach = 500;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&metrics, i] {
      const std::string service = "service" + std::to_string(i % 7);
      for (std::size_t n = 0; n < kEach; ++n) metrics.Add(Carried(service));
    });
  }
  for (int i = 0; i < 10; ++i) CHECK(metrics.Collect().services.size() <= 7);
  for (std::thread& thread : threads) thread.join();
  const ConnectionTotals totals = metrics.Collect();
  CHECK(totals.listeners.at("default")[0] == kThreads * kEach);
  CHECK(totals.services.size() == 7);
  CHECK(Sum(totals.hello_time.counts) == kThreads * kEach);
}

}  // namespace
}  // namespace meshgw::cli
