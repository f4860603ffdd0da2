#include "consul/token_source.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/system_error.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxToken = 4096;
constexpr time_t kSettleSeconds = 2;
constexpr const char* kExpected =
    ": expected a token: one line of letters, digits and signs";

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
         a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

struct stat Unread() {
  return {};
}

bool IsSettled(const struct stat& file) {
  struct timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return file.st_mtim.tv_sec + kSettleSeconds < now.tv_sec;
}

// What may stand in a header.
bool IsPlain(std::string_view token) {
  return std::all_of(token.begin(), token.end(),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

TokenSource TokenSource::Fixed(std::string token) {
  TokenSource source;
  source.token_ = std::move(token);
  return source;
}

TokenSource TokenSource::FromFile(std::string path) {
  TokenSource source;
  source.path_ = std::move(path);
  return source;
}

absl::Status TokenSource::Refresh() {
  if (path_.empty()) {
    if (IsPlain(token_)) return absl::OkStatus();
    return absl::InvalidArgumentError(std::string("the token") + kExpected);
  }
  struct stat now = {};
  if (::stat(path_.c_str(), &now) != 0) return FileError(path_, errno);
  if (SameFile(now, read_)) return absl::OkStatus();
  auto contents = ReadFile(path_, kMaxToken);
  if (!contents.ok()) return contents.status();
  // As Consul does: an editor's newline is no part of it.
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t end = contents->find_last_not_of(kSpace);
  contents->resize(end == std::string::npos ? 0 : end + 1);
  contents->erase(0, std::min(contents->find_first_not_of(kSpace), end));
  if (contents->empty() || !IsPlain(*contents)) {
    return absl::InvalidArgumentError(path_ + kExpected);
  }
  token_ = *std::move(contents);
  // A file that was just written may be written again, as long as before, with
  // the same time: clocks of files tick in milliseconds.
  read_ = IsSettled(now) ? now : Unread();
  return absl::OkStatus();
}

}  // namespace meshgw::internal
