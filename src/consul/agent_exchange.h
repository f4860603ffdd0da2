#ifndef MESHGW_CONSUL_AGENT_EXCHANGE_H_
#define MESHGW_CONSUL_AGENT_EXCHANGE_H_

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "consul/agent_client.h"
#include "consul/http_answer.h"
#include "transport/server_connection.h"

namespace meshgw::internal {

// AgentExchange is one connection of an AgentClient, and the request that is
// under way on it.
class AgentExchange : public std::enable_shared_from_this<AgentExchange> {
 public:
  explicit AgentExchange(AgentClient* client);
  ~AgentExchange();

  // idle says whether Begin may be called.
  bool idle() const { return on_answer_ == nullptr; }
  void Begin(AgentRequest request, AgentClient::OnAnswer on_answer);
  // connected says whether there is a connection for the next request.
  bool connected() const { return open_; }
  // Close ends everything; nothing is called any more.
  void Close();

 private:
  void Open();
  void HandleOpen();
  void HandleBytes(std::string_view bytes);
  void HandleClosed(const absl::Status& status);
  void HandleTimeout();
  void FinishAnswer();
  void Fail(absl::StatusCode code, std::string_view what);
  void Finish(absl::StatusOr<AgentAnswer> answer, std::string code,
              bool keep_open);
  std::string Place() const;

  AgentClient* client_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<ServerConnection> connection_;
  bool open_ = false;
  bool used_before_ = false;  // The connection; it may be closed by now.
  AgentRequest request_;
  AgentClient::OnAnswer on_answer_;
  std::uint64_t turn_ = 0;  // Counts the requests.
  std::string token_;       // That was sent; a secret.
  std::optional<HttpAnswer> answer_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_AGENT_EXCHANGE_H_
