#ifndef MESHGW_BASE_SOCKETS_H_
#define MESHGW_BASE_SOCKETS_H_

#include "absl/status/status.h"
#include "base/syscalls.h"

namespace meshgw::internal {

// IsTcp says whether `fd` is a TCP socket; not when that cannot be found out.
bool IsTcp(const Syscalls& sys, int fd) noexcept;

// IsReset says whether an error of a connected socket says that the connection
// is gone, whoever noticed.
bool IsReset(int error) noexcept;

// ResetOnClose makes the close of `fd` send RST instead of FIN.
void ResetOnClose(const Syscalls& sys, int fd) noexcept;

// EndOfConnection is the errno of a connection of `fd` that has ended, which is
// told once, or ENOTCONN where that was told already; 0 when it has none that
// did: it is being made, say, or the socket listens. For sockets that are not
// connected.
int EndOfConnection(const Syscalls& sys, int fd) noexcept;

// CheckConnected says whether `fd` is a connected stream socket, and makes it
// non-blocking and close-on-exec. InvalidArgument otherwise; Unavailable for
// one whose connection has ended (it was reset, say).
absl::Status CheckConnected(const Syscalls& sys, int fd);
// CheckListening is the same for a listening stream socket.
absl::Status CheckListening(const Syscalls& sys, int fd);

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_SOCKETS_H_
