#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/meshgw-config-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("a folder's files are read in the order of their names") {
  const Folder folder;
  folder.Write("b.hcl", "b = 1");
  folder.Write("a.json", "{}");
  folder.Write("B.hcl", "c = 1");
  folder.Write("10.hcl", "d = 1");
  folder.Write("9.hcl", "e = 1");
  folder.Write("readme.txt", "x");
  folder.Write("hcl", "x");
  folder.Write("empty.hcl", "");
  std::filesystem::create_directory(folder.path() + "/sub.hcl");
  const auto files = ReadConfigFiles(folder.path(), {});
  REQUIRE(files.ok());
  std::vector<std::string> names;
  for (const ConfigFile& file : *files) {
    names.push_back(file.name.substr(folder.path().size() + 1));
  }
  CHECK(names == std::vector<std::string>{"10.hcl", "9.hcl", "B.hcl", "a.json",
                                          "b.hcl"});
  CHECK(files->at(3).contents == "{}");
}

TEST_CASE("one file is read whatever its name") {
  const Folder folder;
  const auto files = ReadConfigFiles(folder.Write("x.conf", "a = 1"), {});
  REQUIRE(files.ok());
  REQUIRE(files->size() == 1);
  CHECK(files->at(0).contents == "a = 1");
}

TEST_CASE("files that cannot be read are named with the reason") {
  const Folder folder;
  const auto gone = ReadConfigFiles(folder.path() + "/gone", {});
  CHECK(gone.status().code() == absl::StatusCode::kNotFound);
  CHECK(gone.status().message() ==
        folder.path() + "/gone: No such file or directory");

  REQUIRE(mkfifo((folder.path() + "/pipe.hcl").c_str(), 0600) == 0);
  const auto pipe = ReadConfigFiles(folder.path(), {});
  CHECK(pipe.status().message() ==
        folder.path() + "/pipe.hcl: expected a regular file");
  REQUIRE(unlink((folder.path() + "/pipe.hcl").c_str()) == 0);

  REQUIRE(symlink("nowhere", (folder.path() + "/link.hcl").c_str()) == 0);
  const auto link = ReadConfigFiles(folder.path(), {});
  CHECK(link.status().code() == absl::StatusCode::kNotFound);
  REQUIRE(unlink((folder.path() + "/link.hcl").c_str()) == 0);

  ConfigLimits limits;
  limits.max_file_bytes = 4;
  folder.Write("big.hcl", "a = 1");
  const auto big = ReadConfigFiles(folder.path(), limits);
  CHECK(big.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(big.status().message() ==
        folder.path() + "/big.hcl: has 5 bytes; expected at most 4");
}

TEST_CASE("a file's format goes by its extension unless it is given") {
  const auto parse = [](const std::string& name, const std::string& text,
                        ConfigFormat format) {
    const ConfigFile file{name, text, format};
    return ParseConfig({&file, 1}, {}, nullptr).ok();
  };
  const std::string hcl = "datacenter = \"x\"";
  const std::string json = "{\"datacenter\": \"x\"}";
  CHECK(parse("a.hcl", hcl, ConfigFormat::kByExtension));
  CHECK_FALSE(parse("a.json", hcl, ConfigFormat::kByExtension));
  CHECK(parse("a.json", json, ConfigFormat::kByExtension));
  CHECK(parse("a.json", hcl, ConfigFormat::kHcl));
  CHECK(parse("a", json, ConfigFormat::kJson));
}

}  // namespace
}  // namespace meshgw::test
