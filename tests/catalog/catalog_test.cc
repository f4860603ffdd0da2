#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catalog_text.h"

namespace meshgw::test {
namespace {

std::string Mistakes(const Datacenters& datacenters) {
  ConfigDiagnostics found;
  const auto catalog = MakeCatalog(ConfigsOf(datacenters), &found);
  REQUIRE(catalog.ok() == found.errors.empty());
  return found.Format();
}

const std::string kId =
    "connect { ca_config { cluster_id = \"" + kClusterId + "\" } }";

TEST_CASE("a catalog without a cluster id is told where to put it") {
  CHECK(Mistakes({{"dc1", ""}}) ==
        "datacenter dc1 has no cluster_id, which every server name ends in; "
        "expected connect { ca_config { cluster_id = \"<uuid>\" } } in an "
        "agent file of the primary datacenter (see TrustDomain in "
        "/v1/agent/connect/ca/roots)\n");
}

TEST_CASE("the primary datacenter is the one that is named") {
  CHECK(MakeCatalog(ConfigsOf({{"dc1", ""},
                               {"dc2", "primary_datacenter = \"DC2\" " + kId}}),
                    nullptr)
            ->primary_datacenter == "dc2");
}

TEST_CASE("the only datacenter, or the only one with an id, is the primary") {
  CHECK(MakeCatalog(ConfigsOf({{"dc1", kId}}), nullptr)->primary_datacenter ==
        "dc1");
  CHECK(MakeCatalog(ConfigsOf({{"dc1", ""}, {"dc2", kId}}), nullptr)
            ->primary_datacenter == "dc2");
}

TEST_CASE("datacenters that contradict each other are refused") {
  CHECK(Mistakes({{"dc1", kId}, {"dc2", kId}}) ==
        "no file names the primary datacenter; expected primary_datacenter = "
        "\"<name>\" in an agent file\n");
  CHECK(Mistakes({{"dc1", kId + " primary_datacenter = \"dc1\""},
                  {"dc2", "primary_datacenter = \"dc2\""}}) ==
        "dc2.hcl:2:22: primary_datacenter is \"dc2\" here and \"dc1\" at "
        "dc1.hcl:2; expected the same one in all datacenters\n");
  CHECK(Mistakes({{"dc1", "primary_datacenter = \"dc9\" " + kId}}) ==
        "primary datacenter \"dc9\" is not in the catalog; expected a folder "
        "for it\n");
  CHECK(Mistakes({{"dc1", "primary_datacenter = \"dc1\" " + kId},
                  {"dc2",
                   "connect { ca_config { cluster_id = "
                   "\"21111111-2222-3333-4444-555555555555\" } }"}})
            .starts_with("dc2.hcl:2:36: cluster_id of dc2 differs from that of "
                         "the primary datacenter dc1"));
  CHECK(Mistakes({{"dc1", kId}, {"DC1", ""}}) ==
        "DC1.hcl:1:14: datacenter dc1 is in the catalog twice; expected one "
        "folder for each datacenter\n");
}

TEST_CASE("the primary's config entries hold in every datacenter") {
  ConfigDiagnostics found;
  const auto catalog = MakeCatalog(
      ConfigsOf({{"dc1",
                  kId + "primary_datacenter = \"dc1\"\n" +
                      absl::StrFormat("config_entries { bootstrap = [{ Kind = "
                                      "\"service-defaults\" Name = \"web\" "
                                      "MeshGateway { Mode = \"local\" } }] }")},
                 {"dc2",
                  "config_entries { bootstrap = [\n"
                  "{ Kind = \"service-defaults\" Name = \"web\" },\n"
                  "{ Kind = \"proxy-defaults\" Name = \"global\" },\n"
                  "{ Kind = \"service-resolver\" Name = \"web\" },\n"
                  "{ Kind = \"mesh\" }] }"}}),
      &found);
  REQUIRE(catalog.ok());
  const Config& secondary = catalog->datacenters.at("dc2");
  REQUIRE(secondary.service_defaults.size() == 1);
  CHECK(secondary.service_defaults[0].mesh_gateway.value ==
        MeshGatewayMode::kLocal);
  CHECK_FALSE(secondary.proxy_defaults.has_value());
  CHECK(secondary.service_resolvers.empty());
  CHECK_FALSE(secondary.mesh.has_value());
  REQUIRE(found.warnings.size() == 4);
  for (const ConfigError& warning : found.warnings) {
    CHECK(warning.Format().find("has no effect: config entries hold in every "
                                "datacenter and come from the primary") !=
          std::string::npos);
  }
}

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/meshgw-catalog-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("a catalog is a folder with a folder for each datacenter") {
  const Folder folder;
  folder.Write("one/a.hcl", kId);
  folder.Write("two/a.hcl", "datacenter = \"east\"");
  folder.Write(".git/a.hcl", "nonsense");
  folder.Write("README.md", "nonsense");
  const auto catalog = LoadCatalog(folder.path(), {}, nullptr);
  REQUIRE(catalog.ok());
  // By what the files say, else by the folder's name.
  CHECK(catalog->datacenters.size() == 2);
  CHECK(catalog->datacenters.contains("one"));
  CHECK(catalog->datacenters.contains("east"));
  CHECK(catalog->primary_datacenter == "one");
}

TEST_CASE("a folder that holds files is one datacenter") {
  const Folder folder;
  folder.Write("a.hcl", "datacenter = \"dc1\"\n" + kId);
  const auto catalog = LoadCatalog(folder.path(), {}, nullptr);
  REQUIRE(catalog.ok());
  CHECK(catalog->datacenters.size() == 1);
  CHECK(catalog->datacenters.contains("dc1"));
}

TEST_CASE("files beside folders with files hide nothing: both are named") {
  const Folder folder;
  folder.Write("one/a.hcl", kId);
  folder.Write("two/a.json", "{}");
  folder.Write("stray.hcl", "");
  const auto catalog = LoadCatalog(folder.path(), {}, nullptr);
  CHECK(catalog.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(catalog.status().message() ==
        folder.path() +
            ": holds the file stray.hcl and the folder one with files of its "
            "own; expected the files of one datacenter, or a folder for each");
}

TEST_CASE("folders without configuration do not make a catalog of a folder") {
  const Folder folder;
  folder.Write("a.hcl", "datacenter = \"dc1\"\n" + kId);
  folder.Write("notes/readme.txt", "x");
  folder.Write(".git/a.hcl", "nonsense");
  CHECK(LoadCatalog(folder.path(), {}, nullptr).ok());
}

TEST_CASE("a folder without configuration is no datacenter but a mistake") {
  const Folder folder;
  folder.Write("one/a.hcl", kId);
  const auto mistakes = [&] {
    ConfigDiagnostics found;
    const auto catalog = LoadCatalog(folder.path(), {}, &found);
    REQUIRE(catalog.ok() == found.errors.empty());
    return found.Format();
  };
  folder.Write(".snapshot/readme.txt", "x");
  CHECK(mistakes().empty());
  folder.Write("two/readme.txt", "x");
  folder.Write("two/deeper/a.hcl", "datacenter = \"two\"");
  std::filesystem::create_directory(folder.path() + "/lost+found");
  folder.Write("zero/a.hcl", "");
  std::string want;
  for (const std::string name : {"lost+found", "two", "zero"}) {
    want += folder.path() + "/" + name +
            ": no configuration in it; expected the .hcl and .json files of a "
            "Consul agent\n";
  }
  CHECK(mistakes() == want);
}

TEST_CASE("a folder names a datacenter only where its name could be one") {
  const Folder folder;
  folder.Write("East_1/a.hcl", kId + "primary_datacenter = \"east_1\"");
  folder.Write("we ird/a.hcl", "datacenter = \"west\"");
  CHECK(
      LoadCatalog(folder.path(), {}, nullptr)->datacenters.contains("east_1"));
  folder.Write("a.east/a.hcl", "node_name = \"n\"");
  ConfigDiagnostics found;
  CHECK_FALSE(LoadCatalog(folder.path(), {}, &found).ok());
  CHECK(found.Format() ==
        folder.path() +
            "/a.east: datacenter can only contain lowercase alphanumeric, - or "
            "_ characters. received: \"a.east\"; expected a folder of such a "
            "name, or datacenter = \"<name>\" in an agent file\n");
}

TEST_CASE("a link that leads to itself does not end the catalog's reading") {
  const Folder folder;
  folder.Write("one/a.hcl", kId);
  std::filesystem::create_symlink("self", folder.path() + "/self");
  CHECK(LoadCatalog(folder.path(), {}, nullptr).ok());
  std::filesystem::create_symlink("self.hcl", folder.path() + "/one/self.hcl");
  CHECK(LoadCatalog(folder.path(), {}, nullptr).status().message() ==
        folder.path() + "/one/self.hcl: Too many levels of symbolic links");
}

TEST_CASE("mistakes that are not shown make no catalog either") {
  const Folder folder;
  folder.Write("one/a.hcl", kId + "\nx = 1\ny = 1");
  ConfigLimits limits;
  limits.max_errors = 0;
  ConfigDiagnostics found;
  CHECK(LoadCatalog(folder.path(), limits, &found).status().message() ==
        "the configuration has 2 errors");
  limits.max_errors = 1;
  const auto catalog = LoadCatalog(folder.path(), limits, &found);
  REQUIRE(found.errors.size() == 1);
  CHECK(catalog.status().message() ==
        found.errors[0].Format() + " (and 1 more errors)");
}

TEST_CASE("mistakes of all datacenters are listed at once") {
  const Folder folder;
  folder.Write("one/a.hcl", "x = 1");
  folder.Write("two/b.hcl", "y = 1");
  ConfigDiagnostics found;
  const auto catalog = LoadCatalog(folder.path(), {}, &found);
  CHECK(catalog.status().code() == absl::StatusCode::kInvalidArgument);
  REQUIRE(found.errors.size() == 2);
  CHECK(found.errors[0].where.file == folder.path() + "/one/a.hcl");
  CHECK(found.errors[1].where.file == folder.path() + "/two/b.hcl");
}

TEST_CASE("files and folders that cannot be read hide no other mistake") {
  const Folder folder;
  folder.Write("one/a.hcl", "x = 1");
  std::filesystem::create_symlink("nowhere", folder.path() + "/one/b.hcl");
  folder.Write("two/b.hcl", "y = 1");
  ConfigDiagnostics found;
  const auto catalog = LoadCatalog(folder.path(), {}, &found);
  CHECK(catalog.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(found.Format() ==
        folder.path() + "/one/a.hcl:1:1: invalid config key x\n" +
            folder.path() + "/one/b.hcl: No such file or directory\n" +
            folder.path() + "/two/b.hcl:1:1: invalid config key y\n");

  // Alone, it keeps its code.
  std::filesystem::remove(folder.path() + "/one/a.hcl");
  std::filesystem::remove_all(folder.path() + "/two");
  CHECK(LoadCatalog(folder.path(), {}, &found).status().code() ==
        absl::StatusCode::kNotFound);
  CHECK(found.errors.size() == 1);
}

TEST_CASE("a folder without datacenters is refused with what was expected") {
  const Folder folder;
  CHECK(LoadCatalog(folder.path(), {}, nullptr).status().message() ==
        folder.path() +
            ": no datacenter in it; expected a folder a datacenter with the "
            ".hcl and .json files of a Consul agent");
  CHECK(LoadCatalog(folder.path() + "/gone", {}, nullptr).status().code() ==
        absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace meshgw::test
