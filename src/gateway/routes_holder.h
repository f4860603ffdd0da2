#ifndef MESHGW_GATEWAY_ROUTES_HOLDER_H_
#define MESHGW_GATEWAY_ROUTES_HOLDER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "meshgw/route_table.h"

namespace meshgw::internal {

// HostAddresses are the addresses of host names, as IP literals.
using HostAddresses = std::map<std::string, std::vector<std::string>>;

// RoutesHolder holds the table that new connections use: the one that the
// gateway was given, with each endpoint that is a host name replaced by one
// endpoint for each of its addresses, of the same weight, health and priority.
// Endpoints whose name has no address yet are left out.
//
// Workers compare version(), an atomic read, with the last one they saw and
// take the table only when it changed. Thread-safe.
class RoutesHolder {
 public:
  RoutesHolder();

  // SetGiven takes a table; null: no routes. Returns the host names in it. As
  // SetAddresses it changes nothing when it throws.
  std::set<std::string> SetGiven(std::shared_ptr<const RouteTable> given);
  // SetAddresses takes what is known of host names now.
  void SetAddresses(HostAddresses addresses);

  // The table last given; may be null.
  std::shared_ptr<const RouteTable> given() const;
  // The same with addresses; never null.
  std::shared_ptr<const RouteTable> resolved() const;
  std::uint64_t version() const {
    return version_.load(std::memory_order_acquire);
  }

 private:
  std::shared_ptr<const RouteTable> Resolve(
      std::shared_ptr<const RouteTable> given,
      const std::vector<std::uint32_t>& with_names,
      const HostAddresses& addresses) const;

  const std::shared_ptr<const RouteTable> empty_;
  std::mutex changing_;  // Serialises changes; guards the next two.
  HostAddresses addresses_;
  std::vector<std::uint32_t> with_names_;  // Clusters that have host names.
  mutable std::mutex mutex_;               // Guards the pointers.
  std::shared_ptr<const RouteTable> given_;
  std::shared_ptr<const RouteTable> resolved_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_ROUTES_HOLDER_H_
