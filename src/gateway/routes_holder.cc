#include "gateway/routes_holder.h"

#include <utility>

#include "gateway/socket_address.h"

namespace meshgw::internal {
namespace {

bool IsHostName(const Endpoint& endpoint) {
  return !IsUnixAddress(endpoint.address) &&
         !FromEndpoint(endpoint.address, endpoint.port).has_value();
}

Cluster WithAddresses(const Cluster& cluster, const HostAddresses& addresses) {
  Cluster resolved = cluster;
  resolved.endpoints.clear();
  for (const Endpoint& endpoint : cluster.endpoints) {
    if (!IsHostName(endpoint)) {
      resolved.endpoints.push_back(endpoint);
      continue;
    }
    const auto found = addresses.find(endpoint.address);
    if (found == addresses.end()) continue;
    for (const std::string& address : found->second) {
      resolved.endpoints.push_back(endpoint);
      resolved.endpoints.back().address = address;
    }
  }
  return resolved;
}

}  // namespace

RoutesHolder::RoutesHolder()
    : empty_(*RouteTableBuilder().Build()), resolved_(empty_) {}

std::set<std::string> RoutesHolder::SetGiven(
    std::shared_ptr<const RouteTable> given) {
  const std::lock_guard changes(changing_);
  std::set<std::string> names;
  std::vector<std::uint32_t> with_names;
  const auto clusters = given != nullptr
                            ? given->clusters()
                            : std::span<const std::shared_ptr<const Cluster>>();
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    bool has_names = false;
    for (const Endpoint& endpoint : clusters[i]->endpoints) {
      if (!IsHostName(endpoint)) continue;
      names.insert(endpoint.address);
      has_names = true;
    }
    if (has_names) with_names.push_back(static_cast<std::uint32_t>(i));
  }
  auto table = Resolve(given, with_names, addresses_);
  with_names_.swap(with_names);
  const std::lock_guard lock(mutex_);
  given_.swap(given);
  resolved_.swap(table);
  version_.fetch_add(1, std::memory_order_release);
  return names;
}

void RoutesHolder::SetAddresses(HostAddresses addresses) {
  const std::lock_guard changes(changing_);
  if (!with_names_.empty()) {
    auto table = Resolve(given(), with_names_, addresses);
    const std::lock_guard lock(mutex_);
    resolved_.swap(table);
    version_.fetch_add(1, std::memory_order_release);
  }
  addresses_.swap(addresses);
}

std::shared_ptr<const RouteTable> RoutesHolder::Resolve(
    std::shared_ptr<const RouteTable> given,
    const std::vector<std::uint32_t>& with_names,
    const HostAddresses& addresses) const {
  if (given == nullptr) return empty_;
  if (with_names.empty()) return given;
  std::vector<Cluster> replacements;
  replacements.reserve(with_names.size());
  for (const std::uint32_t index : with_names) {
    replacements.push_back(WithAddresses(*given->clusters()[index], addresses));
  }
  return *given->WithClusters(replacements);  // Names are the table's own.
}

std::shared_ptr<const RouteTable> RoutesHolder::given() const {
  const std::lock_guard lock(mutex_);
  return given_;
}

std::shared_ptr<const RouteTable> RoutesHolder::resolved() const {
  const std::lock_guard lock(mutex_);
  return resolved_;
}

}  // namespace meshgw::internal
