#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "gateway/connection.h"
#include "gateway/connection_opening.h"
#include "gateway/dial.h"
#include "gateway/worker.h"

namespace meshgw::internal {

// Dials endpoints until one connect is under way, or none is left. `error`:
// that of the last one.
void Connection::DialNext(int error) {
  const std::uint32_t most = std::clamp(worker_->limits().max_connect_attempts,
                                        1u, EndpointPicker::kMaxAttempts);
  while (attempts_ < most) {
    // The table may have changed since the last attempt.
    if (opening_->routes_version != worker_->routes_version() &&
        !FindRoute(summary_.server_name())) {
      Close(ConnectionReason::kNoRoute, "gateway");
      return;
    }
    if (!PickEndpoint()) break;
    const Cluster& cluster = *selection_.cluster;
    if (cluster.max_connections.has_value()) {
      cluster_use_ =
          worker_->cluster_uses().Acquire(cluster, *cluster.max_connections);
      if (cluster_use_ == nullptr) {
        Close(ConnectionReason::kConnectionLimit, "gateway");
        return;
      }
    }
    ++attempts_;
    switch (DialPicked(&error)) {
      case DialOutcome::kUnderWay:
        return;
      case DialOutcome::kGatewayFailed:
        worker_->acceptor().Pause(error);
        Close(ConnectionReason::kFailed, "gateway", error);
        return;
      case DialOutcome::kEndpointFailed:
        CountDialFailure(error);
        break;
    }
  }
  CloseUndialled(error);
}

// Takes the next endpoint. False, with the last one kept, when none is left.
bool Connection::PickEndpoint() {
  EndpointPicker& picker = *worker_->picker();
  const auto picked =
      picker.Pick(opening_->cluster_index, HashHost(source_.Expand()),
                  worker_->now(), &opening_->attempts);
  if (picked.endpoint == nullptr) {
    // For the record: Close follows before the table can change.
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

DialOutcome Connection::DialPicked(int* error) {
  const DialOutcome outcome = Dial(worker_->sys(), *selection_.cluster,
                                   *selection_.endpoint, &server_, error);
  if (outcome != DialOutcome::kUnderWay) return outcome;
  if (!worker_->Watch(server_.get(), key_, SpliceSide::kServer)) {
    *error = errno;
    server_.reset();
    return DialOutcome::kGatewayFailed;
  }
  worker_->wheel().Arm(&timer_,
                       worker_->now() + selection_.cluster->connect_timeout);
  return outcome;  // Connected already or not: the first event says so.
}

void Connection::CountDialFailure(int error) {
  worker_->counters().connect_failures.Add();
  worker_->picker()->OnConnectFailure(selection_, worker_->now());
  opening_->timed_out = error == ETIMEDOUT;
}

void Connection::CloseUndialled(int error) {
  Close(attempts_ == 0        ? ConnectionReason::kNoHealthyEndpoint
        : opening_->timed_out ? ConnectionReason::kConnectTimeout
                              : ConnectionReason::kConnectFailed,
        "gateway", error);
}

void Connection::OnDialEvent(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  if (const int error = SocketError(SpliceSide::kServer); error != 0) {
    OnDialFailed(error);
  } else {
    OnConnected(events);
  }
}

void Connection::OnDialFailed(int error) {
  CountDialFailure(error);
  // A copy of it may live on in a forked child, and the next one has our key.
  worker_->Unwatch(server_.get());
  server_.reset();
  DialNext(error);
}

void Connection::OnConnected(std::uint32_t events) {
  worker_->picker()->OnConnected(selection_);
  connect_us_ = MicrosecondsOpen();
  state_ = State::kRelaying;
  active_ = worker_->now();
  splicer_.emplace(worker_->pool(), client_.get(), server_.get());
  if (!splicer_->SendFirst(opening_->buffer.data()).ok()) {
    Close(ConnectionReason::kFailed, "gateway", ENOMEM);
    return;
  }
  opening_.reset();
  if (!wants_record()) summary_.ClearTexts();
  ArmRelayTimer();
  AfterRun(splicer_->Run(SpliceSide::kServer, events));
}

void Connection::ReleaseEndpoint() {
  if (cluster_use_ != nullptr) ClusterUseCache::Release(cluster_use_);
  cluster_use_ = nullptr;
  if (selection_.state != nullptr) worker_->picker()->Release(selection_);
  selection_ = {};
}

}  // namespace meshgw::internal
