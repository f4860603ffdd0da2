#ifndef MESHGW_CLI_LIVE_SOURCE_H_
#define MESHGW_CLI_LIVE_SOURCE_H_

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/gateway_program.h"
#include "transport/server_address.h"
#include "transport/tls_settings.h"
#include "xds/xds_source.h"

namespace meshgw::cli {

// LiveOptions say which control plane a gateway follows, and as whom.
struct LiveOptions {
  internal::XdsNode node;
  std::vector<internal::ServerAddress> servers;  // Of xDS; at least one.
  internal::TlsSettings tls;
  std::function<std::string()> token;
  // Where the newest whole table is kept; empty: nowhere.
  std::string last_good;
  // Without anything to serve after so long the program ends; 0: it waits.
  std::chrono::milliseconds start_timeout{60000};
};

// LiveSource serves what a control plane says, by delta xDS. Until it has said
// all, the last good table of an earlier run is served, if there is one. All of
// it but Start runs on the program's control thread.
class LiveSource : public RouteSource {
 public:
  LiveSource(GatewayProgram* program, LiveOptions options);
  ~LiveSource() override;
  int Start() override;
  void Reload() override;
  void End() override;

 private:
  int ServeLastGood();
  void HandleEvent(const internal::DeltaEvent& event);
  void HandleAnswer();
  void HandleTable(const internal::DeltaEvent& event);
  void HandleStreamEnd(const internal::DeltaEvent& event);
  void Serve();
  void SaveSoon();
  void Save();

  GatewayProgram* const program_;
  const LiveOptions options_;
  std::unique_ptr<internal::XdsSource> xds_;
  // The newest whole table.
  std::shared_ptr<const RouteTable> routes_;
  std::vector<internal::ListenerAddress> listeners_;
  bool serves_ = false;  // Some table, be it the last good one.
  int start_code_ = 0;   // What the first table came to.
  boost::asio::steady_timer start_timer_;
  boost::asio::steady_timer listen_timer_;
  bool listen_waits_ = false;
  boost::asio::steady_timer save_timer_;
  bool save_waits_ = false;
  std::string save_error_;  // That was told last.
  std::string told_end_;    // How the stream ended, since it was open.
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LIVE_SOURCE_H_
