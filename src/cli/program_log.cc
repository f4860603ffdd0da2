#include "cli/program_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

#include "absl/strings/str_format.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

std::string_view LevelName(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "TRACE";
    case spdlog::level::debug:
      return "DEBUG";
    case spdlog::level::warn:
      return "WARN";
    case spdlog::level::err:
    case spdlog::level::critical:
      return "ERROR";
    default:
      return "INFO";
  }
}

// One line, in either form. The payload may hold what a client sent.
class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    const std::string_view payload(message.payload.data(),
                                   message.payload.size());
    std::string line;
    if (json_) {
      line = boost::json::serialize(
          boost::json::object{{"@timestamp", Timestamp(message.time)},
                              {"@level", std::string(LevelName(message.level))},
                              {"@module", "meshgw.gateway"},
                              {"@message", JsonText(payload)}});
    } else {
      line =
          absl::StrFormat("%s %-7s meshgw.gateway: %s", Timestamp(message.time),
                          absl::StrFormat("[%s]", LevelName(message.level)),
                          EscapeText(payload));
    }
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(json_);
  }

 private:
  bool json_;
};

spdlog::level::level_enum ParseLevel(std::string_view level) {
  return spdlog::level::from_str(level == "error" ? "err" : std::string(level));
}

}  // namespace

ProgramLog::ProgramLog(bool json, const std::string& level)
    : logger_(std::make_shared<spdlog::logger>(
          "meshgw", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_formatter(std::make_unique<LineFormatter>(json));
  logger_->set_level(ParseLevel(level));
  logger_->flush_on(spdlog::level::trace);
}

void ProgramLog::Log(std::string_view level, std::string_view message) const {
  logger_->log(ParseLevel(level),
               spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace meshgw::cli
