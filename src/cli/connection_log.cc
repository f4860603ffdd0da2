#include "cli/connection_log.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "cli/json.h"

namespace meshgw::cli {
namespace {

// What is known of a connection, for people; without what is not.
boost::json::object Fields(const ConnectionRecord& record) {
  boost::json::object out;
  const auto add = [&out](const char* key, std::string_view text) {
    if (!text.empty()) out[key] = boost::json::string(text.data(), text.size());
  };
  add("reason", ConnectionReasonName(record.reason));
  add("sni", record.server_name);
  add("src", record.source);
  add("listener", record.listener);
  if (record.hello_reason != HelloReason::kNone) {
    add("hello_reason", HelloReasonName(record.hello_reason));
  }
  add("rule", record.rule);
  add("endpoint", record.endpoint);
  if (record.attempts > 0) out["attempts"] = record.attempts;
  if (record.error != 0) out["error"] = ConnectionErrorText(record.error);
  out["conn_id"] = record.id;
  return out;
}

}  // namespace

std::string_view ConnectionErrorText(int error) {
  if (error == ELOOP) return "the endpoint is this gateway itself";
  return std::strerror(error);
}

bool IsFailure(ConnectionReason reason) {
  switch (reason) {
    case ConnectionReason::kOk:
    case ConnectionReason::kIdleTimeout:
    case ConnectionReason::kDrained:
    case ConnectionReason::kReset:
    case ConnectionReason::kClientClosed:
      return false;
    default:
      return true;
  }
}

ConnectionLog::ConnectionLog(LogWriter write, bool debug)
    : write_(std::move(write)), debug_(debug) {}

void ConnectionLog::Add(const ConnectionRecord& record, Clock::time_point now) {
  const bool failure = IsFailure(record.reason);
  if (!failure && !debug_) return;
  std::uint64_t left_out = 0;
  if (!debug_ && !Admit(now, &left_out)) return;
  boost::json::object fields = Fields(record);
  if (!failure) {
    fields["bytes_in"] = record.bytes_in;
    fields["bytes_out"] = record.bytes_out;
    fields["closed_by"] = std::string(record.closed_by);
  }
  if (left_out > 0) fields["failures_not_shown"] = left_out;
  write_(failure ? "warn" : "debug",
         failure ? "connection failed" : "connection ended", fields);
}

bool ConnectionLog::Admit(Clock::time_point now, std::uint64_t* left_out) {
  const std::lock_guard lock(mutex_);
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ >= kLinesPerSecond) {
    ++left_out_;
    return false;
  }
  ++lines_;
  *left_out = std::exchange(left_out_, 0);
  return true;
}

void ConnectionLog::Finish() {
  const std::lock_guard lock(mutex_);
  if (left_out_ == 0) return;
  write_("warn", "connections failed",
         {{"failures_not_shown", std::exchange(left_out_, 0)}});
}

}  // namespace meshgw::cli
