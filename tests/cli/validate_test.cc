#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "run_program.h"
#include "support/source_tree.h"

namespace meshgw::test {
namespace {

const std::string kFields = "level file line column what expected";
const std::string kResultFields =
    "path result kind datacenters errors warnings";

Outcome Validate(const std::string& path, const std::string& output) {
  return RunProgram({"validate", "-output", output, path});
}

TEST_CASE("each snippet of the seed and the example's catalog are valid") {
  for (const auto& entry :
       std::filesystem::directory_iterator(SourceTree("testdata/seed"))) {
    if (entry.path().extension() != ".hcl") continue;
    const std::string path = entry.path();
    CAPTURE(path);
    const Outcome outcome = Validate(path, "text");
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out == path + ": ok (one file)\n");
  }
  const Outcome catalog = Validate(kTwoDatacenters, "text");
  CHECK(catalog.exit_code == 0);
  CHECK(catalog.out == kTwoDatacenters +
                           ": ok (a catalog of 2 datacenters: primary, "
                           "secondary)\n");
  const std::string agent = kTwoDatacenters + "/primary";
  CHECK(Validate(agent, "text").out ==
        agent + ": ok (an agent's folder of 4 files)\n");
}

TEST_CASE("a file with three mistakes gets three errors with their places") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("bad.hcl",
                                        "service {\n  name = \"web\"\n"
                                        "  prot = 1\n  port = \"x\"\n"
                                        "  address = 5\n}\n");
  const Outcome text = Validate(path, "text");
  CHECK(text.exit_code == 2);
  CHECK(text.out == "");
  const Outcome json = Validate(path, "json");
  CHECK(json.exit_code == 2);
  const auto lines = JsonLines(json.out);
  REQUIRE(lines.size() == 4);
  CHECK(Keys(lines[3]) == kResultFields);
  CHECK(TextAt(lines[3], "result") == "error");
  CHECK(lines[3].at("errors").as_int64() == 3);
  const std::pair<int, int> places[] = {{3, 3}, {4, 10}, {5, 13}};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(Keys(lines[i]) == kFields);
    CHECK(TextAt(lines[i], "level") == "error");
    CHECK(TextAt(lines[i], "file") == path);
    CHECK(lines[i].at("line").as_int64() == places[i].first);
    CHECK(lines[i].at("column").as_int64() == places[i].second);
    CHECK(TextAt(lines[i], "what") != "");
    CHECK(text.err.find(path + ":" + std::to_string(places[i].first) + ":" +
                        std::to_string(places[i].second) + ": " +
                        TextAt(lines[i], "what")) != std::string::npos);
  }
}

TEST_CASE("a warning is told, and is no error") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("warn.hcl", "log_level = \"debug\"\n");
  const Outcome text = Validate(path, "text");
  CHECK(text.exit_code == 0);
  CHECK(text.err.starts_with("warning: " + path + ":1:1: "));
  const Outcome json = Validate(path, "json");
  CHECK(json.exit_code == 0);
  const auto lines = JsonLines(json.out);
  REQUIRE(lines.size() == 2);
  CHECK(Keys(lines[0]) == kFields);
  CHECK(TextAt(lines[0], "level") == "warning");
  CHECK(TextAt(lines[1], "result") == "ok");
  CHECK(lines[1].at("warnings").as_int64() == 1);
  CHECK(json.err == "");
}

TEST_CASE("each path has its result as JSON, with what it was taken for") {
  const TemporaryFolder folder;
  const std::string file = folder.Write("a.hcl", "datacenter = \"dc1\"");
  const Outcome outcome =
      RunProgram({"validate", "-output=json", file, folder.Path(""),
                  kTwoDatacenters, folder.Path("absent.hcl")});
  CHECK(outcome.exit_code == 2);
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 5);
  CHECK(boost::json::serialize(lines[0]) ==
        "{\"path\":\"" + file +
            R"(","result":"ok","kind":"file","datacenters":[],)"
            R"("errors":0,"warnings":0})");
  CHECK(TextAt(lines[1], "kind") == "agent");
  CHECK(TextAt(lines[2], "kind") == "catalog");
  CHECK(boost::json::serialize(lines[2].at("datacenters")) ==
        R"(["primary","secondary"])");
  CHECK(Keys(lines[3]) == kFields);
  CHECK(TextAt(lines[4], "result") == "error");
}

TEST_CASE("a folder or a file without configuration is a mistake") {
  const TemporaryFolder folder;
  folder.Write("readme.txt", "hello");
  folder.Write("folders/dc1/readme.txt", "hello");
  folder.Write("blank/a.hcl", "");
  for (const std::string name :
       {"folders/dc1", "folders", "blank", "blank/a.hcl"}) {
    CAPTURE(name);
    const Outcome outcome = Validate(folder.Path(name), "text");
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out == "");
    CHECK(outcome.err.starts_with("error: "));
  }
}

TEST_CASE("every path is looked at, and one bad one decides") {
  const TemporaryFolder folder;
  const std::string good = folder.Write("good.hcl", "datacenter = \"dc1\"");
  const std::string absent = folder.Path("absent.hcl");
  const Outcome outcome = RunProgram({"validate", absent, good});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out == good + ": ok (one file)\n");
  CHECK(outcome.err.find(absent) != std::string::npos);
}

TEST_CASE("a catalog needs its cluster id, and a filter that can be read") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", "datacenter = \"dc1\"");
  const Outcome without = Validate(folder.Path(""), "json");
  CHECK(without.exit_code == 2);
  CHECK(without.out.find("cluster_id") != std::string::npos);
  CHECK(!JsonLines(without.out).empty());

  folder.Write("dc1/agent.hcl",
               "datacenter = \"dc1\"\n"
               "connect { ca_config { cluster_id = \"11111111-2222-3333-4444-"
               "555555555555\" } }\n");
  CHECK(Validate(folder.Path(""), "json").exit_code == 0);

  // Also of a service without instances, and once for all datacenters.
  folder.Write("dc2/agent.hcl", "primary_datacenter = \"dc1\"\n");
  const std::string resolver =
      folder.Write("dc1/resolver.hcl",
                   "Kind = \"service-resolver\"\nName = \"api\"\n"
                   "Subsets { v1 { Filter = \"Service.Mta.v == 1\" } }\n");
  for (const std::string& path : {folder.Path(""), resolver}) {
    const Outcome outcome = Validate(path, "json");
    CHECK(outcome.exit_code == 2);
    std::vector<std::string> errors;
    for (const auto& line : JsonLines(outcome.out)) {
      if (line.contains("result")) continue;  // Of the whole path.
      if (TextAt(line, "level") == "error") {
        errors.push_back(TextAt(line, "what"));
        CHECK(TextAt(line, "file").ends_with("dc1/resolver.hcl"));
        CHECK(line.at("line").to_number<int>() == 3);
        CHECK(line.at("column").to_number<int>() == 25);
      }
      CHECK(TextAt(line, "what").find("has no route") == std::string::npos);
    }
    CHECK(errors == std::vector<std::string>{
                        "filter of subset v1 of service api: column 1: "
                        "selector Service.Mta leads to no field; did you mean "
                        "Service.Meta?"});
  }
}

TEST_CASE("what a gateway could not listen on is an error with its place") {
  const std::string kAgent =
      "datacenter = \"dc1\"\n"
      "connect { ca_config { cluster_id = \"11111111-2222-3333-4444-"
      "555555555555\" } }\n";
  const auto gateway = [](const std::string& address, const std::string& more) {
    return "service {\n  kind = \"mesh-gateway\"\n  name = \"gw\"\n  port = "
           "8443"
           "\n  address = \"" +
           address + "\"\n" + more + "}\n";
  };
  const auto config = [](const std::string& options) {
    return "  proxy {\n    config {\n" + options + "    }\n  }\n";
  };
  const std::string kNoDefault = "      envoy_gateway_no_default_bind = true\n";
  const auto bind = [](const std::string& address) {
    return "      envoy_mesh_gateway_bind_addresses = {\n"
           "        wan = { address = \"" +
           address + "\" port = 443 }\n      }\n";
  };
  const std::string kExpected =
      "an IP address, or unix:/path with a path of at most 107 bytes";
  const std::string kCannot =
      "datacenter dc1: mesh gateway gw cannot listen on ";
  const struct {
    std::string file;
    std::string what;  // Empty: valid.
    int line;
  } rows[] = {
      {gateway("127.0.0.1", ""), "", 0},
      {gateway("::1", ""), "", 0},
      {gateway("unix:/run/gw.sock", ""), "", 0},
      {gateway("gw.example.com", ""), kCannot + "gw.example.com:8443 (default)",
       1},
      {gateway("10.0.0.256", ""), kCannot + "10.0.0.256:8443 (default)", 1},
      {gateway("[::1]", ""), kCannot + "[[::1]]:8443 (default)", 1},
      {gateway("unix:/" + std::string(107, 'x'), ""),
       kCannot + "unix:/" + std::string(107, 'x') + " (default)", 1},
      {gateway("gw.example.com", config(kNoDefault + bind("0.0.0.0"))), "", 0},
      {gateway("gw.example.com", config(kNoDefault + bind("lb.example.com"))),
       kCannot + "lb.example.com:443 (wan)", 9},
      {gateway("127.0.0.1", config(kNoDefault)),
       "datacenter dc1: mesh gateway gw has no address to listen on", 8},
      {gateway("127.0.0.1",
               "  tagged_addresses { wan { address = "
               "\"lb.example.com\" port = 443 } }\n"),
       "", 0},
      {gateway("127.0.0.1",
               "  tagged_addresses { wan { address = \"lb.example.com\" port = "
               "443 } }\n" +
                   config("envoy_gateway_bind_tagged_addresses = true\n")),
       kCannot + "lb.example.com:443 (wan)", 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.file);
    const TemporaryFolder folder;
    folder.Write("dc1/agent.hcl", kAgent);
    const std::string file = folder.Write("dc1/gateway.hcl", row.file);
    // The folder of the primary may be a catalog of its own.
    for (const std::string& path : {folder.Path(""), folder.Path("dc1")}) {
      const Outcome outcome = Validate(path, "json");
      auto lines = JsonLines(outcome.out);
      // Of addresses that others could not dial either.
      std::erase_if(lines, [](const auto& line) {
        return line.contains("level") && TextAt(line, "level") == "warning";
      });
      if (row.what.empty()) {
        CHECK(outcome.exit_code == 0);
        CHECK(lines.size() == 1);
        continue;
      }
      CHECK(outcome.exit_code == 2);
      REQUIRE(lines.size() == 2);
      CHECK(TextAt(lines[0], "level") == "error");
      CHECK(TextAt(lines[0], "what") == row.what);
      if (row.what.starts_with(kCannot)) {
        CHECK(TextAt(lines[0], "expected") == kExpected);
      }
      CHECK(TextAt(lines[0], "file") == file);
      CHECK(lines[0].at("line").to_number<int>() == row.line);
      CHECK(TextAt(lines[1], "result") == "error");
      CHECK(lines[1].at("errors").to_number<int>() == 1);
    }
  }
}

TEST_CASE("an endpoint that is the gateway itself is warned about") {
  const std::pair<std::string, bool> rows[] = {{"127.0.0.1", true},
                                               {"127.0.0.2", false}};
  for (const auto& [listen, warned] : rows) {
    CAPTURE(listen);
    const TemporaryFolder folder;
    folder.Write("dc1/agent.hcl",
                 "datacenter = \"dc1\"\n"
                 "connect { ca_config { cluster_id = \"11111111-2222-3333-4444-"
                 "555555555555\" } }\n"
                 "services = [\n"
                 "  { name = \"api\" address = \"127.0.0.1\" port = 8443\n"
                 "    connect = { native = true } },\n"
                 "  { kind = \"mesh-gateway\" name = \"gw\" address = \"" +
                     listen + "\" port = 8443 },\n]\n");
    const Outcome outcome = Validate(folder.Path(""), "text");
    CHECK(outcome.exit_code == 0);
    const std::string what =
        "dc1/agent.hcl:6:3: datacenter dc1: endpoint 127.0.0.1:8443 of "
        "api.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul "
        "is this gateway itself and will not be dialled";
    CAPTURE(outcome.err);
    CHECK((outcome.err.find(what) != std::string::npos) == warned);
  }
}

TEST_CASE("each of several gateways is looked at, and a warning told once") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl",
               "datacenter = \"dc1\"\n"
               "connect { ca_config { cluster_id = \"11111111-2222-3333-4444-"
               "555555555555\" } }\n");
  for (const std::string id : {"a", "b"}) {
    folder.Write("dc1/" + id + ".hcl",
                 "service { kind = \"mesh-gateway\" name = \"gw\" id = \"" +
                     id + "\" address = \"" + id +
                     ".example.com\" port = 1 }\n");
  }
  // They differ in case alone, of which a gateway warns.
  for (const std::string name : {"api", "API"}) {
    folder.Write("dc1/" + name + "-service.hcl",
                 "service { name = \"" + name +
                     "\" port = 1 address = \"10.0.0.1\"\n"
                     "connect { sidecar_service { port = 2 } } }\n");
  }
  const Outcome outcome = Validate(folder.Path(""), "text");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("gateway a cannot listen on a.example.com:1") !=
        std::string::npos);
  CHECK(outcome.err.find("gateway b cannot listen on b.example.com:1") !=
        std::string::npos);
  const std::size_t first = outcome.err.find("warning: ");
  REQUIRE(first != std::string::npos);
  CHECK(outcome.err.find("warning: ", first + 1) == std::string::npos);
}

TEST_CASE("a file beside the folders of datacenters hides none of them") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", "datacenter = \"dc1\"");
  folder.Write("stray.hcl", "datacenter = \"dc1\"");
  const Outcome outcome = Validate(folder.Path(""), "text");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("holds the file stray.hcl and the folder dc1") !=
        std::string::npos);
}

TEST_CASE("HCL that begins with a brace is read as JSON, as Consul's does") {
  const TemporaryFolder folder;
  const auto run = [&](const std::string& text) {
    return Validate(folder.Write("a.hcl", text), "text");
  };
  CHECK(run("\n {\"service\": {\"name\": \"web\", \"port\": 80}}").exit_code ==
        0);
  CHECK(run("{\"service\": {\"name\": \"web\", \"port\": 1e999}}").exit_code ==
        2);
  CHECK(run("{ datacenter = \"dc1\" }").exit_code == 2);
}

TEST_CASE("a file's name that is no UTF-8 is escaped in JSON") {
  const TemporaryFolder folder;
  const Outcome outcome = Validate(folder.Write("\xff.hcl", "x ="), "json");
  CHECK(outcome.exit_code == 2);
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 2);
  CHECK(TextAt(lines[0], "file") == folder.Path("\\xff.hcl"));
  CHECK(TextAt(lines[1], "path") == folder.Path("\\xff.hcl"));
}

TEST_CASE("subsets with too many endpoints are refused at their resolver") {
  const TemporaryFolder folder;
  std::string text =
      "datacenter = \"dc1\"\nconnect { ca_config { cluster_id = "
      "\"11111111-2222-3333-4444-555555555555\" } }\n";
  for (int i = 0; i < 1200; ++i) {
    text += absl::StrFormat(
        "services { name = \"api\" id = \"%d\" port = 1 address = "
        "\"10.0.0.1\" connect { native = true } }\n",
        i);
  }
  folder.Write("dc1/a.hcl", text);
  std::string subsets;
  for (int i = 0; i < 1000; ++i) subsets += absl::StrFormat("s%d { }\n", i);
  folder.Write("dc1/resolver.hcl",
               "Kind = \"service-resolver\"\nName = \"api\"\nSubsets {\n" +
                   subsets + "}\n");
  const std::string mistake =
      "service-resolver api has 1200 instances in 1000 subsets: too many "
      "endpoints; expected at most 1048576 in all subsets of all services\n";
  const std::string file = folder.Path("") + "dc1/resolver.hcl:1:1: ";
  const Outcome validate = Validate(folder.Path(""), "text");
  CHECK(validate.exit_code == 2);
  CHECK(validate.err == "error: " + file + "datacenter dc1: " + mistake);
  const Outcome routes =
      RunProgram({"routes", "-catalog", folder.Path(""), "-datacenter", "dc1"});
  CHECK(routes.exit_code == 2);
  CHECK(routes.err == "error: " + file + mistake);
}

}  // namespace
}  // namespace meshgw::test
