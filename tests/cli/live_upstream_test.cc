#include <fstream>
#include <sstream>
#include <string>

#include "consul/agent_thread.h"
#include "run_program.h"
#include "support/source_tree.h"
#include "transport/server_address.h"

// `meshgw explain mode` of an agent: the answers of Consul 1.22.5 for the proxy
// web-proxy, whose upstream "api" has the mode local.
namespace meshgw::test {
namespace {

std::string Real(const std::string& name) {
  std::ifstream file(SourceTree("testdata/consul/" + name), std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// As that Consul answers. Its chain was asked for without a datacenter, so that
// its target is in dc1.
void AnswerAsConsul(ScriptedAgent* agent) {
  const std::pair<const char*, const char*> files[] = {
      {"/v1/agent/self", "self.json"},
      {"/v1/agent/connect/ca/roots", "roots.json"},
      {"/v1/config/proxy-defaults", "proxy_defaults.json"},
      {"/v1/config/service-defaults", "service_defaults.json"},
      {"/v1/config/service-resolver", "service_resolvers.json"},
      {"/v1/health/connect/web", "connect_instances.json"},
      {"/v1/internal/ui/services", "gateway_names.json"},
      {"/v1/agent/service/web-proxy", "proxy_service.json"},
      {"/v1/discovery-chain/api", "discovery_chain.json"},
  };
  for (const auto& [path, file] : files) {
    agent->On(path, {Reply(200, Real(file))});
  }
  agent->On("/v1/health/service/mesh-gateway",
            {Reply(200, R"([{"Node":{"Node":"n1","Address":"10.0.0.1"},
                "Service":{"ID":"gw","Service":"mesh-gateway",
                           "Kind":"mesh-gateway","Port":8443},
                "Checks":[{"CheckID":"c","Status":"critical"}]}])")});
}

using Script = std::function<void(ScriptedAgent*)>;

Outcome Explain(const Script& script, std::vector<std::string> more = {}) {
  const AgentThread agent([&](ScriptedAgent* scripted) {
    AnswerAsConsul(scripted);
    if (script) script(scripted);
  });
  std::vector<std::string> arguments = {
      "explain",    "mode",
      "-http-addr", internal::FormatServerAddress(agent.Options().address),
      "-service",   "web",
      "-upstream",  "api"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunProgram(std::move(arguments));
}

TEST_CASE("an agent is asked for the layers and for what is dialled") {
  const Outcome outcome = Explain(nullptr);
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.starts_with("mode:   local\nsource: upstream\n"));
  CHECK_THAT(outcome.out, Catch::Matchers::ContainsSubstring(
                              "dials:\n  10.0.0.1 port 8443, unhealthy\n"));
  CHECK_THAT(outcome.out, Catch::Matchers::ContainsSubstring(
                              "* upstream = local at /v1/health/connect/web:"));
  CHECK_THAT(outcome.out,
             Catch::Matchers::ContainsSubstring(
                 "upstream_override = remote at /v1/config/service-defaults/"
                 "web: "));
  CHECK_THAT(
      outcome.out,
      Catch::Matchers::ContainsSubstring(
          "Consul 1.22.5 itself says:\n"
          "  /v1/agent/service/web-proxy: mode local, the same\n"
          "! /v1/discovery-chain/api: target v2.api.default.default.dc1; "
          "DIFFERS from v2.api.default.default.dc2\n"));
}

TEST_CASE("in JSON each answer of Consul says whether it is the same") {
  const Outcome outcome = Explain(nullptr, {"-output", "json"});
  CAPTURE(outcome.out, outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto answer = boost::json::parse(outcome.out).as_object();
  CHECK(answer.at("mode") == "local");
  const auto& consul = answer.at("consul").as_object();
  CHECK(consul.at("version") == "1.22.5");
  const auto& answers = consul.at("answers").as_array();
  REQUIRE(answers.size() > 3);
  const auto& registration = answers[0].as_object();
  CHECK(registration.at("asked") == "/v1/agent/service/web-proxy");
  CHECK(registration.at("what") == "mode");
  CHECK(registration.at("ours") == "local");
  CHECK(registration.at("consul") == "local");
  CHECK(registration.at("same") == true);
  CHECK(answers[1].as_object().at("same") == false);
}

TEST_CASE("what cannot be asked beside the answer is a warning") {
  const struct {
    const char* path;
    AgentReply reply;
    const char* warning;
  } rows[] = {
      {"/v1/discovery-chain/api", Reply(403, "Permission denied"),
       "warning: Consul's own answer: POST /v1/discovery-chain/api"},
      {"/v1/discovery-chain/api",
       Reply(200, R"({"Chain":{"StartNode":"splitter:api","Nodes":
                      {"splitter:api":{"Type":"splitter"}}}})"),
       "begins with a splitter, which looks into requests: not compared"},
      {"/v1/agent/service/web-proxy", Reply(500, "no leader"),
       "warning: Consul's own answer: GET /v1/agent/service/web-proxy"},
      {"/v1/internal/ui/services", Reply(500, "no path to datacenter"),
       "warning: what is dialled in dc2: GET /v1/internal/ui/services"},
      {"/v1/health/connect/web",
       Reply(200, Real("connect_instances.json"),
             "X-Consul-Results-Filtered-By-ACLs: true\r\n"),
       "warning: /v1/health/connect/web: some of it was left out, which the "
       "token may not read"},
      {"/v1/config/service-defaults",
       Reply(200, R"([{"Kind":"service-defaults","Name":"db",
                       "MeshGateway":{"Mode":"Local"}}])"),
       "warning: passed over: /v1/config/service-defaults/db"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = Explain(
        [&](ScriptedAgent* agent) { agent->On(row.path, {row.reply}); });
    CAPTURE(row.warning, outcome.out, outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out.starts_with("mode:   local\n"));
    CHECK_THAT(outcome.err, Catch::Matchers::ContainsSubstring(row.warning));
  }
}

TEST_CASE("what an answer cannot do without ends the program") {
  const struct {
    const char* path;
    AgentReply reply;
    const char* error;
    int exit_code;
  } rows[] = {
      {"/v1/agent/self", Reply(200, "<html>"), "/v1/agent/self: no JSON", 2},
      {"/v1/agent/self", Reply(500, "no leader"), "GET /v1/agent/self", 3},
      {"/v1/agent/connect/ca/roots", Reply(200, "{}"),
       "/v1/agent/connect/ca/roots: TrustDomain: expected", 2},
      {"/v1/health/connect/web", Reply(403, "Permission denied"),
       "403: Permission denied", 2},
      {"/v1/health/connect/web", Reply(200, "[]"),
       "service \"web\" has no proxy in datacenter dc1", 2},
      {"/v1/health/connect/web", Reply(200, "{}"),
       "/v1/health/connect/web: the answer: expected a list", 2},
      {"/v1/config/service-resolver", Reply(200, "7"),
       "/v1/config/service-resolver: the answer: expected a list", 2},
  };
  for (const auto& row : rows) {
    const Outcome outcome = Explain(
        [&](ScriptedAgent* agent) { agent->On(row.path, {row.reply}); });
    CAPTURE(row.error, outcome.out, outcome.err);
    CHECK(outcome.exit_code == row.exit_code);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::Matchers::ContainsSubstring(row.error));
  }
}

// The proxy beside each of two instances.
std::string Proxies(const std::string& first, const std::string& second) {
  const auto proxy = [](const std::string& node, const std::string& mode) {
    return R"({"Node":{"Node":")" + node +
           R"(","Address":"10.0.0.1"},"Service":{"Kind":"connect-proxy",
               "ID":"web-proxy","Service":"web-proxy","Port":1,"Proxy":{
               "DestinationServiceName":"web","Upstreams":[{"DestinationName":
               "api","Datacenter":"dc2","MeshGateway":{"Mode":")" +
           mode + R"("}}]}}})";
  };
  return "[" + proxy("n1", first) + "," + proxy("n2", second) + "]";
}

TEST_CASE("proxies of several instances are one where they are the same") {
  const auto with = [](const std::string& first, const std::string& second) {
    return Explain([&](ScriptedAgent* agent) {
      agent->On("/v1/health/connect/web", {Reply(200, Proxies(first, second))});
    });
  };
  CHECK(with("local", "local").exit_code == 0);
  const Outcome outcome = with("local", "remote");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Catch::Matchers::ContainsSubstring(
                 "several proxies, name one of: web-proxy, n2/web-proxy"));
}

TEST_CASE("files and an agent are not asked together") {
  const Outcome outcome = RunProgram(
      {"explain", "mode", "-catalog", "x", "-datacenter", "dc1", "-http-addr",
       "127.0.0.1:1", "-service", "web", "-upstream", "api"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::Matchers::ContainsSubstring("excludes"));
}

}  // namespace
}  // namespace meshgw::test
