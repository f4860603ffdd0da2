#include "cli/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

using std::chrono::microseconds;

// Some thousand lines.
constexpr std::size_t kMaxWaitingBytes = std::size_t{4} << 20;
constexpr std::chrono::milliseconds kGather{10};

std::string_view Words(LostLines::State state) {
  switch (state) {
    case LostLines::State::kLosing:
      return "access log cannot be written, records are lost";
    case LostLines::State::kOver:
      return "access log can be written again";
    case LostLines::State::kEnded:
      return "access log could not be written";
  }
  return "";
}

int OpenToAppend(const std::string& path) {
  if (path == "-") return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  const int fd = ::open(path.c_str(), O_WRONLY | kFlags, 0640);
  if (fd >= 0 || errno != ENXIO) return fd;
  // A FIFO without a reader: opened for both it keeps what fits for the reader
  // that comes.
  return ::open(path.c_str(), O_RDWR | kFlags, 0640);
}

// Milliseconds with three decimals; null for what did not happen. Not the JSON
// library's numbers: those have exponents, which some readers take for text.
std::string Milliseconds(std::string_view key, microseconds duration) {
  if (duration.count() < 0) return absl::StrFormat(",\"%s\":null", key);
  return absl::StrFormat(",\"%s\":%d.%03d", key, duration.count() / 1000,
                         duration.count() % 1000);
}

}  // namespace

std::string FormatRecord(const ConnectionRecord& record) {
  boost::json::array alpn;
  for (const std::string& name : record.alpn) alpn.push_back(JsonText(name));
  boost::json::array versions;
  for (const std::uint16_t version : record.tls_versions) {
    versions.push_back(boost::json::string(VersionName(version)));
  }
  boost::json::object out{
      {"ts", Timestamp(record.start)},
      {"conn_id", record.id},
      {"listener", JsonText(record.listener)},
      {"src", JsonText(record.source)},
      {"sni", JsonText(record.server_name)},
      {"alpn", std::move(alpn)},
      {"tls_versions", std::move(versions)},
      {"hello_bytes", record.hello_bytes},
      {"hello_records", record.hello_records},
      {"hello_verdict", std::string(HelloVerdictName(record.verdict))},
      {"hello_reason", std::string(HelloReasonName(record.hello_reason))},
      {"post_quantum", record.post_quantum},
      {"ech", std::string(EncryptedClientHelloName(record.ech))},
      {"route", std::string(RouteKindName(record.route_kind))},
      {"rule", JsonText(record.rule)},
      {"datacenter", JsonText(record.datacenter)},
      {"service", JsonText(record.service)},
      {"endpoint", JsonText(record.endpoint)},
      {"attempts", record.attempts}};
  boost::json::object rest{
      {"bytes_in", record.bytes_in},
      {"bytes_out", record.bytes_out},
      {"spliced_bytes", record.spliced_bytes},
      {"reason", std::string(ConnectionReasonName(record.reason))},
      {"closed_by", std::string(record.closed_by)}};
  rest["error"] = nullptr;
  if (record.error != 0) rest["error"] = std::strerror(record.error);
  std::string line = boost::json::serialize(out);
  line.pop_back();  // The brace.
  line += Milliseconds("connect_ms", record.connect);
  line += Milliseconds("first_byte_ms", record.first_byte);
  line += Milliseconds("duration_ms", record.duration);
  line += "," + boost::json::serialize(rest).substr(1);
  return line;
}

AccessLog::AccessLog(LogWriter tell)
    : tell_(std::move(tell)),
      file_({.max_waiting_bytes = kMaxWaitingBytes, .gather = kGather},
            [this](const LostLines& lost) {
              if (!tell_) return;
              boost::json::object fields{{"path", path_},
                                         {"lost_records", lost.count}};
              if (lost.state != LostLines::State::kOver) {
                fields["error"] = lost.error;
              }
              tell_("warn", Words(lost.state), fields);
            }) {}

bool AccessLog::Open(const std::string& path, std::string* error) {
  path_ = path;
  return Reopen(error);
}

bool AccessLog::Reopen(std::string* error) {
  internal::UniqueFd file(OpenToAppend(path_));
  if (!file.valid()) {
    *error = path_ + ": " + std::strerror(errno);
    return false;
  }
  file_.SetFile(std::move(file));
  return true;
}

void AccessLog::Write(const ConnectionRecord& record) {
  file_.Write(FormatRecord(record));
}

}  // namespace meshgw::cli
