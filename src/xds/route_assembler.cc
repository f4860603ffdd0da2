#include "xds/route_assembler.h"

#include <algorithm>
#include <utility>

namespace meshgw::internal {
namespace {

// Whether both make the same table, explanations included.
bool SameListener(const ListenerResource& a, const ListenerResource& b) {
  return a.address == b.address &&
         std::equal(
             a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(),
             [](const ListenerRule& x, const ListenerRule& y) {
               return x.SameAs(y) && x.closed == y.closed && x.place == y.place;
             });
}

}  // namespace

void RouteAssembler::SetListener(ListenerResource listener) {
  const auto found = listeners_.find(listener.address.name);
  if (found != listeners_.end() && SameListener(found->second, listener)) {
    return;
  }
  std::string name = listener.address.name;
  listeners_.insert_or_assign(std::move(name), std::move(listener));
  rules_changed_ = true;
}

void RouteAssembler::RemoveListener(std::string_view name) {
  const auto found = listeners_.find(name);
  if (found == listeners_.end()) return;
  listeners_.erase(found);
  rules_changed_ = true;
}

void RouteAssembler::SetCluster(Cluster cluster) {
  const auto found = clusters_.find(cluster.name);
  if (found != clusters_.end()) {
    if (found->second == cluster) return;
    changed_clusters_.insert(cluster.name);
    found->second = std::move(cluster);
    return;
  }
  const auto closed = closed_.find(cluster.name);
  if (closed != closed_.end()) closed_.erase(closed);
  std::string name = cluster.name;
  clusters_.emplace(std::move(name), std::move(cluster));
  rules_changed_ = true;
}

void RouteAssembler::CloseCluster(std::string_view name, std::string why) {
  const auto found = clusters_.find(name);
  const auto closed = closed_.find(name);
  const std::string_view before =
      closed == closed_.end() ? std::string_view() : closed->second;
  if (found == clusters_.end() && before == why) return;
  if (found != clusters_.end()) clusters_.erase(found);
  if (closed != closed_.end()) closed_.erase(closed);
  if (!why.empty()) closed_.emplace(name, std::move(why));
  rules_changed_ = true;
}

const Cluster* RouteAssembler::FindCluster(std::string_view name) const {
  const auto found = clusters_.find(name);
  return found == clusters_.end() ? nullptr : &found->second;
}

std::shared_ptr<const RouteTable> RouteAssembler::Make() {
  if (rules_changed_) {
    BuiltRoutes built = BuildListenerRoutes(listeners_, clusters_, closed_);
    if (built.table == nullptr) built.table = std::move(built_.table);
    built_ = std::move(built);
  } else if (!changed_clusters_.empty()) {
    ReplaceClusters();
  }
  rules_changed_ = false;
  changed_clusters_.clear();
  return built_.table;
}

void RouteAssembler::ReplaceClusters() {
  std::vector<Cluster> replacements;
  replacements.reserve(changed_clusters_.size());
  for (const std::string& name : changed_clusters_) {
    const auto found = clusters_.find(name);
    if (found == clusters_.end()) continue;
    replacements.push_back(found->second);
    const auto timeout = built_.idle_timeouts.find(name);
    if (timeout != built_.idle_timeouts.end()) {
      replacements.back().idle_timeout = timeout->second;
    }
  }
  auto table = built_.table->WithClusters(replacements);
  // Translation lets through only what a table takes.
  if (table.ok()) built_.table = *std::move(table);
}

}  // namespace meshgw::internal
