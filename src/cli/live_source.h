#ifndef MESHGW_CLI_LIVE_SOURCE_H_
#define MESHGW_CLI_LIVE_SOURCE_H_

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/gateway_program.h"
#include "cli/last_good_file.h"
#include "cli/xds_server_finder.h"
#include "consul/agent_client.h"
#include "consul/registration.h"
#include "consul/token_source.h"
#include "xds/xds_source.h"

namespace meshgw::cli {

// LiveSource serves what a control plane says, by delta xDS: a Consul agent,
// with which it registers, or another one. Until it has said all, the last good
// table of an earlier run is served, if there is one. But for Start, Reload,
// AnnounceEnd and End it runs on the program's control thread.
class LiveSource : public RouteSource {
 public:
  explicit LiveSource(GatewayProgram* program);
  ~LiveSource() override;
  int Start() override;
  void Reload() override;
  void AnnounceEnd() override;
  void End() override;
  SourceStatus Status() const override;

 private:
  using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

  const ConsulFlags& flags() const { return program_->flags().consul; }
  const LogWriter& log() const { return program_->log(); }
  int Usage(const absl::Status& status);
  int MakeAgent();
  std::string Token();
  void WatchToken();
  void MakeXds();
  int ServeLastGood();
  void StartTimer();
  void HandleRegistration(const internal::RegistrationEvent& event);
  void GiveUp(int exit_code);
  void FindServer();
  void Follow(const internal::ServerAddress& server);
  void HandleEvent(const internal::DeltaEvent& event);
  void HandleAnswer();
  void HandleTable(const internal::DeltaEvent& event);
  void HandleStreamEnd(const internal::DeltaEvent& event);
  void Serve(std::chrono::steady_clock::time_point began);
  std::optional<internal::LastGood> MakeLastGood() const;

  GatewayProgram* const program_;
  internal::TokenSource token_;
  std::string token_error_;       // That was told last.
  std::string registered_token_;  // A secret.
  internal::ServerAddress agent_address_;
  // Null: what the agent would say is known, and it is not asked.
  std::unique_ptr<internal::AgentClient> agent_;
  std::unique_ptr<internal::Registration> registration_;
  std::unique_ptr<XdsServerFinder> finder_;  // Once it was asked.
  std::string node_id_;
  std::string restored_id_;  // Whose last good table is served.
  std::unique_ptr<internal::XdsSource> xds_;
  bool started_ = false;  // xds_ was started.
  // The newest whole table.
  std::shared_ptr<const RouteTable> routes_;
  std::vector<internal::ListenerAddress> listeners_;
  bool follows_ = false;  // A server has answered in the stream that is open.
  // When a server last stood behind what is served, while none does.
  std::chrono::system_clock::time_point confirmed_{};
  bool serves_ = false;  // Some table, be it the last good one.
  int start_code_ = 0;   // What the first table came to.
  boost::asio::steady_timer start_timer_;
  boost::asio::steady_timer token_timer_;
  boost::asio::steady_timer listen_timer_;
  bool listen_waits_ = false;
  LastGoodFile last_good_;
  std::string told_end_;      // How the stream ended, since it was open.
  std::string told_failure_;  // Of the registration.
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LIVE_SOURCE_H_
