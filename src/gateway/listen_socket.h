#ifndef MESHGW_GATEWAY_LISTEN_SOCKET_H_
#define MESHGW_GATEWAY_LISTEN_SOCKET_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "gateway/socket_address.h"

namespace meshgw::internal {

// ListenSockets are the listening sockets of one address: one for each worker
// (SO_REUSEPORT), or a single one that all share (unix-domain).
struct ListenSockets {
  std::vector<UniqueFd> fds;
  SocketAddress address;  // As bound, with the port that was chosen.
};

// OpenListenSockets binds `address` `count` times. Errors name `text`:
// PermissionDenied, AlreadyExists when it is in use, Unavailable otherwise.
absl::StatusOr<ListenSockets> OpenListenSockets(std::string_view text,
                                                const SocketAddress& address,
                                                std::size_t count);

// CheckListening says whether `fd` is a listening stream socket, and makes it
// non-blocking and close-on-exec. InvalidArgument otherwise.
absl::Status CheckListening(int fd);
// CheckConnected is the same for a connected stream socket.
absl::Status CheckConnected(int fd);

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_LISTEN_SOCKET_H_
