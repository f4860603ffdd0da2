#ifndef MESHGW_CLI_LOG_FILE_H_
#define MESHGW_CLI_LOG_FILE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"

namespace meshgw::cli {

struct LogFileOptions {
  // What may wait for the file; lines beyond that are lost.
  std::size_t max_waiting_bytes = std::size_t{1} << 20;
  // How long the first line that waits may wait for others, so that many go
  // with one system call.
  std::chrono::milliseconds gather{0};
  // How long the end waits for what still waits.
  std::chrono::milliseconds flush{1000};
};

// LostLines tells of lines that did not come into the file, because the system
// refused them or because too many waited.
struct LostLines {
  enum class State : std::uint8_t {
    kLosing,  // The first, and each tenfold.
    kOver,    // Everything that waited was written since.
    kEnded,   // The log ends before that.
  };
  State state = State::kLosing;
  std::uint64_t count = 0;  // In a row.
  std::string error;        // Of the last one.
};

// LogFile appends lines to a file on a thread of its own: a reader that stalls,
// a disk that is slow or full never holds up who writes, and never the end of
// the program. Lines of threads do not mix, and what follows a line that was
// cut starts on one of its own. Thread-safe.
class LogFile {
 public:
  // `report` (nullable) is called on the writing thread, and by the destructor.
  LogFile(const LogFileOptions& options,
          std::function<void(const LostLines&)> report);
  // Writes what waits, for `options.flush` at most.
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // SetFile takes the file to write to from now on: regular, a pipe, a
  // terminal. Lines that wait go into the new one.
  void SetFile(internal::UniqueFd file);
  // Write puts `line` and a line feed behind what waits.
  void Write(std::string_view line);

 private:
  class Writer;
  // The thread's too: it may outlive the log when the file blocks for ever.
  std::shared_ptr<Writer> writer_;
  std::thread thread_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LOG_FILE_H_
