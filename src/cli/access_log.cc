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

AccessLog::AccessLog(LogWriter tell) : tell_(std::move(tell)) {}

AccessLog::~AccessLog() {
  if (lost_ > 0 && tell_) {
    tell_("warn", "access log could not be written",
          {{"path", path_}, {"lost_records", lost_}});
  }
}

bool AccessLog::Open(const std::string& path, std::string* error) {
  path_ = path;
  return Reopen(error);
}

bool AccessLog::Reopen(std::string* error) {
  const int fd = path_ == "-"
                     ? ::dup(STDOUT_FILENO)
                     : ::open(path_.c_str(),
                              O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) {
    *error = path_ + ": " + std::strerror(errno);
    return false;
  }
  const std::lock_guard lock(mutex_);
  fd_.reset(fd);
  cut_ = cut_ && ::lseek(fd, 0, SEEK_END) > 0;
  return true;
}

void AccessLog::Write(const ConnectionRecord& record) {
  const std::string line = FormatRecord(record) + "\n";
  const std::lock_guard lock(mutex_);
  int error = 0;
  if (!WriteLine(line, &error)) {
    if (++lost_ == tell_at_ && tell_) {
      tell_at_ *= 10;
      tell_("warn", "access log cannot be written, records are lost",
            {{"path", path_},
             {"error", std::strerror(error)},
             {"lost_records", lost_}});
    }
  } else if (const std::uint64_t lost = std::exchange(lost_, 0); lost > 0) {
    tell_at_ = 1;
    if (tell_) {
      tell_("warn", "access log can be written again",
            {{"path", path_}, {"lost_records", lost}});
    }
  }
}

// With mutex_ held. What follows a line that was cut starts on one of its own.
bool AccessLog::WriteLine(std::string_view line, int* error) {
  const std::string text = (cut_ ? "\n" : "") + std::string(line);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      *error = errno;
      if (rest.size() != text.size()) cut_ = true;
      return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  cut_ = false;
  return true;
}

}  // namespace meshgw::cli
