#ifndef MESHGW_CONSUL_BLOCKING_AGENT_H_
#define MESHGW_CONSUL_BLOCKING_AGENT_H_

#include <boost/asio/io_context.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "consul/agent_client.h"

namespace meshgw::internal {

// BlockingAgent asks one agent one thing after the other, for programs that
// have nothing else to do meanwhile. Errors are AgentClient's.
class BlockingAgent {
 public:
  explicit BlockingAgent(AgentOptions options)
      : client_(&context_, std::move(options)) {}

  // Ask waits for the answer.
  absl::StatusOr<AgentAnswer> Ask(AgentRequest request);
  // Get asks for `path`.
  absl::StatusOr<AgentAnswer> Get(
      const std::string& path,
      std::vector<std::pair<std::string, std::string>> query = {});

 private:
  boost::asio::io_context context_;
  AgentClient client_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_BLOCKING_AGENT_H_
