#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "base/system_error.h"
#include "meshgw/config.h"

namespace meshgw {
namespace {

namespace fs = std::filesystem;

bool IsConfigName(const fs::path& path) {
  return path.extension() == ".hcl" || path.extension() == ".json";
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
  if (size > limits.max_file_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("%s: has %d bytes; expected at most %d", path, size,
                        limits.max_file_bytes));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return internal::FileError(path, errno);
  std::ostringstream contents;
  contents << stream.rdbuf();
  return ConfigFile{path, std::move(contents).str(),
                    ConfigFormat::kByExtension};
}

}  // namespace

absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(
    const std::string& path, const ConfigLimits& limits) {
  std::error_code error;
  std::vector<std::string> paths;
  if (!fs::is_directory(path, error)) {
    paths.push_back(path);
  } else {
    fs::directory_iterator entries(path, error);
    if (error) return internal::FileError(path, error.value());
    for (const fs::directory_entry& entry : entries) {
      if (!entry.is_directory() && IsConfigName(entry.path())) {
        paths.push_back(entry.path().string());
      }
    }
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
