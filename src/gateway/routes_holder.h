#ifndef MESHGW_GATEWAY_ROUTES_HOLDER_H_
#define MESHGW_GATEWAY_ROUTES_HOLDER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "meshgw/route_table.h"

namespace meshgw::internal {

// RoutesHolder holds the table that new connections use. Workers compare
// version() with the last one they saw, an atomic read, and take the table only
// when it changed. Thread-safe.
class RoutesHolder {
 public:
  // `resolved` is never null, here and below.
  explicit RoutesHolder(std::shared_ptr<const RouteTable> resolved);

  // SetGiven takes a table from the owner; SetResolved the same table with its
  // host names replaced by addresses. SetResolved of another table than the
  // last given one has no effect: it came too late.
  void SetGiven(std::shared_ptr<const RouteTable> given,
                std::shared_ptr<const RouteTable> resolved);
  void SetResolved(const std::shared_ptr<const RouteTable>& given,
                   std::shared_ptr<const RouteTable> resolved);

  std::shared_ptr<const RouteTable> given() const;
  std::shared_ptr<const RouteTable> resolved() const;
  std::uint64_t version() const {
    return version_.load(std::memory_order_acquire);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RouteTable> given_;
  std::shared_ptr<const RouteTable> resolved_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_ROUTES_HOLDER_H_
