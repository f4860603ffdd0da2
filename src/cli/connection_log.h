#ifndef MESHGW_CLI_CONNECTION_LOG_H_
#define MESHGW_CLI_CONNECTION_LOG_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "cli/program_log.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// IsFailure says whether a reason is one that somebody should look at: the
// gateway could not do what the client wanted. Clients that leave, resets, idle
// timeouts and drains are ordinary ends.
bool IsFailure(ConnectionReason reason);

// ConnectionErrorText says what ConnectionRecord::error means.
std::string_view ConnectionErrorText(int error);

// ConnectionLog writes the ends of connections to the program's log: failures
// as warnings, so that they are seen without an access log, everything else
// for debugging. Failures come in floods (a port scan, a backend that is down),
// so a second has a bounded number of lines; what was left out is counted in
// the next line. Thread-safe.
class ConnectionLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint32_t kLinesPerSecond = 10;

  // `debug`: write the ordinary ends too, and every failure.
  ConnectionLog(LogWriter write, bool debug);
  void set_debug(bool debug) { debug_ = debug; }
  void Add(const ConnectionRecord& record, Clock::time_point now);
  // Tells what the last second left out; at the end of the program.
  void Finish();

 private:
  bool Admit(Clock::time_point now, std::uint64_t* left_out);

  LogWriter write_;
  std::atomic<bool> debug_;
  std::mutex mutex_;
  Clock::time_point second_{};
  std::uint32_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CONNECTION_LOG_H_
