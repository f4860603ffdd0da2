#include "consul/token_source.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/system_error.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxToken = 4096;

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
         a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
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
  if (path_.empty()) return absl::OkStatus();
  struct stat now = {};
  if (::stat(path_.c_str(), &now) != 0) return FileError(path_, errno);
  if (SameFile(now, read_)) return absl::OkStatus();
  auto contents = ReadFile(path_, kMaxToken);
  if (!contents.ok()) return contents.status();
  std::string token = *std::move(contents);
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  token.resize(end == std::string::npos ? 0 : end + 1);
  const bool plain = std::all_of(token.begin(), token.end(),
                                 [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !plain) {
    return absl::InvalidArgumentError(
        path_ + ": expected a token: one line of letters, digits and signs");
  }
  token_ = std::move(token);
  read_ = now;
  return absl::OkStatus();
}

}  // namespace meshgw::internal
