#ifndef MESHGW_BASE_FILES_H_
#define MESHGW_BASE_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// Reading files. Unlike the standard library's streams and folder iterators
// these report every failure, and throw std::bad_alloc instead of ending the
// process or reading less than there is.
namespace meshgw::internal {

struct FolderEntry {
  std::string name;
  bool is_folder = false;  // Or a link to one.
};

// ListFolder returns what is in the folder at `path`, by name, without "." and
// "..". Errors as FileError.
absl::StatusOr<std::vector<FolderEntry>> ListFolder(const std::string& path);

// ReadFile returns the contents of the regular file at `path`. Errors as
// FileError; InvalidArgument for what is no regular file; ResourceExhausted for
// one of more than `most` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t most);

// JoinPath returns the path of `name` in `folder`.
std::string JoinPath(const std::string& folder, const std::string& name);

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_FILES_H_
