#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "base/system_error.h"
#include "base/unique_fd.h"
#include "meshgw/config.h"

namespace meshgw {
namespace {

namespace fs = std::filesystem;

bool IsConfigName(const fs::path& path) {
  return path.extension() == ".hcl" || path.extension() == ".json";
}

absl::Status TooLarge(const std::string& path, std::uintmax_t size,
                      const ConfigLimits& limits) {
  return absl::ResourceExhaustedError(
      absl::StrFormat("%s: has %d bytes; expected at most %d", path, size,
                      limits.max_file_bytes));
}

absl::StatusOr<ConfigFile> ReadFile(const std::string& path,
                                    const ConfigLimits& limits) {
  std::error_code error;
  // A device or a pipe would be read for ever.
  if (!fs::is_regular_file(path, error)) {
    if (error) return internal::FileError(path, error.value());
    return absl::InvalidArgumentError(path + ": expected a regular file");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return internal::FileError(path, error.value());
  if (size > limits.max_file_bytes) return TooLarge(path, size, limits);
  const internal::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return internal::FileError(path, errno);
  // It may be longer by now, or of no size that it tells.
  ConfigFile out{path, {}, ConfigFormat::kByExtension};
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return out;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::FileError(path, errno);
    out.contents.append(buffer.data(), static_cast<std::size_t>(count));
    if (out.contents.size() > limits.max_file_bytes) {
      return TooLarge(path, out.contents.size(), limits);
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(
    const std::string& path, const ConfigLimits& limits) {
  std::error_code error;
  std::vector<std::string> paths;
  if (!fs::is_directory(path, error)) {
    paths.push_back(path);
  } else {
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      // What cannot be looked at is no folder: reading it tells the reason.
      std::error_code unknown;
      if (IsConfigName(entry->path()) && !entry->is_directory(unknown)) {
        paths.push_back(entry->path().string());
      }
    }
    if (error) return internal::FileError(path, error.value());
    std::sort(paths.begin(), paths.end());
  }
  std::vector<ConfigFile> files;
  for (const std::string& name : paths) {
    auto file = ReadFile(name, limits);
    if (!file.ok()) return file.status();
    if (!file->contents.empty()) files.push_back(*std::move(file));
  }
  return files;
}

}  // namespace meshgw
