#include <sys/socket.h>

#include <cerrno>

#include "gateway/connection.h"
#include "gateway/connection_opening.h"
#include "gateway/worker.h"

namespace meshgw::internal {
namespace {

// Why a connection is closed whose first bytes are no hello.
ConnectionReason ReasonOf(HelloVerdict verdict) {
  switch (verdict) {
    case HelloVerdict::kTooLarge:
    case HelloVerdict::kTooManyRecords:
      return ConnectionReason::kHelloTooLarge;
    case HelloVerdict::kNotTls:
    case HelloVerdict::kSslV2:
      return ConnectionReason::kNotTls;
    default:
      return ConnectionReason::kHelloMalformed;
  }
}

// Errors of a socket that say that the connection is gone.
bool IsReset(int error) {
  return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT ||
         error == ECONNABORTED || error == EHOSTUNREACH ||
         error == ENETUNREACH || error == ENOTCONN;
}

}  // namespace

bool Connection::holds_hello_memory() const {
  return opening_ != nullptr && opening_->buffer.holds_memory();
}

// Reads and feeds until there is a verdict or nothing more to read.
void Connection::ReadHello() {
  while (state_ == State::kHello && ReadOnce()) {
    ClientHello hello;
    const HelloVerdict verdict = opening_->reader.Feed(
        opening_->buffer.data(), worker_->scratch(), &hello);
    if (verdict != HelloVerdict::kNeedMore) OnVerdict(verdict, hello);
  }
}

// Reads once. False: nothing came, or the connection has ended.
bool Connection::ReadOnce() {
  if (!MakeRoom()) return false;
  HelloBuffer& buffer = opening_->buffer;
  const auto room = buffer.room();
  ssize_t got = 0;
  do {
    got = worker_->sys().recv(client_.get(), room.data(), room.size(),
                              MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    buffer.Commit(static_cast<std::size_t>(got));
    return true;
  }
  if (got == 0) {
    Close(ConnectionReason::kClientClosed, "client");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    // A client that has sent nothing holds no buffer.
    if (buffer.data().empty()) buffer.Free();
  } else if (IsReset(errno)) {
    Close(ConnectionReason::kReset, "client", errno);
  } else {
    Close(ConnectionReason::kFailed, "gateway", errno);
  }
  return false;
}

// False: there can be none, and the connection has ended.
bool Connection::MakeRoom() {
  HelloBuffer& buffer = opening_->buffer;
  if (!buffer.room().empty()) return true;
  const std::size_t limit = worker_->max_hello_buffer();
  if (buffer.data().size() >= limit) {
    Close(ConnectionReason::kHelloTooLarge, "gateway");
    return false;
  }
  while (!buffer.Grow(worker_->hello_buffers(), limit)) {
    // Over budget: those who have held their memory longest make room.
    if (worker_->ShedHelloFor(opening_->pending, listener_)) continue;
    Close(ConnectionReason::kFailed, "gateway", ENOMEM);
    return false;
  }
  return true;
}

void Connection::OnVerdict(HelloVerdict verdict, const ClientHello& hello) {
  worker_->RemovePending(&opening_->pending, listener_);
  summary_.SetVerdict(verdict, opening_->reader.reason());
  const GatewayOptions& options = worker_->shared().options;
  // Whatever is neither a hello nor let through by name ends here. `otherwise`:
  // the reason when no rule matches.
  ConnectionReason otherwise = ConnectionReason::kNoRoute;
  if (verdict == HelloVerdict::kHello) {
    summary_.SetHello(hello, wants_record());
    WorkerCounters& counters = worker_->counters();
    if (hello.ech != EncryptedClientHello::kNone) counters.ech.Add();
    if (hello.has_post_quantum_share) counters.post_quantum.Add();
    if (!hello.has_server_name) {
      otherwise = ConnectionReason::kNoSni;
      if (!options.route_without_server_name) {
        Close(otherwise, "gateway");
        return;
      }
    }
  } else {
    otherwise = ReasonOf(verdict);
    if (verdict != HelloVerdict::kNotTls || !options.route_not_tls) {
      Close(otherwise, "gateway");
      return;
    }
  }
  // An empty name matches only the default route.
  const bool found = FindRoute(summary_.server_name());
  worker_->counters()
      .by_route_kind[static_cast<std::size_t>(route_kind_)]
      .Add();
  if (!found) {
    Close(otherwise, "gateway");
    return;
  }
  state_ = State::kConnecting;
  DialNext(0);
}

// Looks the name up in the table that is current now.
bool Connection::FindRoute(std::string_view server_name) {
  const RouteMatch match = worker_->picker()->table().Lookup(server_name);
  route_kind_ = match.kind;
  if (match.route == nullptr) return false;
  if (wants_record()) summary_.SetRule(match.route->match);
  opening_->cluster_index = match.cluster_index;
  opening_->routes_version = worker_->routes_version();
  return true;
}

}  // namespace meshgw::internal
