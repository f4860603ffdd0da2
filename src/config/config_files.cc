#include <sys/stat.h>

#include <utility>

#include "base/files.h"
#include "meshgw/config.h"

namespace meshgw {
namespace {

bool IsConfigName(std::string_view name) {
  return (name.size() > 4 && name.ends_with(".hcl")) ||
         (name.size() > 5 && name.ends_with(".json"));
}

bool IsFolder(const std::string& path) {
  struct stat what = {};
  return ::stat(path.c_str(), &what) == 0 && S_ISDIR(what.st_mode);
}

}  // namespace

absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(
    const std::string& path, const ConfigLimits& limits) {
  std::vector<ConfigFile> files;
  const auto read = [&](std::string name) {
    auto contents = internal::ReadFile(name, limits.max_file_bytes);
    if (contents.ok() && contents->empty()) return;
    ConfigFile& file = files.emplace_back();
    file.name = std::move(name);
    file.status = contents.status();
    if (contents.ok()) file.contents = *std::move(contents);
  };
  if (!IsFolder(path)) {
    read(path);
    if (!files.empty() && !files[0].status.ok()) return files[0].status;
    return files;
  }
  const auto entries = internal::ListFolder(path);
  if (!entries.ok()) return entries.status();
  for (const internal::FolderEntry& entry : *entries) {
    if (!entry.is_folder && IsConfigName(entry.name)) {
      read(internal::JoinPath(path, entry.name));
    }
  }
  return files;
}

}  // namespace meshgw
