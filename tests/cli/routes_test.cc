#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "run_program.h"

namespace meshgw::test {
namespace {

const std::string kAgent =
    "datacenter = \"dc1\"\n"
    "connect { ca_config { cluster_id = "
    "\"11111111-2222-3333-4444-555555555555\" } }\n";

Outcome Routes(const std::string& catalog, const std::string& datacenter,
               const std::string& output) {
  return RunProgram({"routes", "-catalog", catalog, "-datacenter", datacenter,
                     "-output", output});
}

TEST_CASE("routes prints one object for each rule, with its endpoints") {
  const Outcome outcome = Routes(kTwoDatacenters, "secondary", "json");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err == "");
  std::string found;
  for (const auto& line : JsonLines(outcome.out)) {
    CHECK(
        Keys(line) ==
        "match kind service datacenter endpoints cluster cluster_kind origin");
    for (const auto& value : line.at("endpoints").as_array()) {
      const auto& endpoint = value.as_object();
      CHECK(Keys(endpoint) == "address port weight health");
      found += TextAt(line, "kind") + " " + TextAt(line, "service") + " in " +
               TextAt(line, "datacenter") + " " + TextAt(endpoint, "address") +
               " " + boost::json::serialize(endpoint.at("port")) + " " +
               TextAt(endpoint, "health") + "\n";
    }
  }
  CHECK(found ==
        "suffix  in primary 127.0.1.2 8443 healthy\n"
        "exact api in secondary 127.0.2.11 21000 healthy\n"
        "exact db in secondary 127.0.2.12 21000 healthy\n"
        "exact logging in secondary 127.0.2.13 21000 healthy\n");
}

TEST_CASE("routes lists instances that are unhealthy too") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", kAgent);
  folder.Write(
      "dc1/api.hcl",
      "service { name = \"api\" address = \"10.0.0.1\" port = 1\n"
      "  check { tcp = \"x\" interval = \"1s\" status = \"critical\" }\n"
      "  weights { passing = 7 warning = 2 }\n"
      "  connect { sidecar_service { port = 2 } } }\n");
  const Outcome outcome = Routes(folder.Path(""), "dc1", "json");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find(R"("address":"10.0.0.1","port":2,)") !=
        std::string::npos);
  CHECK(outcome.out.find(R"("health":"unhealthy")") != std::string::npos);
}

TEST_CASE("names with bytes that are no UTF-8 stay one line of JSON") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", kAgent);
  folder.Write(
      "dc1/api.hcl",
      "service { name = \"a\\xff\\n\" address = \"10.0.0.1\" port = 1\n"
      "  connect { sidecar_service { port = 2 } } }\n");
  const Outcome outcome = Routes(folder.Path(""), "dc1", "json");
  CHECK(outcome.exit_code == 0);
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 1);
  CHECK(TextAt(lines[0], "service") == "a\\xff\\x0a");
}

TEST_CASE("routes as text has the rule, where it comes from and its targets") {
  const Outcome outcome = Routes(kTwoDatacenters, "primary", "text");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("*.secondary.internal."));
  CHECK(outcome.out.find("  127.0.2.2 port 8443, weight 1, healthy\n") !=
        std::string::npos);
}

TEST_CASE("of several gateways one must be named, with -bind too") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", kAgent);
  for (const std::string id : {"a", "b"}) {
    folder.Write("dc1/" + id + ".hcl",
                 "service { kind = \"mesh-gateway\" name = \"gw\" id = \"" +
                     id + "\" address = \"127.0.0.1\" port = 1 }\n");
  }
  const std::string catalog = "-catalog=" + folder.Path("");
  // Of a documentation network: no machine has it.
  const std::string bind = "-bind=lan=203.0.113.1:1";
  const std::vector<std::vector<std::string>> rows = {
      {"routes", catalog, "-datacenter=dc1"},
      {"explain", "sni", catalog, "-datacenter=dc1", "a.b"},
      {"gateway", catalog, "-datacenter=dc1"},
      {"gateway", catalog, "-datacenter=dc1", bind},
  };
  for (auto row : rows) {
    CAPTURE(row);
    const std::string said =
        "datacenter dc1 has several mesh gateways, name one of: a, b; expected "
        "-service-id ID\n";
    const Outcome outcome = RunProgram(row);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out == "");
    if (row[0] == "gateway") continue;  // It says so in its log.
    CHECK(outcome.err == "error: " + said);
    row.emplace_back("-service-id=b");
    CHECK(RunProgram(row).exit_code != 2);
  }
  CHECK(
      RunProgram({"gateway", catalog, "-datacenter=dc1", bind, "-service-id=b"})
          .exit_code == 4);
}

TEST_CASE("routes of a catalog with mistakes lists each and prints nothing") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl", kAgent);
  const std::string bad = folder.Write(
      "dc1/bad.hcl", "service {\n  nam = \"x\"\n  port = \"y\"\n}");
  const Outcome outcome = Routes(folder.Path(""), "dc1", "json");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out == "");
  CHECK(outcome.err.find("bad.hcl:2:3: ") != std::string::npos);
  CHECK(outcome.err.find("bad.hcl:3:10: ") != std::string::npos);
}

TEST_CASE("warnings are a hundred lines and how many more there are") {
  const TemporaryFolder folder;
  std::string text = kAgent;
  for (int i = 0; i < 130; ++i) {
    text += absl::StrFormat(
        "services { name = \"s\" id = \"s%d\" port = 1 partition = \"p%d\" }\n",
        i, i);
  }
  folder.Write("dc1/a.hcl", text);
  for (const Outcome& outcome : {Routes(folder.Path(""), "dc1", "text"),
                                 RunProgram({"validate", folder.Path("")})}) {
    CHECK(outcome.exit_code == 0);
    CHECK(std::ranges::count(outcome.err, '\n') == 101);
    CHECK(outcome.err.ends_with("\nwarning: and 30 more warnings\n"));
  }
}

}  // namespace
}  // namespace meshgw::test
