#ifndef MESHGW_CATALOG_INSTANCE_FIELDS_H_
#define MESHGW_CATALOG_INSTANCE_FIELDS_H_

#include <span>
#include <string>

#include "catalog/bexpr.h"
#include "meshgw/catalog.h"

namespace meshgw::internal {

// InstanceFields lets filters look at an instance by the selectors of Consul's
// CheckServiceNode: Service.*, Node.*, Checks.*.
class InstanceFields : public FilterSubject {
 public:
  explicit InstanceFields(const ServiceInstance& instance)
      : instance_(instance) {}
  FilterField Get(std::span<const std::string> path) const override;

 private:
  FilterField Service(std::span<const std::string> path) const;
  FilterField Node(std::span<const std::string> path) const;
  FilterField Checks(std::span<const std::string> path) const;

  const ServiceInstance& instance_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_INSTANCE_FIELDS_H_
