#include "consul/registration.h"

#include <string>

#include "registration_fixture.h"

namespace meshgw::test {
namespace {

using Kind = RegistrationEventKind;
using std::chrono::milliseconds;

TEST_CASE("a gateway is registered, seen, and then watched") {
  RegistrationFixture of;
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  CHECK(of.Events() == "ER");
  CHECK(of.events.back().id == "gw");
  const auto& asked = of.agent.asked();
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].method == "PUT");
  CHECK(asked[0].path == kRegister);
  CHECK(asked[0].body == "{\"ID\":\"gw\"}");
  CHECK(asked[1].path == kChecks);
  CHECK(asked[1].query == "filter=ServiceID%20%3D%3D%20%22gw%22");
  CHECK(asked[2].path == kService);
  CHECK(asked[2].query == "");
  CHECK(asked[3].path == kService);
  CHECK(asked[3].query == "hash=h1&wait=60s");
}

TEST_CASE("a registration that fails is tried again until it is taken") {
  RegistrationFixture of;
  of.agent.On(kRegister, {Reply(500, "No cluster leader"), Reply(503, ""),
                          Reply(429, "rate limit"),
                          Reply(403, "Permission denied"), Raw("garbage"),
                          Raw("", AgentReply::Then::kReset), Reply(200, "")});
  of.Start();
  REQUIRE(of.Wait(Kind::kReady));
  CHECK(of.Events() == "FFFFFFER");
  CHECK(of.events[0].text.find("500: No cluster leader") != std::string::npos);
  for (const auto& event : of.events) {
    CHECK(event.retry >= milliseconds(0));
    CHECK(event.retry <= of.registration.retry_cap);
  }
}

TEST_CASE("the wait grows with each failure, up to its cap") {
  RegistrationFixture of;
  of.agent.On(kRegister, {Reply(500, "")});
  of.registration.retry_base = milliseconds(1);
  of.registration.retry_cap = milliseconds(4);
  of.Start();
  REQUIRE(of.Wait(Kind::kFailed, 40));
  CHECK(of.events[0].retry <= milliseconds(1));
  CHECK(of.events[1].retry <= milliseconds(2));
  milliseconds longest{0};
  for (const auto& event : of.events) {
    longest = std::max(longest, event.retry);
  }
  // Of 38 draws of 0 to 4.
  CHECK(longest > milliseconds(2));
  CHECK(longest <= milliseconds(4));
}

TEST_CASE("a definition that the agent refuses is not tried again") {
  RegistrationFixture of;
  of.agent.On(kRegister,
              {Reply(400, "Invalid Service Meta: Key prefix is reserved")});
  of.Start();
  REQUIRE(of.Wait(Kind::kRefused));
  of.Settle();
  CHECK(of.Events() == "X");
  CHECK(of.events[0].text.find("Invalid Service Meta") != std::string::npos);
  CHECK(of.Deregister().ok());
  CHECK(of.agent.asked().size() == 1);
}

TEST_CASE("a gateway that the agent has forgotten is registered at once") {
  RegistrationFixture of;
  // The wait would be seen: it is longer than the test's patience.
  of.registration.retry_base = std::chrono::hours(10);
  of.registration.retry_cap = std::chrono::hours(10);
  int looks = 0;
  of.agent.On(kService, [&looks](const AgentAsked& asked) {
    if (++looks == 2) return Unknown();
    return asked.query.empty() ? Definition() : Stall();
  });
  of.Start();
  REQUIRE(of.WaitAsked(kService, 4));
  CHECK(of.Events() == "ERLE");
  CHECK(of.events[2].text.find("404: unknown service ID: gw") !=
        std::string::npos);
  CHECK(of.agent.Count(kRegister) == 2);
}

TEST_CASE("a gateway that is renewed is registered again, and watched anew") {
  RegistrationFixture of;
  auto& running = of.Start();
  // The second look blocks and is never answered.
  REQUIRE(of.WaitAsked(kService, 2));
  running.Renew();
  REQUIRE(of.WaitAsked(kService, 4));
  CHECK(of.Events() == "ERE");
  CHECK(of.agent.Count(kRegister) == 2);
  CHECK(of.agent.asked().back().query == "hash=h1&wait=60s");
}

TEST_CASE("a gateway that is renewed while it is registered is so once more") {
  RegistrationFixture of;
  auto& running = of.Start();
  running.Renew();
  REQUIRE(of.WaitAsked(kService, 2));
  CHECK(of.Events() == "ER");
  CHECK(of.agent.Count(kRegister) == 2);
}

TEST_CASE("a renewal that fails is tried again") {
  RegistrationFixture of;
  of.agent.On(kRegister,
              {Reply(200, ""), Reply(403, "ACL not found"), Reply(200, "")});
  auto& running = of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  running.Renew();
  REQUIRE(of.WaitAsked(kService, 4));
  CHECK(of.Events() == "ERFE");
}

TEST_CASE("what was adopted, or is being taken out, is not renewed") {
  RegistrationFixture of;
  const bool adopted = GENERATE(true, false);
  if (adopted) of.Adopting("gw");
  auto& running = of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  if (!adopted) CHECK(of.Deregister().ok());
  running.Renew();
  of.Settle();
  CHECK(of.agent.Count(kRegister) == (adopted ? 0 : 1));
}

TEST_CASE("an agent that loses the gateway again and again is not hammered") {
  // Seen once each time, or never.
  for (const bool seen : {true, false}) {
    CAPTURE(seen);
    RegistrationFixture of;
    of.registration.retry_base = std::chrono::hours(10);
    of.registration.retry_cap = std::chrono::hours(10);
    // Each look is too short for the service to have been there.
    of.registration.least_watch = std::chrono::hours(1);
    of.agent.On(kService, [seen](const AgentAsked& asked) {
      return seen && asked.query.empty() ? Definition() : Unknown();
    });
    of.Start();
    REQUIRE(of.Wait(Kind::kLost, 2));
    for (int i = 0; i < 20; ++i) of.Settle();
    // Once for the start, once at once; then it waits.
    CHECK(of.agent.Count(kRegister) == 2);
  }
}

TEST_CASE("an agent that does not block is not asked without end") {
  // Without a hash, with the same, with another each time.
  for (const int variant : {0, 1, 2}) {
    CAPTURE(variant);
    RegistrationFixture of;
    of.registration.least_watch = std::chrono::hours(1);
    int looks = 0;
    of.agent.On(kService, [variant, &looks](const AgentAsked&) {
      ++looks;
      if (variant == 0) return Definition("");
      return Definition(variant == 1 ? "h" : "h" + std::to_string(looks));
    });
    of.Start();
    REQUIRE(of.Wait(Kind::kReady));
    REQUIRE(of.WaitAsked(kService, variant == 0 ? 1 : 2));
    for (int i = 0; i < 20; ++i) of.Settle();
    CHECK(looks == (variant == 0 ? 1 : 2));
    CHECK(of.Events() == "ER");
  }
}

TEST_CASE("a definition that changes is followed and told of once") {
  RegistrationFixture of;
  int looks = 0;
  of.agent.On(kService, [&looks](const AgentAsked&) {
    ++looks;
    return looks < 5 ? Definition("h" + std::to_string(looks)) : Stall();
  });
  of.Start();
  REQUIRE(of.WaitAsked(kService, 5));
  CHECK(of.agent.asked().back().query == "hash=h4&wait=60s");
  CHECK(of.Events() == "ER");
}

TEST_CASE("an agent that goes away and comes back has the gateway again") {
  RegistrationFixture of;
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  of.agent.Stop();
  REQUIRE(of.Wait(Kind::kFailed, 3));
  // Restarted, it has forgotten.
  int looks = 0;
  of.agent.On(kService, [&looks](const AgentAsked& asked) {
    if (++looks == 1) return Unknown();
    return asked.query.empty() ? Definition() : Stall();
  });
  of.agent.Listen();
  REQUIRE(of.Wait(Kind::kRegistered, 2));
  REQUIRE(of.WaitAsked(kService, 5));
  CHECK(of.Count(Kind::kReady) == 1);
  CHECK(of.Count(Kind::kLost) == 1);
}

TEST_CASE("an agent that is not there at the start is waited for") {
  RegistrationFixture of;
  of.agent.Stop();
  of.Start();
  REQUIRE(of.Wait(Kind::kFailed, 2));
  CHECK(of.events[0].text.find("Connection refused") != std::string::npos);
  of.agent.Listen();
  REQUIRE(of.Wait(Kind::kReady));
}

TEST_CASE("an answer to the look that makes no sense is looked for again") {
  RegistrationFixture of;
  int looks = 0;
  of.agent.On(kService, [&looks](const AgentAsked& asked) {
    if (++looks == 1) return Reply(200, "{\"Kind\":1}");
    if (looks == 2) return Reply(500, "oops");
    return asked.query.empty() ? Definition() : Stall();
  });
  of.Start();
  REQUIRE(of.Wait(Kind::kReady));
  CHECK(of.Events() == "EFFR");
  CHECK(of.events[1].text == "Kind: expected a string");
}

TEST_CASE("a service of another kind is refused") {
  RegistrationFixture of;
  of.Adopting("gw");
  of.agent.On(kService, {Definition("h1", "terminating-gateway")});
  of.Start();
  REQUIRE(of.Wait(Kind::kRefused));
  of.Settle();
  CHECK(of.Events() == "X");
  CHECK(of.events[0].text ==
        "the service \"gw\" of the agent is of the kind "
        "\"terminating-gateway\"; expected \"mesh-gateway\"");
}

TEST_CASE("a gateway with a given id is adopted when it is there") {
  RegistrationFixture of;
  of.Adopting("gw");
  of.agent.On(kService, {Unknown(), Unknown(), Definition(), Stall()});
  of.Start();
  REQUIRE(of.WaitAsked(kService, 4));
  CHECK(of.Events() == "LLR");
  CHECK(of.agent.Count(kRegister) == 0);
}

TEST_CASE("without an id the agent's only mesh gateway is adopted") {
  RegistrationFixture of;
  of.Adopting("");
  const std::string web = R"("web":{"ID":"web","Service":"web"})";
  const std::string gw = R"("gw":{"ID":"gw","Kind":"mesh-gateway"})";
  of.agent.On(kServices, {Reply(500, "oops"), Reply(200, "{}"),
                          // An agent that does not filter.
                          Reply(200, "{" + web + "}"),
                          Reply(200, "{" + web + "," + gw + "}")});
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  CHECK(of.Events() == "FFFR");
  CHECK(of.events[1].text ==
        "No mesh-gateway services registered with this agent");
  CHECK(of.events[2].text ==
        "No mesh-gateway services registered with this agent");
  CHECK(of.events[3].id == "gw");
  CHECK(of.running->id() == "gw");
  CHECK(of.agent.asked()[0].query ==
        "filter=Kind%20%3D%3D%20%22mesh-gateway%22");
}

TEST_CASE("one of several mesh gateways is not guessed") {
  RegistrationFixture of;
  of.Adopting("");
  of.agent.On(kServices, {Reply(200, R"({"a":{"ID":"a","Kind":"mesh-gateway"},
                              "b":{"ID":"b","Kind":"mesh-gateway"}})")});
  of.Start();
  REQUIRE(of.Wait(Kind::kRefused));
  CHECK(of.Events() == "X");
  CHECK(of.events[0].text ==
        "Cannot lookup the mesh-gateway's proxy ID because multiple are "
        "registered with the agent; expected -proxy-id");
}

}  // namespace
}  // namespace meshgw::test
