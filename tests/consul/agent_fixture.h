#ifndef MESHGW_TESTS_CONSUL_AGENT_FIXTURE_H_
#define MESHGW_TESTS_CONSUL_AGENT_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>

#include "consul/agent_client.h"
#include "scripted_agent.h"
#include "support/catch.h"

namespace meshgw::test {

using Answer = absl::StatusOr<internal::AgentAnswer>;

// AgentFixture is a scripted agent and a client of it.
struct AgentFixture {
  explicit AgentFixture(
      std::shared_ptr<boost::asio::ssl::context> tls = nullptr,
      const std::string& unix_path = "")
      : agent(&context, std::move(tls), unix_path) {
    options.address = agent.address();
  }

  internal::AgentClient& client() {
    if (!made.has_value()) made.emplace(&context, options);
    return *made;
  }
  // Sends a request and waits for the answer.
  Answer Ask(internal::AgentRequest request) {
    std::optional<Answer> out;
    client().Send(std::move(request), [&out](Answer answer) {
      CHECK_FALSE(out.has_value());
      out = std::move(answer);
    });
    CHECK_FALSE(out.has_value());
    REQUIRE(RunUntil(&context, [&out] { return out.has_value(); }));
    return *out;
  }
  Answer Get(const std::string& path) {
    return Ask({.path = path, .endpoint = path});
  }
  // What is about to happen happens.
  void Settle() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context;
  ScriptedAgent agent;
  internal::AgentOptions options;
  std::optional<internal::AgentClient> made;
};

inline std::string Message(const Answer& answer) {
  return std::string(answer.status().message());
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONSUL_AGENT_FIXTURE_H_
