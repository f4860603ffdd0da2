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
  with_names_.clear();
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
    if (has_names) with_names_.push_back(static_cast<std::uint32_t>(i));
  }
  {
    const std::lock_guard lock(mutex_);
    given_ = std::move(given);
  }
  Publish();
  return names;
}

void RoutesHolder::SetAddresses(HostAddresses addresses) {
  const std::lock_guard changes(changing_);
  addresses_ = std::move(addresses);
  if (!with_names_.empty()) Publish();
}

// With changing_ held.
void RoutesHolder::Publish() {
  std::shared_ptr<const RouteTable> table = given();
  if (table == nullptr) table = empty_;
  if (!with_names_.empty()) {
    std::vector<Cluster> replacements;
    for (const std::uint32_t index : with_names_) {
      replacements.push_back(
          WithAddresses(*table->clusters()[index], addresses_));
    }
    table = *table->WithClusters(replacements);  // Names are the table's own.
  }
  const std::lock_guard lock(mutex_);
  resolved_ = std::move(table);
  version_.fetch_add(1, std::memory_order_release);
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
