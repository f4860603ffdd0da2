#ifndef MESHGW_XDS_XDS_SOURCE_H_
#define MESHGW_XDS_XDS_SOURCE_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "transport/server_address.h"
#include "transport/server_connection.h"
#include "xds/delta_client.h"
#include "xds/grpc_call.h"

namespace meshgw::internal {

// XdsTarget says where a control plane is, and who asks.
struct XdsTarget {
  XdsNode node;
  // Tried in turn: the next one when a server is gone or sheds load. At least
  // one.
  std::vector<ServerAddress> servers;
  // For servers with TLS (ServerConnectionOptions).
  std::shared_ptr<boost::asio::ssl::context> tls = nullptr;
  std::string server_name = {};
};

// XdsSourceOptions say how an XdsSource works.
struct XdsSourceOptions {
  DeltaClientOptions client = {};
  // Asked before each attempt; sent as x-consul-token, unless it is empty.
  std::function<std::string()> token = {};
  std::chrono::milliseconds connect_timeout{5000};
  // Called once a stream, when the server has answered in it.
  std::function<void()> on_answer = {};
};

// XdsSource follows a control plane over the network: it drives a DeltaClient
// over GrpcCalls, from one stream to the next, until it is destroyed. It lives
// on the thread that runs `context`; so do the calls of `on_event`, in which it
// must not be destroyed.
class XdsSource {
 public:
  using OnEvent = std::function<void(const DeltaEvent& event)>;

  XdsSource(boost::asio::io_context* context, XdsSourceOptions options,
            OnEvent on_event);
  ~XdsSource();
  XdsSource(const XdsSource&) = delete;
  XdsSource& operator=(const XdsSource&) = delete;

  // Restore takes over the last good table, as DeltaClient::Restore does; its
  // events are told before it returns. Before Start.
  void Restore(std::span<const ResourceStore::Response> answers);
  // Start begins to follow; to be called once.
  void Start(XdsTarget target);

  // Whether a stream is open and the server has answered in it.
  bool connected() const { return call_ != nullptr && heard_; }
  // The server of this attempt, or of the next one; while the end of a stream
  // is told, the one that had it. After Start.
  const ServerAddress& server() const { return target_.servers[server_]; }
  // When the bytes arrived, or the time, from which the event follows that is
  // being told.
  DeltaClient::TimePoint began() const { return began_; }
  DeltaClient& client() { return client_; }
  const DeltaClient& client() const { return client_; }

 private:
  using Clock = DeltaClient::TimePoint::clock;

  void Connect();
  void HandleOpen();
  void HandleBytes(std::string_view bytes);
  void HandleClosed(const absl::Status& status);
  void HandleTime();
  void Settle();
  void TellEvents();
  void EndAttempt();
  void SetTimer();

  const XdsSourceOptions options_;
  XdsTarget target_;
  const OnEvent on_event_;
  boost::asio::io_context* const context_;
  boost::asio::steady_timer timer_;
  std::size_t server_ = 0;
  DeltaClient client_;
  std::shared_ptr<ServerConnection> connection_;
  std::unique_ptr<GrpcCall> call_;  // From on_open to the end of the attempt.
  bool heard_ = false;
  DeltaClient::TimePoint began_{};
  // A wait of the timer counts as long as this is the token that it has: one
  // that is over may be told when another has begun, or this object is gone.
  std::shared_ptr<const int> wait_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_XDS_SOURCE_H_
