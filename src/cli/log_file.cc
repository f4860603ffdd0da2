#include "cli/log_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>

#include "gateway/signal_mask.h"

namespace meshgw::cli {
namespace {

// A pipe that can be written at all takes this much without blocking.
constexpr std::size_t kPipeChunk = PIPE_BUF;
constexpr std::size_t kFileChunk = std::size_t{64} << 10;
// How often a writer that cannot write looks up: at what was lost, at another
// file, at the end.
constexpr int kLookMilliseconds = 100;

bool IsRegular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// As many whole lines as fit, or a part of the first.
std::string_view FirstLines(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::size_t end = text.rfind('\n', most - 1);
  return text.substr(0, end == text.npos ? most : end + 1);
}

std::uint64_t CountLines(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

}  // namespace

class LogFile::Writer {
 public:
  Writer(const LogFileOptions& options,
         std::function<void(const LostLines&)> report)
      : options_(options), report_(std::move(report)) {}

  void SetFile(internal::UniqueFd file) {
    auto shared = std::make_shared<internal::UniqueFd>(std::move(file));
    const std::lock_guard lock(mutex_);
    file_.swap(shared);
  }

  void Add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() >= options_.max_waiting_bytes) {
      ++lost_;
      error_ = "too many lines wait to be written";
      return;
    }
    if (waiting_.empty()) wake_.notify_one();
    waiting_.append(line).push_back('\n');
  }

  // The thread.
  void Run() {
    std::string batch;
    while (Take(&batch)) {
      const bool complete = WriteLines(batch);
      Report(complete ? LostLines::State::kOver : LostLines::State::kLosing);
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    ended_.notify_all();
  }

  // True when everything was written or lost, and the thread ends.
  bool End() {
    std::unique_lock lock(mutex_);
    stop_ = true;
    wake_.notify_one();
    return ended_.wait_for(lock, options_.flush, [this] { return done_; });
  }

  // Tells of what is lost at the end, and nothing after that.
  void EndReports() {
    {
      const std::lock_guard lock(mutex_);
      given_up_ = !done_;
      if (given_up_) {
        lost_ += CountLines(waiting_) + unwritten_;
        if (error_.empty()) error_ = "the file cannot be written to";
      }
    }
    Report(LostLines::State::kEnded);
    const std::lock_guard lock(report_mutex_);
    report_ = nullptr;
  }

 private:
  bool Take(std::string* batch) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return false;
    if (options_.gather.count() > 0) {
      wake_.wait_for(lock, options_.gather, [this] { return stop_; });
    }
    *batch = std::exchange(waiting_, {});
    unwritten_ = CountLines(*batch);
    return true;
  }

  // Null when the log ended without waiting any longer.
  std::shared_ptr<internal::UniqueFd> File() {
    const std::lock_guard lock(mutex_);
    return given_up_ ? nullptr : file_;
  }

  // False when a line of `text` was lost.
  bool WriteLines(std::string_view text) {
    bool complete = true;
    bool inside = false;  // Of a line, a part of which is written.
    std::shared_ptr<internal::UniqueFd> file;
    while (!text.empty()) {
      auto now = File();
      if (now == nullptr) return false;
      if (now != file) {
        if (inside) {
          complete = false;
          Lose(&text, text.find('\n') + 1, "the file was replaced");
          inside = false;
          continue;
        }
        if (file_ends_in_line_) StartFile(*now);
        file = std::move(now);
      }
      if (!WaitForRoom(file->get())) continue;
      const std::string_view chunk =
          FirstLines(text, IsRegular(file->get()) ? kFileChunk : kPipeChunk);
      const ssize_t written = WriteChunk(file->get(), chunk);
      if (written < 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        complete = false;
        file_ends_in_line_ = inside || file_ends_in_line_;
        const std::size_t end =
            chunk.ends_with('\n') ? chunk.size() : text.find('\n') + 1;
        Lose(&text, end, std::strerror(errno));
        inside = false;
        continue;
      }
      const auto size = static_cast<std::size_t>(written);
      inside = size > 0 ? text[size - 1] != '\n' : inside;
      Done(CountLines(text.substr(0, size)));
      text.remove_prefix(size);
    }
    return complete;
  }

  // A new file that is empty needs no line feed first.
  void StartFile(const internal::UniqueFd& file) {
    if (IsRegular(file.get())) {
      file_ends_in_line_ = ::lseek(file.get(), 0, SEEK_END) > 0;
    }
  }

  // How many bytes of `chunk` went; below zero: errno says why none did.
  ssize_t WriteChunk(int fd, std::string_view chunk) {
    if (file_ends_in_line_) {
      if (::write(fd, "\n", 1) != 1) return -1;
      file_ends_in_line_ = false;
      return 0;
    }
    return ::write(fd, chunk.data(), chunk.size());
  }

  // False when there was none for a while.
  bool WaitForRoom(int fd) {
    if (fd < 0) return true;  // The write says so.
    pollfd wait{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&wait, 1, kLookMilliseconds) != 0) return true;
    Report(LostLines::State::kLosing);
    return false;
  }

  void Lose(std::string_view* text, std::size_t size, const char* error) {
    const std::uint64_t lines = CountLines(text->substr(0, size));
    text->remove_prefix(size);
    const std::lock_guard lock(mutex_);
    unwritten_ -= std::min(unwritten_, lines);
    lost_ += lines;
    error_ = error;
  }

  void Done(std::uint64_t lines) {
    const std::lock_guard lock(mutex_);
    unwritten_ -= std::min(unwritten_, lines);
  }

  // Says what there is to say, without a lock that Add would wait for.
  void Report(LostLines::State state) {
    LostLines report;
    {
      const std::lock_guard lock(mutex_);
      if (state == LostLines::State::kOver && !waiting_.empty()) {
        state = LostLines::State::kLosing;
      }
      if (lost_ == 0) return;
      if (state == LostLines::State::kLosing && lost_ < report_at_) return;
      report = {state, lost_, error_};
      while (report_at_ <= lost_) report_at_ *= 10;
      if (state != LostLines::State::kLosing) {
        lost_ = 0;
        report_at_ = 1;
        error_.clear();
      }
    }
    const std::lock_guard lock(report_mutex_);
    if (report_) report_(report);
  }

  const LogFileOptions options_;
  std::mutex report_mutex_;  // Before mutex_.
  std::function<void(const LostLines&)> report_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  std::shared_ptr<internal::UniqueFd> file_ =
      std::make_shared<internal::UniqueFd>();
  std::string waiting_;
  std::uint64_t unwritten_ = 0;  // Lines that the thread has taken.
  std::uint64_t lost_ = 0;
  std::uint64_t report_at_ = 1;
  std::string error_;
  bool stop_ = false;
  bool done_ = false;
  bool given_up_ = false;

  bool file_ends_in_line_ = false;  // The thread's alone.
};

LogFile::LogFile(const LogFileOptions& options,
                 std::function<void(const LostLines&)> report)
    : writer_(std::make_shared<Writer>(options, std::move(report))) {
  const internal::BlockSignals block;
  thread_ = std::thread([writer = writer_] { writer->Run(); });
}

LogFile::~LogFile() {
  const bool ended = writer_->End();
  writer_->EndReports();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogFile::SetFile(internal::UniqueFd file) {
  writer_->SetFile(std::move(file));
}

void LogFile::Write(std::string_view line) { writer_->Add(line); }

}  // namespace meshgw::cli
