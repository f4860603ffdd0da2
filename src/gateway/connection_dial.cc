#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "gateway/connection.h"
#include "gateway/connection_opening.h"
#include "gateway/dial.h"
#include "gateway/worker.h"

namespace meshgw::internal {

// Dials endpoints until one connect is under way, or none is left. `error`:
// that of the last one.
void Connection::DialNext(int error) {
  const std::uint32_t most = std::clamp(worker()->limits().max_connect_attempts,
                                        1u, EndpointPicker::kMaxAttempts);
  while (attempts_ < most) {
    if (!RefreshRoute()) {
      Close(ConnectionReason::kNoRoute, "gateway");
      return;
    }
    if (!PickEndpoint()) break;
    const Cluster& cluster = *selection().cluster;
    if (cluster.max_connections.has_value()) {
      cluster_use_ =
          worker()->cluster_uses().Acquire(cluster, *cluster.max_connections);
      if (cluster_use_ == nullptr) {
        Close(ConnectionReason::kConnectionLimit, "gateway");
        return;
      }
    }
    ++attempts_;
    const DialOutcome outcome = DialPicked(&error);
    switch (outcome) {
      case DialOutcome::kUnderWay:
        return;
      case DialOutcome::kGatewayFailed:
        worker()->acceptor().Pause(error);
        Close(ConnectionReason::kFailed, "gateway", error);
        return;
      case DialOutcome::kEndpointFailed:
      case DialOutcome::kHostFailed:
        CountDialFailure(outcome, error);
        break;
    }
  }
  CloseUndialled(error);
}

// The table may have changed since the last attempt. False: nothing matches in
// the new one.
bool Connection::RefreshRoute() {
  if (opening()->routes_version == worker()->routes_version()) return true;
  std::string_view rule;
  if (!FindRoute(summary_.server_name(), &rule)) return false;
  if (wants_record()) worker()->hello_summaries().ChangeRule(rule, &summary_);
  return true;
}

// Takes the next endpoint. False, with the last one kept, when none is left.
bool Connection::PickEndpoint() {
  EndpointPicker& picker = *worker()->picker();
  const auto picked =
      picker.Pick(opening()->cluster_index, HashHost(source_.Expand()),
                  worker()->now(), &opening()->attempts);
  if (picked.endpoint == nullptr) {
    return false;
  }
  ReleaseEndpoint();
  endpoint_ = picked.state;
  return true;
}

DialOutcome Connection::DialPicked(int* error) {
  const EndpointPicker::Selection picked = selection();
  const auto address =
      FromEndpoint(picked.endpoint->address, picked.endpoint->port);
  if (!address.has_value()) {  // The path of a socket is too long.
    *error = ENAMETOOLONG;
    return DialOutcome::kEndpointFailed;
  }
  const DialOutcome outcome =
      Dial(worker()->sys(), *address, *picked.cluster,
           worker()->shared().options.tcp, &server_, error);
  if (outcome != DialOutcome::kUnderWay) return outcome;
  // It would come in again, be dialled again, and so use up all descriptors.
  if (worker()->acceptor().Serves(*address, server_.get())) {
    *error = ELOOP;
    server_.reset();
    return DialOutcome::kEndpointFailed;
  }
  if (!worker()->Watch(server_.get(), slot_, SpliceSide::kServer)) {
    *error = errno;
    server_.reset();
    return DialOutcome::kGatewayFailed;
  }
  return TrySend(error);
}

// Sends the hello at once: on this host and close to it the connection stands
// already. Else the first event says how the connect went.
DialOutcome Connection::TrySend(int* error) {
  const auto hello = opening()->buffer.data();
  ssize_t sent = 0;
  do {
    sent = worker()->sys().send(server_.get(), hello.data(), hello.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    OnConnected(0, static_cast<std::size_t>(sent));
  } else if (errno == EAGAIN || errno == EWOULDBLOCK ||
             IsOutOfResources(errno)) {
    worker()->wheel().Arm(
        this, worker()->now() + selection().cluster->connect_timeout);
  } else {
    *error = errno;
    CloseServer();
    return DialOutcome::kEndpointFailed;
  }
  return DialOutcome::kUnderWay;
}

void Connection::CloseServer() {
  // A copy of it may live on in a forked child, and the next one has our key.
  worker()->Unwatch(server_.get());
  server_.reset();
}

void Connection::CountDialFailure(DialOutcome outcome, int error) {
  worker()->counters().connect_failures.Add();
  if (outcome == DialOutcome::kEndpointFailed) {
    worker()->picker()->OnConnectFailure(selection(), worker()->now());
    worker()->counters().ejections.Set(worker()->picker()->ejections());
  }
  opening()->timed_out = error == ETIMEDOUT;
}

void Connection::CloseUndialled(int error) {
  Close(attempts_ == 0         ? ConnectionReason::kNoHealthyEndpoint
        : opening()->timed_out ? ConnectionReason::kConnectTimeout
                               : ConnectionReason::kConnectFailed,
        "gateway", error);
}

void Connection::OnDialEvent(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  const bool doubtful = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const int error = doubtful ? SocketError(SpliceSide::kServer) : 0;
  if (error != 0) {
    OnDialFailed(error);
  } else {
    OnConnected(events, 0);
  }
}

void Connection::OnDialFailed(int error) {
  CountDialFailure(DialOutcome::kEndpointFailed, error);
  CloseServer();
  DialNext(error);
}

// `events`: what epoll has said of the server; `sent`: bytes of the hello.
void Connection::OnConnected(std::uint32_t events, std::size_t sent) {
  worker()->picker()->OnConnected(selection());
  // Not now(): on this host a connect ends in the turn in which it began.
  connect_us_ = MicrosecondsUntil(worker()->shared().clock());
  state_ = State::kRelaying;
  MarkActive();
  // Until the hello is sent.
  const auto opening = std::get<std::unique_ptr<Opening>>(std::move(stage_));
  Splicer& splicer = stage_.emplace<Splicer>(
      worker()->pool(), client_.get(), server_.get(),
      SpliceTcp{.client = tcp_,
                .server = !IsUnixAddress(selection().endpoint->address)});
  splicer.SetReady(SpliceSide::kClient, opening->client_events);
  splicer.SetReady(SpliceSide::kServer, events);
  if (!splicer.SendFirst(opening->buffer.data(), sent).ok()) {
    Abort(ENOMEM);
    return;
  }
  if (!wants_record()) worker()->hello_summaries().Release(&summary_);
  ArmRelayTimer();
  AfterRun(splicer.Run(SpliceSide::kServer, events));
}

void Connection::ReleaseEndpoint() {
  if (cluster_use_ != nullptr) ClusterUseCache::Release(cluster_use_);
  cluster_use_ = nullptr;
  if (endpoint_ != nullptr) worker()->picker()->Release(selection());
  endpoint_ = nullptr;
}

}  // namespace meshgw::internal
