#include "xds/resource_store.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/str_format.h"
#include "xds/shown_text.h"
#include "xds/translate_cluster.h"
#include "xds/translate_endpoints.h"
#include "xds/translate_listener.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kShownName = 255;

// "Cluster api", for people.
std::string Title(ResourceType type, std::string_view name) {
  return StrFormat("%s %s", ResourceTypeName(type),
                   ShownText(name, kShownName));
}

// Adds what is left out to `applied`, unless it is what was said last.
void Report(const std::string& title, const std::vector<std::string>& left_out,
            std::string* reported, std::vector<std::string>* out) {
  std::string text;
  for (const std::string& each : left_out) {
    constexpr std::size_t kMost = 1000;
    if (text.size() > kMost) {
      text += "; and more";
      break;
    }
    text += (text.empty() ? "" : "; ") + each;
  }
  if (text == *reported) return;
  *reported = text;
  if (!text.empty()) out->push_back(StrFormat("%s: %s", title, text));
}

}  // namespace

absl::Status ResourceStore::CheckResource(const Resource& resource,
                                          ResourceType type) const {
  if (resource.name().empty()) {
    return absl::InvalidArgumentError("the resource has no name");
  }
  if (resource.name().size() > limits_.max_name_bytes) {
    return absl::InvalidArgumentError(
        StrFormat("the name is longer than %d bytes", limits_.max_name_bytes));
  }
  if (!IsPlainText(resource.name())) {
    return absl::InvalidArgumentError("the name is no plain text");
  }
  if (resource.version().size() > limits_.max_version_bytes ||
      !IsPlainText(resource.version())) {
    return absl::InvalidArgumentError(
        StrFormat("the version is no plain text of at most %d bytes",
                  limits_.max_version_bytes));
  }
  if (resource.resource().type_url() != TypeUrl(type)) {
    return absl::InvalidArgumentError(
        StrFormat("the resource is of type %s",
                  ShownText(resource.resource().type_url(), kShownName)));
  }
  return absl::OkStatus();
}

std::size_t ResourceStore::CountEndpoints(
    const ClusterResource& resource) const {
  if (!resource.by_eds) return resource.cluster.endpoints.size();
  const auto found = endpoints_.find(resource.assignment);
  return found == endpoints_.end() ? 0 : found->second.endpoints.size();
}

absl::Status ResourceStore::CheckRoom(std::size_t before,
                                      std::size_t now) const {
  if (endpoint_count_ - before + now <= limits_.max_endpoints) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(StrFormat(
      "more than %d endpoints in all clusters", limits_.max_endpoints));
}

ResourceStore::Applied ResourceStore::Apply(ResourceType type,
                                            const Response& response, bool keep,
                                            TimePoint now) {
  Applied applied;
  now_ = now;
  std::set<std::string_view> seen;
  for (const Resource& resource : response.resources()) {
    absl::Status status = CheckResource(resource, type);
    if (status.ok() && !seen.insert(resource.name()).second) {
      status = absl::InvalidArgumentError("the response has it twice");
    }
    if (status.ok()) status = ApplyResource(type, resource, keep, &applied);
    if (!status.ok()) {
      applied.refused.push_back(internal::StrFormat(
          "%s: %s", Title(type, resource.name()), status.message()));
    }
  }
  for (const std::string& name : response.removed_resources()) {
    if (!seen.contains(name)) Remove(type, name, keep);
  }
  SettleNeeds(&applied);
  return applied;
}

absl::Status ResourceStore::ApplyResource(ResourceType type,
                                          const Resource& resource, bool keep,
                                          Applied* applied) {
  switch (type) {
    case ResourceType::kCluster:
      return ApplyCluster(resource, applied);
    case ResourceType::kEndpoints:
      return ApplyEndpoints(resource, keep, applied);
    case ResourceType::kListener:
      return ApplyListener(resource, keep, applied);
  }
  return absl::OkStatus();
}

absl::Status ResourceStore::ApplyCluster(const Resource& resource,
                                         Applied* applied) {
  envoy::config::cluster::v3::Cluster message;
  if (!message.ParseFromString(resource.resource().value())) {
    return absl::InvalidArgumentError("malformed");
  }
  if (message.name() != resource.name()) {
    return absl::InvalidArgumentError("name: is not that of the resource");
  }
  auto translated = TranslateCluster(message, limits_);
  if (!translated.ok()) return translated.status();
  const auto found = clusters_.find(resource.name());
  if (found == clusters_.end() && clusters_.size() >= limits_.max_clusters) {
    return absl::ResourceExhaustedError(
        StrFormat("more than %d clusters", limits_.max_clusters));
  }
  if (!translated->closed.empty()) {
    // Nothing will need them.
    translated->by_eds = false;
    translated->assignment.clear();
    translated->left_out.push_back(translated->closed);
  }
  const std::size_t before =
      found == clusters_.end() ? 0 : CountEndpoints(found->second.resource);
  const std::size_t count = CountEndpoints(*translated);
  absl::Status room = CheckRoom(before, count);
  if (!room.ok()) return room;
  endpoint_count_ += count - before;

  ClusterEntry& entry = clusters_[resource.name()];
  const std::string old_need = std::move(entry.resource.assignment);
  entry.version = resource.version();
  entry.wire = resource.resource().value();
  entry.removed = false;
  entry.resource = *std::move(translated);
  if (entry.resource.assignment != old_need) {
    if (entry.resource.by_eds) Need(entry.resource.assignment, resource.name());
    if (!old_need.empty()) NoLongerNeed(old_need, resource.name());
  }
  Report(Title(ResourceType::kCluster, resource.name()),
         entry.resource.left_out, &entry.reported, &applied->left_out);
  entry.resource.left_out.clear();
  Serve(entry);
  return absl::OkStatus();
}

absl::Status ResourceStore::ApplyEndpoints(const Resource& resource, bool keep,
                                           Applied* applied) {
  const auto found = endpoints_.find(resource.name());
  if (found == endpoints_.end()) return absl::OkStatus();  // No longer needed.
  envoy::config::endpoint::v3::ClusterLoadAssignment message;
  if (!message.ParseFromString(resource.resource().value())) {
    return absl::InvalidArgumentError("malformed");
  }
  if (message.cluster_name() != resource.name()) {
    return absl::InvalidArgumentError(
        "cluster_name: is not that of the resource");
  }
  auto translated = TranslateEndpoints(message, limits_);
  if (!translated.ok()) return translated.status();
  EndpointsEntry& entry = found->second;
  const std::size_t users = entry.clusters.size();
  const std::size_t before = entry.endpoints.size() * users;
  const std::size_t count = translated->endpoints.size() * users;
  absl::Status room = CheckRoom(before, count);
  if (!room.ok()) return room;
  entry.version = resource.version();
  entry.wire = resource.resource().value();
  entry.answered = true;
  Report(Title(ResourceType::kEndpoints, resource.name()), translated->left_out,
         &entry.reported, &applied->left_out);
  entry.emptied =
      keep && translated->endpoints.empty() && !entry.endpoints.empty();
  if (!entry.emptied) {
    endpoint_count_ += count - before;
    entry.endpoints = std::move(translated->endpoints);
    entry.present = true;
  }
  ServeUsers(entry);
  return absl::OkStatus();
}

absl::Status ResourceStore::ApplyListener(const Resource& resource, bool keep,
                                          Applied* applied) {
  envoy::config::listener::v3::Listener message;
  if (!message.ParseFromString(resource.resource().value())) {
    return absl::InvalidArgumentError("malformed");
  }
  if (message.name() != resource.name()) {
    return absl::InvalidArgumentError("name: is not that of the resource");
  }
  auto translated = TranslateListener(message, limits_);
  if (!translated.ok()) return translated.status();
  const auto found = listeners_.find(resource.name());
  if (found == listeners_.end() && listeners_.size() >= limits_.max_listeners) {
    return absl::ResourceExhaustedError(
        StrFormat("more than %d listeners", limits_.max_listeners));
  }
  if (keep && found != listeners_.end()) {
    KeepRules(found->second.resource, *translated);
  }
  ListenerEntry& entry = listeners_[resource.name()];
  entry.version = resource.version();
  entry.wire = resource.resource().value();
  entry.removed = false;
  entry.resource = *std::move(translated);
  std::vector<std::string> left_out;
  for (const ListenerRule& rule : entry.resource.rules) {
    if (rule.closed.empty()) continue;
    left_out.push_back(StrFormat("%s: connections for %s are closed: %s",
                                 rule.place, rule.match, rule.closed));
  }
  Report(Title(ResourceType::kListener, resource.name()), left_out,
         &entry.reported, &applied->left_out);
  ServeListener(entry);
  return absl::OkStatus();
}

// Rules of `before` that `now` lacks stay, in all listeners alike.
void ResourceStore::KeepRules(const ListenerResource& before,
                              const ListenerResource& now) {
  bool kept = false;
  auto at = now.rules.begin();
  for (const ListenerRule& rule : before.rules) {
    while (at != now.rules.end() && at->match < rule.match) ++at;
    if (at != now.rules.end() && at->match == rule.match) continue;
    if (kept_rules_.size() >= limits_.max_rules) break;
    kept = kept_rules_.emplace(rule.match, rule).second || kept;
  }
  if (kept) ServeListeners();
}

void ResourceStore::ServeListener(const ListenerEntry& entry) {
  ListenerResource listener = entry.resource;
  if (!kept_rules_.empty()) {
    const std::size_t own = listener.rules.size();
    const auto by_match = [](const ListenerRule& a, const ListenerRule& b) {
      return a.match < b.match;
    };
    for (const auto& [match, rule] : kept_rules_) {
      const auto end =
          listener.rules.begin() + static_cast<std::ptrdiff_t>(own);
      if (!std::binary_search(listener.rules.begin(), end, rule, by_match)) {
        listener.rules.push_back(rule);
      }
    }
    std::sort(listener.rules.begin(), listener.rules.end(), by_match);
  }
  routes_.SetListener(std::move(listener));
}

void ResourceStore::ServeListeners() {
  for (const auto& [name, entry] : listeners_) ServeListener(entry);
}

void ResourceStore::Serve(const ClusterEntry& entry) {
  const ClusterResource& resource = entry.resource;
  const std::string& name = resource.cluster.name;
  if (!resource.closed.empty()) {
    routes_.CloseCluster(name, resource.closed);
    return;
  }
  if (!resource.by_eds) {
    routes_.SetCluster(resource.cluster);
    return;
  }
  const EndpointsEntry& endpoints =
      endpoints_.find(resource.assignment)->second;
  const Cluster* before = routes_.FindCluster(name);
  if (!endpoints.answered) {
    if (before == nullptr) {
      routes_.CloseCluster(name, "its endpoints are not there yet");
    }
    return;
  }
  Cluster cluster = resource.cluster;
  if (endpoints.present) {
    cluster.endpoints = endpoints.endpoints;
  } else if (before != nullptr) {
    cluster.endpoints = before->endpoints;
  }
  routes_.SetCluster(std::move(cluster));
}

void ResourceStore::ServeUsers(const EndpointsEntry& entry) {
  for (const std::string& name : entry.clusters) {
    Serve(clusters_.find(name)->second);
  }
}

void ResourceStore::Need(const std::string& assignment,
                         const std::string& cluster) {
  const auto [found, is_new] = endpoints_.try_emplace(assignment);
  found->second.clusters.insert(cluster);
  if (!is_new) return;
  found->second.asked = now_;
  waiting_.emplace_back(now_, assignment);
  new_needs_.push_back(assignment);
}

void ResourceStore::NoLongerNeed(const std::string& assignment,
                                 const std::string& cluster) {
  const auto found = endpoints_.find(assignment);
  found->second.clusters.erase(cluster);
  if (found->second.clusters.empty()) lost_needs_.push_back(assignment);
}

void ResourceStore::SettleNeeds(Applied* applied) {
  const std::set<std::string> is_new(new_needs_.begin(), new_needs_.end());
  std::set<std::string> is_lost;
  for (const std::string& name : lost_needs_) {
    const auto found = endpoints_.find(name);
    if (found == endpoints_.end() || !found->second.clusters.empty()) continue;
    endpoints_.erase(found);
    is_lost.insert(name);
  }
  std::set_difference(is_new.begin(), is_new.end(), is_lost.begin(),
                      is_lost.end(), std::back_inserter(applied->subscribe));
  std::set_difference(is_lost.begin(), is_lost.end(), is_new.begin(),
                      is_new.end(), std::back_inserter(applied->unsubscribe));
  new_needs_.clear();
  lost_needs_.clear();
}

void ResourceStore::Remove(ResourceType type, const std::string& name,
                           bool keep) {
  if (type == ResourceType::kCluster) {
    const auto found = clusters_.find(name);
    if (found == clusters_.end()) return;
    found->second.removed = true;
    if (!keep) RemoveCluster(found);
  } else if (type == ResourceType::kListener) {
    const auto found = listeners_.find(name);
    if (found == listeners_.end()) return;
    found->second.removed = true;
    if (keep) return;
    listeners_.erase(found);
    routes_.RemoveListener(name);
  } else {
    const auto found = endpoints_.find(name);
    if (found == endpoints_.end()) return;
    // The cluster decides whether they go, as in Envoy.
    found->second.version.clear();
    found->second.answered = true;
    ServeUsers(found->second);
  }
}

void ResourceStore::RemoveCluster(NameMap<ClusterEntry>::iterator at) {
  const auto [name, entry] = std::move(*at);
  clusters_.erase(at);
  endpoint_count_ -= CountEndpoints(entry.resource);
  if (entry.resource.by_eds) NoLongerNeed(entry.resource.assignment, name);
  routes_.CloseCluster(name, "");
}

ResourceStore::Applied ResourceStore::StopKeeping() {
  Applied applied;
  for (auto at = clusters_.begin(); at != clusters_.end();) {
    const auto here = at++;
    if (here->second.removed) RemoveCluster(here);
  }
  for (auto& [name, entry] : endpoints_) {
    if (!entry.emptied) continue;
    entry.emptied = false;
    endpoint_count_ -= entry.endpoints.size() * entry.clusters.size();
    entry.endpoints.clear();
    ServeUsers(entry);
  }
  kept_rules_.clear();
  for (auto at = listeners_.begin(); at != listeners_.end();) {
    const auto here = at++;
    if (here->second.removed) {
      routes_.RemoveListener(here->first);
      listeners_.erase(here);
    }
  }
  ServeListeners();
  SettleNeeds(&applied);
  return applied;
}

std::optional<ResourceStore::TimePoint> ResourceStore::waiting_since() {
  while (!waiting_.empty()) {
    const auto& [asked, name] = waiting_.front();
    const auto found = endpoints_.find(name);
    if (found != endpoints_.end() && !found->second.answered &&
        found->second.asked == asked) {
      return asked;
    }
    waiting_.pop_front();
  }
  return std::nullopt;
}

std::vector<std::string> ResourceStore::GiveUp(TimePoint before) {
  std::vector<std::string> names;
  while (true) {
    const auto since = waiting_since();
    if (!since.has_value() || *since > before) return names;
    names.push_back(waiting_.front().second);
    EndpointsEntry& entry = endpoints_.find(names.back())->second;
    entry.answered = true;
    ServeUsers(entry);
  }
}

void ResourceStore::AskAgain(TimePoint now) {
  waiting_.clear();
  for (auto& [name, entry] : endpoints_) {
    if (entry.answered) continue;
    entry.asked = now;
    waiting_.emplace_back(now, name);
  }
}

std::vector<ResourceStore::Response> ResourceStore::Answers() const {
  std::vector<Response> answers;
  const auto add = [&answers](ResourceType type, const auto& entries) {
    Response& answer = answers.emplace_back();
    answer.set_type_url(std::string(TypeUrl(type)));
    for (const auto& [name, entry] : entries) {
      if (entry.wire.empty()) continue;  // Endpoints that did not come yet.
      Resource* resource = answer.add_resources();
      resource->set_name(name);
      resource->set_version(entry.version);
      resource->mutable_resource()->set_type_url(std::string(TypeUrl(type)));
      resource->mutable_resource()->set_value(entry.wire);
    }
  };
  add(ResourceType::kCluster, clusters_);
  add(ResourceType::kEndpoints, endpoints_);
  add(ResourceType::kListener, listeners_);
  return answers;
}

std::map<std::string, std::string> ResourceStore::Versions(
    ResourceType type) const {
  std::map<std::string, std::string> out;
  const auto add = [&out](const std::string& name, const auto& entry) {
    if (!entry.version.empty()) out.emplace(name, entry.version);
  };
  if (type == ResourceType::kEndpoints) {
    for (const auto& [name, entry] : endpoints_) add(name, entry);
  } else if (type == ResourceType::kCluster) {
    for (const auto& [name, entry] : clusters_) {
      if (!entry.removed) add(name, entry);
    }
  } else {
    for (const auto& [name, entry] : listeners_) {
      if (!entry.removed) add(name, entry);
    }
  }
  return out;
}

std::vector<std::string> ResourceStore::Subscriptions() const {
  std::vector<std::string> names;
  names.reserve(endpoints_.size());
  for (const auto& [name, entry] : endpoints_) names.push_back(name);
  return names;
}

}  // namespace meshgw::internal
