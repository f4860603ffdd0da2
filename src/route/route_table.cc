#include "meshgw/route_table.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "route/route_index.h"
#include "route/server_name_key.h"

namespace meshgw {
namespace {

using internal::RouteRules;
using internal::ServerNameKey;

// Recorders are told of every rule that Walk looks for. Lookup's forgets all.
struct NoRecorder {
  void operator()(RouteKind, std::string_view, std::uint32_t) const {}
};

// The first pattern in order that matches, or kNoRule.
std::uint32_t MatchPatterns(const RouteRules& rules, std::string_view name) {
  const re2::StringPiece text(name.data(), name.size());
  std::vector<int> matches;
  re2::RE2::Set::ErrorInfo error{};
  if (rules.pattern_set->Match(text, &matches, &error)) {
    const int first = *std::min_element(matches.begin(), matches.end());
    return rules.regex_rules[static_cast<std::size_t>(first)];
  }
  if (error.kind == re2::RE2::Set::kNoError) return RouteRules::kNoRule;
  // The set's automaton outgrew its memory: one by one.
  for (std::size_t i = 0; i < rules.patterns.size(); ++i) {
    if (re2::RE2::FullMatch(text, *rules.patterns[i])) {
      return rules.regex_rules[i];
    }
  }
  return RouteRules::kNoRule;
}

// Looks `key` up among the suffixes: the longest first, on label borders.
template <typename Recorder>
std::uint32_t WalkSuffixes(const RouteRules& rules, std::string_view key,
                           const Recorder& record) {
  std::size_t labels = internal::LabelCount(key);
  while (true) {
    const std::size_t dot = key.find('.');
    if (dot == std::string_view::npos) return RouteRules::kNoRule;
    key.remove_prefix(dot + 1);
    --labels;
    if (!rules.suffix_labels[labels]) continue;
    const auto found = rules.suffix.find(key);
    const std::uint32_t rule =
        found == rules.suffix.end() ? RouteRules::kNoRule : found->second;
    record(RouteKind::kSuffix, key, rule);
    if (rule != RouteRules::kNoRule) return rule;
  }
}

// Walk finds the rule for `name`: the one place where the order is decided.
template <typename Recorder>
std::uint32_t Walk(const RouteRules& rules, std::string_view name,
                   const Recorder& record) {
  const ServerNameKey key(name);
  if (!key.too_long() && !key.view().empty()) {
    const auto exact = rules.exact.find(key.view());
    std::uint32_t rule =
        exact == rules.exact.end() ? RouteRules::kNoRule : exact->second;
    record(RouteKind::kExact, key.view(), rule);
    if (rule != RouteRules::kNoRule) return rule;
    if (!rules.suffix.empty()) {
      rule = WalkSuffixes(rules, key.view(), record);
      if (rule != RouteRules::kNoRule) return rule;
    }
    if (!rules.regex_rules.empty()) {
      rule = MatchPatterns(rules, key.view());
      record(RouteKind::kRegex, key.view(), rule);
      if (rule != RouteRules::kNoRule) return rule;
    }
  }
  record(RouteKind::kDefault, "*", rules.default_rule);
  return rules.default_rule;
}

std::string WhyMissed(RouteKind kind) {
  switch (kind) {
    case RouteKind::kExact:
      return "no rule has this whole name";
    case RouteKind::kSuffix:
      return "no rule has this suffix";
    case RouteKind::kRegex:
      return "no pattern matches the whole name";
    case RouteKind::kDefault:
    case RouteKind::kNone:
      break;
  }
  return "there is no default route";
}

std::string WhyWon(RouteKind kind) {
  switch (kind) {
    case RouteKind::kExact:
      return "won: an exact name comes before all other rules";
    case RouteKind::kSuffix:
      return "won: the longest suffix on a label border";
    case RouteKind::kRegex:
      return "won: the first pattern that matches";
    case RouteKind::kDefault:
    case RouteKind::kNone:
      break;
  }
  return "won: nothing else matched";
}

}  // namespace

RouteTable::RouteTable() : index_(std::make_unique<Index>()) {}
RouteTable::~RouteTable() = default;

RouteMatch RouteTable::Lookup(std::string_view server_name) const noexcept {
  const RouteRules& rules = *index_->rules;
  const std::uint32_t found = Walk(rules, server_name, NoRecorder());
  RouteMatch match;
  if (found == RouteRules::kNoRule) return match;
  match.route = &rules.routes[found];
  match.kind = match.route->kind;
  match.cluster_index = rules.cluster_of[found];
  match.cluster = index_->clusters[match.cluster_index].get();
  return match;
}

std::vector<RouteCandidate> RouteTable::Explain(
    std::string_view server_name) const {
  const RouteRules& rules = *index_->rules;
  std::vector<RouteCandidate> candidates;
  Walk(rules, server_name,
       [&](RouteKind kind, std::string_view key, std::uint32_t rule) {
         RouteCandidate candidate;
         candidate.kind = kind;
         candidate.match =
             kind == RouteKind::kSuffix ? "*." + std::string(key) : key;
         candidate.matched = candidate.won = rule != RouteRules::kNoRule;
         if (candidate.won) {
           candidate.match = rules.routes[rule].match;
           candidate.cluster = rules.routes[rule].cluster;
           candidate.why = WhyWon(kind);
         } else {
           candidate.why = WhyMissed(kind);
         }
         candidates.push_back(std::move(candidate));
       });
  return candidates;
}

std::span<const std::shared_ptr<const Cluster>> RouteTable::clusters() const {
  return index_->clusters;
}

std::span<const Route> RouteTable::routes() const {
  return index_->rules->routes;
}

const Cluster* RouteTable::FindCluster(std::string_view name) const noexcept {
  const auto found = index_->cluster_by_name->find(name);
  if (found == index_->cluster_by_name->end()) return nullptr;
  return index_->clusters[found->second].get();
}

std::span<const std::uint32_t> RouteTable::failover(
    std::uint32_t cluster_index) const {
  return (*index_->failover)[cluster_index];
}

absl::StatusOr<std::shared_ptr<const RouteTable>> RouteTable::WithClusters(
    std::span<const Cluster> replacements) const {
  // The constructor is private, so that make_shared cannot be used.
  std::shared_ptr<RouteTable> table(new RouteTable());
  *table->index_ = *index_;
  for (const Cluster& cluster : replacements) {
    const auto found = index_->cluster_by_name->find(cluster.name);
    if (found == index_->cluster_by_name->end()) {
      return absl::NotFoundError(
          absl::StrFormat("no cluster is named %s", cluster.name));
    }
    table->index_->clusters[found->second] =
        std::make_shared<const Cluster>(cluster);
  }
  return table;
}

}  // namespace meshgw
