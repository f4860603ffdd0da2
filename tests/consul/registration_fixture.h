#ifndef MESHGW_TESTS_CONSUL_REGISTRATION_FIXTURE_H_
#define MESHGW_TESTS_CONSUL_REGISTRATION_FIXTURE_H_

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent_fixture.h"
#include "consul/registration.h"

namespace meshgw::test {

using internal::RegistrationEvent;
using internal::RegistrationEventKind;

inline const std::string kRegister = "/v1/agent/service/register";
inline const std::string kService = "/v1/agent/service/gw";
inline const std::string kMaintenance = "/v1/agent/service/maintenance/gw";
inline const std::string kDeregister = "/v1/agent/service/deregister/gw";
inline const std::string kServices = "/v1/agent/services";
inline const std::string kChecks = "/v1/agent/checks";

// A definition as the agent gives it out.
inline AgentReply Definition(const std::string& hash = "h1",
                             const std::string& kind = "mesh-gateway") {
  return Reply(
      200,
      "{\"ID\":\"gw\",\"Service\":\"mesh-gateway\",\"Kind\":\"" + kind + "\"}",
      hash.empty() ? "" : "X-Consul-Contenthash: " + hash + "\r\n");
}
inline AgentReply Unknown() { return Reply(404, "unknown service ID: gw"); }
// Checks with the service in maintenance.
inline AgentReply InMaintenance(const std::string& reason) {
  return Reply(200, "{\"_service_maintenance:gw\":{\"Notes\":\"" + reason +
                        "\"},\"service:gw\":{\"Notes\":\"\"}}");
}

// RegistrationFixture is a Registration at a scripted agent that has nothing in
// maintenance, takes everything and never answers a look that blocks.
struct RegistrationFixture : AgentFixture {
  RegistrationFixture() {
    registration.gateway = internal::GatewayDefinition{.id = "gw"};
    registration.retry_base = std::chrono::milliseconds(2);
    registration.retry_cap = std::chrono::milliseconds(20);
    registration.least_watch = std::chrono::milliseconds(1);
    agent.On(kRegister, {Reply(200, "")});
    agent.On(kChecks, {Reply(200, "{}")});
    agent.On(kMaintenance, {Reply(200, "")});
    agent.On(kDeregister, {Reply(200, "")});
    agent.On(kService, [](const AgentAsked& asked) {
      return asked.query.empty() ? Definition() : Stall();
    });
  }

  void Adopting(const std::string& id) {
    registration.gateway.reset();
    registration.id = id;
  }
  internal::Registration& Start() {
    running.emplace(&context, &client(), registration, "{\"ID\":\"gw\"}",
                    [this](const RegistrationEvent& event) {
                      events.push_back(event);
                      if (on_event) on_event(event);
                    });
    running->Start();
    return *running;
  }
  std::size_t Count(RegistrationEventKind kind) const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(),
        [kind](const RegistrationEvent& each) { return each.kind == kind; }));
  }
  // The events so far, a letter each: Ready, rEgistered, Lost, Failed, reFused
  // is X.
  std::string Events() const {
    std::string out;
    for (const RegistrationEvent& each : events) {
      out += "RELFX"[static_cast<int>(each.kind)];
    }
    return out;
  }
  bool Wait(RegistrationEventKind kind, std::size_t count = 1) {
    return RunUntil(&context, [=, this] { return Count(kind) >= count; });
  }
  bool WaitAsked(const std::string& path, std::size_t count = 1) {
    return RunUntil(&context, [=, this] { return agent.Count(path) >= count; });
  }
  // Ends it with one of the two calls.
  absl::Status End(void (internal::Registration::*call)(
      const internal::Registration::OnDone&)) {
    std::optional<absl::Status> done;
    ((*running).*call)([&done](const absl::Status& status) {
      CHECK_FALSE(done.has_value());
      done = status;
    });
    REQUIRE(RunUntil(&context, [&done] { return done.has_value(); }));
    return *done;
  }
  absl::Status Announce() { return End(&internal::Registration::Announce); }
  absl::Status Deregister() { return End(&internal::Registration::Deregister); }

  internal::RegistrationOptions registration;
  std::vector<RegistrationEvent> events;
  std::function<void(const RegistrationEvent&)> on_event;
  std::optional<internal::Registration> running;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONSUL_REGISTRATION_FIXTURE_H_
