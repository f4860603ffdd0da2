#ifndef MESHGW_TESTS_XDS_XDS_SERVER_H_
#define MESHGW_TESTS_XDS_XDS_SERVER_H_

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "transport/server_address.h"
#include "xds/conversation.h"
#include "xds/delta_server.h"
#include "xds/grpc_server.h"

namespace meshgw::test {

namespace asio = boost::asio;

class XdsServer;

// A connection to an XdsServer.
class XdsSession : public std::enable_shared_from_this<XdsSession> {
 public:
  XdsSession(asio::ip::tcp::socket socket, asio::ssl::context* tls,
             XdsServer* server)
      : server_(server), socket_(std::move(socket)) {
    socket_.set_option(asio::ip::tcp::no_delay(true));
    if (tls != nullptr) {
      tls_ = std::make_unique<Tls>(socket_, *tls);
    }
  }
  inline void Start();

  // What is to be sent as it is.
  void SendRaw(std::string_view bytes) {
    out_ += bytes;
    Write();
  }
  // Sends what `grpc` has to say.
  void Flush() { SendRaw(grpc.TakeOutput()); }
  // Sends what the client lacks.
  inline void Serve();
  void Close() {
    server_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  // Says that no more comes.
  void Finish() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }
  // Close with RST.
  void Reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    Close();
  }
  bool closed() const { return server_ == nullptr; }
  std::size_t waiting() const { return out_.size(); }
  // Reads no more, or again.
  void Pause(bool paused) {
    if (!std::exchange(paused_, paused) || paused) return;
    Read();
  }

  GrpcServer grpc;
  bool serving = false;   // Answers requests from server's resources.
  std::size_t piece = 0;  // Bytes a write; 0: all.
  std::string received;   // Where it speaks no gRPC.

 private:
  using Tls = asio::ssl::stream<asio::ip::tcp::socket&>;
  using Error = boost::system::error_code;

  inline void HandleBytes(std::string_view bytes);
  void Read() {
    if (paused_) return;
    auto handle = [self = shared_from_this()](const Error& error,
                                              std::size_t size) {
      if (self->closed()) return;
      if (error) return self->Close();
      self->HandleBytes(std::string_view(self->in_, size));
      if (!self->closed()) self->Read();
    };
    if (tls_ != nullptr) {
      tls_->async_read_some(asio::buffer(in_), std::move(handle));
    } else {
      socket_.async_read_some(asio::buffer(in_), std::move(handle));
    }
  }
  void Write() {
    if (writing_ || out_.empty() || closed()) return;
    writing_ = true;
    sending_ = out_.substr(0, piece == 0 ? out_.size() : piece);
    out_.erase(0, sending_.size());
    WriteRest(0);
  }
  void WriteRest(std::size_t from) {
    auto handle = [self = shared_from_this(), from](const Error& error,
                                                    std::size_t size) {
      if (error || self->closed()) return;
      if (from + size < self->sending_.size()) {
        return self->WriteRest(from + size);
      }
      self->writing_ = false;
      self->Write();
    };
    const auto buffer = asio::buffer(sending_) + from;
    if (tls_ != nullptr) {
      tls_->async_write_some(buffer, std::move(handle));
    } else {
      socket_.async_write_some(buffer, std::move(handle));
    }
  }

  XdsServer* server_;  // Null: closed.
  asio::ip::tcp::socket socket_;
  std::unique_ptr<Tls> tls_;
  char in_[16384];
  std::string out_, sending_;
  bool writing_ = false;
  bool paused_ = false;
  bool called_ = false;
};

// XdsServer is a control plane on loopback that does what a test says, on the
// test's own io_context. Unless told otherwise it serves `resources`.
class XdsServer {
 public:
  explicit XdsServer(asio::io_context* context,
                     std::shared_ptr<asio::ssl::context> tls = nullptr)
      : tls_(std::move(tls)),
        acceptor_(*context, asio::ip::tcp::endpoint(
                                asio::ip::address_v4::loopback(), 0)) {
    address_ = {"127.0.0.1", acceptor_.local_endpoint().port(), "",
                tls_ != nullptr};
    Accept();
  }
  ~XdsServer() {
    for (const auto& session : sessions) session->Close();
  }
  XdsServer(const XdsServer&) = delete;
  XdsServer& operator=(const XdsServer&) = delete;

  internal::ServerAddress address() const { return address_; }
  XdsSession& last() { return *sessions.back(); }
  // Sends what has changed in `resources`.
  void Push() { last().Serve(); }
  bool all_closed() const {
    return std::all_of(sessions.begin(), sessions.end(),
                       [](const auto& session) { return session->closed(); });
  }

  DeltaServer resources;
  std::vector<std::shared_ptr<XdsSession>> sessions;
  bool speaks_grpc = true;
  // A connection was accepted, with its TLS; a call has come.
  std::function<void(XdsSession&)> on_open = [](XdsSession&) {};
  std::function<void(XdsSession&)> on_call = [this](XdsSession& session) {
    Answer(&session);
  };
  // Where the client broke a protocol.
  std::vector<std::string> mistakes;

  // Accepts the call.
  void Answer(XdsSession* session) {
    resources.OpenStream();
    session->grpc.SendHeaders();
    session->serving = true;
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error,
                                  asio::ip::tcp::socket socket) {
      if (error) return;
      sessions.push_back(
          std::make_shared<XdsSession>(std::move(socket), tls_.get(), this));
      sessions.back()->Start();
      Accept();
    });
  }

  std::shared_ptr<asio::ssl::context> tls_;
  asio::ip::tcp::acceptor acceptor_;
  internal::ServerAddress address_;
};

inline void XdsSession::Start() {
  const auto begin = [self = shared_from_this()] {
    self->server_->on_open(*self);
    if (self->closed()) return;
    if (self->server_->speaks_grpc) self->Flush();
    self->Read();
  };
  if (tls_ == nullptr) return begin();
  tls_->async_handshake(asio::ssl::stream_base::server,
                        [self = shared_from_this(), begin](const Error& error) {
                          if (self->closed()) return;
                          error ? self->Close() : begin();
                        });
}

inline void XdsSession::HandleBytes(std::string_view bytes) {
  if (!server_->speaks_grpc) {
    received += bytes;
    return;
  }
  try {
    grpc.Receive(bytes);
    if (grpc.stream() != 0 && !std::exchange(called_, true)) {
      server_->on_call(*this);
    }
    if (!closed() && serving) Serve();
    if (!closed()) Flush();
  } catch (const std::runtime_error& mistake) {
    server_->mistakes.emplace_back(mistake.what());
    Close();
  }
}

inline void XdsSession::Serve() {
  server_->resources.Receive(grpc.TakeBody());
  bool any = true;
  while (std::exchange(any, false)) {
    for (const ResourceType type : internal::kResourceTypes) {
      if (const auto response = server_->resources.Respond(type)) {
        grpc.SendBody(Frame(*response));
        any = true;
      }
    }
  }
  Flush();
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_XDS_SERVER_H_
