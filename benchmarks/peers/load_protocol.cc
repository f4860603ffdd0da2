#include "load_protocol.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace meshgw::load {
namespace {

constexpr std::size_t kBulkFile = std::size_t{1} << 20;
constexpr int kCallsInARow = 16;  // Then another connection has its turn.

// sendfile from memory costs the sender no copy, so the relay's cost shows.
int BulkFile() {
  static const int file = [] {
    const int fd = ::memfd_create("bulk", MFD_CLOEXEC);
    if (fd < 0 || ::ftruncate(fd, kBulkFile) != 0) Die("memfd_create");
    const std::string content(kBulkFile, 'x');
    if (::pwrite(fd, content.data(), content.size(), 0) !=
        static_cast<ssize_t>(content.size())) {
      Die("pwrite");
    }
    return fd;
  }();
  return file;
}

}  // namespace

void Die(const std::string& what) {
  std::fprintf(stderr, "relay_load: %s: %s\n", what.c_str(),
               std::strerror(errno));
  std::exit(1);
}

sockaddr_in ParseAddress(std::string_view text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.rfind(':');
  const std::string host(text.substr(0, colon));
  if (colon == std::string_view::npos ||
      ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    std::fprintf(stderr, "relay_load: \"%.*s\": expected ip:port\n",
                 static_cast<int>(text.size()), text.data());
    std::exit(2);
  }
  address.sin_port = htons(static_cast<std::uint16_t>(
      std::strtoul(text.data() + colon + 1, nullptr, 10)));
  return address;
}

bool SendBulk(int fd, std::uint64_t* sent) {
  for (int i = 0; i < kCallsInARow; ++i) {
    off_t offset = 0;
    const ssize_t moved = ::sendfile(fd, BulkFile(), &offset, kBulkFile);
    if (moved < 0) return errno == EAGAIN || errno == EINTR;
    *sent += static_cast<std::uint64_t>(moved);
  }
  return true;
}

bool DropAll(int fd, std::uint64_t* dropped) {
  for (int i = 0; i < kCallsInARow; ++i) {
    const ssize_t got =
        ::recv(fd, nullptr, std::size_t{1} << 20, MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    *dropped += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace meshgw::load
