#include "gateway/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "gateway/connection_opening.h"
#include "gateway/worker.h"

namespace meshgw::internal {

using std::chrono::milliseconds;

Connection::Connection(Worker* worker, Listener* listener, std::uint64_t id,
                       UniqueFd client, const SocketAddress& source,
                       bool handed_over)
    : worker_(worker),
      listener_(listener),
      id_(id),
      accepted_(worker->now()),
      active_(worker->now()),
      client_(std::move(client)),
      source_(source),
      handed_over_(handed_over),
      opening_(std::make_unique<Opening>(this, worker->limits().hello,
                                         worker->limits().names)) {
  timer_.owner = this;
}

Connection::~Connection() = default;

bool Connection::wants_record() const {
  return static_cast<bool>(worker_->shared().options.on_connection);
}

void Connection::Start() {
  if (source_.is_ip()) {
    const int on = 1;
    worker_->sys().setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on,
                              sizeof(on));
  }
  worker_->AddPending(&opening_->pending, listener_);
  worker_->wheel().Arm(&timer_, accepted_ + worker_->limits().hello_timeout);
  if (!worker_->Watch(client_.get(), key_, SpliceSide::kClient)) {
    const int error = errno;
    worker_->acceptor().Pause(error);  // Others would not fare better.
    Close(ConnectionReason::kFailed, "gateway", error);
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
        OnDialEvent(events);
      } else if ((events & EPOLLERR) != 0) {
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
      if (worker_->now() - active_ < RelayTimeout()) {
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
  active_ = worker_->now();
  AfterRun(splicer_->Run(SpliceSide::kClient, 0));
}

void Connection::OnRelayEvent(SpliceSide side, std::uint32_t events) {
  active_ = worker_->now();
  const bool again = splicer_->Run(side, events);
  if ((events & EPOLLERR) != 0 && !again &&
      splicer_->end() == SpliceEnd::kRunning) {
    // An error that was not read: the other side takes nothing at the moment,
    // and may never again.
    if (const int error = SocketError(side); error != 0) {
      const bool by_client = side == SpliceSide::kClient;
      ResetOnClose(by_client ? server_.get() : client_.get());
      Close(ConnectionReason::kReset, by_client ? "client" : "server", error);
      return;
    }
  }
  AfterRun(again);
}

void Connection::AfterRun(bool again) {
  if (first_byte_us_ == kNever && splicer_->counters().bytes_to_client > 0) {
    first_byte_us_ = MicrosecondsOpen();
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
  } else if (again && !queued_) {
    queued_ = true;
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
  milliseconds timeout =
      selection_.cluster->idle_timeout.value_or(worker_->limits().idle_timeout);
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

int Connection::SocketError(SpliceSide side) const {
  const UniqueFd& fd = side == SpliceSide::kClient ? client_ : server_;
  int error = 0;
  socklen_t length = sizeof(error);
  if (worker_->sys().getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error,
                                &length) != 0) {
    return errno;
  }
  return error;
}

void Connection::Close(ConnectionReason reason, std::string_view closed_by,
                       int error) {
  if (state_ == State::kClosed) return;
  if (splicer_.has_value() && splicer_->has_pending()) {
    // Bytes are lost: nothing may look like an orderly end.
    ResetOnClose(client_.get());
    ResetOnClose(server_.get());
  }
  if (opening_ != nullptr) {
    worker_->RemovePending(&opening_->pending, listener_);
  }
  Count(reason);  // First, so that who learns of the end finds it counted.
  if (wants_record()) Report(reason, closed_by, error);
  state_ = State::kClosed;
  worker_->wheel().Disarm(&timer_);
  ReleaseEndpoint();
  splicer_.reset();
  opening_.reset();
  summary_.ClearTexts();
  server_.reset();
  if (handed_over_) worker_->Unwatch(client_.get());
  client_.reset();
  worker_->Retire(this);
}

}  // namespace meshgw::internal
