#include "consul/blocking_agent.h"

#include "agent_thread.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

TEST_CASE("one thing is asked after the other") {
  AgentThread agent([](ScriptedAgent* script) {
    script->On("/v1/a", [](const AgentAsked& asked) {
      return Reply(200, asked.query,
                   "X-Consul-Results-Filtered-By-ACLs: true\r\n");
    });
    script->On("/v1/b", [](const AgentAsked& asked) {
      return Reply(200, asked.method + asked.body);
    });
  });
  internal::BlockingAgent blocking(agent.Options());
  const auto first = blocking.Get("/v1/a", {{"dc", "dc2"}});
  REQUIRE(first.ok());
  CHECK(first->body == "dc=dc2");
  CHECK(first->is_filtered);
  const auto second = blocking.Ask(
      {.method = "POST", .path = "/v1/b", .endpoint = "/v1/b", .body = "x"});
  REQUIRE(second.ok());
  CHECK(second->body == "POSTx");
  CHECK_FALSE(second->is_filtered);
}

TEST_CASE("an error is returned, and the next question is asked all the same") {
  AgentThread agent([](ScriptedAgent* script) {
    script->On("/v1/a", {Reply(403, "Permission denied"), Reply(200, "now")});
  });
  internal::BlockingAgent blocking(agent.Options());
  CHECK(absl::IsPermissionDenied(blocking.Get("/v1/a").status()));
  const auto again = blocking.Get("/v1/a");
  REQUIRE(again.ok());
  CHECK(again->body == "now");
}

}  // namespace
}  // namespace meshgw::test
