#ifndef MESHGW_GATEWAY_DIAL_H_
#define MESHGW_GATEWAY_DIAL_H_

#include <cstdint>

#include "base/syscalls.h"
#include "base/unique_fd.h"
#include "gateway/socket_address.h"
#include "meshgw/gateway.h"
#include "meshgw/route_table.h"

namespace meshgw::internal {

// DialOutcome says what became of a Dial.
enum class DialOutcome : std::uint8_t {
  kUnderWay,        // Or connected already: the socket becomes writable.
  kEndpointFailed,  // Another endpoint may do better.
  kHostFailed,      // So it may, but this one is not to blame: this host is.
  kGatewayFailed,   // Out of descriptors or memory: none would.
};

// Dial begins a non-blocking connect to `address` with the options that
// `cluster` and the gateway ask for (TCP_NODELAY always). The socket is in
// `*out` with kUnderWay, errno in `*error` otherwise.
DialOutcome Dial(const Syscalls& sys, const SocketAddress& address,
                 const Cluster& cluster, const TcpOptions& options,
                 UniqueFd* out, int* error);

// IsOutOfResources tells errors of this host from those of an endpoint.
bool IsOutOfResources(int error) noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_DIAL_H_
