#include "cli/program_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cctype>

#include "absl/strings/str_format.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

spdlog::level::level_enum ParseLevel(std::string_view level) {
  return spdlog::level::from_str(level == "error" ? "err" : std::string(level));
}

std::string UpperCase(std::string_view word) {
  std::string out;
  for (const char c : word) {
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

boost::json::value Escaped(const boost::json::value& value) {
  if (!value.is_string()) return value;
  const auto& text = value.get_string();
  return JsonText({text.data(), text.size()});
}

// As hclog: quoted when something else could be read into it.
std::string FieldText(const boost::json::value& value) {
  if (!value.is_string()) return boost::json::serialize(value);
  const auto& held = value.get_string();
  std::string text = EscapeText({held.data(), held.size()});
  if (!text.empty() && text.find_first_of(" \"=") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Adds a line feed and nothing else.
class LineFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    out.append(message.payload.data(),
               message.payload.data() + message.payload.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>();
  }
};

}  // namespace

std::string FormatLogLine(bool json, std::chrono::system_clock::time_point time,
                          std::string_view level, std::string_view message,
                          const boost::json::object& fields) {
  if (json) {
    boost::json::object line{{"@level", std::string(level)},
                             {"@message", JsonText(message)},
                             {"@module", "meshgw.gateway"},
                             {"@timestamp", Timestamp(time)}};
    for (const auto& field : fields) {
      line[field.key()] = Escaped(field.value());
    }
    return boost::json::serialize(line);
  }
  std::string line = absl::StrFormat(
      "%s %-7s meshgw.gateway: %s", Timestamp(time),
      absl::StrFormat("[%s]", UpperCase(level)), EscapeText(message));
  std::string_view before = ": ";
  for (const auto& field : fields) {
    line += before;
    line += std::string(field.key()) + "=" + FieldText(field.value());
    before = " ";
  }
  return line;
}

ProgramLog::ProgramLog(bool json, const std::string& level)
    : json_(json),
      logger_(std::make_shared<spdlog::logger>(
          "meshgw", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_formatter(std::make_unique<LineFormatter>());
  logger_->set_level(ParseLevel(level));
  logger_->flush_on(spdlog::level::trace);
}

bool ProgramLog::Shows(std::string_view level) const {
  return logger_->should_log(ParseLevel(level));
}

void ProgramLog::Log(std::string_view level, std::string_view message,
                     const boost::json::object& fields) const {
  if (!Shows(level)) return;
  const std::string line = FormatLogLine(
      json_, std::chrono::system_clock::now(), level, message, fields);
  logger_->log(ParseLevel(level),
               spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace meshgw::cli
