#ifndef MESHGW_GATEWAY_GATEWAY_ACCESS_H_
#define MESHGW_GATEWAY_GATEWAY_ACCESS_H_

#include <chrono>
#include <memory>

#include "base/syscalls.h"
#include "gateway/shared_state.h"
#include "meshgw/gateway.h"

namespace meshgw {

// GatewayAccess gives tests what the public class hides.
struct GatewayAccess {
  // As Gateway::Create, with `syscalls` (which must outlive the gateway) on the
  // data path, and `clock` for the time.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(
      GatewayOptions options, std::shared_ptr<const RouteTable> routes,
      const internal::Syscalls* syscalls,
      internal::TimeSource clock = std::chrono::steady_clock::now);
};

}  // namespace meshgw

#endif  // MESHGW_GATEWAY_GATEWAY_ACCESS_H_
