#include "cli/xds_server_finder.h"

#include <chrono>
#include <utility>

namespace meshgw::cli {
namespace {

constexpr std::chrono::seconds kAskAgain{5};

// The host of an agent that is asked over a unix socket is this one.
internal::ServerAddress HostOf(const internal::ServerAddress& agent) {
  return agent.is_unix() ? internal::ServerAddress{.host = "127.0.0.1"} : agent;
}

}  // namespace

absl::StatusOr<internal::ServerAddress> ChooseXdsServer(
    const internal::ServerAddress& agent, const internal::AgentSelf& self,
    bool has_authority) {
  internal::ServerAddress server = HostOf(agent);
  server.tls =
      self.grpc_tls_port != 0 && (has_authority || self.grpc_port == 0);
  server.port = server.tls ? self.grpc_tls_port : self.grpc_port;
  if (server.port != 0) return server;
  return absl::FailedPreconditionError(
      "the agent has gRPC disabled; expected ports { grpc = 8502 } in its "
      "configuration");
}

XdsServerFinder::XdsServerFinder(boost::asio::io_context* context,
                                 internal::AgentClient* agent,
                                 internal::ServerAddress address,
                                 bool has_authority, LogWriter log,
                                 OnFound on_found)
    : agent_(agent),
      address_(std::move(address)),
      has_authority_(has_authority),
      log_(std::move(log)),
      on_found_(std::move(on_found)),
      timer_(*context) {}

void XdsServerFinder::Ask() {
  agent_->Send({.path = "/v1/agent/self", .endpoint = "/v1/agent/self"},
               [this](const absl::StatusOr<internal::AgentAnswer>& answer) {
                 HandleSelf(answer);
               });
}

void XdsServerFinder::HandleSelf(
    const absl::StatusOr<internal::AgentAnswer>& answer) {
  if (absl::IsPermissionDenied(answer.status())) {
    // As Consul's own command does.
    internal::ServerAddress server = HostOf(address_);
    server.port = kXdsPort;
    server.tls = false;
    log_("warn",
         "the token may not ask where the agent's xDS server is (agent:read), "
         "and -grpc-addr is not given: trying the usual port",
         {{"server", FormatServerAddress(server)}});
    return on_found_(server);
  }
  if (!answer.ok()) return AskAgain(answer.status());
  const auto self = internal::ParseAgentSelf(answer->body);
  if (!self.ok()) return AskAgain(self.status());
  const auto server = ChooseXdsServer(address_, *self, has_authority_);
  if (!server.ok()) return AskAgain(server.status());
  on_found_(*server);
}

void XdsServerFinder::AskAgain(const absl::Status& status) {
  const std::string text(status.message());
  log_(text == failure_ ? "debug" : "warn", text, {});
  failure_ = text;
  timer_.expires_after(kAskAgain);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Ask();
  });
}

}  // namespace meshgw::cli
