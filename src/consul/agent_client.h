#ifndef MESHGW_CONSUL_AGENT_CLIENT_H_
#define MESHGW_CONSUL_AGENT_CLIENT_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "transport/server_address.h"

namespace meshgw::internal {

class AgentExchange;

// AgentOptions say which Consul agent is asked, and as whom.
struct AgentOptions {
  ServerAddress address;
  // With address.tls, as of ServerConnectionOptions.
  std::shared_ptr<boost::asio::ssl::context> tls = nullptr;
  std::string server_name = {};
  // Asked before each request; sent as X-Consul-Token, unless it is empty.
  std::function<std::string()> token = {};
  std::string name_space = {};  // Sent as ns and partition, unless empty.
  std::string partition = {};
  std::string user_agent = "meshgw";
  std::chrono::milliseconds connect_timeout{5000};
  std::size_t max_body_bytes = std::size_t{16} << 20;
  // Kept open between requests.
  std::size_t max_idle = 2;
};

// AgentRequest is a request to the agent's HTTP API.
struct AgentRequest {
  std::string method = "GET";
  std::string path;  // "/v1/agent/self"
  // What it is, for counters: a path without what names a thing.
  std::string_view endpoint;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::string body = {};
  // Until the whole answer is there, connecting included.
  std::chrono::milliseconds timeout{10000};
};

// AgentAnswer is an answer with a status of 200 to 299.
struct AgentAnswer {
  std::string body;
  std::string content_hash;  // X-Consul-ContentHash; empty: none.
  // Some of it was left out, which the token may not read.
  bool is_filtered = false;
};

// AgentClient speaks to one Consul agent: HTTP/1.1 over TCP, TLS or a unix
// socket, with connections that are kept. It lives on the thread that runs its
// io_context. Destroying it ends all requests without calling back.
class AgentClient {
 public:
  // The message of an error has method, path and address, and what the agent
  // said; never the token. NotFound and PermissionDenied are the agent's 404
  // and 403; ResourceExhausted 429; InvalidArgument other 4xx: asking again is
  // of no use; Unavailable 5xx and what went wrong on the way there;
  // DeadlineExceeded; DataLoss what is no HTTP, or more than is taken.
  using OnAnswer = std::function<void(absl::StatusOr<AgentAnswer>)>;

  AgentClient(boost::asio::io_context* context, AgentOptions options);
  ~AgentClient();
  AgentClient(const AgentClient&) = delete;
  AgentClient& operator=(const AgentClient&) = delete;

  // Send asks. `on_answer` is called once, later.
  void Send(AgentRequest request, OnAnswer on_answer);

  const ServerAddress& address() const { return options_.address; }
  // Answers by endpoint and status ("200"; "error" without one).
  using Counts =
      std::map<std::pair<std::string, std::string>, std::uint64_t, std::less<>>;
  const Counts& counts() const { return counts_; }

 private:
  friend class AgentExchange;

  void Count(std::string_view endpoint, std::string code);
  void Retire(AgentExchange* exchange);
  std::string Format(const AgentRequest& request,
                     const std::string& token) const;

  boost::asio::io_context* const context_;
  const AgentOptions options_;
  std::list<std::shared_ptr<AgentExchange>> exchanges_;  // Idle ones too.
  Counts counts_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_AGENT_CLIENT_H_
