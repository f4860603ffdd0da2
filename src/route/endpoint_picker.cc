#include "meshgw/endpoint_picker.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "route/maglev.h"
#include "route/string_map.h"

namespace meshgw {

using internal::MaglevEntry;
using internal::MaglevTable;

// What is known of an address, over table changes and priorities.
struct EndpointHistory {
  std::uint32_t active = 0;    // Selections not released yet.
  std::uint32_t failures = 0;  // Connect failures in a row.
  std::uint32_t ejections = 0;
  EndpointPicker::TimePoint ejected_until{};
};

struct EndpointPicker::EndpointState {
  std::shared_ptr<const Cluster> cluster;  // Keeps `endpoint` alive.
  const Endpoint* endpoint = nullptr;
  std::shared_ptr<EndpointHistory> history;
  std::uint32_t uses = 0;   // Selections of this state.
  bool retired = false;     // Its table is gone: freed with the last use.
  std::int64_t credit = 0;  // Of smooth weighted round robin.
  // The state's cluster here, to judge ejections; null when retired.
  struct ClusterState* owner = nullptr;

  bool Ejected(TimePoint now) const { return now < history->ejected_until; }
};

namespace {

using State = EndpointPicker::EndpointState;
using TimePoint = EndpointPicker::TimePoint;
using Attempts = EndpointPicker::Attempts;

// SplitMix64: small, and good enough to spread load.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In 0..limit-1; limit > 0. The bias of the product is below 2^-32.
  std::uint32_t Below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(((Next() >> 32) * limit) >> 32);
  }

 private:
  std::uint64_t state_;
};

bool Tried(const Attempts& attempts, const State* state) {
  for (std::uint32_t i = 0; i < attempts.count; ++i) {
    // By history: after a table change the same address is another state.
    if (attempts.tried[i] == state->history.get()) return true;
  }
  return false;
}

// What makes an endpoint usable for one pick.
struct Filter {
  const Attempts& attempts;
  TimePoint now;
  bool allow_ejected;

  bool operator()(const State* state) const {
    return (allow_ejected || !state->Ejected(now)) && !Tried(attempts, state);
  }
};

std::uint64_t Identity(const Endpoint& endpoint) {
  // FNV-1a: the same in every process, so that gateways agree.
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](std::uint8_t byte) {
    hash = (hash ^ byte) * 0x100000001b3u;
  };
  for (const char c : endpoint.address) add(static_cast<std::uint8_t>(c));
  add(static_cast<std::uint8_t>(endpoint.port >> 8));
  add(static_cast<std::uint8_t>(endpoint.port & 0xff));
  return hash;
}

// The healthy endpoints of one priority.
class Level {
 public:
  void Add(State* state) {
    total_weight_ += state->endpoint->weight;
    states_.push_back(state);
    bounds_.push_back(total_weight_);
  }
  const std::vector<State*>& states() const { return states_; }

  State* Pick(const Cluster& cluster, std::uint64_t client_hash,
              const Filter& usable, Random* random) {
    switch (cluster.load_balancing) {
      case LoadBalancing::kLeastRequest:
        return LeastRequest(std::max(cluster.choice_count, 1u), usable, random);
      case LoadBalancing::kRoundRobin:
        return RoundRobin(usable);
      case LoadBalancing::kRandom:
        return LeastRequest(1, usable, random);
      case LoadBalancing::kMaglev:
        return Maglev(client_hash, usable);
    }
    return nullptr;
  }

 private:
  State* ByWeight(Random* random) const {
    const std::uint32_t at = random->Below(total_weight_);
    const auto bound = std::upper_bound(bounds_.begin(), bounds_.end(), at);
    return states_[static_cast<std::size_t>(bound - bounds_.begin())];
  }

  // The least loaded, for its weight, of `choices` random ones.
  State* LeastRequest(std::uint32_t choices, const Filter& usable,
                      Random* random) const {
    State* best = nullptr;
    std::uint32_t found = 0;
    for (std::uint32_t draw = 0; draw < choices * 4 && found < choices;
         ++draw) {
      State* candidate = ByWeight(random);
      if (!usable(candidate)) continue;
      ++found;
      if (best == nullptr || LessLoaded(*candidate, *best)) best = candidate;
    }
    return best != nullptr ? best : FirstUsable(random, usable);
  }

  static bool LessLoaded(const State& a, const State& b) {
    return std::uint64_t{a.history->active} * b.endpoint->weight <
           std::uint64_t{b.history->active} * a.endpoint->weight;
  }

  // Few are usable: from a random place on, each is looked at once.
  State* FirstUsable(Random* random, const Filter& usable) const {
    const auto count = static_cast<std::uint32_t>(states_.size());
    const std::uint32_t start = random->Below(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      State* candidate = states_[(start + i) % count];
      if (usable(candidate)) return candidate;
    }
    return nullptr;
  }

  // Smooth weighted round robin, as in nginx: each gains its weight, the
  // richest is chosen and pays what all gained.
  State* RoundRobin(const Filter& usable) const {
    State* best = nullptr;
    std::int64_t gained = 0;
    for (State* state : states_) {
      if (!usable(state)) continue;
      state->credit += state->endpoint->weight;
      gained += state->endpoint->weight;
      if (best == nullptr || state->credit > best->credit) best = state;
    }
    if (best != nullptr) best->credit -= gained;
    return best;
  }

  State* Maglev(std::uint64_t client_hash, const Filter& usable) {
    if (maglev_.empty()) {
      std::vector<MaglevEntry> entries;
      for (const State* state : states_) {
        entries.push_back(
            {Identity(*state->endpoint), state->endpoint->weight});
      }
      maglev_ = MaglevTable(entries);
    }
    const std::size_t start = client_hash % maglev_.size();
    for (std::size_t i = 0; i < maglev_.size(); ++i) {
      State* candidate = states_[maglev_[(start + i) % maglev_.size()]];
      if (usable(candidate)) return candidate;
    }
    return nullptr;
  }

  std::vector<State*> states_;
  std::vector<std::uint32_t> bounds_;  // Running sums of weights.
  std::uint32_t total_weight_ = 0;
  std::vector<std::uint32_t> maglev_;  // Made at the first use.
};

}  // namespace

// One cluster as this picker knows it.
struct ClusterState {
  std::shared_ptr<const Cluster> cluster;
  std::vector<State*> endpoints;  // All, in the cluster's order.
  std::vector<Level> levels;      // By priority, healthy ones only.

  ClusterState() = default;
  ClusterState(const ClusterState&) = delete;
  ClusterState& operator=(const ClusterState&) = delete;
  ~ClusterState() {
    for (State* state : endpoints) Retire(state);
  }

  static void Retire(State* state) {
    state->owner = nullptr;
    state->retired = true;
    if (state->uses == 0) delete state;
  }

  State* Pick(std::uint64_t client_hash, const Filter& usable, Random* random) {
    for (Level& level : levels) {
      State* state = level.Pick(*cluster, client_hash, usable, random);
      if (state != nullptr) return state;
    }
    return nullptr;
  }

  // Whether an endpoint other than `state` could be used.
  bool HasOther(const State* state, TimePoint now) const {
    for (const Level& level : levels) {
      for (const State* other : level.states()) {
        if (other != state && !other->Ejected(now)) return true;
      }
    }
    return false;
  }
};

struct EndpointPicker::Clusters {
  explicit Clusters(std::uint64_t seed) : random(seed) {}

  Random random;
  std::uint64_t ejections = 0;
  std::vector<ClusterState*> by_index;  // Null: not used under this table yet.
  internal::StringMap<std::unique_ptr<ClusterState>> by_name;

  ClusterState& Get(const RouteTable& table, std::uint32_t index) {
    if (by_index[index] != nullptr) return *by_index[index];
    const std::shared_ptr<const Cluster>& cluster = table.clusters()[index];
    std::unique_ptr<ClusterState>& slot = by_name[cluster->name];
    if (slot == nullptr || slot->cluster != cluster) {
      slot = Build(cluster, slot.get());
    }
    by_index[index] = slot.get();
    return *slot;
  }

  // Makes the state of `cluster`, with the histories that `old` (nullable) has
  // of the same addresses.
  static std::unique_ptr<ClusterState> Build(
      const std::shared_ptr<const Cluster>& cluster, const ClusterState* old) {
    using Key = std::pair<std::string_view, std::uint16_t>;
    std::map<Key, std::shared_ptr<EndpointHistory>> known;
    if (old != nullptr) {
      for (const State* state : old->endpoints) {
        known[{state->endpoint->address, state->endpoint->port}] =
            state->history;
      }
    }
    auto made = std::make_unique<ClusterState>();
    made->cluster = cluster;
    std::map<std::uint32_t, Level> levels;
    for (const Endpoint& endpoint : cluster->endpoints) {
      auto state = std::make_unique<State>();
      state->cluster = cluster;
      state->endpoint = &endpoint;
      state->owner = made.get();
      const auto found = known.find({endpoint.address, endpoint.port});
      state->history = found != known.end()
                           ? found->second
                           : std::make_shared<EndpointHistory>();
      if (endpoint.health == EndpointHealth::kHealthy) {
        levels[endpoint.priority].Add(state.get());
      }
      made->endpoints.push_back(state.release());
    }
    for (auto& [priority, level] : levels) {
      made->levels.push_back(std::move(level));
    }
    return made;
  }
};

EndpointPicker::EndpointPicker(std::shared_ptr<const RouteTable> table,
                               std::uint64_t seed)
    : clusters_(std::make_unique<Clusters>(seed)) {
  SetTable(std::move(table));
}

EndpointPicker::~EndpointPicker() = default;

void EndpointPicker::SetTable(std::shared_ptr<const RouteTable> table) {
  // Clusters that are no longer there must not be remembered for ever.
  for (auto it = clusters_->by_name.begin(); it != clusters_->by_name.end();) {
    const auto current = it++;
    if (table->FindCluster(current->first) == nullptr) {
      clusters_->by_name.erase(current);
    }
  }
  clusters_->by_index.assign(table->clusters().size(), nullptr);
  table_ = std::move(table);
}

EndpointPicker::Selection EndpointPicker::Pick(std::uint32_t cluster_index,
                                               std::uint64_t client_hash,
                                               TimePoint now,
                                               Attempts* attempts) {
  if (attempts->count == kMaxAttempts) return {};
  State* state = nullptr;
  // Ejected endpoints are better than none at all, after the failovers.
  for (const bool allow_ejected : {false, true}) {
    const Filter usable{*attempts, now, allow_ejected};
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
  ++state->uses;
  ++state->history->active;
  return {state->cluster.get(), state->endpoint, state};
}

void EndpointPicker::OnConnected(const Selection& selection) {
  EndpointHistory& history = *selection.state->history;
  history.failures = 0;
  history.ejections = 0;
}

void EndpointPicker::OnConnectFailure(const Selection& selection,
                                      TimePoint now) {
  State& state = *selection.state;
  const PassiveHealth& policy = state.cluster->passive_health;
  EndpointHistory& history = *state.history;
  ++history.failures;
  if (policy.consecutive_failures == 0 ||
      history.failures < policy.consecutive_failures || state.Ejected(now)) {
    return;
  }
  if (state.owner == nullptr || !state.owner->HasOther(&state, now)) return;
  ++history.ejections;
  ++clusters_->ejections;
  history.failures = 0;
  history.ejected_until =
      now +
      std::min(policy.base_ejection * history.ejections, policy.max_ejection);
}

void EndpointPicker::Release(const Selection& selection) {
  State* state = selection.state;
  --state->history->active;
  if (--state->uses == 0 && state->retired) delete state;
}

std::uint64_t EndpointPicker::ejections() const { return clusters_->ejections; }

}  // namespace meshgw
