#ifndef MESHGW_CLI_ACCESS_LOG_H_
#define MESHGW_CLI_ACCESS_LOG_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "base/unique_fd.h"
#include "cli/program_log.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// FormatRecord makes one JSON object, without a line feed, of a connection. The
// server name and protocol names are what a client sent: they are escaped.
std::string FormatRecord(const ConnectionRecord& record);

// AccessLog writes one line for each connection to a file ("-": standard
// output). A line is written by one call, so lines of threads do not mix. A
// line that cannot be written is lost: a full disk must not stop the gateway.
// Thread-safe.
class AccessLog {
 public:
  // `tell` (nullable) is told when lines begin to be lost, at every tenfold of
  // that, when they no longer are, and how many were when the log ends.
  explicit AccessLog(LogWriter tell = nullptr);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  // False, with the cause in `*error`, when the file cannot be opened.
  bool Open(const std::string& path, std::string* error);
  // Opens the path again, after a rotation. On failure the old file stays.
  bool Reopen(std::string* error);
  void Write(const ConnectionRecord& record);

 private:
  bool WriteLine(std::string_view line, int* error);

  LogWriter tell_;
  std::mutex mutex_;
  std::string path_;
  internal::UniqueFd fd_;
  bool cut_ = false;        // The last line was written in part.
  std::uint64_t lost_ = 0;  // Lines in a row.
  std::uint64_t tell_at_ = 1;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ACCESS_LOG_H_
