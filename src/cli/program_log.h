#ifndef MESHGW_CLI_PROGRAM_LOG_H_
#define MESHGW_CLI_PROGRAM_LOG_H_

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cli/log_file.h"

namespace meshgw::cli {

// LogWriter takes one event; see ProgramLog::Log.
using LogWriter =
    std::function<void(std::string_view level, std::string_view message,
                       const boost::json::object& fields)>;

// FormatLogLine makes one line, without a line feed: text that looks like
// Consul's ("2026-11-23T10:00:00.000Z [INFO]  meshgw.gateway: message: key=x"),
// or with `json` the object of hclog's JSON, fields as keys. `message` and
// `fields` may hold what a client sent: they are escaped.
std::string FormatLogLine(bool json, std::chrono::system_clock::time_point time,
                          std::string_view level, std::string_view message,
                          const boost::json::object& fields);

// LoggedError is one that was written.
struct LoggedError {
  std::chrono::system_clock::time_point time;
  std::string message;  // Fields too.
};

// ProgramLog writes what the program does to standard error, as a LogFile does:
// nobody waits for its reader. Thread-safe.
class ProgramLog {
 public:
  // `level`: trace, debug, info, warn or error.
  ProgramLog(bool json, std::string_view level);
  // IsLevel says whether there is a level of that name.
  static bool IsLevel(std::string_view level);
  void SetLevel(std::string_view level);
  std::string_view level() const;
  // The last errors, the newest last, kKeptErrors at most.
  static constexpr std::size_t kKeptErrors = 10;
  std::vector<LoggedError> last_errors() const;
  // Says whether Log would write anything.
  bool Shows(std::string_view level) const;
  void Log(std::string_view level, std::string_view message,
           const boost::json::object& fields = {});

 private:
  void Keep(std::string_view message, const boost::json::object& fields);

  bool json_;
  std::atomic<int> least_;  // Level, as a number.
  mutable std::mutex mutex_;
  std::deque<LoggedError> errors_;
  LogFile file_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_PROGRAM_LOG_H_
