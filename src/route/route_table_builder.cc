#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "meshgw/route_table.h"
#include "route/route_index.h"

namespace meshgw {
namespace {

using internal::LabelCount;
using internal::RouteRules;
using internal::ServerNameKey;

absl::Status CheckEndpoints(const Cluster& cluster) {
  for (std::size_t i = 0; i < cluster.endpoints.size(); ++i) {
    const Endpoint& endpoint = cluster.endpoints[i];
    const auto bad = [&](std::string_view what) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "cluster %s, endpoint %d: %s", cluster.name, i, what));
    };
    if (endpoint.address.empty()) return bad("has no address");
    if (endpoint.port == 0 && !endpoint.address.starts_with("unix:")) {
      return bad("has port 0; expected 1..65535");
    }
    if (endpoint.weight < 1 || endpoint.weight > 128) {
      return bad("has a weight outside 1..128");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view name) {
  if (name.empty()) {
    return absl::InvalidArgumentError("a route's name is empty");
  }
  if (name.size() > ServerNameKey::kMaxSize) {
    return absl::InvalidArgumentError(
        absl::StrFormat("a route's name is %d bytes long; at most %d fit",
                        name.size(), ServerNameKey::kMaxSize));
  }
  return absl::OkStatus();
}

}  // namespace

// What has been added so far; names are resolved by Build.
struct RouteTableBuilder::Parts {
  struct Pending {
    Route route;
    std::unique_ptr<re2::RE2> pattern;  // Regex only.
  };
  std::vector<std::shared_ptr<const Cluster>> clusters;
  internal::StringMap<std::uint32_t> cluster_by_name;
  std::vector<Pending> names;                 // Exact and suffix.
  std::vector<Pending> patterns;              // In order.
  std::vector<Pending> defaults;              // None or one.
  internal::StringMap<std::size_t> by_match;  // Into names.

  absl::Status AddName(RouteKind kind, std::string match,
                       std::string_view cluster, std::string origin) {
    const auto [at, inserted] = by_match.try_emplace(match, names.size());
    if (!inserted) {
      return absl::AlreadyExistsError(
          absl::StrFormat("%s is already routed to cluster %s", match,
                          names[at->second].route.cluster));
    }
    names.push_back(
        {{kind, std::move(match), std::string(cluster), std::move(origin)},
         nullptr});
    return absl::OkStatus();
  }
};

RouteTableBuilder::RouteTableBuilder() : parts_(std::make_unique<Parts>()) {}
RouteTableBuilder::~RouteTableBuilder() = default;

absl::Status RouteTableBuilder::AddCluster(Cluster cluster) {
  if (absl::Status status = CheckEndpoints(cluster); !status.ok()) {
    return status;
  }
  const auto index = static_cast<std::uint32_t>(parts_->clusters.size());
  if (!parts_->cluster_by_name.try_emplace(cluster.name, index).second) {
    return absl::AlreadyExistsError(
        absl::StrFormat("there is already a cluster %s", cluster.name));
  }
  parts_->clusters.push_back(
      std::make_shared<const Cluster>(std::move(cluster)));
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::AddExact(std::string_view name,
                                         std::string_view cluster,
                                         std::string origin) {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  return parts_->AddName(RouteKind::kExact,
                         std::string(ServerNameKey(name).view()), cluster,
                         std::move(origin));
}

absl::Status RouteTableBuilder::AddSuffix(std::string_view pattern,
                                          std::string_view cluster,
                                          std::string origin) {
  if (absl::Status status = CheckName(pattern); !status.ok()) return status;
  if (!pattern.starts_with("*.") || pattern.size() < 3 ||
      pattern.find('*', 1) != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "suffix %s: expected \"*.\" and a name after it", pattern));
  }
  return parts_->AddName(RouteKind::kSuffix,
                         std::string(ServerNameKey(pattern).view()), cluster,
                         std::move(origin));
}

absl::Status RouteTableBuilder::AddRegex(std::string_view pattern,
                                         std::string_view cluster,
                                         std::string origin) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2>(
      re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("pattern %s: %s", pattern, compiled->error()));
  }
  parts_->patterns.push_back({{RouteKind::kRegex, std::string(pattern),
                               std::string(cluster), std::move(origin)},
                              std::move(compiled)});
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::SetDefault(std::string_view cluster,
                                           std::string origin) {
  if (!parts_->defaults.empty()) {
    return absl::AlreadyExistsError(
        absl::StrFormat("there is already a default route, to cluster %s",
                        parts_->defaults[0].route.cluster));
  }
  parts_->defaults.push_back(
      {{RouteKind::kDefault, "*", std::string(cluster), std::move(origin)},
       nullptr});
  return absl::OkStatus();
}

namespace {

// Failover names to indices.
absl::StatusOr<std::vector<std::vector<std::uint32_t>>> ResolveFailover(
    const std::vector<std::shared_ptr<const Cluster>>& clusters,
    const internal::StringMap<std::uint32_t>& by_name) {
  std::vector<std::vector<std::uint32_t>> failover(clusters.size());
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    for (const std::string& name : clusters[i]->failover) {
      const auto found = by_name.find(name);
      if (found == by_name.end()) {
        return absl::NotFoundError(
            absl::StrFormat("cluster %s fails over to %s, which is no cluster",
                            clusters[i]->name, name));
      }
      failover[i].push_back(found->second);
    }
  }
  return failover;
}

void IndexName(std::uint32_t at, RouteRules* rules) {
  const Route& route = rules->routes[at];
  if (route.kind == RouteKind::kExact) {
    rules->exact.emplace(route.match, at);
  } else if (route.kind == RouteKind::kSuffix) {
    const std::string_view suffix = std::string_view(route.match).substr(2);
    rules->suffix.emplace(suffix, at);
    rules->suffix_labels.set(LabelCount(suffix));
  } else if (route.kind == RouteKind::kDefault) {
    rules->default_rule = at;
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RouteTable>> RouteTableBuilder::Build() {
  auto rules = std::make_shared<RouteRules>();
  std::sort(parts_->names.begin(), parts_->names.end(),
            [](const Parts::Pending& a, const Parts::Pending& b) {
              return a.route.match < b.route.match;
            });
  for (auto* list : {&parts_->names, &parts_->patterns, &parts_->defaults}) {
    for (Parts::Pending& pending : *list) {
      const auto found = parts_->cluster_by_name.find(pending.route.cluster);
      if (found == parts_->cluster_by_name.end()) {
        return absl::NotFoundError(
            absl::StrFormat("route %s leads to %s, which is no cluster",
                            pending.route.match, pending.route.cluster));
      }
      if (pending.pattern != nullptr) {
        rules->regex_rules.push_back(
            static_cast<std::uint32_t>(rules->routes.size()));
        rules->patterns.push_back(std::move(pending.pattern));
      }
      rules->routes.push_back(std::move(pending.route));
      rules->cluster_of.push_back(found->second);
    }
  }
  rules->exact.reserve(rules->routes.size());
  for (std::uint32_t i = 0; i < rules->routes.size(); ++i) {
    IndexName(i, rules.get());
  }
  if (absl::Status status = rules->CompilePatterns(); !status.ok()) {
    return status;
  }
  auto failover = ResolveFailover(parts_->clusters, parts_->cluster_by_name);
  if (!failover.ok()) return failover.status();

  // The constructor is private, so that make_shared cannot be used.
  std::shared_ptr<RouteTable> table(new RouteTable());
  table->index_->rules = std::move(rules);
  table->index_->clusters = std::move(parts_->clusters);
  table->index_->cluster_by_name =
      std::make_shared<const internal::StringMap<std::uint32_t>>(
          std::move(parts_->cluster_by_name));
  table->index_->failover =
      std::make_shared<const std::vector<std::vector<std::uint32_t>>>(
          *std::move(failover));
  return std::shared_ptr<const RouteTable>(std::move(table));
}

absl::Status internal::RouteRules::CompilePatterns() {
  if (patterns.empty()) return absl::OkStatus();
  pattern_set = std::make_unique<re2::RE2::Set>(re2::RE2::Options(),
                                                re2::RE2::ANCHOR_BOTH);
  for (const auto& pattern : patterns) {
    std::string error;
    if (pattern_set->Add(pattern->pattern(), &error) < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("pattern %s: %s", pattern->pattern(), error));
    }
  }
  if (!pattern_set->Compile()) {
    return absl::ResourceExhaustedError(
        "the patterns together are too large for one automaton");
  }
  return absl::OkStatus();
}

}  // namespace meshgw
