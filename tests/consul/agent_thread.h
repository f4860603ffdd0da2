#ifndef MESHGW_TESTS_CONSUL_AGENT_THREAD_H_
#define MESHGW_TESTS_CONSUL_AGENT_THREAD_H_

#include <boost/asio/io_context.hpp>
#include <functional>
#include <thread>

#include "consul/agent_client.h"
#include "consul/scripted_agent.h"

namespace meshgw::test {

// AgentThread is a scripted agent on a thread of its own, for what blocks.
class AgentThread {
 public:
  explicit AgentThread(const std::function<void(ScriptedAgent*)>& script) {
    script(&agent_);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~AgentThread() {
    context_.stop();
    thread_.join();
  }
  internal::AgentOptions Options() const {
    return {.address = agent_.address()};
  }

 private:
  boost::asio::io_context context_;
  ScriptedAgent agent_{&context_};
  std::thread thread_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONSUL_AGENT_THREAD_H_
