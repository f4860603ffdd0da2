#include "cli/log_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "run_program.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

using cli::LogFile;
using cli::LostLines;
using internal::UniqueFd;
using std::chrono::milliseconds;

UniqueFd OpenFile(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600));
}

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
    REQUIRE(::fcntl(read.get(), F_SETFL, O_NONBLOCK) == 0);
  }
  std::string Drain() const {
    std::string out;
    char buffer[4096];
    for (ssize_t size = 0;
         (size = ::read(read.get(), buffer, sizeof(buffer))) > 0;) {
      out.append(buffer, static_cast<std::size_t>(size));
    }
    return out;
  }
  UniqueFd read;
  UniqueFd write;
};

// What a log reports.
class Reports {
 public:
  auto Take() {
    return [this](const LostLines& lost) {
      const std::lock_guard lock(mutex_);
      all_.push_back(lost);
    };
  }
  std::vector<LostLines> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  bool Has(LostLines::State state) const {
    for (const LostLines& lost : all()) {
      if (lost.state == state) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LostLines> all_;
};

std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_CASE("the end of a log leaves every line in the file, in order") {
  const TemporaryFolder folder;
  std::string want;
  {
    LogFile log({.gather = milliseconds(10)}, nullptr);
    log.SetFile(OpenFile(folder.Path("log")));
    for (int i = 0; i < 1000; ++i) {
      log.Write("line " + std::to_string(i));
      want += "line " + std::to_string(i) + "\n";
    }
  }
  CHECK(FileContents(folder.Path("log")) == want);
}

TEST_CASE("lines of many threads do not mix, long ones in a pipe neither") {
  const Pipe pipe;
  const std::string line(3000, 'x');
  std::string got;
  {
    LogFile log({}, nullptr);
    log.SetFile(UniqueFd(::dup(pipe.write.get())));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 25; ++j) log.Write(line);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(WaitUntil([&] {
      got += pipe.Drain();
      return Lines(got) == 100;
    }));
  }
  std::string want;
  for (int i = 0; i < 100; ++i) want += line + "\n";
  CHECK(got == want);
}

TEST_CASE("a pipe that nobody reads holds up neither writers nor the end") {
  constexpr std::size_t kLines = 10000;
  Reports reports;
  const Pipe pipe;
  {
    LogFile log({.max_waiting_bytes = 65536, .flush = milliseconds(50)},
                reports.Take());
    log.SetFile(UniqueFd(::dup(pipe.write.get())));
    for (std::size_t i = 0; i < kLines; ++i) log.Write(std::string(99, 'x'));
  }
  REQUIRE(reports.Has(LostLines::State::kEnded));
  const LostLines ended = reports.all().back();
  CHECK(ended.state == LostLines::State::kEnded);
  CHECK(ended.error == "too many lines wait to be written");
  // What is read below makes room for one write more.
  const std::size_t told = Lines(pipe.Drain()) + ended.count;
  CHECK(told >= kLines);
  CHECK(told <= kLines + PIPE_BUF / 100);
}

TEST_CASE("when the reader of a pipe comes back, it is told what is missing") {
  Reports reports;
  const Pipe pipe;
  LogFile log({.max_waiting_bytes = 65536}, reports.Take());
  log.SetFile(UniqueFd(::dup(pipe.write.get())));
  std::size_t written = 0;
  // A stalled writer tells while it waits.
  CHECK(WaitUntil([&] {
    log.Write(std::string(999, 'x'));
    ++written;
    return reports.Has(LostLines::State::kLosing);
  }));
  std::size_t got = 0;
  CHECK(WaitUntil([&] {
    got += Lines(pipe.Drain());
    return reports.Has(LostLines::State::kOver);
  }));
  const std::uint64_t lost = reports.all().back().count;
  CHECK(WaitUntil([&] {
    got += Lines(pipe.Drain());
    return got + lost == written;
  }));
  log.Write("again");
  std::string rest;
  CHECK(WaitUntil([&] {
    rest += pipe.Drain();
    return rest == "again\n";
  }));
}

TEST_CASE("a line longer than a pipe takes at once comes whole") {
  const Pipe pipe;
  LogFile log({}, nullptr);
  log.SetFile(UniqueFd(::dup(pipe.write.get())));
  const std::string line(300000, 'y');
  log.Write(line);
  std::string got;
  CHECK(WaitUntil([&] {
    got += pipe.Drain();
    return got.size() > line.size();
  }));
  CHECK(got == line + "\n");
}

TEST_CASE("losses are told at the first and at each tenfold") {
  Reports reports;
  {
    LogFile log({}, reports.Take());
    log.SetFile(OpenFile("/dev/full"));
    for (std::size_t i = 0; i < 25; ++i) {
      log.Write("line");
      CHECK(WaitUntil(
          [&] { return i >= 10 || reports.all().size() == (i == 9 ? 2 : 1); }));
    }
  }
  const std::vector<LostLines> all = reports.all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].count == 1);
  CHECK(all[0].error == "No space left on device");
  CHECK(all[1].count == 10);
  CHECK(all[2].count == 25);
  CHECK(all[2].state == LostLines::State::kEnded);
}

TEST_CASE("what follows a line that was cut starts on one of its own") {
  const TemporaryFolder folder;
  const std::string path = folder.Path("log");
  Reports reports;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  {
    LogFile log({}, reports.Take());
    log.SetFile(OpenFile(path));
    const rlimit small{7, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    log.Write("aaaa");
    log.Write("bbbb");
    CHECK(WaitUntil([&] { return reports.Has(LostLines::State::kLosing); }));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    log.Write("cccc");
    CHECK(WaitUntil([&] { return reports.Has(LostLines::State::kOver); }));
  }
  CHECK(FileContents(path) == "aaaa\nbb\ncccc\n");
  CHECK(reports.all().front().count == 1);
}

TEST_CASE("lines that wait go into the file that takes their file's place") {
  const TemporaryFolder folder;
  const Pipe stalled;
  std::size_t got = 0;
  {
    LogFile log({}, nullptr);
    log.SetFile(UniqueFd(::dup(stalled.write.get())));
    for (int i = 0; i < 200; ++i) log.Write(std::string(999, 'x'));
    CHECK(WaitUntil([&] {
      int bytes = 0;
      return ::ioctl(stalled.read.get(), FIONREAD, &bytes) == 0 &&
             bytes >= 60000;
    }));
    log.SetFile(OpenFile(folder.Path("log")));
  }
  got += Lines(stalled.Drain());
  got += Lines(FileContents(folder.Path("log")));
  CHECK(got == 200);
}

TEST_CASE("without a file every line is lost, and the end does not wait") {
  Reports reports;
  {
    LogFile log({}, reports.Take());
    log.Write("a");
    log.Write("b");
  }
  REQUIRE(!reports.all().empty());
  CHECK(reports.all().back().count == 2);
  CHECK(reports.all().back().error == "Bad file descriptor");
}

}  // namespace
}  // namespace meshgw::test
