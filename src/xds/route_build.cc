#include "xds/route_build.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/host_name.h"
#include "base/str_format.h"
#include "meshgw/mesh_name.h"
#include "xds/translate_cluster.h"

namespace meshgw::internal {
namespace {

bool SameRules(const ListenerResource& a, const ListenerResource& b) {
  return std::equal(
      a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(),
      [](const ListenerRule& x, const ListenerRule& y) { return x.SameAs(y); });
}

// Of two time-outs the shorter one; 0 is none, so the longest.
bool Shorter(std::chrono::milliseconds a, std::chrono::milliseconds b) {
  return a.count() != 0 && (b.count() == 0 || a < b);
}

class RouteBuild {
 public:
  RouteBuild(const NameMap<ListenerResource>& listeners,
             const NameMap<Cluster>& clusters,
             const NameMap<std::string>& closed)
      : listeners_(listeners), clusters_(clusters), closed_(closed) {}

  BuiltRoutes Build() {
    ChooseListeners();
    AddClusterNames();
    for (const auto& [match, rule] : rules_) AddRule(*rule);
    AddClusters();
    auto table = builder_.Build();
    Check(table.status());
    if (table.ok() && !failed_) out_.table = *std::move(table);
    return std::move(out_);
  }

 private:
  void Check(const absl::Status& status) {
    if (!status.ok()) out_.warnings.emplace_back(status.message());
  }

  void ChooseListeners();
  const ListenerRule* Select(std::string_view name) const;
  void AddRule(const ListenerRule& rule);
  void AddClusterNames();
  void AddClusters();
  void Route(const ListenerRule& rule, std::string_view cluster,
             std::string origin);
  void Close(const ListenerRule& rule, std::string_view why);
  void NoteIdleTimeout(const ListenerRule& rule, const std::string& cluster);
  std::string Origin(const ListenerRule& rule) const {
    return StrFormat("%s of listener %s", rule.place, first_->address.name);
  }

  const NameMap<ListenerResource>& listeners_;
  const NameMap<Cluster>& clusters_;
  const NameMap<std::string>& closed_;
  const ListenerResource* first_ = nullptr;
  NameMap<const ListenerRule*> rules_;  // Of the first listener, by match.
  // Lower-cased names with a route by server name, and their clusters.
  NameMap<const std::string*> by_name_;
  bool closes_ = false;  // Whether a rule leads to kClosedCluster.
  bool failed_ = false;
  RouteTableBuilder builder_;
  BuiltRoutes out_;
};

// The first listener's rules, and the listeners that have the same.
void RouteBuild::ChooseListeners() {
  for (const auto& [name, listener] : listeners_) {
    if (first_ == nullptr) first_ = &listener;
    if (!SameRules(*first_, listener)) {
      out_.warnings.push_back(StrFormat(
          "listener %s is not served: its filter chains differ from those of "
          "listener %s, and a gateway has one table for all its listeners",
          name, first_->address.name));
      continue;
    }
    out_.listeners.push_back(listener.address);
  }
  if (first_ == nullptr) return;
  for (const ListenerRule& rule : first_->rules) {
    rules_.emplace(rule.match, &rule);
  }
}

// The rule for a server name, in Envoy's order: the whole name, the longest
// suffix, all others.
const ListenerRule* RouteBuild::Select(std::string_view name) const {
  const auto exact = rules_.find(name);
  if (exact != rules_.end()) return exact->second;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    const auto suffix = rules_.find("*" + std::string(name.substr(dot)));
    if (suffix != rules_.end()) return suffix->second;
  }
  const auto rest = rules_.find("*");
  return rest == rules_.end() ? nullptr : rest->second;
}

void RouteBuild::NoteIdleTimeout(const ListenerRule& rule,
                                 const std::string& cluster) {
  if (!rule.idle_timeout.has_value()) return;
  const auto [found, is_new] =
      out_.idle_timeouts.emplace(cluster, *rule.idle_timeout);
  if (is_new || found->second == *rule.idle_timeout) return;
  out_.warnings.push_back(StrFormat(
      "cluster %s: chains set different idle time-outs; the shortest holds",
      cluster));
  if (Shorter(*rule.idle_timeout, found->second)) {
    found->second = *rule.idle_timeout;
  }
}

void RouteBuild::Route(const ListenerRule& rule, std::string_view cluster,
                       std::string origin) {
  if (rule.match == "*") {
    Check(builder_.SetDefault(cluster, std::move(origin)));
  } else if (rule.match.starts_with("*.")) {
    Check(builder_.AddSuffix(rule.match, cluster, std::move(origin)));
  } else {
    Check(builder_.AddExact(rule.match, cluster, std::move(origin)));
  }
}

void RouteBuild::Close(const ListenerRule& rule, std::string_view why) {
  if (rule.match == "*") return;  // Without a default they are closed.
  closes_ = true;
  Route(rule, kClosedCluster, StrFormat("%s: closed, %s", Origin(rule), why));
}

void RouteBuild::AddRule(const ListenerRule& rule) {
  if (!rule.closed.empty()) return Close(rule, rule.closed);
  if (rule.by_server_name) {
    if (by_name_.contains(rule.match)) return;
    return Close(rule, "no cluster has the name (sni_cluster)");
  }
  if (!clusters_.contains(rule.cluster)) {
    const auto closed = closed_.find(rule.cluster);
    const std::string_view why = closed == closed_.end()
                                     ? "is not there"
                                     : std::string_view(closed->second);
    return Close(rule, StrFormat("cluster %s: %s", rule.cluster, why));
  }
  NoteIdleTimeout(rule, rule.cluster);
  Route(rule, rule.cluster, Origin(rule));
}

// Exact routes to the clusters that a server name reaches by sni_cluster.
void RouteBuild::AddClusterNames() {
  for (const auto& [name, cluster] : clusters_) {
    // A client cannot ask for others, e.g. "exported~api...".
    if (!FitsServerName(name)) continue;
    std::string lower = LowerCase(name);
    const ListenerRule* rule = Select(lower);
    if (rule == nullptr || !rule->by_server_name) continue;
    const auto [first, is_new] = by_name_.emplace(std::move(lower), &name);
    if (!is_new) {
      out_.warnings.push_back(StrFormat(
          "no route for cluster %s: server names are compared without regard "
          "to case, and this one is that of cluster %s",
          name, *first->second));
      continue;
    }
    NoteIdleTimeout(*rule, name);
    Check(builder_.AddExact(first->first, name,
                            Origin(*rule) + ", by server name"));
  }
}

void RouteBuild::AddClusters() {
  for (const auto& [name, cluster] : clusters_) {
    Cluster copy = cluster;
    const auto timeout = out_.idle_timeouts.find(name);
    if (timeout != out_.idle_timeouts.end()) {
      copy.idle_timeout = timeout->second;
    }
    const absl::Status status = builder_.AddCluster(std::move(copy));
    failed_ = failed_ || !status.ok();
    Check(status);
  }
  if (!closes_) return;
  Cluster closed;
  closed.name = kClosedCluster;
  Check(builder_.AddCluster(std::move(closed)));
}

}  // namespace

BuiltRoutes BuildListenerRoutes(const NameMap<ListenerResource>& listeners,
                                const NameMap<Cluster>& clusters,
                                const NameMap<std::string>& closed) {
  return RouteBuild(listeners, clusters, closed).Build();
}

}  // namespace meshgw::internal
