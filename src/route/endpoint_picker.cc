#include "meshgw/endpoint_picker.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "route/endpoint_state.h"
#include "route/priority_level.h"
#include "route/string_map.h"

namespace meshgw {
namespace internal {

bool EndpointHistory::Failed(const PassiveHealth& policy, TimePoint now) {
  if (failures == 0 && ejections > 0 && now > ejected_until &&
      policy.base_ejection.count() > 0) {
    // It has worked since the last ejection.
    const auto forgiven = (now - ejected_until) / policy.base_ejection;
    ejections -=
        static_cast<std::uint32_t>(std::min<std::int64_t>(forgiven, ejections));
  }
  ++failures;
  return policy.consecutive_failures != 0 &&
         failures >= policy.consecutive_failures && !Ejected(now);
}

void EndpointHistory::Eject(const PassiveHealth& policy, TimePoint now) {
  // Bounds that keep the arithmetic within 64 bits of nanoseconds.
  constexpr std::uint32_t kMostCounted = 10000;
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
  if (ejections < kMostCounted) ++ejections;
  const auto base =
      std::clamp(policy.base_ejection, std::chrono::milliseconds(0), kLongest);
  ejected_until =
      now + std::min({base * ejections, policy.max_ejection, kLongest});
}

// One version of a cluster as one picker knows it.
struct ClusterState {
  // Of a cluster, over its versions.
  struct History {
    EndpointHistory::TimePoint ejected_until =
        EndpointHistory::TimePoint::min();  // The last of its endpoints.
  };

  std::shared_ptr<const Cluster> cluster;
  std::shared_ptr<History> history;
  std::vector<EndpointPicker::EndpointState> endpoints;  // In its order.
  std::vector<PriorityLevel> levels;  // By priority, healthy ones only.
  std::uint32_t uses = 0;             // Selections that are not released yet.
  std::size_t retired_at = kServing;  // Its place among the retired.

  static constexpr std::size_t kServing = ~std::size_t{0};

  ClusterState(std::shared_ptr<const Cluster> of, const ClusterState* old,
               Random* random);
  // Endpoints point back.
  ClusterState(const ClusterState&) = delete;
  ClusterState& operator=(const ClusterState&) = delete;

  EndpointPicker::EndpointState* Pick(std::uint64_t client_hash, Usable usable,
                                      Random* random) {
    usable.skip_ejected &= usable.now < history->ejected_until;
    for (PriorityLevel& level : levels) {
      auto* state = level.Pick(*cluster, client_hash, usable, random);
      if (state != nullptr) return state;
    }
    return nullptr;
  }

  bool HasOther(const EndpointHistory* than,
                EndpointPicker::TimePoint now) const {
    return std::any_of(levels.begin(), levels.end(), [&](const auto& level) {
      return level.HasOther(than, now);
    });
  }
};

// Takes over the histories that `old` (nullable) has of the same addresses.
ClusterState::ClusterState(std::shared_ptr<const Cluster> of,
                           const ClusterState* old, Random* random)
    : cluster(std::move(of)),
      history(old != nullptr ? old->history : std::make_shared<History>()),
      endpoints(cluster->endpoints.size()) {
  using Key = std::pair<std::string_view, std::uint16_t>;
  std::map<Key, std::shared_ptr<EndpointHistory>> known;
  if (old != nullptr) {
    for (const auto& state : old->endpoints) {
      known[{state.endpoint->address, state.endpoint->port}] = state.history;
    }
  }
  std::map<std::uint32_t, PriorityLevel> by_priority;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const Endpoint& endpoint = cluster->endpoints[i];
    auto& past = known[{endpoint.address, endpoint.port}];
    if (past == nullptr) past = std::make_shared<EndpointHistory>();
    endpoints[i] = {&endpoint, past, this};
    if (endpoint.health == EndpointHealth::kHealthy) {
      by_priority[endpoint.priority].Add(&endpoints[i], random);
    }
  }
  for (auto& [priority, level] : by_priority) {
    levels.push_back(std::move(level));
  }
}

}  // namespace internal

using internal::ClusterState;
using internal::EndpointHistory;
using internal::Usable;

// The clusters that were used so far.
struct EndpointPicker::Clusters {
  static constexpr int kBucketsAtOnce = 4;

  explicit Clusters(std::uint64_t seed) : random(seed) {}

  internal::Random random;
  std::uint64_t ejections = 0;
  std::vector<ClusterState*> by_index;  // Null: not used under this table yet.
  internal::StringMap<std::unique_ptr<ClusterState>> by_name;
  std::size_t swept = 0;  // Buckets of by_name, under this table.
  std::vector<std::unique_ptr<ClusterState>> retired;  // With uses left.

  ClusterState& Get(const RouteTable& table, std::uint32_t index) {
    if (by_index[index] != nullptr) return *by_index[index];
    const std::shared_ptr<const Cluster>& cluster = table.clusters()[index];
    const std::size_t buckets = by_name.bucket_count();
    std::unique_ptr<ClusterState>& slot = by_name[cluster->name];
    if (by_name.bucket_count() != buckets) swept = 0;
    if (slot == nullptr || slot->cluster != cluster) {
      auto made = std::make_unique<ClusterState>(cluster, slot.get(), &random);
      ReserveRetired();
      std::swap(slot, made);
      Retire(std::move(made));
    }
    by_index[index] = slot.get();
    return *slot;
  }

  // Forgets clusters that `table` does not have, a few at a time: all at once
  // would make connections wait.
  void Sweep(const RouteTable& table) {
    for (int i = 0; i < kBucketsAtOnce && swept < by_name.bucket_count(); ++i) {
      const auto gone = std::find_if(
          by_name.begin(swept), by_name.end(swept), [&](const auto& entry) {
            return table.FindCluster(entry.first) == nullptr;
          });
      if (gone == by_name.end(swept)) {
        ++swept;
        continue;
      }
      ReserveRetired();
      const auto entry = by_name.find(gone->first);
      Retire(std::move(entry->second));
      by_name.erase(entry);
    }
  }

  void ReserveRetired() {
    if (retired.size() < retired.capacity()) return;
    retired.reserve(2 * retired.size() + 1);
  }

  // Keeps `state` (nullable) for as long as it is in use. There is room for it.
  void Retire(std::unique_ptr<ClusterState> state) {
    if (state == nullptr || state->uses == 0) return;
    state->retired_at = retired.size();
    retired.push_back(std::move(state));
  }

  void Release(ClusterState* state) {
    if (--state->uses != 0 || state->retired_at == ClusterState::kServing) {
      return;
    }
    const std::size_t at = state->retired_at;
    std::swap(retired[at], retired.back());
    retired[at]->retired_at = at;
    retired.pop_back();
  }
};

EndpointPicker::EndpointPicker(std::shared_ptr<const RouteTable> table,
                               std::uint64_t seed)
    : clusters_(std::make_unique<Clusters>(seed)) {
  SetTable(std::move(table));
}

EndpointPicker::~EndpointPicker() = default;

void EndpointPicker::SetTable(std::shared_ptr<const RouteTable> table) {
  // What can fail comes first: the old table stays then. The memory is used
  // again, as new pages cost more than filling them.
  clusters_->by_index.reserve(table->clusters().size());
  clusters_->by_index.assign(table->clusters().size(), nullptr);
  clusters_->swept = 0;
  table_ = std::move(table);
}

EndpointPicker::Selection EndpointPicker::Pick(std::uint32_t cluster_index,
                                               std::uint64_t client_hash,
                                               TimePoint now,
                                               Attempts* attempts) {
  if (attempts->count >= kMaxAttempts ||
      cluster_index >= clusters_->by_index.size()) {
    return {};
  }
  clusters_->Sweep(*table_);
  EndpointState* state = nullptr;
  // Ejected endpoints are better than none at all, after the failovers.
  for (const bool skip_ejected : {true, false}) {
    const Usable usable{*attempts, now, skip_ejected};
    const auto pick = [&](std::uint32_t index) {
      return clusters_->Get(*table_, index)
          .Pick(client_hash, usable, &clusters_->random);
    };
    state = pick(cluster_index);
    for (const std::uint32_t next : table_->failover(cluster_index)) {
      if (state != nullptr) break;
      state = pick(next);
    }
    if (state != nullptr) break;
  }
  if (state == nullptr) return {};
  attempts->tried[attempts->count++] = state->history.get();
  ++state->owner->uses;
  ++state->history->active;
  return Selected(state);
}

EndpointPicker::Selection EndpointPicker::Selected(EndpointState* state) {
  if (state == nullptr) return {};
  return {state->owner->cluster.get(), state->endpoint, state};
}

void EndpointPicker::OnConnected(const Selection& selection) {
  selection.state->history->failures = 0;
}

void EndpointPicker::OnConnectFailure(const Selection& selection,
                                      TimePoint now) {
  ClusterState& cluster = *selection.state->owner;
  EndpointHistory& history = *selection.state->history;
  const PassiveHealth& policy = cluster.cluster->passive_health;
  if (!history.Failed(policy, now)) return;
  // A version that is gone cannot tell which endpoint is the last.
  if (cluster.retired_at != ClusterState::kServing) return;
  if (!cluster.HasOther(&history, now)) return;
  history.Eject(policy, now);
  cluster.history->ejected_until =
      std::max(cluster.history->ejected_until, history.ejected_until);
  ++clusters_->ejections;
}

void EndpointPicker::Release(const Selection& selection) {
  if (selection.state == nullptr) return;
  --selection.state->history->active;
  clusters_->Release(selection.state->owner);
}

std::uint64_t EndpointPicker::ejections() const { return clusters_->ejections; }

}  // namespace meshgw
