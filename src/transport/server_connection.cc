#include "transport/server_connection.h"

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/ip_address.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadSize = std::size_t{16} << 10;
constexpr std::size_t kMaxAddresses = 16;  // Of a name that are tried.

using asio::detail::socket_option::boolean;
using asio::detail::socket_option::integer;
using NoDelay = boolean<IPPROTO_TCP, TCP_NODELAY>;
using KeepIdle = integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using KeepInterval = integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using KeepCount = integer<IPPROTO_TCP, TCP_KEEPCNT>;

// A server that is gone without a word is noticed after about a minute.
void SetTcpOptions(asio::generic::stream_protocol::socket* socket) {
  boost::system::error_code ignored;
  socket->set_option(NoDelay(true), ignored);
  socket->set_option(asio::socket_base::keep_alive(true), ignored);
  socket->set_option(KeepIdle(30), ignored);
  socket->set_option(KeepInterval(10), ignored);
  socket->set_option(KeepCount(3), ignored);
}

}  // namespace

std::shared_ptr<ServerConnection> ServerConnection::Open(
    asio::io_context* context, ServerConnectionOptions options,
    ServerConnectionHandler handler) {
  std::shared_ptr<ServerConnection> connection(
      new ServerConnection(context, std::move(options), std::move(handler)));
  asio::post(*context, [connection] {
    if (!connection->closed()) connection->Resolve();
  });
  return connection;
}

ServerConnection::ServerConnection(asio::io_context* context,
                                   ServerConnectionOptions options,
                                   ServerConnectionHandler handler)
    : options_(std::move(options)),
      handler_(std::make_shared<ServerConnectionHandler>(std::move(handler))),
      resolver_(*context),
      timer_(*context),
      connect_timer_(*context),
      socket_(*context) {}

void ServerConnection::Resolve() {
  timer_.expires_after(options_.open_timeout);
  timer_.async_wait([self = shared_from_this()](const Error& error) {
    // It may be over before the connection is open, and be told behind that.
    if (error || self->closed() || self->open_) return;
    self->Fail(absl::StatusCode::kDeadlineExceeded,
               StrFormat("not connected within %d ms",
                         self->options_.open_timeout.count()));
  });
  const ServerAddress& address = options_.address;
  if (address.is_unix()) {
    endpoints_.emplace_back(
        asio::local::stream_protocol::endpoint(address.path));
    return ConnectNext({});
  }
  if (ClassifyIp(address.host) != IpKind::kNone) {
    endpoints_.emplace_back(asio::ip::tcp::endpoint(
        asio::ip::make_address(address.host), address.port));
    return ConnectNext({});
  }
  resolver_.async_resolve(
      address.host, std::to_string(address.port),
      asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](
          const Error& error,
          const asio::ip::tcp::resolver::results_type& results) {
        if (self->closed()) return;
        for (const auto& result : results) {
          if (self->endpoints_.size() == kMaxAddresses) break;
          self->endpoints_.emplace_back(result.endpoint());
        }
        self->ConnectNext(error ? error.message() : "the name has no address");
      });
}

void ServerConnection::ConnectNext(std::string_view last_error) {
  if (next_endpoint_ == endpoints_.size()) {
    return Fail(absl::StatusCode::kUnavailable,
                StrFormat("cannot connect: %s", last_error));
  }
  Error ignored;
  socket_.close(ignored);
  LimitConnect();
  connecting_ = true;
  socket_.async_connect(endpoints_[next_endpoint_++],
                        [self = shared_from_this()](const Error& error) {
                          if (!self->closed()) self->HandleConnected(error);
                        });
}

// An address that never answers leaves time for the others. The last one has
// all the time that there is.
void ServerConnection::LimitConnect() {
  const std::size_t left = endpoints_.size() - next_endpoint_;
  if (left < 2) return;
  const auto time = timer_.expiry() - asio::steady_timer::clock_type::now();
  connect_timer_.expires_after(time / static_cast<int>(left));
  connect_timer_.async_wait([self = shared_from_this(),
                             which = next_endpoint_ + 1](const Error& error) {
    Error ignored;
    if (error || self->closed() || !self->connecting_) return;
    if (self->next_endpoint_ == which) self->socket_.close(ignored);
  });
}

void ServerConnection::HandleConnected(const Error& error) {
  connecting_ = false;
  connect_timer_.cancel();
  // It may have been connected when its time was over.
  if (!socket_.is_open()) return ConnectNext("no answer");
  if (error) return ConnectNext(error.message());
  if (!options_.address.is_unix()) SetTcpOptions(&socket_);
  if (options_.address.tls) return StartTls();
  HandleOpen();
}

void ServerConnection::StartTls() {
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *options_.tls);
  SSL* ssl = tls_->native_handle();
  std::string name = options_.server_name;
  if (name.empty()) {
    name = options_.address.is_unix() ? "localhost" : options_.address.host;
  }
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (ClassifyIp(name) != IpKind::kNone) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, name.c_str());
    X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size());
  }
  if (!options_.alpn.empty()) {
    const std::string list =
        static_cast<char>(options_.alpn.size()) + options_.alpn;
    SSL_set_alpn_protos(ssl, reinterpret_cast<const std::uint8_t*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  tls_->async_handshake(asio::ssl::stream_base::client,
                        [self = shared_from_this()](const Error& error) {
                          if (!self->closed()) self->HandleHandshake(error);
                        });
}

void ServerConnection::HandleHandshake(const Error& error) {
  if (error) return End(HandshakeStatus(error));
  const std::uint8_t* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_->native_handle(), &chosen, &size);
  const std::string_view alpn(reinterpret_cast<const char*>(chosen), size);
  if (!options_.alpn.empty() && alpn != options_.alpn) {
    return Fail(absl::StatusCode::kFailedPrecondition,
                StrFormat("TLS works, but the server does not speak %s in it "
                          "(ALPN); is this another port?",
                          options_.alpn));
  }
  HandleOpen();
}

absl::Status ServerConnection::HandshakeStatus(const Error& error) {
  const std::string place = FormatServerAddress(options_.address);
  const std::string what = error.message();
  // A result there is only where it came to a certificate.
  const long verified = SSL_get_verify_result(tls_->native_handle());
  if (verified != X509_V_OK && verified != X509_V_ERR_INVALID_CALL) {
    return absl::UnauthenticatedError(
        StrFormat("%s: the server's certificate is not accepted: %s", place,
                  X509_verify_cert_error_string(verified)));
  }
  if (what.find("WRONG_VERSION_NUMBER") != std::string::npos ||
      what.find("HTTP_REQUEST") != std::string::npos) {
    return absl::FailedPreconditionError(StrFormat(
        "%s: the server does not speak TLS; is it a plain port?", place));
  }
  return absl::UnavailableError(StrFormat("%s: TLS: %s", place, what));
}

void ServerConnection::HandleOpen() {
  open_ = true;
  timer_.cancel();
  read_.resize(kReadSize);
  const auto handler = handler_;
  handler->on_open();
  if (!closed()) Read();
}

void ServerConnection::Read() {
  auto handle = [self = shared_from_this()](const Error& error,
                                            std::size_t size) {
    if (!self->closed()) self->HandleRead(error, size);
  };
  const auto buffer = asio::buffer(read_);
  if (tls_ != nullptr) {
    tls_->async_read_some(buffer, std::move(handle));
  } else {
    socket_.async_read_some(buffer, std::move(handle));
  }
}

void ServerConnection::HandleRead(const Error& error, std::size_t size) {
  const auto handler = handler_;
  if (size > 0) handler->on_bytes(std::string_view(read_.data(), size));
  if (closed()) return;
  if (!error) return Read();
  if (error == asio::error::eof ||
      error == asio::ssl::error::stream_truncated) {
    return End(absl::OkStatus());
  }
  Fail(absl::StatusCode::kUnavailable, error.message());
}

void ServerConnection::Send(std::string bytes) {
  if (closed() || bytes.empty()) return;
  if (!sending_.empty()) {
    waiting_ += bytes;
    return;
  }
  sending_ = std::move(bytes);
  Write();
}

void ServerConnection::Write() {
  auto handle = [self = shared_from_this()](const Error& error, std::size_t) {
    if (!self->closed()) self->HandleWrite(error);
  };
  const auto buffer = asio::buffer(sending_);
  if (tls_ != nullptr) {
    asio::async_write(*tls_, buffer, std::move(handle));
  } else {
    asio::async_write(socket_, buffer, std::move(handle));
  }
}

void ServerConnection::HandleWrite(const Error& error) {
  // What the server said before it closed is read first; reading tells the end.
  if (error) return;
  sending_ = std::exchange(waiting_, {});
  if (!sending_.empty()) return Write();
  const auto handler = handler_;
  if (handler->on_sent) handler->on_sent();
}

void ServerConnection::Fail(absl::StatusCode code, std::string_view what) {
  End(absl::Status(
      code, StrFormat("%s: %s", FormatServerAddress(options_.address), what)));
}

void ServerConnection::End(const absl::Status& status) {
  const auto handler = handler_;
  Close();
  handler->on_closed(status);
}

void ServerConnection::Close() {
  handler_ = nullptr;
  timer_.cancel();
  connect_timer_.cancel();
  resolver_.cancel();
  Error ignored;
  socket_.close(ignored);
}

}  // namespace meshgw::internal
