#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "base/str_format.h"
#include "base/system_error.h"
#include "base/unique_fd.h"

namespace meshgw::internal {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

absl::Status TooLong(const std::string& path, std::size_t size,
                     std::size_t most) {
  return absl::ResourceExhaustedError(
      StrFormat("%s: has %d bytes; expected at most %d", path, size, most));
}

}  // namespace

std::string JoinPath(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

absl::StatusOr<std::vector<FolderEntry>> ListFolder(const std::string& path) {
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (folder == nullptr) return FileError(path, errno);
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) {
      if (errno != 0) return FileError(path, errno);
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat what = {};
    const bool known =
        ::fstatat(::dirfd(folder.get()), entry->d_name, &what, 0) == 0;
    entries.push_back({std::string(name), known && S_ISDIR(what.st_mode)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) {
              return a.name < b.name;
            });
  return entries;
}

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     std::size_t most) {
  struct stat what = {};
  if (::stat(path.c_str(), &what) != 0) return FileError(path, errno);
  // A device or a pipe would be read for ever.
  if (!S_ISREG(what.st_mode)) {
    return absl::InvalidArgumentError(path + ": expected a regular file");
  }
  const auto size = static_cast<std::size_t>(what.st_size);
  if (size > most) return TooLong(path, size, most);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return FileError(path, errno);
  std::string contents;
  for (std::size_t length = 0;;) {
    // A byte more than it had shows that it has grown, or its end.
    contents.resize(std::max(size, length + length / 2) + 1);
    const ssize_t got =
        ::read(fd.get(), contents.data() + length, contents.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, errno);
    length += static_cast<std::size_t>(got);
    if (length > most) return TooLong(path, length, most);
    if (got == 0) {
      contents.resize(length);
      return contents;
    }
  }
}

}  // namespace meshgw::internal
