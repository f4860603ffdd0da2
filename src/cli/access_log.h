#ifndef MESHGW_CLI_ACCESS_LOG_H_
#define MESHGW_CLI_ACCESS_LOG_H_

#include <mutex>
#include <string>

#include "base/unique_fd.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// FormatRecord makes one JSON object, without a line feed, of a connection. The
// server name and protocol names are what a client sent: they are escaped.
std::string FormatRecord(const ConnectionRecord& record);

// AccessLog writes one line for each connection to a file ("-": standard
// output). A line is written by one call, so lines of threads do not mix.
// Thread-safe.
class AccessLog {
 public:
  // False, with the cause in `*error`, when the file cannot be opened.
  bool Open(const std::string& path, std::string* error);
  // Opens the path again, after a rotation. On failure the old file stays.
  bool Reopen(std::string* error);
  void Write(const ConnectionRecord& record);

 private:
  std::mutex mutex_;
  std::string path_;
  internal::UniqueFd fd_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ACCESS_LOG_H_
