#ifndef MESHGW_GATEWAY_TCP_OPTIONS_H_
#define MESHGW_GATEWAY_TCP_OPTIONS_H_

#include "absl/status/status.h"
#include "base/syscalls.h"
#include "gateway/socket_address.h"
#include "meshgw/gateway.h"
#include "meshgw/route_table.h"

namespace meshgw::internal {

// CheckTcpOptions: InvalidArgument for what this host cannot do.
absl::Status CheckTcpOptions(const TcpOptions& options);

// SetListenerOptions sets on a listening TCP socket what the connections that
// it accepts get from it, without a call for each of them.
void SetListenerOptions(int fd, const TcpOptions& options);

// SetClientOptions sets the same on one connection that was handed over.
void SetClientOptions(const Syscalls& sys, int fd, const TcpOptions& options);

// SetEndpointOptions is for a socket that is to be connected.
void SetEndpointOptions(const Syscalls& sys, int fd,
                        const TcpKeepalive& keepalive,
                        const TcpOptions& options);

// SetLocalCongestionControl sets TcpOptions::local_congestion_control, if any,
// on a connection whose `peer` is this host.
void SetLocalCongestionControl(const Syscalls& sys, int fd,
                               const SocketAddress& peer,
                               const TcpOptions& options);

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_TCP_OPTIONS_H_
