#ifndef MESHGW_TESTS_CONSUL_SCRIPTED_AGENT_H_
#define MESHGW_TESTS_CONSUL_SCRIPTED_AGENT_H_

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/test_socket.h"
#include "transport/server_address.h"

namespace meshgw::test {

// RunUntil runs what the io_context has to do until `done` or the patience is
// over; returns the last look.
template <typename Done>
bool RunUntil(boost::asio::io_context* context, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return done();
    context->restart();
    context->run_one_for(std::chrono::milliseconds(100));
  }
  return true;
}

// AgentSaid is what the scripted agent was asked.
struct AgentAsked {
  std::string method;
  std::string path;
  std::string query;
  std::string body;
  std::map<std::string, std::string> headers;  // By names in small letters.
  int connection = 0;                          // The first is 1.
};

// AgentReply is what it does then.
struct AgentReply {
  std::vector<std::string> parts;  // Sent one behind the other.
  // Before each part but the first.
  std::chrono::milliseconds pause{0};
  enum class Then { kKeep, kClose, kReset } then = Then::kKeep;
};

// Reply is an answer as Consul writes it.
inline AgentReply Reply(int status, std::string_view body,
                        std::string_view headers = "") {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Text\r\n";
  text.append(headers);
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  text.append(body);
  return {.parts = {text}};
}
// Raw sends bytes as they are.
inline AgentReply Raw(std::string bytes,
                      AgentReply::Then then = AgentReply::Then::kKeep) {
  return {.parts = {std::move(bytes)}, .then = then};
}
inline AgentReply Stall() { return {}; }

// ScriptedAgent is an HTTP server on loopback that answers as a test says, on
// the io_context of what is tested.
class ScriptedAgent {
 public:
  using Protocol = boost::asio::generic::stream_protocol;
  using Handler = std::function<AgentReply(const AgentAsked&)>;

  // With `tls` it speaks TLS; with `unix_path` it listens there.
  explicit ScriptedAgent(
      boost::asio::io_context* context,
      std::shared_ptr<boost::asio::ssl::context> tls = nullptr,
      const std::string& unix_path = "")
      : context_(context), tls_(std::move(tls)), acceptor_(*context) {
    if (!unix_path.empty()) {
      address_.path = unix_path;
      unix_endpoint_ = unix_path;
    } else {
      address_.host = "127.0.0.1";
    }
    address_.tls = tls_ != nullptr;
    Listen();
  }
  ~ScriptedAgent() { Stop(); }
  ScriptedAgent(const ScriptedAgent&) = delete;
  ScriptedAgent& operator=(const ScriptedAgent&) = delete;

  const internal::ServerAddress& address() const { return address_; }

  // On answers requests for `path` so, one reply after the other; the last goes
  // on.
  void On(const std::string& path, std::vector<AgentReply> replies) {
    auto next = std::make_shared<std::size_t>(0);
    On(path, [replies = std::move(replies), next](const AgentAsked&) {
      return replies[std::min((*next)++, replies.size() - 1)];
    });
  }
  void On(const std::string& path, Handler handler) {
    handlers_[path] = std::move(handler);
  }

  // What was asked, in its order.
  const std::vector<AgentAsked>& asked() const { return asked_; }
  std::size_t Count(std::string_view path) const {
    return static_cast<std::size_t>(std::count_if(
        asked_.begin(), asked_.end(),
        [&](const AgentAsked& each) { return each.path == path; }));
  }
  int accepted() const { return accepted_; }
  std::size_t open() const { return peers_.size(); }

  // Stop listens no more and closes all connections; Listen comes back at the
  // same place.
  void Stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    CloseConnections();
  }
  void Listen() {
    const Protocol::endpoint at =
        address_.is_unix()
            ? Protocol::endpoint(
                  boost::asio::local::stream_protocol::endpoint(unix_endpoint_))
            : Protocol::endpoint(boost::asio::ip::tcp::endpoint(
                  boost::asio::ip::address_v4::loopback(), address_.port));
    if (address_.is_unix()) ::unlink(unix_endpoint_.c_str());
    acceptor_.open(at.protocol());
    acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
    acceptor_.bind(at);
    acceptor_.listen();
    if (!address_.is_unix()) {
      const auto bound = acceptor_.local_endpoint();
      address_.port =
          ntohs(reinterpret_cast<const sockaddr_in*>(bound.data())->sin_port);
    }
    Accept();
  }
  void CloseConnections() {
    for (const auto& peer : std::exchange(peers_, {})) peer->Close(false);
  }
  // Sends bytes on all connections that nobody asked for.
  void SayUnasked(const std::string& bytes) {
    for (const auto& peer : peers_) peer->Write({.parts = {bytes}});
  }

 private:
  struct Peer : std::enable_shared_from_this<Peer> {
    Peer(ScriptedAgent* owner, Protocol::socket accepted, int which)
        : agent(owner),
          socket(std::move(accepted)),
          timer(*owner->context_),
          number(which) {
      if (agent->tls_ != nullptr) {
        tls = std::make_unique<boost::asio::ssl::stream<Protocol::socket&>>(
            socket, *agent->tls_);
      }
    }

    void Start() {
      if (tls == nullptr) return Read();
      tls->async_handshake(
          boost::asio::ssl::stream_base::server,
          [self = shared_from_this()](const boost::system::error_code& error) {
            error ? self->Drop() : self->Read();
          });
    }
    void Read() {
      auto handle = [self = shared_from_this()](
                        const boost::system::error_code& error,
                        std::size_t size) {
        if (error || self->closed) return self->Drop();
        self->held.append(self->chunk, size);
        self->Answer();
        if (!self->closed) self->Read();
      };
      const auto buffer = boost::asio::buffer(chunk);
      if (tls != nullptr) {
        tls->async_read_some(buffer, std::move(handle));
      } else {
        socket.async_read_some(buffer, std::move(handle));
      }
    }
    void Answer() {
      AgentAsked asked;
      while (!closed && Take(&asked)) {
        agent->asked_.push_back(asked);
        const auto handler = agent->handlers_.find(asked.path);
        if (handler == agent->handlers_.end()) {
          Write(Reply(404, "Invalid URL path: not a recognized HTTP API"));
          continue;
        }
        // It may stop the agent.
        const auto self = shared_from_this();
        Write(handler->second(asked));
      }
    }
    // Takes one request off `held`.
    bool Take(AgentAsked* out) {
      const std::size_t end = held.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      AgentAsked asked{.connection = number};
      std::size_t line_end = held.find("\r\n");
      const std::string first = held.substr(0, line_end);
      const std::size_t space = first.find(' ');
      asked.method = first.substr(0, space);
      const std::string target =
          first.substr(space + 1, first.rfind(' ') - space - 1);
      const std::size_t mark = target.find('?');
      asked.path = target.substr(0, mark);
      if (mark != std::string::npos) asked.query = target.substr(mark + 1);
      while (line_end < end) {
        const std::size_t start = line_end + 2;
        line_end = held.find("\r\n", start);
        std::string name = held.substr(start, held.find(':', start) - start);
        const std::size_t value = start + name.size() + 2;
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
          return static_cast<char>(std::tolower(c));
        });
        asked.headers[name] = held.substr(value, line_end - value);
      }
      std::size_t size = 0;
      if (const auto at = asked.headers.find("content-length");
          at != asked.headers.end()) {
        std::from_chars(at->second.data(),
                        at->second.data() + at->second.size(), size);
      }
      if (held.size() < end + 4 + size) return false;
      asked.body = held.substr(end + 4, size);
      held.erase(0, end + 4 + size);
      *out = std::move(asked);
      return true;
    }
    // Handlers are moved with what they capture, which may be megabytes.
    using SharedReply = std::shared_ptr<const AgentReply>;

    void Write(const AgentReply& reply) {
      WritePart(std::make_shared<const AgentReply>(reply), 0);
    }
    void WritePart(SharedReply reply, std::size_t index) {
      if (closed) return;
      if (index >= reply->parts.size()) {
        if (reply->then == AgentReply::Then::kKeep) return;
        Close(reply->then == AgentReply::Then::kReset);
        return Drop();
      }
      if (index > 0 && reply->pause.count() > 0) {
        timer.expires_after(reply->pause);
        timer.async_wait([self = shared_from_this(), reply = std::move(reply),
                          index](const boost::system::error_code& error) {
          if (!error) self->SendPart(reply, index);
        });
        return;
      }
      SendPart(std::move(reply), index);
    }
    void SendPart(SharedReply reply, std::size_t index) {
      const auto bytes = boost::asio::buffer(reply->parts[index]);
      auto handle = [self = shared_from_this(), reply = std::move(reply),
                     index](const boost::system::error_code& error,
                            std::size_t) {
        if (!error) self->WritePart(reply, index + 1);
      };
      if (tls != nullptr) {
        boost::asio::async_write(*tls, bytes, std::move(handle));
      } else {
        boost::asio::async_write(socket, bytes, std::move(handle));
      }
    }
    void Close(bool reset) {
      if (std::exchange(closed, true)) return;
      boost::system::error_code ignored;
      timer.cancel();
      if (reset) {
        socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
      } else {
        // What was not read would make it a reset.
        socket.shutdown(boost::asio::socket_base::shutdown_send, ignored);
      }
      socket.close(ignored);
    }
    void Drop() {
      if (!std::exchange(closed, true)) {
        boost::system::error_code ignored;
        timer.cancel();
        socket.close(ignored);
      }
      if (agent != nullptr) agent->peers_.erase(shared_from_this());
    }

    ScriptedAgent* agent;
    Protocol::socket socket;
    boost::asio::steady_timer timer;
    std::unique_ptr<boost::asio::ssl::stream<Protocol::socket&>> tls;
    int number;
    bool closed = false;
    char chunk[16384];
    std::string held;
  };

  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error,
                                  Protocol::socket socket) {
      if (error) return;
      const auto peer =
          std::make_shared<Peer>(this, std::move(socket), ++accepted_);
      peers_.insert(peer);
      peer->Start();
      Accept();
    });
  }

  boost::asio::io_context* context_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  internal::ServerAddress address_;
  std::string unix_endpoint_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::vector<AgentAsked> asked_;
  std::set<std::shared_ptr<Peer>> peers_;
  int accepted_ = 0;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONSUL_SCRIPTED_AGENT_H_
