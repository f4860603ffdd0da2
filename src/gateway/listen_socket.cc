#include "gateway/listen_socket.h"

#include <linux/filter.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "base/system_error.h"

namespace meshgw::internal {
namespace {

constexpr int kBacklog = 4096;  // The kernel's somaxconn caps it.

absl::Status ListenError(std::string_view text, const char* call, int error) {
  const std::string message = internal::StrFormat(
      "cannot listen on %s: %s: %s", text, call, std::strerror(error));
  switch (error) {
    case EACCES:
    case EPERM:
      return SystemError(absl::StatusCode::kPermissionDenied, error, message);
    case EADDRINUSE:
      return SystemError(absl::StatusCode::kAlreadyExists, error, message);
    case EMFILE:
    case ENFILE:
      return SystemError(absl::StatusCode::kResourceExhausted, error, message);
    default:
      return SystemError(absl::StatusCode::kUnavailable, error, message);
  }
}

void SetOption(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof(on));
}

absl::StatusOr<UniqueFd> Bind(std::string_view text,
                              const SocketAddress& address, bool reuse_port) {
  UniqueFd fd(::socket(address.family(),
                       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ListenError(text, "socket", errno);
  if (!address.is_unix()) SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (reuse_port) SetOption(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(fd.get(), address.get(), address.length) != 0) {
    return ListenError(text, "bind", errno);
  }
  return fd;
}

SocketAddress BoundAddress(int fd) {
  SocketAddress bound;
  bound.length = sizeof(bound.storage);
  ::getsockname(fd, bound.get(), &bound.length);
  return bound;
}

SocketFile FileOf(const SocketAddress& address) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  struct stat status {};
  if (::stat(local->sun_path, &status) != 0) return {};
  return {static_cast<std::uint64_t>(status.st_dev),
          static_cast<std::uint64_t>(status.st_ino)};
}

bool SetFileMode(const SocketAddress& address, std::uint32_t mode) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  return ::chmod(local->sun_path, mode) == 0;
}

// A socket file that nobody listens on is what a killed process leaves behind.
void RemoveStaleSocket(const SocketAddress& address) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  struct stat status {};
  if (::stat(local->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return;
  }
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), address.get(), address.length) != 0 &&
      errno == ECONNREFUSED) {
    ::unlink(local->sun_path);
  }
}

}  // namespace

absl::StatusOr<ListenSockets> OpenListenSockets(std::string_view text,
                                                const SocketAddress& address,
                                                std::size_t count,
                                                std::uint32_t file_mode) {
  const bool is_unix = address.is_unix();
  if (is_unix) RemoveStaleSocket(address);
  ListenSockets out;
  out.fds.reserve(count);  // Nothing fails for memory between bind and listen.
  // The first is bound without SO_REUSEPORT: another process that listens on
  // the same address would go unnoticed and take a share of the connections.
  // Set afterwards, the option lets ours in.
  auto first = Bind(text, address, false);
  if (!first.ok()) return first.status();
  if (!is_unix) SetOption(first->get(), SOL_SOCKET, SO_REUSEPORT);
  out.address = is_unix ? address : BoundAddress(first->get());
  out.fds.push_back(*std::move(first));
  while (!is_unix && out.fds.size() < count) {
    auto next = Bind(text, out.address, true);
    if (!next.ok()) return next.status();
    out.fds.push_back(*std::move(next));
  }
  if (is_unix) out.file = FileOf(address);
  if (is_unix && file_mode != 0 && !SetFileMode(address, file_mode)) {
    const int error = errno;
    RemoveSocketFile(address, out.file);
    return ListenError(text, "chmod", error);
  }
  for (const UniqueFd& fd : out.fds) {
    if (::listen(fd.get(), kBacklog) != 0) {
      const int error = errno;
      if (is_unix) RemoveSocketFile(address, out.file);
      return ListenError(text, "listen", error);
    }
  }
  return out;
}

void RemoveSocketFile(const SocketAddress& address, const SocketFile& file) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  if (FileOf(address) == file) ::unlink(local->sun_path);
}

void RefuseNewConnections(int fd) noexcept {
  // A socket's filter sees segments from their TCP header on; byte 13 holds the
  // flags.
  constexpr std::uint32_t kFlags = 13;
  constexpr std::uint32_t kSyn = 0x02;
  constexpr std::uint32_t kSynAck = 0x12;
  sock_filter code[] = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kFlags},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, kSynAck},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kSyn},
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, ~std::uint32_t{0}},
  };
  const sock_fprog program{.len = std::size(code), .filter = code};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

}  // namespace meshgw::internal
