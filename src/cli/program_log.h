#ifndef MESHGW_CLI_PROGRAM_LOG_H_
#define MESHGW_CLI_PROGRAM_LOG_H_

#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace meshgw::cli {

// ProgramLog writes what the program does to standard error: as text that looks
// like Consul's ("2026-11-23T10:00:00.000Z [INFO]  meshgw.gateway: message") or
// one JSON object a line. Thread-safe.
class ProgramLog {
 public:
  // `level`: trace, debug, info, warn or error.
  ProgramLog(bool json, const std::string& level);
  void Log(std::string_view level, std::string_view message) const;

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_PROGRAM_LOG_H_
