#ifndef MESHGW_GATEWAY_SHARED_STATE_H_
#define MESHGW_GATEWAY_SHARED_STATE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/str_format.h"
#include "base/syscalls.h"
#include "gateway/cluster_uses.h"
#include "gateway/routes_holder.h"
#include "meshgw/gateway.h"

namespace meshgw::internal {

using TimeSource = std::chrono::steady_clock::time_point (*)();

// SharedState is what the workers of one gateway share. It outlives them and
// does not change while they run but for the members that are thread-safe.
struct SharedState {
  GatewayOptions options;
  const Syscalls* syscalls = &System();
  TimeSource clock = std::chrono::steady_clock::now;
  std::uint32_t worker_count = 1;
  std::unique_ptr<RoutesHolder> routes;
  ClusterUses cluster_uses;
  // Connections of all workers; used only where max_connections is set.
  std::atomic<std::uint32_t> connections{0};

  // Without memory for a message it is not told.
  template <typename... Args>
  void Log(std::string_view level, const absl::FormatSpec<Args...>& format,
           const Args&... args) const noexcept {
    if (!options.on_log) return;
    try {
      options.on_log(level, internal::StrFormat(format, args...));
    } catch (...) {
    }
  }
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_SHARED_STATE_H_
