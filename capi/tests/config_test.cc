#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "c_objects.h"
#include "support/source_tree.h"
#include "support/vectors.h"

namespace meshgw::test {
namespace {

namespace json = boost::json;

meshgw_config_file File(std::string_view name, std::string_view contents,
                        std::int32_t format = MESHGW_FORMAT_BY_EXTENSION) {
  auto file = Sized<meshgw_config_file>();
  file.name = Str(name);
  file.contents = Str(contents);
  file.format = format;
  return file;
}

ConfigPtr Parse(const std::vector<meshgw_config_file>& files) {
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(files.data(), files.size(), &config, nullptr) ==
          MESHGW_OK);
  return ConfigPtr(config);
}

// The detail at `index`, as "file:line:column: what".
std::string DetailAt(const meshgw_error* error, std::size_t index) {
  meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
  REQUIRE(meshgw_error_detail_at(error, index, &detail) == MESHGW_OK);
  return Text(detail.file) + ":" + std::to_string(detail.line) + ":" +
         std::to_string(detail.column) + ": " + Text(detail.what);
}

TEST_CASE("every vector's mistakes come as details with their places") {
  const json::value file = LoadVectors("config.json");
  REQUIRE(file.at("files").as_array().size() >= 14);
  for (const json::value& vector : file.at("files").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const std::string name = Text(vector.at("file"));
    const std::string text = Text(vector.at("text"));
    const meshgw_config_file input = File(name, text);
    const auto& want = vector.at("errors").as_array();
    meshgw_config* config = nullptr;
    Error error;
    const meshgw_status status =
        meshgw_config_parse(&input, 1, &config, error.out());
    const ConfigPtr owned(config);
    CHECK(status == (want.empty() ? MESHGW_OK : MESHGW_ERR_INVALID_ARGUMENT));
    CHECK((config != nullptr) == want.empty());
    CHECK(error.set() == !want.empty());
    meshgw_error* found = *error.out();
    REQUIRE(meshgw_error_detail_count(found) == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(DetailAt(found, i) ==
            name + ":" + std::to_string(want[i].at("line").as_int64()) + ":" +
                std::to_string(want[i].at("column").as_int64()) + ": " +
                Text(want[i].at("what")));
    }
    if (!want.empty()) {
      CHECK_THAT(error.message(),
                 Catch::Matchers::ContainsSubstring(Text(want[0].at("what"))));
      CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(name));
    }
    meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
    if (found != nullptr) {
      CHECK(meshgw_error_detail_at(found, want.size(), &detail) ==
            MESHGW_ERR_NOT_FOUND);
    }
  }
}

TEST_CASE("a configuration's mistakes in several files are all found") {
  meshgw_config* config = nullptr;
  Error error;
  const std::vector<meshgw_config_file> files = {
      File("b.hcl", "datacentr = \"x\""), File("a.json", "{\"datacentr\": 1}"),
      File("c.hcl", "datacenter = \"dc1\"")};
  CHECK(meshgw_config_parse(files.data(), files.size(), &config, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  const meshgw_error* found = *error.out();
  REQUIRE(meshgw_error_detail_count(found) == 2);
  CHECK(DetailAt(found, 0) == "b.hcl:1:1: invalid config key datacentr");
  CHECK_THAT(DetailAt(found, 1), Catch::Matchers::StartsWith("a.json:1:"));
}

TEST_CASE("the first hundred mistakes are told one by one") {
  std::string text;
  for (int i = 0; i < 250; ++i) text += "wrong" + std::to_string(i) + " = 1\n";
  const meshgw_config_file input = File("a.hcl", text);
  meshgw_config* config = nullptr;
  Error error;
  CHECK(meshgw_config_parse(&input, 1, &config, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_error_detail_count(*error.out()) == 100);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("249 more"));
}

TEST_CASE("a configuration says its datacenter, services and warnings") {
  const ConfigPtr config =
      Parse({File("agent.hcl", "datacenter = \"dc1\"\n"),
             File("services.json",
                  "{\"services\": [{\"name\": \"a\", \"port\": 1}, {\"name\": "
                  "\"b\", \"port\": 2}]}")});
  CHECK(Text(meshgw_config_datacenter(config.get())) == "dc1");
  CHECK(meshgw_config_service_count(config.get()) == 2);
  CHECK(meshgw_config_warning_count(config.get()) == 0);
}

TEST_CASE("no files are an empty configuration") {
  const ConfigPtr config = Parse({});
  CHECK(meshgw_config_datacenter(config.get()).len == 0);
  CHECK(meshgw_config_service_count(config.get()) == 0);
}

TEST_CASE("what is valid and has no effect is a warning with its place") {
  const std::string text = "Name = \"web\"\nKind = \"service-router\"\n";
  const ConfigPtr config = Parse({File("a.hcl", text)});
  REQUIRE(meshgw_config_warning_count(config.get()) == 1);
  meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
  REQUIRE(meshgw_config_warning_at(config.get(), 0, &detail) == MESHGW_OK);
  CHECK(Text(detail.file) == "a.hcl");
  CHECK(detail.line == 2);
  CHECK(detail.column > 0);
  CHECK_THAT(Text(detail.what),
             Catch::Matchers::ContainsSubstring("service-router"));
  CHECK(meshgw_config_warning_at(config.get(), 99, &detail) ==
        MESHGW_ERR_NOT_FOUND);
}

TEST_CASE("a filter that cannot be read breaks its subset alone, and is told") {
  const std::string text =
      "Kind = \"service-resolver\"\nName = \"web\"\nSubsets = {\n"
      "  v1 = { Filter = \"Service.Meta.version ==\" }\n}\n";
  const ConfigPtr config = Parse({File("a.hcl", text)});
  REQUIRE(meshgw_config_filter_error_count(config.get()) == 1);
  meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
  REQUIRE(meshgw_config_filter_error_at(config.get(), 0, &detail) == MESHGW_OK);
  CHECK(Text(detail.file) == "a.hcl");
  CHECK(detail.line == 4);
  CHECK(detail.what.len > 0);
  CHECK(meshgw_config_filter_error_at(config.get(), 1, &detail) ==
        MESHGW_ERR_NOT_FOUND);
}

TEST_CASE("the format is the caller's, or that of the file's name") {
  const char* const hcl = "datacenter = \"dc1\"";
  meshgw_config* config = nullptr;
  meshgw_config_file file = File("a.json", hcl);
  CHECK(meshgw_config_parse(&file, 1, &config, nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  file.format = MESHGW_FORMAT_HCL;
  CHECK(Text(meshgw_config_datacenter(Parse({file}).get())) == "dc1");
  file = File("a.hcl", "{\"datacenter\": \"dc2\"}", MESHGW_FORMAT_JSON);
  CHECK(Text(meshgw_config_datacenter(Parse({file}).get())) == "dc2");
}

TEST_CASE("a configuration does not depend on the files' memory") {
  std::string text = "datacenter = \"dc1\"";
  const ConfigPtr config = Parse({File("a.hcl", text)});
  text.assign(text.size(), '#');
  CHECK(Text(meshgw_config_datacenter(config.get())) == "dc1");
}

// Elements as a later version of the library would have them.
struct LaterFile {
  meshgw_config_file known;
  std::uint64_t later;
};

TEST_CASE("files may be elements of a later version that leaves it unused") {
  LaterFile files[2] = {
      {File("a.hcl", "datacenter = \"dc1\""), 0},
      {File("b.hcl", "service { name = \"web\" port = 1 }"), 0}};
  for (LaterFile& file : files) file.known.struct_size = sizeof(file);
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_parse(&files[0].known, 2, &config, nullptr) ==
          MESHGW_OK);
  CHECK(meshgw_config_service_count(ConfigPtr(config).get()) == 1);
  files[1].later = 1;
  Error error;
  CHECK(meshgw_config_parse(&files[0].known, 2, &config, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("files[1]"));
}

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/meshgw-capi-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("a configuration is loaded from a file or a folder") {
  const Folder folder;
  const std::string path = folder.Write("a.hcl", "datacenter = \"dc1\"");
  folder.Write("b.json", "{\"service\": {\"name\": \"web\", \"port\": 1}}");
  folder.Write("c.txt", "not read");
  meshgw_config* config = nullptr;
  REQUIRE(meshgw_config_load(Str(path), &config, nullptr) == MESHGW_OK);
  CHECK(meshgw_config_service_count(ConfigPtr(config).get()) == 0);
  REQUIRE(meshgw_config_load(Str(folder.path()), &config, nullptr) ==
          MESHGW_OK);
  CHECK(meshgw_config_service_count(ConfigPtr(config).get()) == 1);
}

TEST_CASE("mistakes in a loaded file are told with its path") {
  const Folder folder;
  const std::string path = folder.Write("a.hcl", "\n  datacentr = 1\n");
  meshgw_config* config = nullptr;
  Error error;
  CHECK(meshgw_config_load(Str(path), &config, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  REQUIRE(meshgw_error_detail_count(*error.out()) == 1);
  CHECK(DetailAt(*error.out(), 0) ==
        path + ":2:3: invalid config key datacentr");
}

TEST_CASE("a file that is not there is not found, with its path and errno") {
  const std::string path = SourceTree("testdata/none.hcl");
  meshgw_config* config = nullptr;
  Error error;
  CHECK(meshgw_config_load(Str(path), &config, error.out()) ==
        MESHGW_ERR_NOT_FOUND);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(path));
  CHECK(error.number() == ENOENT);
}

TEST_CASE("a path with a NUL in it is not cut there") {
  const Folder folder;
  const std::string path = folder.Write("a.hcl", "datacenter = \"dc1\"");
  const std::string longer = path + std::string("\0.json", 6);
  meshgw_config* config = nullptr;
  Error error;
  CHECK(meshgw_config_load(Str(longer), &config, error.out()) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  const ConfigPtr owned(config);
  CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring("path"));
}

}  // namespace
}  // namespace meshgw::test
