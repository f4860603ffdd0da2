#include "cli/program_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/str_format.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

constexpr std::array<std::string_view, 5> kLevels = {"trace", "debug", "info",
                                                     "warn", "error"};

int LevelNumber(std::string_view level) {
  return static_cast<int>(std::ranges::find(kLevels, level) - kLevels.begin());
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

void AppendFields(const boost::json::object& fields, std::string* line) {
  std::string_view before = ": ";
  for (const auto& field : fields) {
    line->append(before).append(field.key()).append("=");
    line->append(FieldText(field.value()));
    before = " ";
  }
}

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
  AppendFields(fields, &line);
  return line;
}

ProgramLog::ProgramLog(bool json, std::string_view level)
    : json_(json),
      least_(LevelNumber(level)),
      file_({}, [this](const LostLines& lost) {
        if (lost.state != LostLines::State::kOver) return;  // Nobody reads it.
        Log("warn", "lines of this log are lost",
            {{"lost_lines", lost.count}, {"error", lost.error}});
      }) {
  file_.SetFile(internal::UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)));
}

bool ProgramLog::IsLevel(std::string_view level) {
  return std::ranges::find(kLevels, level) != kLevels.end();
}

void ProgramLog::SetLevel(std::string_view level) {
  least_ = LevelNumber(level);
}

std::string_view ProgramLog::level() const {
  return kLevels[static_cast<std::size_t>(least_.load())];
}

std::vector<LoggedError> ProgramLog::last_errors() const {
  const std::lock_guard lock(mutex_);
  return {errors_.begin(), errors_.end()};
}

bool ProgramLog::Shows(std::string_view level) const {
  return LevelNumber(level) >= least_;
}

void ProgramLog::Keep(std::string_view message,
                      const boost::json::object& fields) {
  LoggedError error{std::chrono::system_clock::now(), EscapeText(message)};
  AppendFields(fields, &error.message);
  const std::lock_guard lock(mutex_);
  errors_.push_back(std::move(error));
  if (errors_.size() > kKeptErrors) errors_.pop_front();
}

void ProgramLog::Log(std::string_view level, std::string_view message,
                     const boost::json::object& fields) {
  if (!Shows(level)) return;
  if (level == "error") Keep(message, fields);
  file_.Write(FormatLogLine(json_, std::chrono::system_clock::now(), level,
                            message, fields));
}

}  // namespace meshgw::cli
