#include "cli/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/json.h"

namespace meshgw::cli {
namespace {

using std::chrono::microseconds;

// Milliseconds with three decimals; null for what did not happen.
boost::json::value Milliseconds(microseconds duration) {
  if (duration.count() < 0) return nullptr;
  return static_cast<double>(duration.count()) / 1000.0;
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
      {"attempts", record.attempts},
      {"connect_ms", Milliseconds(record.connect)},
      {"first_byte_ms", Milliseconds(record.first_byte)},
      {"duration_ms", Milliseconds(record.duration)},
      {"bytes_in", record.bytes_in},
      {"bytes_out", record.bytes_out},
      {"spliced_bytes", record.spliced_bytes},
      {"reason", std::string(ConnectionReasonName(record.reason))},
      {"closed_by", std::string(record.closed_by)}};
  if (record.error != 0) out["error"] = std::strerror(record.error);
  return boost::json::serialize(out);
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
  return true;
}

void AccessLog::Write(const ConnectionRecord& record) {
  const std::string line = FormatRecord(record) + "\n";
  const std::lock_guard lock(mutex_);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // A full disk must not stop the gateway.
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace meshgw::cli
