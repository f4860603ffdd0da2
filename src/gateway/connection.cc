#include "gateway/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "gateway/worker.h"

namespace meshgw::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::uint32_t MicrosecondsSince(std::chrono::steady_clock::time_point start,
                                std::chrono::steady_clock::time_point now) {
  const auto us = std::chrono::duration_cast<microseconds>(now - start).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(us, 0, std::int64_t{~0u} - 1));
}

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

// The versions offered, newest list first; legacy_version without the list.
std::vector<std::uint16_t> OfferedVersions(const ClientHello& hello) {
  std::vector<std::uint16_t> versions;
  const auto& list = hello.supported_versions;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto version = static_cast<std::uint16_t>(list[i] << 8 | list[i + 1]);
    if (!IsGrease(version)) versions.push_back(version);
  }
  if (list.empty()) versions.push_back(hello.legacy_version);
  return versions;
}

}  // namespace

struct Connection::HelloSummary {
  std::string server_name;
  std::vector<std::string> alpn;
  std::vector<std::uint16_t> versions;
  std::string rule;  // Route::match.
  std::uint32_t bytes = 0;
  std::uint32_t records = 0;
  std::uint32_t attempts = 0;
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  HelloReason reason = HelloReason::kNone;
  EncryptedClientHello ech = EncryptedClientHello::kNone;
  bool post_quantum = false;
};

struct Connection::Opening {
  HelloReader reader;
  HelloBuffer buffer;
  EndpointPicker::Attempts attempts;
  std::uint32_t cluster_index = 0;  // In the table of this version.
  std::uint64_t routes_version = 0;

  Opening(const HelloLimits& limits, const NamePolicy& names)
      : reader(limits, names) {}
};

Connection::Connection(Worker* worker, std::shared_ptr<Listener> listener,
                       std::uint64_t id, UniqueFd client,
                       const SocketAddress& source)
    : worker_(worker),
      listener_(std::move(listener)),
      id_(id),
      client_(std::move(client)),
      accepted_(worker->now()),
      active_(worker->now()),
      summary_(std::make_unique<HelloSummary>()),
      opening_(std::make_unique<Opening>(worker->limits().hello,
                                         worker->limits().names)),
      source_family_(static_cast<std::uint16_t>(source.family())) {
  if (source.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&source.storage);
    std::memcpy(host_.v4, &v4->sin_addr, sizeof(host_.v4));
    source_port_ = v4->sin_port;
  } else if (source.family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&source.storage);
    std::memcpy(host_.v6, &v6->sin6_addr, sizeof(host_.v6));
    source_port_ = v6->sin6_port;
  }
}

Connection::~Connection() = default;

void Connection::Start() {
  timer_.owner = this;
  if (source_family_ != AF_UNIX) {
    const int on = 1;
    worker_->sys().setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on,
                              sizeof(on));
  }
  worker_->AddPending(this);
  worker_->wheel().Arm(&timer_, accepted_ + worker_->limits().hello_timeout);
  if (!worker_->Watch(client_.get(), this, SpliceSide::kClient)) {
    Close(ConnectionReason::kFailed, "gateway", errno);
    return;
  }
  ReadHello();
}

void Connection::OnEvent(SpliceSide side, std::uint32_t events) {
  switch (state_) {
    case State::kHello:
      if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) ReadHello();
      return;
    case State::kConnecting:
      if (side == SpliceSide::kServer) {
        OnConnectEvent(events);
      } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        Close(ConnectionReason::kReset, "client", ECONNRESET);
      }
      return;
    case State::kRelaying:
      active_ = worker_->now();
      AfterRun(splicer_->Run(side, events));
      return;
    case State::kClosed:
      return;
  }
}

void Connection::Continue() {
  queued = false;
  if (state_ != State::kRelaying) return;
  active_ = worker_->now();
  AfterRun(splicer_->Run(SpliceSide::kClient, 0));
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
  HelloBuffer& buffer = opening_->buffer;
  if (buffer.room().empty() &&
      !buffer.Grow(worker_->hello_buffers(), worker_->max_hello_buffer())) {
    const bool at_limit = buffer.data().size() >= worker_->max_hello_buffer();
    Close(
        at_limit ? ConnectionReason::kHelloTooLarge : ConnectionReason::kFailed,
        "gateway", at_limit ? 0 : ENOMEM);
    return false;
  }
  const auto room = buffer.room();
  ssize_t got = 0;
  do {
    got = worker_->sys().recv(client_.get(), room.data(), room.size(),
                              MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    buffer.Commit(static_cast<std::size_t>(got));
    bytes_received_ += static_cast<std::uint32_t>(got);
    return true;
  }
  if (got == 0) {
    Close(ConnectionReason::kClientClosed, "client");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    // An idle client holds no buffer.
    if (buffer.data().empty()) buffer.Free();
  } else {
    Close(ConnectionReason::kReset, "client", errno);
  }
  return false;
}

void Connection::OnVerdict(HelloVerdict verdict, const ClientHello& hello) {
  worker_->RemovePending(this);
  WorkerCounters& counters = worker_->counters();
  counters.by_verdict[static_cast<std::size_t>(verdict)].Add();
  summary_->verdict = verdict;
  summary_->reason = opening_->reader.reason();
  const GatewayOptions& options = worker_->shared().options;
  if (verdict == HelloVerdict::kNotTls && options.route_not_tls) {
    Route({});
    return;
  }
  if (verdict != HelloVerdict::kHello) {
    Close(ReasonOf(verdict), "gateway");
    return;
  }
  summary_->bytes = hello.wire_bytes;
  summary_->records = hello.records;
  summary_->ech = hello.ech;
  summary_->post_quantum = hello.has_post_quantum_share;
  if (hello.ech != EncryptedClientHello::kNone) counters.ech.Add();
  if (hello.has_post_quantum_share) counters.post_quantum.Add();
  summary_->server_name = hello.server_name;
  if (options.on_connection) {
    for (const std::string_view name : hello.alpn) {
      summary_->alpn.emplace_back(name);
    }
    summary_->versions = OfferedVersions(hello);
  }
  if (!hello.has_server_name && !options.route_without_server_name) {
    Close(ConnectionReason::kNoSni, "gateway");
    return;
  }
  Route(summary_->server_name);
}

void Connection::Route(std::string_view server_name) {
  const bool found = FindRoute(server_name);
  worker_->counters()
      .by_route_kind[static_cast<std::size_t>(route_kind_)]
      .Add();
  if (!found) {
    Close(ConnectionReason::kNoRoute, "gateway");
    return;
  }
  state_ = State::kConnecting;
  ConnectNext();
}

// Looks the name up in the table that is current now.
bool Connection::FindRoute(std::string_view server_name) {
  const RouteMatch match = worker_->picker()->table().Lookup(server_name);
  route_kind_ = match.kind;
  if (match.route == nullptr) return false;
  if (worker_->shared().options.on_connection) {
    summary_->rule = match.route->match;
  }
  opening_->cluster_index = match.cluster_index;
  opening_->routes_version = worker_->routes_version();
  return true;
}

// Dials endpoints until one connect is under way, or none is left.
void Connection::ConnectNext() {
  int error = 0;
  while (summary_->attempts <
         std::max(worker_->limits().max_connect_attempts, 1u)) {
    // The table may have changed since the last attempt.
    if (opening_->routes_version != worker_->routes_version() &&
        !FindRoute(summary_->server_name)) {
      Close(ConnectionReason::kNoRoute, "gateway");
      return;
    }
    if (!PickEndpoint()) break;
    if (!AcquireCluster()) {
      Close(ConnectionReason::kConnectionLimit, "gateway");
      return;
    }
    ++summary_->attempts;
    if (StartConnect(*selection_.endpoint, &error)) return;
    if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
        error == ENOMEM) {
      // Nothing that another endpoint would change, nor this one's fault.
      Close(ConnectionReason::kFailed, "gateway", error);
      return;
    }
    CountConnectFailure(error);
  }
  CloseUnconnected(error);
}

// Takes the next endpoint. False, with the last one kept, when none is left.
bool Connection::PickEndpoint() {
  EndpointPicker& picker = *worker_->picker();
  const auto picked = picker.Pick(opening_->cluster_index, HashHost(Source()),
                                  worker_->now(), &opening_->attempts);
  if (picked.endpoint == nullptr) {
    // Only read before the table can change: Close follows at once.
    if (selection_.cluster == nullptr) {
      selection_.cluster =
          picker.table().clusters()[opening_->cluster_index].get();
    }
    return false;
  }
  ReleaseEndpoint();
  selection_ = picked;
  return true;
}

bool Connection::AcquireCluster() {
  const Cluster& cluster = *selection_.cluster;
  if (!cluster.max_connections.has_value()) return true;
  holds_cluster_ = worker_->shared().cluster_uses.Acquire(
      cluster.name, *cluster.max_connections);
  return holds_cluster_;
}

void Connection::CountConnectFailure(int error) {
  worker_->counters().connect_failures.Add();
  worker_->picker()->OnConnectFailure(selection_, worker_->now());
  last_failure_timed_out_ = error == ETIMEDOUT;
}

void Connection::CloseUnconnected(int error) {
  Close(summary_->attempts == 0   ? ConnectionReason::kNoHealthyEndpoint
        : last_failure_timed_out_ ? ConnectionReason::kConnectTimeout
                                  : ConnectionReason::kConnectFailed,
        "gateway", error);
}

SocketAddress Connection::Source() const {
  SocketAddress source;
  source.storage.ss_family = source_family_;
  if (source_family_ == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&source.storage);
    std::memcpy(&v4->sin_addr, host_.v4, sizeof(host_.v4));
    v4->sin_port = source_port_;
  } else if (source_family_ == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&source.storage);
    std::memcpy(&v6->sin6_addr, host_.v6, sizeof(host_.v6));
    v6->sin6_port = source_port_;
  }
  return source;
}

// False: failed at once, with errno in `*error`.
bool Connection::StartConnect(const Endpoint& endpoint, int* error) {
  const auto address = FromEndpoint(endpoint.address, endpoint.port);
  if (!address.has_value()) {  // A host name that is not resolved yet.
    *error = EADDRNOTAVAIL;
    return false;
  }
  const Syscalls& sys = worker_->sys();
  server_.reset(sys.socket(address->family(),
                           SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!server_.valid()) {
    *error = errno;
    return false;
  }
  const auto set = [&](int level, int name, int value) {
    sys.setsockopt(server_.get(), level, name, &value, sizeof(value));
  };
  if (!address->is_unix()) set(IPPROTO_TCP, TCP_NODELAY, 1);
  if (const TcpKeepalive& keep = selection_.cluster->keepalive;
      keep.enabled && !address->is_unix()) {
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    const auto seconds = [](std::chrono::seconds s) {
      return static_cast<int>(s.count());
    };
    if (keep.time.count() > 0) {
      set(IPPROTO_TCP, TCP_KEEPIDLE, seconds(keep.time));
    }
    if (keep.interval.count() > 0) {
      set(IPPROTO_TCP, TCP_KEEPINTVL, seconds(keep.interval));
    }
    if (keep.probes > 0) set(IPPROTO_TCP, TCP_KEEPCNT, keep.probes);
  }
  int result = 0;
  do {
    result = sys.connect(server_.get(), address->get(), address->length);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EINPROGRESS) {
    *error = errno;
    server_.reset();
    return false;
  }
  if (!worker_->Watch(server_.get(), this, SpliceSide::kServer)) {
    *error = errno;
    server_.reset();
    return false;
  }
  worker_->wheel().Arm(&timer_,
                       worker_->now() + selection_.cluster->connect_timeout);
  return true;  // Connected at once or not: the first event says so.
}

void Connection::OnConnectEvent(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  int error = 0;
  socklen_t length = sizeof(error);
  if (worker_->sys().getsockopt(server_.get(), SOL_SOCKET, SO_ERROR, &error,
                                &length) != 0) {
    error = errno;
  }
  if (error != 0) {
    OnConnectFailed(error);
  } else {
    OnConnected(events);
  }
}

void Connection::OnConnectFailed(int error) {
  CountConnectFailure(error);
  server_.reset();
  if (summary_->attempts >= worker_->limits().max_connect_attempts) {
    CloseUnconnected(error);
  } else {
    ConnectNext();
  }
}

void Connection::OnConnected(std::uint32_t events) {
  worker_->picker()->OnConnected(selection_);
  connect_us_ = MicrosecondsSince(accepted_, worker_->now());
  state_ = State::kRelaying;
  active_ = worker_->now();
  splicer_.emplace(worker_->pool(), client_.get(), server_.get());
  if (!splicer_->SendFirst(opening_->buffer.data()).ok()) {
    Close(ConnectionReason::kFailed, "gateway", ENOMEM);
    return;
  }
  opening_.reset();
  ArmRelayTimer();
  AfterRun(splicer_->Run(SpliceSide::kServer, events));
}

void Connection::AfterRun(bool again) {
  if (first_byte_us_ == kNever && splicer_->counters().bytes_to_client > 0) {
    first_byte_us_ = MicrosecondsSince(accepted_, worker_->now());
  }
  if (!first_fin_.has_value()) {
    for (const SpliceSide side : {SpliceSide::kClient, SpliceSide::kServer}) {
      if (!splicer_->fin_received(side)) continue;
      first_fin_ = side;
      ArmRelayTimer();  // Half-closed: another limit.
      break;
    }
  }
  if (splicer_->end() != SpliceEnd::kRunning) {
    CloseAfterSplice();
  } else if (again && !queued) {
    queued = true;
    worker_->RunSoon(this);
  }
}

void Connection::CloseAfterSplice() {
  const int error = splicer_->error();
  switch (splicer_->end()) {
    case SpliceEnd::kRunning:
      return;
    case SpliceEnd::kFinished:
      Close(ConnectionReason::kOk,
            first_fin_ == SpliceSide::kServer ? "server" : "client");
      return;
    case SpliceEnd::kClientReset:
      ResetOnClose(server_.get());
      Close(ConnectionReason::kReset, "client", error);
      return;
    case SpliceEnd::kServerReset:
      ResetOnClose(client_.get());
      Close(ConnectionReason::kReset, "server", error);
      return;
    case SpliceEnd::kFailed:
      // Bytes may be missing: nothing may look like an orderly end.
      ResetOnClose(client_.get());
      ResetOnClose(server_.get());
      Close(ConnectionReason::kFailed, "gateway", error);
      return;
  }
}

milliseconds Connection::RelayTimeout() const {
  milliseconds timeout = worker_->limits().idle_timeout;
  if (selection_.cluster->idle_timeout.has_value()) {
    timeout = *selection_.cluster->idle_timeout;
  }
  const milliseconds half_closed = worker_->limits().half_closed_timeout;
  if (first_fin_.has_value() && half_closed.count() > 0) {
    timeout =
        timeout.count() > 0 ? std::min(timeout, half_closed) : half_closed;
  }
  return timeout;
}

void Connection::ArmRelayTimer() {
  const milliseconds timeout = RelayTimeout();
  if (timeout.count() > 0) {
    worker_->wheel().Arm(&timer_, active_ + timeout);
  } else {
    worker_->wheel().Disarm(&timer_);
  }
}

void Connection::OnTimer() {
  switch (state_) {
    case State::kHello:
      Close(ConnectionReason::kHelloTimeout, "gateway");
      return;
    case State::kConnecting:
      OnConnectFailed(ETIMEDOUT);
      return;
    case State::kRelaying:
      // Armed when the relay began; bytes have moved since, perhaps.
      if (worker_->now() - active_ >= RelayTimeout()) {
        Close(ConnectionReason::kIdleTimeout, "gateway");
      } else {
        ArmRelayTimer();
      }
      return;
    case State::kClosed:
      return;
  }
}

void Connection::ReleaseEndpoint() {
  if (holds_cluster_) {
    worker_->shared().cluster_uses.Release(selection_.cluster->name);
    holds_cluster_ = false;
  }
  if (selection_.state != nullptr) worker_->picker()->Release(selection_);
  selection_ = {};
}

void Connection::Close(ConnectionReason reason, std::string_view closed_by,
                       int error) {
  if (state_ == State::kClosed) return;
  Count(reason);
  if (worker_->shared().options.on_connection) {
    Report(reason, closed_by, error);
  }
  state_ = State::kClosed;
  worker_->RemovePending(this);
  worker_->wheel().Disarm(&timer_);
  ReleaseEndpoint();
  splicer_.reset();
  opening_.reset();
  server_.reset();
  client_.reset();
  worker_->Retire(this);
}

void Connection::Count(ConnectionReason reason) {
  WorkerCounters& counters = worker_->counters();
  counters.by_reason[static_cast<std::size_t>(reason)].Add();
  counters.active.Set(counters.active.Get() - 1);
  if (splicer_.has_value()) {
    const SpliceCounters bytes = splicer_->counters();
    counters.bytes_in.Add(bytes.bytes_to_server);
    counters.bytes_out.Add(bytes.bytes_to_client);
    counters.spliced_bytes.Add(bytes.spliced_bytes);
  } else {
    counters.bytes_in.Add(bytes_received_);
  }
}

void Connection::FillRecord(ConnectionRecord* record) const {
  record->verdict = summary_->verdict;
  record->hello_reason = summary_->reason;
  record->server_name = summary_->server_name;
  record->alpn = summary_->alpn;
  record->tls_versions = summary_->versions;
  record->hello_bytes = summary_->bytes;
  record->hello_records = summary_->records;
  record->post_quantum = summary_->post_quantum;
  record->ech = summary_->ech;
  record->attempts = summary_->attempts;
  record->route_kind = route_kind_;
  record->rule = summary_->rule;
  if (selection_.cluster != nullptr) {
    record->cluster = selection_.cluster->name;
    record->service = selection_.cluster->service;
    record->datacenter = selection_.cluster->datacenter;
  }
  record->bytes_in = bytes_received_;
  if (splicer_.has_value()) {
    const SpliceCounters bytes = splicer_->counters();
    record->bytes_in = bytes.bytes_to_server;
    record->bytes_out = bytes.bytes_to_client;
    record->spliced_bytes = bytes.spliced_bytes;
  }
}

void Connection::Report(ConnectionReason reason, std::string_view closed_by,
                        int error) {
  const auto now = std::chrono::steady_clock::now();
  ConnectionRecord record;
  FillRecord(&record);
  record.duration = std::chrono::duration_cast<microseconds>(now - accepted_);
  record.start =
      std::chrono::system_clock::now() -
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          now - accepted_);
  record.id = id_;
  record.listener = listener_->name;
  const std::string source_text = FormatAddress(Source());
  record.source = source_text;
  std::string endpoint_text;
  if (selection_.endpoint != nullptr) {
    endpoint_text =
        FormatEndpoint(selection_.endpoint->address, selection_.endpoint->port);
    record.endpoint = endpoint_text;
  }
  if (connect_us_ != kNever) record.connect = microseconds(connect_us_);
  if (first_byte_us_ != kNever) {
    record.first_byte = microseconds(first_byte_us_);
  }
  record.reason = reason;
  record.closed_by = closed_by;
  record.error = error;
  worker_->shared().options.on_connection(record);
}

}  // namespace meshgw::internal
