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

// What is wrong with the files of a folder; of one alone, its own status.
absl::Status StatusOfFolder(const Folder& folder,
                            const ConfigLimits& limits = {},
                            ConfigDiagnostics* found = nullptr) {
  const auto files = ReadConfigFiles(folder.path(), limits);
  REQUIRE(files.ok());
  return ParseConfig(*files, limits, found).status();
}

TEST_CASE("a file that cannot be read hides no mistake of another") {
  const Folder folder;
  folder.Write("a.hcl", "x = 1");
  REQUIRE(symlink("nowhere", (folder.path() + "/b.hcl").c_str()) == 0);
  REQUIRE(symlink("nowhere", (folder.path() + "/c.hcl").c_str()) == 0);
  folder.Write("d.hcl", "y = 1");
  ConfigDiagnostics found;
  const absl::Status status = StatusOfFolder(folder, {}, &found);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  const std::string at = folder.path();
  CHECK(found.Format() == at + "/a.hcl:1:1: invalid config key x\n" + at +
                              "/b.hcl: No such file or directory\n" + at +
                              "/c.hcl: No such file or directory\n" + at +
                              "/d.hcl:1:1: invalid config key y\n");
}

TEST_CASE("files that cannot be read are named with the reason") {
  const Folder folder;
  const auto gone = ReadConfigFiles(folder.path() + "/gone", {});
  CHECK(gone.status().code() == absl::StatusCode::kNotFound);
  CHECK(gone.status().message() ==
        folder.path() + "/gone: No such file or directory");

  const std::string pipe_name = folder.path() + "/pipe.hcl";
  REQUIRE(mkfifo(pipe_name.c_str(), 0600) == 0);
  const auto pipe = ReadConfigFiles(pipe_name, {});
  CHECK(pipe.status().message() == pipe_name + ": expected a regular file");
  CHECK(StatusOfFolder(folder) == pipe.status());
  REQUIRE(unlink(pipe_name.c_str()) == 0);

  REQUIRE(symlink("nowhere", (folder.path() + "/link.hcl").c_str()) == 0);
  CHECK(StatusOfFolder(folder).code() == absl::StatusCode::kNotFound);
  REQUIRE(unlink((folder.path() + "/link.hcl").c_str()) == 0);

  ConfigLimits limits;
  limits.max_file_bytes = 4;
  folder.Write("big.hcl", "a = 1");
  const absl::Status big = StatusOfFolder(folder, limits);
  CHECK(big.code() == absl::StatusCode::kResourceExhausted);
  CHECK(big.message() ==
        folder.path() + "/big.hcl: has 5 bytes; expected at most 4");
}

TEST_CASE("a link that leads to itself is an error, not the end") {
  const Folder folder;
  folder.Write("a.hcl", "datacenter = \"a\"");
  REQUIRE(symlink("self.hcl", (folder.path() + "/self.hcl").c_str()) == 0);
  const absl::Status status = StatusOfFolder(folder);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(status.message() ==
        folder.path() + "/self.hcl: Too many levels of symbolic links");
}

TEST_CASE("a file that cannot be read to its end is an error") {
  // A regular file of no size that it tells, with nothing at its beginning.
  const auto files = ReadConfigFiles("/proc/self/mem", {});
  CHECK(files.status().message() == "/proc/self/mem: Input/output error");
  // One that is longer than it says.
  ConfigLimits limits;
  limits.max_file_bytes = 8;
  const auto status = ReadConfigFiles("/proc/self/status", limits);
  CHECK(status.status().code() == absl::StatusCode::kResourceExhausted);
}

// What ParseConfig makes of a file with three mistakes when so many are shown.
std::string StatusWith(std::size_t max_errors, ConfigDiagnostics* found) {
  const ConfigFile file{"a.hcl", "x1 = 1\nx2 = 1\nx3 = 1"};
  ConfigLimits limits;
  limits.max_errors = max_errors;
  const auto config = ParseConfig({&file, 1}, limits, found);
  CHECK(config.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(config.status().message());
}

TEST_CASE("mistakes that are not shown are mistakes, and counted") {
  const std::string first = "a.hcl:1:1: invalid config key x1";
  ConfigDiagnostics found;
  CHECK(StatusWith(100, &found) == first + " (and 2 more errors)");
  CHECK(StatusWith(2, &found) == first + " (and 2 more errors)");
  CHECK(StatusWith(1, &found) == first + " (and 2 more errors)");
  CHECK(found.Format() == first + "\nand 2 more errors\n");
  CHECK(StatusWith(0, &found) == "the configuration has 3 errors");
  CHECK(found.Format() == "and 3 more errors\n");
}

TEST_CASE("warnings that are not shown are counted") {
  const ConfigFile file{"a.hcl", "server = true\nui = true\nencrypt = \"x\""};
  ConfigLimits limits;
  limits.max_errors = 1;
  ConfigDiagnostics found;
  REQUIRE(ParseConfig({&file, 1}, limits, &found).ok());
  CHECK(found.warnings.size() == 1);
  CHECK(found.warnings_not_shown == 2);
}

TEST_CASE("of several files the last one to give a node's setting counts") {
  const auto parse = [](std::vector<std::string> texts) {
    std::vector<ConfigFile> files;
    for (std::string& text : texts) {
      files.push_back({absl::StrFormat("%d.hcl", files.size()), text});
    }
    auto config = ParseConfig(files, {}, nullptr);
    REQUIRE(config.ok());
    return *std::move(config);
  };
  CHECK(parse({"bind_addr = \"10.0.0.1\"", "bind_addr = \"10.0.0.2\""})
            .node_address == "10.0.0.2");
  CHECK(parse({"advertise_addr = \"10.0.0.1\"", "bind_addr = \"10.0.0.2\"",
               "advertise_addr = \"10.0.0.3\""})
            .node_address == "10.0.0.3");
  CHECK(parse({"advertise_addr = \"10.0.0.1\"", "bind_addr = \"10.0.0.2\""})
            .node_address == "10.0.0.1");
  CHECK(parse({"bind_addr = \"10.0.0.2\"", "bind_addr = \"0.0.0.0\""})
            .node_address.empty());
  const Config config = parse(
      {"node_name = \"a\" domain = \"x\"", "node_name = \"b\" domain = \"y\""});
  CHECK(config.node_name == "b");
  CHECK(config.domain == "y");
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
