#include "route/priority_level.h"

#include <algorithm>

#include "base/fnv1a.h"
#include "route/maglev.h"

namespace meshgw::internal {
namespace {

std::uint64_t Identity(const Endpoint& endpoint) {
  Fnv1a hash;  // The same in every process, so that gateways agree.
  for (const char c : endpoint.address) hash.Add(static_cast<std::uint8_t>(c));
  hash.Add(static_cast<std::uint8_t>(endpoint.port >> 8));
  hash.Add(static_cast<std::uint8_t>(endpoint.port & 0xff));
  return hash.hash();
}

}  // namespace

void PriorityLevel::Add(State* state, Random* random) {
  const std::uint32_t weight = state->endpoint->weight;
  total_weight_ += weight;
  candidates_.push_back({state, state->history.get(), weight,
                         static_cast<std::int64_t>(random->Below(weight + 1))});
  bounds_.push_back(total_weight_);
}

PriorityLevel::State* PriorityLevel::Pick(const Cluster& cluster,
                                          std::uint64_t client_hash,
                                          const Usable& usable,
                                          Random* random) {
  if (candidates_.size() == 1) {
    const Candidate& only = candidates_.front();
    return usable(*only.history) ? only.state : nullptr;
  }
  switch (cluster.load_balancing) {
    case LoadBalancing::kLeastRequest:
      return LeastRequest(cluster.choice_count, usable, random);
    case LoadBalancing::kRoundRobin:
      return RoundRobin(usable);
    case LoadBalancing::kRandom:
      return LeastRequest(1, usable, random);
    case LoadBalancing::kMaglev:
      return Maglev(client_hash, usable);
  }
  return nullptr;
}

bool PriorityLevel::HasOther(const EndpointHistory* history,
                             EndpointPicker::TimePoint now) const {
  return std::any_of(
      candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
        return other.history != history && !other.history->Ejected(now);
      });
}

const PriorityLevel::Candidate& PriorityLevel::ByWeight(Random* random) const {
  const std::uint32_t at = random->Below(total_weight_);
  if (total_weight_ == candidates_.size()) return candidates_[at];
  const auto bound = std::upper_bound(bounds_.begin(), bounds_.end(), at);
  return candidates_[static_cast<std::size_t>(bound - bounds_.begin())];
}

PriorityLevel::State* PriorityLevel::LeastRequest(std::uint32_t choices,
                                                  const Usable& usable,
                                                  Random* random) const {
  // More choices than endpoints would only draw the same ones again.
  choices =
      std::clamp(choices, 1u, static_cast<std::uint32_t>(candidates_.size()));
  const Candidate* best = nullptr;
  std::uint32_t found = 0;
  for (std::uint32_t draw = 0; draw < choices * 4 && found < choices; ++draw) {
    const Candidate& drawn = ByWeight(random);
    if (&drawn == best || !usable(*drawn.history)) continue;
    ++found;
    // By load for its weight. Of equal ones the first drawn stays: without
    // load the weights alone decide.
    if (best == nullptr || drawn.history->active * best->weight <
                               best->history->active * drawn.weight) {
      best = &drawn;
    }
  }
  if (best != nullptr) return best->state;
  return AmongUsable(random->Below(~0u), usable);
}

PriorityLevel::State* PriorityLevel::AmongUsable(std::uint32_t point,
                                                 const Usable& usable) const {
  std::uint64_t total = 0;
  for (const Candidate& candidate : candidates_) {
    if (usable(*candidate.history)) {
      total += static_cast<std::uint64_t>(candidate.weight);
    }
  }
  std::uint64_t left = (total * point) >> 32;
  for (const Candidate& candidate : candidates_) {
    if (!usable(*candidate.history)) continue;
    const auto weight = static_cast<std::uint64_t>(candidate.weight);
    if (left < weight) return candidate.state;
    left -= weight;
  }
  return nullptr;
}

// Smooth weighted round robin, as in nginx: each gains its weight, the richest
// is chosen and pays what all gained.
PriorityLevel::State* PriorityLevel::RoundRobin(const Usable& usable) {
  Candidate* best = nullptr;
  std::int64_t gained = 0;
  for (Candidate& candidate : candidates_) {
    if (!usable(*candidate.history)) continue;
    candidate.credit += candidate.weight;
    gained += candidate.weight;
    if (best == nullptr || candidate.credit > best->credit) best = &candidate;
  }
  if (best == nullptr) return nullptr;
  best->credit -= gained;
  return best->state;
}

PriorityLevel::State* PriorityLevel::Maglev(std::uint64_t client_hash,
                                            const Usable& usable) {
  if (maglev_.empty()) {
    std::vector<MaglevEntry> entries;
    entries.reserve(candidates_.size());
    for (const Candidate& candidate : candidates_) {
      entries.push_back({Identity(*candidate.state->endpoint),
                         candidate.state->endpoint->weight});
    }
    maglev_ = MaglevTable(entries);
  }
  // A client whose endpoint cannot be used now goes on to others that its hash
  // alone decides, so that it stays with one of them meanwhile.
  Random places(client_hash);
  const auto size = static_cast<std::uint32_t>(maglev_.size());
  constexpr int kPlaces = 8;
  for (int i = 0; i < kPlaces; ++i) {
    const Candidate& candidate = candidates_[maglev_[places.Below(size)]];
    if (usable(*candidate.history)) return candidate.state;
  }
  return AmongUsable(places.Below(~0u), usable);
}

}  // namespace meshgw::internal
