#ifndef MESHGW_GATEWAY_LISTEN_SOCKET_H_
#define MESHGW_GATEWAY_LISTEN_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "gateway/socket_address.h"

namespace meshgw::internal {

// SocketFile tells a unix-domain socket's file from others of the same path.
struct SocketFile {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const SocketFile&) const = default;
};

// ListenSockets are the listening sockets of one address: one for each worker
// (SO_REUSEPORT), or a single one that all share (unix-domain).
struct ListenSockets {
  std::vector<UniqueFd> fds;
  SocketAddress address;  // As bound, with the port that was chosen.
  SocketFile file;        // Of a unix-domain socket.
};

// OpenListenSockets binds `address` `count` times. Errors name `text`:
// PermissionDenied, AlreadyExists when it is in use, Unavailable otherwise. The
// file of a unix-domain socket has `file_mode` before anybody can connect; 0:
// as the process's umask says.
absl::StatusOr<ListenSockets> OpenListenSockets(std::string_view text,
                                                const SocketAddress& address,
                                                std::size_t count,
                                                std::uint32_t file_mode = 0);

// RemoveSocketFile removes the file of a unix-domain socket, unless another has
// taken its place.
void RemoveSocketFile(const SocketAddress& address, const SocketFile& file);

// RefuseNewConnections has the kernel drop requests for new connections to a
// listening TCP socket, as if they were lost; handshakes that have begun go on.
// So its queue can be emptied before it is closed, and none that was completed
// is reset.
void RefuseNewConnections(int fd) noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_LISTEN_SOCKET_H_
