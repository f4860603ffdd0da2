#include "gateway/routes_holder.h"

#include <utility>

namespace meshgw::internal {

RoutesHolder::RoutesHolder(std::shared_ptr<const RouteTable> resolved)
    : resolved_(std::move(resolved)) {}

void RoutesHolder::SetGiven(std::shared_ptr<const RouteTable> given,
                            std::shared_ptr<const RouteTable> resolved) {
  const std::lock_guard lock(mutex_);
  given_ = std::move(given);
  resolved_ = std::move(resolved);
  version_.fetch_add(1, std::memory_order_release);
}

void RoutesHolder::SetResolved(const std::shared_ptr<const RouteTable>& given,
                               std::shared_ptr<const RouteTable> resolved) {
  const std::lock_guard lock(mutex_);
  if (given != given_) return;
  resolved_ = std::move(resolved);
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
