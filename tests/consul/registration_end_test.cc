#include <optional>
#include <string>

#include "registration_fixture.h"

// How a registration ends: maintenance, deregistration, destruction.
namespace meshgw::test {
namespace {

using Kind = RegistrationEventKind;

TEST_CASE("a drain that an earlier run left behind is ended, no other one") {
  const struct {
    std::string reason;
    bool ended;
  } rows[] = {{"meshgw is draining", true},
              {"maintenance until noon", false},
              {"", false},
              {"meshgw is draining!", false}};
  for (const bool adopts : {true, false}) {
    for (const auto& row : rows) {
      CAPTURE(adopts, row.reason);
      RegistrationFixture of;
      if (adopts) of.Adopting("gw");
      of.agent.On(kChecks, {InMaintenance(row.reason)});
      of.Start();
      REQUIRE(of.Wait(Kind::kReady));
      CHECK(of.agent.Count(kMaintenance) == (row.ended ? 1u : 0u));
      for (const AgentAsked& asked : of.agent.asked()) {
        if (asked.path != kMaintenance) continue;
        CHECK(asked.method == "PUT");
        CHECK(asked.query == "enable=false");
      }
    }
  }
}

TEST_CASE("a drain left behind is ended also when the agent falters") {
  RegistrationFixture of;
  const AgentReply drained = InMaintenance("meshgw is draining");
  of.agent.On(kChecks, {Reply(500, "oops"), Reply(503, ""), drained});
  of.agent.On(kMaintenance, {Reply(500, "oops"), Reply(200, "")});
  of.Start();
  REQUIRE(of.Wait(Kind::kReady));
  CHECK(of.Events() == "EFFFR");
  CHECK(of.agent.Count(kMaintenance) == 2);
}

TEST_CASE("checks that may not be read or are no checks stop nothing") {
  for (const AgentReply& reply :
       {Reply(403, "Permission denied"), Reply(400, "Invalid filter"),
        Reply(200, "[]"), Reply(404, "")}) {
    RegistrationFixture of;
    of.agent.On(kChecks, {reply});
    of.Start();
    REQUIRE(of.Wait(Kind::kReady));
    CHECK(of.Events() == "ER");
  }
}

TEST_CASE("a drain is announced, and then the gateway is taken out") {
  RegistrationFixture of;
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  CHECK(of.Announce().ok());
  const AgentAsked announced = of.agent.asked().back();
  CHECK(announced.method == "PUT");
  CHECK(announced.path == kMaintenance);
  CHECK(announced.query == "enable=true&reason=meshgw%20is%20draining");
  CHECK(of.Deregister().ok());
  CHECK(of.agent.asked().back().method == "PUT");
  CHECK(of.agent.asked().back().path == kDeregister);
  of.Settle();
  CHECK(of.Events() == "ER");
}

TEST_CASE("a gateway that was adopted is not taken out") {
  RegistrationFixture of;
  of.Adopting("gw");
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  CHECK(of.Announce().ok());
  CHECK(of.Deregister().ok());
  CHECK(of.agent.Count(kMaintenance) == 1);
  CHECK(of.agent.Count(kDeregister) == 0);
}

TEST_CASE("a gateway that is lost while it drains is not registered again") {
  RegistrationFixture of;
  of.Start();
  REQUIRE(of.WaitAsked(kService, 2));
  of.agent.On(kMaintenance, [&of](const AgentAsked&) {
    of.agent.SayUnasked("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    return Reply(200, "");
  });
  of.Announce().IgnoreError();
  for (int i = 0; i < 20; ++i) of.Settle();
  CHECK(of.agent.Count(kRegister) == 1);
  CHECK(of.Events() == "ER");
}

TEST_CASE("what the agent does not have need not be told to it") {
  RegistrationFixture of;
  of.agent.On(kMaintenance, {Reply(404, "Unknown service ID \"gw\"")});
  of.agent.On(kDeregister, {Reply(404, "Unknown service ID \"gw\"")});
  of.Start();
  REQUIRE(of.Wait(Kind::kReady));
  CHECK(of.Announce().ok());
  CHECK(of.Deregister().ok());
}

TEST_CASE("an end that the agent refuses or does not hear is an error") {
  RegistrationFixture of;
  of.agent.On(kMaintenance, {Reply(403, "Permission denied")});
  of.Start();
  REQUIRE(of.Wait(Kind::kReady));
  CHECK(absl::IsPermissionDenied(of.Announce()));
  of.agent.Stop();
  CHECK(absl::IsUnavailable(of.Deregister()));
}

TEST_CASE("before anything was asked there is nothing to end") {
  for (const bool adopts : {true, false}) {
    RegistrationFixture of;
    if (adopts) of.Adopting("");
    of.running.emplace(&of.context, &of.client(), of.registration, "{}",
                       [](const RegistrationEvent&) {});
    CHECK(of.Announce().ok());
    CHECK(of.Deregister().ok());
    CHECK(of.agent.asked().empty());
  }
}

TEST_CASE("a gateway that was never ready is taken out all the same") {
  RegistrationFixture of;
  of.agent.On(kService, {Stall()});
  of.Start();
  REQUIRE(of.WaitAsked(kService));
  CHECK(of.Events() == "E");
  CHECK(of.Announce().ok());
  CHECK(of.agent.Count(kMaintenance) == 1);
  CHECK(of.Deregister().ok());
  CHECK(of.agent.Count(kDeregister) == 1);
}

TEST_CASE("a registration without an answer is taken out for safety") {
  RegistrationFixture of;
  of.agent.On(kRegister, {Raw("", AgentReply::Then::kClose)});
  of.Start();
  REQUIRE(of.Wait(Kind::kFailed));
  CHECK(of.Announce().ok());
  CHECK(of.agent.Count(kMaintenance) == 0);
  CHECK(of.Deregister().ok());
  CHECK(of.agent.Count(kDeregister) == 1);
}

TEST_CASE("a registration that is under way is waited for, then taken out") {
  RegistrationFixture of;
  of.agent.On(kRegister, {AgentReply{.parts = {"HTTP/1.1 200 OK\r\n"}}});
  of.Start();
  REQUIRE(of.WaitAsked(kRegister));
  CHECK(of.Announce().ok());
  std::optional<absl::Status> done;
  of.running->Deregister(
      [&done](const absl::Status& status) { done = status; });
  for (int i = 0; i < 20; ++i) of.Settle();
  CHECK_FALSE(done.has_value());
  CHECK(of.agent.Count(kDeregister) == 0);
  of.agent.SayUnasked("Content-Length: 0\r\n\r\n");
  REQUIRE(RunUntil(&of.context, [&done] { return done.has_value(); }));
  CHECK(done->ok());
  CHECK(of.agent.asked().back().path == kDeregister);
  CHECK(of.Events() == "");
}

TEST_CASE("a drain may be announced from within an event") {
  for (const Kind when : {Kind::kRegistered, Kind::kReady, Kind::kFailed}) {
    CAPTURE(static_cast<int>(when));
    RegistrationFixture of;
    if (when == Kind::kFailed) of.agent.On(kRegister, {Reply(500, "")});
    bool done = false;
    of.on_event = [&](const RegistrationEvent& event) {
      if (event.kind != when) return;
      of.running->Announce([&done](const absl::Status&) { done = true; });
    };
    of.Start();
    REQUIRE(RunUntil(&of.context, [&done] { return done; }));
    const std::size_t asked = of.agent.asked().size();
    for (int i = 0; i < 20; ++i) of.Settle();
    CHECK(of.agent.asked().size() == asked);
    CHECK(of.Count(when) == 1);
  }
}

TEST_CASE("nothing is called after a registration is gone") {
  const std::string paths[] = {kRegister, kChecks, kService, kMaintenance};
  for (const std::string& path : paths) {
    CAPTURE(path);
    RegistrationFixture of;
    of.agent.On(kChecks, {InMaintenance("meshgw is draining")});
    of.agent.On(path, {AgentReply{.parts = {"HTTP/1.1 200 OK\r\n"}}});
    of.Start();
    REQUIRE(of.WaitAsked(path));
    const std::string before = of.Events();
    of.running.reset();
    of.agent.SayUnasked("Content-Length: 0\r\n\r\n");
    for (int i = 0; i < 20; ++i) of.Settle();
    CHECK(of.Events() == before);
  }
  // While it waits, and while it ends.
  RegistrationFixture waits;
  waits.agent.On(kRegister, {Reply(500, "")});
  waits.Start();
  REQUIRE(waits.Wait(Kind::kFailed));
  waits.running.reset();
  RegistrationFixture ends;
  ends.agent.On(kDeregister, {AgentReply{.parts = {"HTTP/1.1 200 OK\r\n"}}});
  ends.Start();
  REQUIRE(ends.WaitAsked(kService, 2));
  bool called = false;
  ends.running->Deregister([&called](const absl::Status&) { called = true; });
  REQUIRE(ends.WaitAsked(kDeregister));
  ends.running.reset();
  ends.agent.SayUnasked("Content-Length: 0\r\n\r\n");
  for (int i = 0; i < 20; ++i) ends.Settle();
  CHECK_FALSE(called);
}

}  // namespace
}  // namespace meshgw::test
