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
  std::vector<std::string> paths;
  if (!IsFolder(path)) {
    paths.push_back(path);
  } else {
    const auto entries = internal::ListFolder(path);
    if (!entries.ok()) return entries.status();
    for (const internal::FolderEntry& entry : *entries) {
      if (!entry.is_folder && IsConfigName(entry.name)) {
        paths.push_back(internal::JoinPath(path, entry.name));
      }
    }
  }
  std::vector<ConfigFile> files;
  for (std::string& name : paths) {
    auto contents = internal::ReadFile(name, limits.max_file_bytes);
    if (!contents.ok()) return contents.status();
    if (contents->empty()) continue;
    files.push_back(
        {std::move(name), *std::move(contents), ConfigFormat::kByExtension});
  }
  return files;
}

}  // namespace meshgw
