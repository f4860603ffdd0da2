#include "meshgw/route_table.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "route/hashed_name.h"
#include "route/route_index.h"

namespace meshgw {
namespace {

using internal::HashedName;
using internal::RouteRules;
using internal::RuleRef;

// The patterns that match, by their places in the order.
std::vector<int> MatchPatterns(const RouteRules& rules, std::string_view name) {
  const re2::StringPiece text(name.data(), name.size());
  std::vector<int> matches;
  re2::RE2::Set::ErrorInfo error{};
  if (rules.pattern_set->Match(text, &matches, &error)) {
    std::sort(matches.begin(), matches.end());
    return matches;
  }
  matches.clear();
  if (error.kind == re2::RE2::Set::kNoError) return matches;
  // The set's automaton outgrew its memory: one by one.
  for (std::size_t i = 0; i < rules.patterns.size(); ++i) {
    if (re2::RE2::FullMatch(text, *rules.patterns[i])) {
      matches.push_back(static_cast<int>(i));
    }
  }
  return matches;
}

// Shows `visit` the suffixes of `key`, the longest first, on label borders.
template <typename Visitor>
bool WalkSuffixes(const RouteRules& rules, const HashedName& key,
                  Visitor& visit) {
  std::size_t below =
      Visitor::kSeesMisses ? key.size() : rules.longest_suffix + 1;
  while (const std::size_t size = key.NextBorder(below)) {
    below = size;
    if (!Visitor::kSeesMisses && !rules.suffix_sizes[size]) continue;
    const RuleRef found = rules.suffix.Find(key, size);
    if (visit(RouteKind::kSuffix, key.Suffix(size), found)) return true;
  }
  return false;
}

// Shows `visit` the patterns in order.
template <typename Visitor>
bool WalkPatterns(const RouteRules& rules, const HashedName& key,
                  Visitor& visit) {
  if (rules.pattern_set == nullptr) return false;
  const std::vector<int> matches = MatchPatterns(rules, key.view());
  auto match = matches.begin();
  for (std::size_t i = 0; i < rules.patterns.size(); ++i) {
    const bool matched =
        match != matches.end() && static_cast<std::size_t>(*match) == i;
    if (matched) ++match;
    const RuleRef found = matched ? rules.pattern_rules[i] : RuleRef();
    if (visit(RouteKind::kRegex, rules.patterns[i]->pattern(), found)) {
      return true;
    }
  }
  return false;
}

// Walk shows `visit` what is looked for `name`, kind, key and what was found,
// until it returns true: the one place where the order of rules is decided.
template <typename Visitor>
void Walk(const RouteRules& rules, std::string_view name, Visitor& visit) {
  const HashedName key(name, rules.secrets);
  if (!key.too_long() && key.size() != 0) {
    if (visit(RouteKind::kExact, key.view(),
              rules.exact.Find(key, key.size())) ||
        WalkSuffixes(rules, key, visit) || WalkPatterns(rules, key, visit)) {
      return;
    }
  }
  visit(RouteKind::kDefault, "*", rules.default_rule);
}

// Lookup's visitor: the first rule found is the one.
struct FirstFound {
  static constexpr bool kSeesMisses = false;
  RouteKind kind = RouteKind::kNone;
  RuleRef found;

  bool operator()(RouteKind visited, std::string_view, RuleRef rule) {
    if (!rule) return false;
    kind = visited;
    found = rule;
    return true;
  }
};

std::string_view WhyMissed(RouteKind kind) {
  switch (kind) {
    case RouteKind::kExact:
      return "no rule has this whole name";
    case RouteKind::kSuffix:
      return "no rule has this suffix";
    case RouteKind::kRegex:
      return "the pattern does not match the whole name";
    case RouteKind::kDefault:
    case RouteKind::kNone:
      break;
  }
  return "there is no default route";
}

std::string_view WhyWon(RouteKind kind) {
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

std::string_view WhyLost(RouteKind kind, RouteKind winner) {
  if (winner == RouteKind::kExact) return "lost: the exact name comes first";
  if (winner == RouteKind::kRegex) {
    return kind == winner ? "lost: an earlier pattern matches"
                          : "lost: a pattern matches";
  }
  return kind == winner ? "lost: a longer suffix matches"
                        : "lost: a suffix matches";
}

// Explain's visitor: the first rule found wins, and all others are shown.
struct Explainer {
  static constexpr bool kSeesMisses = true;
  const RouteRules& rules;
  std::vector<RouteCandidate> candidates;
  RouteKind winner = RouteKind::kNone;

  bool operator()(RouteKind kind, std::string_view key, RuleRef rule) {
    RouteCandidate candidate;
    candidate.kind = kind;
    candidate.matched = static_cast<bool>(rule);
    if (!rule) {
      candidate.match = kind == RouteKind::kSuffix ? "*." + std::string(key)
                                                   : std::string(key);
      candidate.why = WhyMissed(kind);
    } else {
      candidate.match = rules.routes[rule.rule].match;
      candidate.cluster = rules.routes[rule.rule].cluster;
      candidate.won = winner == RouteKind::kNone;
      candidate.why = candidate.won ? WhyWon(kind) : WhyLost(kind, winner);
      if (candidate.won) winner = kind;
    }
    candidates.push_back(std::move(candidate));
    return false;
  }
};

}  // namespace

RouteTable::RouteTable() : index_(std::make_unique<Index>()) {}
RouteTable::~RouteTable() = default;

RouteMatch RouteTable::Lookup(std::string_view server_name) const noexcept {
  const RouteRules& rules = *index_->rules;
  FirstFound first;
  try {
    Walk(rules, server_name, first);
  } catch (const std::bad_alloc&) {
    return {};  // A pattern that could not be tried might have matched.
  }
  if (!first.found) return {};
  const std::uint32_t cluster = first.found.cluster;
  return {first.kind, &rules.routes[first.found.rule],
          index_->clusters[cluster].get(), cluster};
}

std::vector<RouteCandidate> RouteTable::Explain(
    std::string_view server_name) const {
  Explainer explainer{*index_->rules, {}};
  Walk(*index_->rules, server_name, explainer);
  return std::move(explainer.candidates);
}

std::span<const std::shared_ptr<const Cluster>> RouteTable::clusters() const {
  return index_->clusters;
}

std::span<const Route> RouteTable::routes() const {
  return index_->rules->routes;
}

const Cluster* RouteTable::FindCluster(std::string_view name) const noexcept {
  const auto index = FindClusterIndex(name);
  return index.has_value() ? index_->clusters[*index].get() : nullptr;
}

std::optional<std::uint32_t> RouteTable::FindClusterIndex(
    std::string_view name) const noexcept {
  const auto found = index_->cluster_by_name->find(name);
  if (found == index_->cluster_by_name->end()) return std::nullopt;
  return static_cast<std::uint32_t>(found->second);
}

std::span<const std::uint32_t> RouteTable::failover(
    std::uint32_t cluster_index) const {
  return index_->failover[cluster_index];
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
          internal::StrFormat("no cluster is named %s", cluster.name));
    }
    if (absl::Status status = internal::CheckCluster(cluster); !status.ok()) {
      return status;
    }
    auto failover =
        internal::ResolveFailover(cluster, *index_->cluster_by_name);
    if (!failover.ok()) return failover.status();
    table->index_->failover[found->second] = *std::move(failover);
    table->index_->clusters[found->second] =
        std::make_shared<const Cluster>(cluster);
  }
  return table;
}

}  // namespace meshgw
