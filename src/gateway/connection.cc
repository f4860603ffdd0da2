#include "gateway/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/sockets.h"
#include "gateway/connection_opening.h"
#include "gateway/tcp_options.h"
#include "gateway/worker.h"

namespace meshgw::internal {

using std::chrono::milliseconds;

namespace {

// What docs/performance.md tells users that it costs.
static_assert(sizeof(void*) != 8 || sizeof(Connection) <= 208);

// The unit in which a connection keeps its times: enough for its timeouts, and
// 32 bits of it last for two years.
constexpr milliseconds kActiveUnit{16};

}  // namespace

Connection::Connection(Listener* listener, std::uint64_t id, UniqueFd client,
                       const SocketAddress& source, ClientSocket is)
    : listener_(listener),
      id_(id),
      accepted_(listener->worker->now()),
      stage_(std::make_unique<Opening>(this, listener->worker->limits().hello,
                                       listener->worker->limits().names)),
      client_(std::move(client)),
      source_(source),
      handed_over_(is.handed_over),
      tcp_(is.tcp) {}

Connection::~Connection() = default;

std::chrono::steady_clock::time_point Connection::active() const {
  return accepted_ + active_ * kActiveUnit;
}

// Rounded up: nothing times out early.
void Connection::MarkActive() {
  const auto open = worker()->now() - accepted_;
  active_ = static_cast<std::uint32_t>(open / kActiveUnit) + 1;
}

bool Connection::wants_record() const {
  return static_cast<bool>(worker()->shared().options.on_connection);
}

void Connection::Start() {
  // Others have the options of the socket that accepted them.
  if (source_.is_ip()) {
    const TcpOptions& options = worker()->shared().options.tcp;
    const Syscalls& sys = worker()->sys();
    if (handed_over_) SetClientOptions(sys, client_.get(), options);
    if (!options.local_congestion_control.empty()) {
      SetLocalCongestionControl(sys, client_.get(), source_.Expand(), options);
    }
  }
  worker()->AddPending(&opening()->pending, listener_);
  worker()->wheel().Arm(this, accepted_ + worker()->limits().hello_timeout);
  if (!worker()->Watch(client_.get(), slot_, SpliceSide::kClient)) {
    const int error = errno;
    worker()->acceptor().Pause(error);  // Others would not fare better.
    Close(ConnectionReason::kFailed, "gateway", error);
    return;
  }
  ReadHello();
}

void Connection::OnEvent(SpliceSide side, std::uint32_t events) {
  switch (state_) {
    case State::kHello:
      opening()->client_events |= events;
      if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) ReadHello();
      return;
    case State::kConnecting:
      if (side == SpliceSide::kServer) {
        OnDialEvent(events);
        return;
      }
      opening()->client_events |= events;
      if ((events & EPOLLERR) != 0) {
        // Not its FIN: what it sent before is still to be delivered.
        const int error = SocketError(SpliceSide::kClient);
        if (error != 0) Close(ConnectionReason::kReset, "client", error);
      }
      return;
    case State::kRelaying:
      OnRelayEvent(side, events);
      return;
    case State::kClosed:
      return;
  }
}

void Connection::OnTimer() {
  switch (state_) {
    case State::kHello:
      Close(ConnectionReason::kHelloTimeout, "gateway");
      return;
    case State::kConnecting:
      OnDialFailed(ETIMEDOUT);
      return;
    case State::kRelaying:
      // Armed when the relay began; bytes may have moved since.
      if (worker()->now() - active() < RelayTimeout()) {
        ArmRelayTimer();
        return;
      }
      Close(ConnectionReason::kIdleTimeout, "gateway");
      return;
    case State::kClosed:
      return;
  }
}

void Connection::Continue() {
  queued_ = false;
  if (state_ != State::kRelaying) return;
  AfterRun(RunSplicer(SpliceSide::kClient, 0));
}

// Only bytes that the other side took show that a connection is in use: events
// alone may come for ever.
bool Connection::RunSplicer(SpliceSide side, std::uint32_t events) {
  const SpliceCounters before = splicer()->counters();
  const bool again = splicer()->Run(side, events);
  const SpliceCounters after = splicer()->counters();
  if (after.bytes_to_server != before.bytes_to_server ||
      after.bytes_to_client != before.bytes_to_client) {
    MarkActive();
  }
  return again;
}

void Connection::OnRelayEvent(SpliceSide side, std::uint32_t events) {
  const bool again = RunSplicer(side, events);
  if ((events & EPOLLERR) != 0 && !again &&
      splicer()->end() == SpliceEnd::kRunning) {
    // An error that was not read: the other side takes nothing at the moment,
    // and may never again.
    if (const int error = SocketError(side); error != 0) {
      const bool by_client = side == SpliceSide::kClient;
      ResetOnClose(worker()->sys(), by_client ? server_.get() : client_.get());
      Close(ConnectionReason::kReset, by_client ? "client" : "server", error);
      return;
    }
  }
  AfterRun(again);
}

void Connection::AfterRun(bool again) {
  if (first_byte_us_ == kNever && splicer()->counters().bytes_to_client > 0) {
    first_byte_us_ = MicrosecondsUntil(worker()->shared().clock());
  }
  if (!half_closed_) {
    const bool by_client = splicer()->fin_received(SpliceSide::kClient);
    half_closed_ = by_client || splicer()->fin_received(SpliceSide::kServer);
    server_was_first_ = half_closed_ && !by_client;
    if (half_closed_) {
      MarkActive();
      ArmRelayTimer();  // Another limit, from now on.
    }
  }
  if (splicer()->end() != SpliceEnd::kRunning) {
    CloseAfterSplice();
  } else if (again && !queued_) {
    worker()->RunSoon(this);
    queued_ = true;
  }
}

void Connection::CloseAfterSplice() {
  const int error = splicer()->error();
  switch (splicer()->end()) {
    case SpliceEnd::kRunning:
    case SpliceEnd::kCancelled:
      return;
    case SpliceEnd::kFinished:
      Close(ConnectionReason::kOk, server_was_first_ ? "server" : "client");
      return;
    case SpliceEnd::kClientReset:
      ResetOnClose(worker()->sys(), server_.get());
      Close(ConnectionReason::kReset, "client", error);
      return;
    case SpliceEnd::kServerReset:
      ResetOnClose(worker()->sys(), client_.get());
      Close(ConnectionReason::kReset, "server", error);
      return;
    case SpliceEnd::kFailed:
      Abort(error);
      return;
  }
}

milliseconds Connection::RelayTimeout() const {
  milliseconds timeout = selection().cluster->idle_timeout.value_or(
      worker()->limits().idle_timeout);
  const milliseconds half_closed = worker()->limits().half_closed_timeout;
  if (half_closed_ && half_closed.count() > 0) {
    timeout =
        timeout.count() > 0 ? std::min(timeout, half_closed) : half_closed;
  }
  return timeout;
}

void Connection::ArmRelayTimer() {
  const milliseconds timeout = RelayTimeout();
  if (timeout.count() > 0) {
    worker()->wheel().Arm(this, active() + timeout);
  } else {
    worker()->wheel().Disarm(this);
  }
}

int Connection::SocketError(SpliceSide side) const {
  const UniqueFd& fd = side == SpliceSide::kClient ? client_ : server_;
  int error = 0;
  socklen_t length = sizeof(error);
  if (worker()->sys().getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error,
                                 &length) != 0) {
    return errno;
  }
  return error;
}

// Bytes may be missing: nothing may look like an orderly end.
void Connection::ResetBoth() noexcept {
  ResetOnClose(worker()->sys(), client_.get());
  ResetOnClose(worker()->sys(), server_.get());
}

void Connection::Abort(int error) noexcept {
  if (state_ == State::kClosed) return;
  ResetBoth();
  Close(ConnectionReason::kFailed, "gateway", error);
}

// Ends a connection for want of memory, too: nothing here may need some.
void Connection::Close(ConnectionReason reason, std::string_view closed_by,
                       int error) noexcept {
  if (state_ == State::kClosed) return;
  if (splicer() != nullptr && splicer()->has_pending()) ResetBoth();
  if (opening() != nullptr) {
    worker()->RemovePending(&opening()->pending, listener_);
  }
  Count(reason);  // First, so that who learns of the end finds it counted.
  if (wants_record()) {
    try {
      Report(reason, closed_by, error);
    } catch (...) {
      worker()->counters().records_lost.Add();
    }
  }
  state_ = State::kClosed;
  worker()->wheel().Disarm(this);
  ReleaseEndpoint();
  stage_.emplace<std::monostate>();
  worker()->hello_summaries().Release(&summary_);
  server_.reset();
  if (handed_over_) worker()->Unwatch(client_.get());
  client_.reset();
  worker()->Retire(this);
}

}  // namespace meshgw::internal
