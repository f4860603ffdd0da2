#ifndef MESHGW_TRANSPORT_SERVER_CONNECTION_H_
#define MESHGW_TRANSPORT_SERVER_CONNECTION_H_

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "transport/server_address.h"

namespace meshgw::internal {

// ServerConnectionOptions say whom to connect to.
struct ServerConnectionOptions {
  ServerAddress address;
  // With address.tls: MakeTlsContext's; and whom the certificate must be for
  // (TlsSettings::server_name), empty: the address's host.
  std::shared_ptr<boost::asio::ssl::context> tls = nullptr;
  std::string server_name = {};
  // What is spoken inside of TLS, "h2" for example; the server must choose it.
  // Empty: nothing is offered.
  std::string alpn = {};
  // For everything until the connection is open.
  std::chrono::milliseconds open_timeout{5000};
};

// ServerConnectionHandler is told what happens. After on_closed nothing more.
struct ServerConnectionHandler {
  std::function<void()> on_open;
  std::function<void(std::string_view bytes)> on_bytes;
  // OK: the server has closed in order. Else Unavailable, DeadlineExceeded or,
  // for TLS that came to nothing, Unauthenticated (a certificate is not
  // accepted) or FailedPrecondition (no TLS there, another protocol). The
  // message begins with the address.
  std::function<void(absl::Status status)> on_closed;
  // All that was to be sent is: unsent() is 0 again. May be empty.
  std::function<void()> on_sent = {};
};

// ServerConnection is a connection to a server over TCP or a unix socket, with
// TLS or without. It tries all addresses of a name in turn, each for its share
// of the time that is left. It lives on the thread that runs its io_context,
// which all calls must come from, and until its end the io_context keeps it
// alive: who no longer wants it calls Close.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  // Open begins to connect. Nothing is called before it returns.
  static std::shared_ptr<ServerConnection> Open(
      boost::asio::io_context* context, ServerConnectionOptions options,
      ServerConnectionHandler handler);

  // Send sends `bytes` behind all that was sent before. After on_open.
  void Send(std::string bytes);
  // Bytes that wait to be sent.
  std::size_t unsent() const { return sending_.size() + waiting_.size(); }
  // Close ends the connection at once; nothing is called any more.
  void Close();

 private:
  using Protocol = boost::asio::generic::stream_protocol;
  using Socket = Protocol::socket;
  using Error = boost::system::error_code;

  ServerConnection(boost::asio::io_context* context,
                   ServerConnectionOptions options,
                   ServerConnectionHandler handler);
  void Resolve();
  void ConnectNext(std::string_view last_error);
  void LimitConnect();
  void HandleConnected(const Error& error);
  void StartTls();
  void HandleHandshake(const Error& error);
  absl::Status HandshakeStatus(const Error& error);
  void HandleOpen();
  void Read();
  void HandleRead(const Error& error, std::size_t size);
  void Write();
  void HandleWrite(const Error& error);
  void Fail(absl::StatusCode code, std::string_view what);
  void End(const absl::Status& status);
  bool closed() const { return handler_ == nullptr; }

  ServerConnectionOptions options_;
  std::shared_ptr<const ServerConnectionHandler> handler_;  // Null: closed.
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer connect_timer_;  // Of one address.
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  std::vector<Protocol::endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  bool connecting_ = false;
  bool open_ = false;
  std::vector<char> read_;
  std::string sending_;
  std::string waiting_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_TRANSPORT_SERVER_CONNECTION_H_
