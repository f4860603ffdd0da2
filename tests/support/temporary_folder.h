#ifndef MESHGW_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define MESHGW_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "support/catch.h"

namespace meshgw::test {

// TemporaryFolder is a folder that goes with its files.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "meshgwXXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ / name; }

  // Writes a file, and the folders that it is in; returns its path.
  std::string Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    REQUIRE(file.flush());
    return path;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
