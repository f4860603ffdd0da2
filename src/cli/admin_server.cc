#include "cli/admin_server.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <exception>
#include <list>
#include <optional>
#include <sstream>
#include <utility>

#include "base/unique_fd.h"
#include "cli/request_origin.h"
#include "gateway/listen_socket.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::generic::stream_protocol;
using Error = boost::system::error_code;

namespace {

constexpr std::uint32_t kSocketMode = 0660;
// Without descriptors, how long until the next try to accept.
constexpr std::chrono::milliseconds kAcceptAgain{100};
constexpr std::string_view kServer = "meshgw/" MESHGW_VERSION;

// What is wrong with a request that could not be read; 0: nobody waits for an
// answer.
unsigned StatusOf(const Error& error) {
  if (error == http::error::end_of_stream || error == beast::error::timeout) {
    return 0;
  }
  if (error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return 431;
  }
  if (error == http::error::body_limit) return 413;
  const bool unreadable =
      error.category() ==
      http::make_error_code(http::error::bad_method).category();
  return unreadable && error != http::error::partial_message ? 400 : 0;
}

}  // namespace

// What sessions and ports share; it outlives them.
struct AdminServer::Shared {
  Handler handler;  // Null: the server is gone.
  AdminLimits limits;
  std::list<Session*> sessions;  // Those that wait the longest first.
};

// A Session is one client's connection. Its handlers keep it alive.
class AdminServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Shared> shared, stream_protocol::socket socket,
          bool over_tcp)
      : shared_(std::move(shared)),
        stream_(std::move(socket)),
        over_tcp_(over_tcp),
        buffer_(shared_->limits.header_bytes + shared_->limits.body_bytes),
        place_(shared_->sessions.insert(shared_->sessions.end(), this)) {}
  ~Session() { Leave(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read() {
    reads_ = true;
    shared_->sessions.splice(shared_->sessions.end(), shared_->sessions,
                             place_);
    parser_.emplace();
    parser_->header_limit(shared_->limits.header_bytes);
    parser_->body_limit(shared_->limits.body_bytes);
    stream_.expires_after(shared_->limits.read_timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const Error& error, std::size_t) {
          self->HandleRead(error);
        });
  }
  // Whether it waits for a request.
  bool reads() const { return reads_; }
  void Close() {
    Leave();
    stream_.close();
  }

 private:
  // No longer one of those that count.
  void Leave() {
    if (std::exchange(listed_, false)) shared_->sessions.erase(place_);
  }

  void HandleRead(const Error& error) {
    reads_ = false;
    if (shared_->handler == nullptr) return;
    is_head_ = false;
    close_ = chunked_ = true;
    if (error) {
      const unsigned status = StatusOf(error);
      if (status != 0) Send({.status = status, .body = "cannot be read\n"});
      return;
    }
    const auto& request = parser_->get();
    close_ = !request.keep_alive();
    chunked_ = request.version() >= 11;
    is_head_ = request.method() == http::verb::head;
    Send(Answer(request));
  }

  AdminReply Answer(const http::request<http::string_body>& request) {
    const auto field = [&request](http::field name) {
      const auto text = request[name];
      return std::string_view(text.data(), text.size());
    };
    const bool has_origin = request.count(http::field::origin) > 0;
    const std::string_view host = field(http::field::host);
    if (over_tcp_ && !IsLocalHost(host)) {
      return {.status = 403,
              .body = "expected a Host that is an IP address or localhost\n"};
    }
    if (has_origin && !IsSameOrigin(field(http::field::origin), host)) {
      return {.status = 403, .body = "refused: asked by another site\n"};
    }
    AdminRequest asked;
    const auto method = request.method_string();
    asked.method =
        is_head_ ? "GET" : std::string_view(method.data(), method.size());
    asked.path = {request.target().data(), request.target().size()};
    const std::size_t mark = asked.path.find('?');
    if (mark != asked.path.npos) {
      asked.query = asked.path.substr(mark + 1);
      asked.path = asked.path.substr(0, mark);
    }
    try {
      return shared_->handler(asked);
    } catch (const std::exception& error) {  // Out of memory, for example.
      return {.status = 500, .body = std::string(error.what()) + "\n"};
    }
  }

  void Send(AdminReply reply) {
    more_ = std::move(reply.more);
    response_ = {};
    response_.version(chunked_ ? 11 : 10);
    response_.result(reply.status);
    response_.set(http::field::server, kServer);
    response_.set(http::field::content_type, reply.type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (!reply.allow.empty()) response_.set(http::field::allow, reply.allow);
    // What has no length ends with the connection for who knows no chunks.
    if (more_ && !chunked_) close_ = true;
    response_.keep_alive(!close_);
    if (!more_) {
      response_.content_length(reply.body.size());
    } else if (chunked_) {
      response_.chunked(true);
    }
    std::ostringstream head;
    head << response_.base();
    piece_ = std::move(head).str();
    if (is_head_) {
      more_ = nullptr;
    } else if (more_ && chunked_) {
      AppendChunk(reply.body);
    } else {
      piece_ += reply.body;
    }
    Write();
  }

  void AppendChunk(std::string_view bytes) {
    if (bytes.empty()) return;  // It would be the last one.
    std::ostringstream size;
    size << std::hex << bytes.size() << "\r\n";
    piece_.append(size.str()).append(bytes).append("\r\n");
  }

  void Write() {
    stream_.expires_after(shared_->limits.write_timeout);
    asio::async_write(
        stream_, asio::buffer(piece_),
        [self = shared_from_this()](const Error& error, std::size_t) {
          self->HandleWritten(error);
        });
  }

  void HandleWritten(const Error& error) {
    if (error || shared_->handler == nullptr) return;
    piece_.clear();
    if (more_) return WriteMore();
    if (!close_) return Read();
    Error ignored;
    stream_.socket().shutdown(stream_protocol::socket::shutdown_send, ignored);
    DrainInput();
  }

  void WriteMore() {
    std::string bytes;
    try {
      if (!more_(&bytes)) more_ = nullptr;
    } catch (const std::exception&) {
      return;  // Cut short, so that nobody takes it for the whole.
    }
    if (chunked_) {
      AppendChunk(bytes);
      if (!more_) piece_ += "0\r\n\r\n";
    } else {
      piece_ = std::move(bytes);
    }
    Write();
  }

  // To close what has bytes that nobody read would reset it, and take from the
  // client the answer that says why. Bounded by time and size.
  void DrainInput() {
    buffer_.clear();
    drained_ += kDrainStep;
    if (drained_ > shared_->limits.body_bytes) return;
    if (drained_ == kDrainStep) {
      stream_.expires_after(shared_->limits.write_timeout);
    }
    stream_.async_read_some(
        buffer_.prepare(kDrainStep),
        [self = shared_from_this()](const Error& error, std::size_t) {
          if (!error) self->DrainInput();
        });
  }

  static constexpr std::size_t kDrainStep = 4096;

  std::shared_ptr<Shared> shared_;
  beast::basic_stream<stream_protocol> stream_;
  const bool over_tcp_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::empty_body> response_;
  std::function<bool(std::string*)> more_;
  std::string piece_;  // That is being written.
  bool reads_ = false;
  bool is_head_ = false;
  bool chunked_ = false;  // The client knows chunks.
  bool close_ = false;    // After this answer.
  std::size_t drained_ = 0;
  std::list<Session*>::iterator place_;
  bool listed_ = true;
};

// A Port accepts the connections of one address.
class AdminServer::Port {
 public:
  Port(asio::io_context* context, std::shared_ptr<Shared> shared,
       const internal::SocketAddress& address, internal::SocketFile file,
       internal::UniqueFd fd)
      : shared_(std::move(shared)),
        address_(address),
        file_(file),
        acceptor_(*context,
                  stream_protocol(address.family(),
                                  address.is_unix() ? 0 : IPPROTO_TCP),
                  fd.get()),
        timer_(*context) {
    fd.release();
    Accept();
  }
  ~Port() {
    if (address_.is_unix()) internal::RemoveSocketFile(address_, file_);
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

 private:
  void Accept() {
    acceptor_.async_accept(
        [this](const Error& error, stream_protocol::socket socket) {
          if (error == asio::error::operation_aborted) return;
          if (error) return AcceptLater();
          MakeRoom();
          if (shared_->sessions.size() < shared_->limits.connections) {
            std::make_shared<Session>(shared_, std::move(socket),
                                      !address_.is_unix())
                ->Read();
          }
          Accept();
        });
  }

  void AcceptLater() {
    timer_.expires_after(kAcceptAgain);
    timer_.async_wait([this](const Error& error) {
      if (!error) Accept();
    });
  }

  // Who asks nothing makes room for who may.
  void MakeRoom() {
    if (shared_->sessions.size() < shared_->limits.connections) return;
    for (Session* session : shared_->sessions) {
      if (!session->reads()) continue;
      session->Close();
      return;
    }
  }

  std::shared_ptr<Shared> shared_;
  internal::SocketAddress address_;
  internal::SocketFile file_;
  asio::basic_socket_acceptor<stream_protocol> acceptor_;
  asio::steady_timer timer_;
};

AdminServer::AdminServer(asio::io_context* context, Handler handler,
                         const AdminLimits& limits)
    : context_(context), shared_(std::make_shared<Shared>()) {
  shared_->handler = std::move(handler);
  shared_->limits = limits;
}

AdminServer::~AdminServer() {
  shared_->handler = nullptr;
  while (!shared_->sessions.empty()) shared_->sessions.front()->Close();
}

absl::StatusOr<std::string> AdminServer::Listen(std::string_view text) {
  const auto address = internal::ParseListenAddress(text);
  if (!address.ok()) return address.status();
  auto sockets = internal::OpenListenSockets(text, *address, 1, kSocketMode);
  if (!sockets.ok()) return sockets.status();
  ports_.push_back(std::make_unique<Port>(context_, shared_, sockets->address,
                                          sockets->file,
                                          std::move(sockets->fds[0])));
  return internal::FormatAddress(sockets->address);
}

}  // namespace meshgw::cli
