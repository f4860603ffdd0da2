#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/sockets.h"
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

// The server name at `offset` of a hello over any number of records, in
// `scratch`: at most 255 bytes of it.
std::string_view NameAt(std::span<const std::uint8_t> bytes, std::size_t offset,
                        std::span<std::uint8_t> scratch) {
  constexpr std::size_t kHeader = 5;
  constexpr std::size_t kLength = 2;  // In front of the name.
  constexpr std::size_t kMostBytes = 255;
  std::size_t size = 0;     // Of the message so far.
  std::size_t name_at = 0;  // In the message.
  std::size_t record = 0;
  while (record + kHeader <= bytes.size()) {
    const std::size_t body = record + kHeader;
    const std::size_t length = bytes[record + 3] * 256u + bytes[record + 4];
    const std::size_t part =
        std::min({length, bytes.size() - body, scratch.size() - size});
    if (offset >= body && offset < body + part) name_at = size + offset - body;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(body), part,
                scratch.begin() + static_cast<std::ptrdiff_t>(size));
    size += part;
    record = body + length;
  }
  if (name_at < kLength) return {};
  const std::size_t length = scratch[name_at - 2] * 256u + scratch[name_at - 1];
  return {reinterpret_cast<const char*>(scratch.data()) + name_at,
          std::min({length, size - name_at, kMostBytes})};
}

}  // namespace

bool Connection::holds_hello_memory() const {
  return opening() != nullptr && opening()->buffer.holds_memory();
}

// Reads and feeds until there is a verdict or nothing more to read.
void Connection::ReadHello() {
  while (state_ == State::kHello && ReadOnce()) {
    ClientHello hello;
    const HelloVerdict verdict = opening()->reader.Feed(
        opening()->buffer.data(), worker()->scratch(), &hello);
    if (verdict != HelloVerdict::kNeedMore) OnVerdict(verdict, hello);
  }
}

// Reads once. False: nothing came, or the connection has ended.
bool Connection::ReadOnce() {
  if (!MakeRoom()) return false;
  HelloBuffer& buffer = opening()->buffer;
  const auto room = buffer.room();
  ssize_t got = 0;
  do {
    got = worker()->sys().recv(client_.get(), room.data(), room.size(),
                               MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    NoteRead(static_cast<std::size_t>(got) == room.size());
    buffer.Commit(static_cast<std::size_t>(got));
    return true;
  }
  if (got == 0) {
    Close(ConnectionReason::kClientClosed, "client");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    opening()->client_events = 0;
    // A client that has sent nothing holds no buffer.
    if (buffer.data().empty()) buffer.Free();
  } else if (IsReset(errno)) {
    Close(ConnectionReason::kReset, "client", errno);
  } else {
    Close(ConnectionReason::kFailed, "gateway", errno);
  }
  return false;
}

// A read of TCP that came short emptied the queue, unless FIN or an urgent byte
// cut it.
void Connection::NoteRead(bool full) {
  std::uint32_t& events = opening()->client_events;
  const bool proof =
      tcp_ && (events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0;
  if (full) {
    events |= EPOLLIN;
  } else if (proof) {
    events &= ~static_cast<std::uint32_t>(EPOLLIN);
  }
}

// False: there can be none, and the connection has ended.
bool Connection::MakeRoom() {
  HelloBuffer& buffer = opening()->buffer;
  if (!buffer.room().empty()) return true;
  const std::size_t limit = worker()->max_hello_buffer();
  if (buffer.data().size() >= limit) {
    Close(ConnectionReason::kHelloTooLarge, "gateway");
    return false;
  }
  while (!buffer.Grow(worker()->hello_buffers(), limit)) {
    // Over budget: those who have held their memory longest make room.
    if (worker()->ShedHelloFor(opening()->pending, listener_)) continue;
    Close(ConnectionReason::kHelloMemory, "gateway", ENOMEM);
    return false;
  }
  return true;
}

// The name for which a hello was refused, as it was sent, in the worker's
// scratch; empty for other hellos.
std::string_view Connection::RefusedName() const {
  switch (opening()->reader.reason()) {
    case HelloReason::kServerNameSyntax:
    case HelloReason::kServerNameAddress:
    case HelloReason::kServerNameLength:
      break;
    default:
      return {};
  }
  return NameAt(opening()->buffer.data(), opening()->reader.offset(),
                worker()->scratch());
}

void Connection::OnVerdict(HelloVerdict verdict, const ClientHello& hello) {
  worker()->RemovePending(&opening()->pending, listener_);
  verdict_ = static_cast<std::uint8_t>(verdict);
  const GatewayOptions& options = worker()->shared().options;
  const bool is_hello = verdict == HelloVerdict::kHello;
  if (is_hello) {
    hello_us_ = MicrosecondsUntil(worker()->now());
    CountHello(hello);
  }
  // Whatever is neither a hello nor let through by name ends here. `otherwise`:
  // the reason when no rule matches.
  ConnectionReason otherwise = ConnectionReason::kNoRoute;
  bool may_route = true;
  if (!is_hello) {
    otherwise = ReasonOf(verdict);
    may_route = verdict == HelloVerdict::kNotTls && options.route_not_tls;
  } else if (!hello.has_server_name) {
    otherwise = ConnectionReason::kNoSni;
    may_route = options.route_without_server_name;
  }
  // An empty name matches only the default route.
  std::string_view rule;
  const bool found =
      may_route && FindRoute(is_hello ? hello.server_name : "", &rule);
  if (is_hello || !wants_record()) {
    summary_ = worker()->hello_summaries().Take(is_hello ? &hello : nullptr,
                                                wants_record(), rule);
  } else {
    summary_ = worker()->hello_summaries().TakeRefused(RefusedName(), rule);
  }
  if (may_route) {
    worker()->counters().by_route_kind[route_kind_].Add();
  }
  if (!found) {
    Close(otherwise, "gateway");
    return;
  }
  state_ = State::kConnecting;
  DialNext(0);
}

void Connection::CountHello(const ClientHello& hello) {
  WorkerCounters& counters = worker()->counters();
  if (hello.ech != EncryptedClientHello::kNone) counters.ech.Add();
  if (hello.has_post_quantum_share) counters.post_quantum.Add();
}

// Looks the name up in the table that is current now. `rule`: Route::match.
bool Connection::FindRoute(std::string_view server_name,
                           std::string_view* rule) {
  const RouteMatch match = worker()->picker()->table().Lookup(server_name);
  route_kind_ = static_cast<std::uint8_t>(match.kind);
  if (match.route == nullptr) return false;
  *rule = match.route->match;
  opening()->cluster_index = match.cluster_index;
  opening()->routes_version = worker()->routes_version();
  return true;
}

}  // namespace meshgw::internal
