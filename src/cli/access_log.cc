#include "cli/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <utility>

#include "cli/connection_log.h"
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
  if (path == "-") {
    const int mode = ::fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE;
    if (mode == O_RDONLY) errno = EBADF;
    return mode == O_RDONLY ? -1 : ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  }
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  const int fd = ::open(path.c_str(), O_WRONLY | kFlags, 0640);
  if (fd >= 0 || errno != ENXIO) return fd;
  // A FIFO without a reader: opened for both it keeps what fits for the reader
  // that comes.
  return ::open(path.c_str(), O_RDWR | kFlags, 0640);
}

// Line writes one JSON object, member by member: at many connections a second
// a tree of values would cost more than the rest of a record.
class Line {
 public:
  Line() { out_.reserve(kUsualBytes); }

  void Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonText(&out_, value);
  }
  void Number(std::string_view key, std::uint64_t value) {
    Key(key);
    Digits(value);
  }
  void Bool(std::string_view key, bool value) {
    Key(key);
    out_ += value ? "true" : "false";
  }
  void Null(std::string_view key) {
    Key(key);
    out_ += "null";
  }
  // With three decimals; null for what did not happen. No exponents: some
  // readers take those for text.
  void Milliseconds(std::string_view key, microseconds duration) {
    if (duration.count() < 0) return Null(key);
    const auto count = static_cast<std::uint64_t>(duration.count());
    Number(key, count / 1000);
    out_ += '.';
    const auto rest = static_cast<unsigned>(count % 1000);
    for (const unsigned digit : {rest / 100, rest / 10 % 10, rest % 10}) {
      out_ += static_cast<char>('0' + digit);
    }
  }
  template <typename Values, typename ToText>
  void List(std::string_view key, const Values& values, ToText to_text) {
    Key(key);
    char before = '[';
    for (const auto& value : values) {
      out_ += before;
      AppendJsonText(&out_, to_text(value));
      before = ',';
    }
    out_ += before == '[' ? "[]" : "]";
  }
  std::string Finish() { return std::move(out_ += '}'); }

 private:
  static constexpr std::size_t kUsualBytes = 768;

  void Key(std::string_view key) {
    out_ += out_.empty() ? '{' : ',';
    out_.append(1, '"').append(key).append("\":");
  }
  void Digits(std::uint64_t value) {
    char text[20];
    out_.append(text, std::to_chars(text, std::end(text), value).ptr);
  }

  std::string out_;
};

}  // namespace

std::string FormatRecord(const ConnectionRecord& record) {
  Line line;
  line.Text("ts", Timestamp(record.start));
  line.Number("conn_id", record.id);
  line.Text("listener", record.listener);
  line.Text("src", record.source);
  line.Text("sni", record.server_name);
  line.List("alpn", record.alpn, [](std::string_view name) { return name; });
  line.List("tls_versions", record.tls_versions, VersionName);
  line.Number("hello_bytes", record.hello_bytes);
  line.Number("hello_records", record.hello_records);
  line.Text("hello_verdict", HelloVerdictName(record.verdict));
  line.Text("hello_reason", HelloReasonName(record.hello_reason));
  line.Bool("post_quantum", record.post_quantum);
  line.Text("ech", EncryptedClientHelloName(record.ech));
  line.Text("route", RouteKindName(record.route_kind));
  line.Text("rule", record.rule);
  line.Text("datacenter", record.datacenter);
  line.Text("service", record.service);
  line.Text("endpoint", record.endpoint);
  line.Number("attempts", record.attempts);
  line.Milliseconds("connect_ms", record.connect);
  line.Milliseconds("first_byte_ms", record.first_byte);
  line.Milliseconds("duration_ms", record.duration);
  line.Number("bytes_in", record.bytes_in);
  line.Number("bytes_out", record.bytes_out);
  line.Number("spliced_bytes", record.spliced_bytes);
  line.Text("reason", ConnectionReasonName(record.reason));
  line.Text("closed_by", record.closed_by);
  if (record.error == 0) {
    line.Null("error");
  } else {
    line.Text("error", ConnectionErrorText(record.error));
  }
  return line.Finish();
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
