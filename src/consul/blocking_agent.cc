#include "consul/blocking_agent.h"

#include <optional>

namespace meshgw::internal {

absl::StatusOr<AgentAnswer> BlockingAgent::Ask(AgentRequest request) {
  std::optional<absl::StatusOr<AgentAnswer>> answer;
  client_.Send(std::move(request), [&answer](absl::StatusOr<AgentAnswer> got) {
    answer = std::move(got);
  });
  context_.restart();
  while (!answer.has_value()) context_.run_one();
  return *std::move(answer);
}

absl::StatusOr<AgentAnswer> BlockingAgent::Get(
    const std::string& path,
    std::vector<std::pair<std::string, std::string>> query) {
  return Ask({.path = path, .endpoint = path, .query = std::move(query)});
}

}  // namespace meshgw::internal
