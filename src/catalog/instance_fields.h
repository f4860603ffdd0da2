#ifndef MESHGW_CATALOG_INSTANCE_FIELDS_H_
#define MESHGW_CATALOG_INSTANCE_FIELDS_H_

#include <span>
#include <string>

#include "config/bexpr.h"
#include "meshgw/catalog.h"

namespace meshgw::internal {

// InstanceFields lets filters of InstanceSchema look at an instance, which it
// borrows. What files cannot say of an instance is empty, 0 or false, as it is
// in a Consul that was given the same files.
class InstanceFields : public FilterSubject {
 public:
  explicit InstanceFields(const ServiceInstance& instance)
      : instance_(instance) {}
  FilterField Get(std::span<const std::string> path) const override;

 private:
  const ServiceInstance& instance_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_INSTANCE_FIELDS_H_
