#ifndef MESHGW_CLI_ACCESS_LOG_H_
#define MESHGW_CLI_ACCESS_LOG_H_

#include <string>

#include "cli/log_file.h"
#include "cli/program_log.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// FormatRecord makes one JSON object, without a line feed, of a connection. The
// server name and protocol names are what a client sent: they are escaped.
std::string FormatRecord(const ConnectionRecord& record);

// AccessLog writes one line for each connection to a file ("-": standard
// output), as a LogFile does: what the file does not take is lost, and the
// gateway never waits for it. Thread-safe, but for Open and Reopen.
class AccessLog {
 public:
  // `tell` (nullable) is told when lines begin to be lost, at every tenfold of
  // that, when they no longer are, and how many were when the log ends.
  explicit AccessLog(LogWriter tell = nullptr);
  // False, with the cause in `*error`, when the file cannot be opened. A FIFO
  // may get its reader later.
  bool Open(const std::string& path, std::string* error);
  // Opens the path again, after a rotation. On failure the old file stays.
  bool Reopen(std::string* error);
  void Write(const ConnectionRecord& record);

 private:
  LogWriter tell_;
  std::string path_;
  LogFile file_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ACCESS_LOG_H_
