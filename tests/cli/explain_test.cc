#include <string>
#include <vector>

#include "failover_catalog.h"
#include "run_program.h"

namespace meshgw::test {
namespace {

const std::string kClusterId = "11111111-2222-3333-4444-555555555555";

boost::json::object OneLine(const Outcome& outcome, int exit_code) {
  CHECK(outcome.exit_code == exit_code);
  CHECK(outcome.err == "");
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 1);
  return lines[0];
}

Outcome ExplainMode(const std::string& upstream, const std::string& rules,
                    const std::string& output) {
  return RunProgram({"explain", "mode", "-catalog", kTwoDatacenters,
                     "-datacenter", "primary", "-service", "web", "-upstream",
                     upstream, "-rules", rules, "-output", output});
}

Outcome ExplainSni(const std::string& name, const std::string& output) {
  return RunProgram({"explain", "sni", "-catalog", kTwoDatacenters,
                     "-datacenter", "secondary", "-output", output, name});
}

std::string MeshName(const std::string& service, const std::string& dc) {
  return service + ".default." + dc + ".internal." + kClusterId + ".consul";
}

TEST_CASE("explain mode answers each upstream of the example by both rules") {
  const struct {
    std::string upstream;
    std::string mode;
    std::string dial;
    std::string address;
    bool applies;
    int line;
  } rows[] = {
      {"api", "remote", "remote_gateway", "127.0.2.2", true, 17},
      {"db", "local", "local_gateway", "127.0.1.1", true, 25},
      {"logging", "none", "instance", "127.0.2.13", false, 33},
  };
  for (const std::string rules : {"v1.6", "latest"}) {
    for (const auto& row : rows) {
      CAPTURE(rules, row.upstream);
      const auto line = OneLine(ExplainMode(row.upstream, rules, "json"), 0);
      CHECK(Keys(line) == "mode source applies dial sni why layers failover");
      CHECK(line.at("failover").as_array().empty());
      CHECK(TextAt(line, "mode") == row.mode);
      CHECK(TextAt(line, "source") == "upstream");
      CHECK(line.at("applies").as_bool() == row.applies);
      CHECK(TextAt(line, "sni") == MeshName(row.upstream, "secondary"));

      const auto& dial = line.at("dial").as_object();
      CHECK(Keys(dial) == "kind wan_address endpoints");
      CHECK(TextAt(dial, "kind") == row.dial);
      REQUIRE(dial.at("endpoints").as_array().size() == 1);
      const auto& endpoint = dial.at("endpoints").as_array()[0].as_object();
      CHECK(Keys(endpoint) == "address port weight health");
      CHECK(TextAt(endpoint, "address") == row.address);

      int won = 0;
      for (const auto& value : line.at("layers").as_array()) {
        const auto& layer = value.as_object();
        CHECK(Keys(layer) == "source value file line won why");
        if (!layer.at("won").as_bool()) continue;
        ++won;
        CHECK(TextAt(layer, "source") == "upstream");
        CHECK(TextAt(layer, "value") == row.mode);
        CHECK(TextAt(layer, "file") == kTwoDatacenters + "/primary/web.hcl");
        CHECK(layer.at("line").as_int64() == row.line);
      }
      CHECK(won == 1);
    }
  }
}

TEST_CASE("explain mode as text names the mode, the winner and its place") {
  const Outcome outcome = ExplainMode("db", "latest", "text");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("mode:   local\nsource: upstream\n"));
  CHECK(outcome.out.find("* upstream = local at " + kTwoDatacenters +
                         "/primary/web.hcl:25: won") != std::string::npos);
  CHECK(outcome.out.find("  proxy_defaults = local at ") != std::string::npos);
  CHECK(outcome.out.find("  127.0.1.1 port 8443, healthy\n") !=
        std::string::npos);
}

TEST_CASE("explain mode says where a sidecar turns when nothing is healthy") {
  const TemporaryFolder folder;
  WriteFailover(folder);
  const std::vector<std::string> command = {
      "explain",         "mode",         "-catalog=" + folder.Path(""),
      "-datacenter=dc1", "-service=web", "-upstream=api"};
  auto as_json = command;
  as_json.emplace_back("-output=json");
  const auto line = OneLine(RunProgram(as_json), 0);
  std::string found;
  for (const auto& value : line.at("failover").as_array()) {
    const auto& next = value.as_object();
    CHECK(Keys(next) ==
          "service subset datacenter partition peer mode applies dial sni");
    const auto& dial = next.at("dial").as_object();
    CHECK(Keys(dial) == "kind wan_address endpoints");
    found += TextAt(next, "subset") + "|" + TextAt(next, "service") + "|" +
             TextAt(next, "datacenter") + "|" + TextAt(next, "mode") +
             (next.at("applies").as_bool() ? "|applies|" : "|not|") +
             TextAt(dial, "kind") + "|" + TextAt(next, "sni");
    for (const auto& endpoint : dial.at("endpoints").as_array()) {
      CHECK(Keys(endpoint.as_object()) == "address port weight health");
      found += "|" + TextAt(endpoint.as_object(), "address");
    }
    found += "\n";
  }
  CHECK(found == "|api|dc2|remote|applies|remote_gateway|" +
                     MeshName("api", "dc2") + "|10.2.0.1\n" +
                     "v2|other|dc1|remote|not|instance|v2." +
                     MeshName("other", "dc1") + "|10.1.0.3\n");

  const std::string text = RunProgram(command).out;
  CHECK(
      text.find("failover to api in dc2 (mode remote), when nothing above is "
                "healthy:\n  sni " +
                MeshName("api", "dc2") +
                "\n  10.2.0.1 port 8443, healthy\n"
                "failover to v2.other in dc1 (mode remote, not applied), when "
                "nothing above is healthy:\n  sni v2." +
                MeshName("other", "dc1") +
                "\n  10.1.0.3 port 2, healthy\n"
                "layers, ") != std::string::npos);
}

TEST_CASE("explain mode says of a prepared query that it finds what to dial") {
  const TemporaryFolder folder;
  folder.Write("a.hcl",
               "datacenter = \"dc1\" connect { ca_config { cluster_id = \"" +
                   kClusterId +
                   "\" } } service { name = \"web\" port = 1 connect { "
                   "sidecar_service { proxy { upstreams { destination_type = "
                   "\"prepared_query\" destination_name = \"q1\" "
                   "local_bind_port = 9191 } } } } }");
  const std::vector<std::string> command = {
      "explain",         "mode",         "-catalog=" + folder.Path(""),
      "-datacenter=dc1", "-service=web", "-upstream=q1"};
  CHECK_THAT(RunProgram(command).out,
             Catch::Matchers::ContainsSubstring(
                 "sni:    q1.default.dc1.query." + kClusterId + ".consul\n") &&
                 Catch::Matchers::ContainsSubstring(
                     "dials:\n  what the query finds when Consul runs it\n"));
  auto as_json = command;
  as_json.emplace_back("-output=json");
  const auto line = OneLine(RunProgram(as_json), 0);
  CHECK(line.at("dial").as_object().at("endpoints").as_array().empty());
  CHECK_THAT(TextAt(line, "why"),
             Catch::Matchers::ContainsSubstring("which the query finds"));
}

TEST_CASE("explain sni says which rule takes a name, and what was tried") {
  const struct {
    std::string name;
    std::string route;
    std::string kind;
    std::string address;
  } rows[] = {
      {MeshName("api", "secondary"), MeshName("api", "secondary"), "exact",
       "127.0.2.11"},
      {MeshName("web", "primary"),
       "*.primary.internal." + kClusterId + ".consul", "suffix", "127.0.1.2"},
      {"API" + MeshName("", "secondary"), MeshName("api", "secondary"), "exact",
       "127.0.2.11"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto line = OneLine(ExplainSni(row.name, "json"), 0);
    CHECK(Keys(line) ==
          "result hint route kind reason endpoints candidates cluster rules");
    CHECK(TextAt(line, "result") == "ok");
    CHECK(line.at("hint").is_null());
    CHECK(TextAt(line, "route") == row.route);
    CHECK(TextAt(line, "kind") == row.kind);
    CHECK(TextAt(line, "reason") != "no_route");
    REQUIRE(line.at("endpoints").as_array().size() == 1);
    CHECK(TextAt(line.at("endpoints").as_array()[0].as_object(), "address") ==
          row.address);
    int won = 0;
    for (const auto& value : line.at("candidates").as_array()) {
      const auto& candidate = value.as_object();
      CHECK(Keys(candidate) == "kind match cluster matched won why");
      if (candidate.at("won").as_bool()) {
        ++won;
        CHECK(TextAt(candidate, "match") == row.route);
      }
    }
    CHECK(won == 1);
    const Outcome text = ExplainSni(row.name, "text");
    CHECK(text.exit_code == 0);
    CHECK(text.out.starts_with("result: ok\nroute: " + row.route + " (" +
                               row.kind + ")\n"));
  }
}

TEST_CASE("explain sni ends with 5 for a name that goes nowhere") {
  for (const std::string& name :
       {std::string("example.com"), MeshName("absent", "secondary"),
        MeshName("api", "elsewhere"), std::string("a\n\xff"), std::string()}) {
    CAPTURE(name);
    const auto line = OneLine(ExplainSni(name, "json"), 5);
    CHECK(TextAt(line, "route") == "");
    CHECK(TextAt(line, "kind") == "none");
    CHECK(TextAt(line, "reason") == "no_route");
    CHECK(TextAt(line, "result") == (name.empty()       ? "no_sni"
                                     : name.size() == 3 ? "hello_malformed"
                                                        : "no_route"));
    CHECK(TextAt(line, "hint") != "");
    CHECK(line.at("endpoints").as_array().empty());
    CHECK(!line.at("candidates").as_array().empty());
    const Outcome text = ExplainSni(name, "text");
    CHECK(text.exit_code == 5);
    CHECK(text.out.starts_with("result: " + TextAt(line, "result") +
                               " (the gateway would close the connection)\n"
                               "hint: "));
    CHECK(text.out.find('\xff') == std::string::npos);
  }
}

TEST_CASE("explain mode says of none that there is nothing to apply") {
  CHECK(ExplainMode("logging", "latest", "text")
            .out.find("\napplies: no (none dials directly)\n") !=
        std::string::npos);
  CHECK(ExplainMode("db", "latest", "text").out.find("\napplies: yes\n") !=
        std::string::npos);
}

TEST_CASE("explain sni ends with 5 where there is nothing to dial") {
  const TemporaryFolder folder;
  folder.Write("dc1/agent.hcl",
               "datacenter = \"dc1\"\n"
               "connect { ca_config { cluster_id = \"" +
                   kClusterId + "\" } }\n");
  folder.Write("dc1/api.hcl",
               "service {\n  name = \"api\"\n  port = 80\n"
               "  address = \"127.0.0.1\"\n"
               "  check { name = \"c\" ttl = \"5s\" status = \"critical\" }\n"
               "  connect { sidecar_service { } }\n}\n");
  folder.Write("dc1/resolver.hcl",
               "Kind = \"service-resolver\"\nName = \"api\"\n"
               "Subsets = { v1 = { Filter = \"Service.Meta.v == 1\" } }\n");
  const struct {
    std::string name;
    std::string result;
    std::string hint;
  } rows[] = {
      {MeshName("api", "dc1"), "no_healthy_endpoint",
       "every instance is unhealthy: look at its checks"},
      {"v1." + MeshName("api", "dc1"), "no_healthy_endpoint",
       "there is no instance"},
      {"v2." + MeshName("api", "dc1"), "no_route",
       "service api has no subset v2; there is: v1"},
      {MeshName("api", "dc1") + ".", "hello_malformed",
       "no hello may carry this name: server_name_syntax"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto line =
        OneLine(RunProgram({"explain", "sni", "-catalog", folder.Path(""),
                            "-datacenter", "dc1", "-output", "json", row.name}),
                5);
    CHECK(TextAt(line, "result") == row.result);
    CHECK(TextAt(line, "hint") == row.hint);
  }
}

}  // namespace
}  // namespace meshgw::test
