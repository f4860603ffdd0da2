#ifndef MESHGW_CAPI_ROUTES_H_
#define MESHGW_CAPI_ROUTES_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "boundary.h"
#include "meshgw/route_table.h"

// Immutable, counted by its own count: a C caller cannot copy a shared_ptr.
struct meshgw_routes : meshgw::capi::Handle {
  explicit meshgw_routes(std::shared_ptr<const meshgw::RouteTable> given)
      : table(std::move(given)) {}

  const std::shared_ptr<const meshgw::RouteTable> table;
  std::atomic<std::uint32_t> references{1};
};

namespace meshgw::capi {

// ToEndpoint's strings are borrowed from `endpoint`.
meshgw_endpoint ToEndpoint(const Endpoint& endpoint) noexcept;

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_ROUTES_H_
