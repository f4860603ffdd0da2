#ifndef MESHGW_CAPI_TESTS_C_API_H_
#define MESHGW_CAPI_TESTS_C_API_H_

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "meshgw.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::test {

// Frees an object of the API.
template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

inline meshgw_str Str(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string Text(meshgw_str text) { return {text.data, text.len}; }

// Error is where a call puts what went wrong.
class Error {
 public:
  Error() = default;
  ~Error() { meshgw_error_free(error_); }
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;

  meshgw_error** out() { return &error_; }
  bool set() const { return error_ != nullptr; }
  meshgw_status status() const { return meshgw_error_status(error_); }
  std::string message() const { return Text(meshgw_error_message(error_)); }
  int number() const { return meshgw_error_errno(error_); }

 private:
  meshgw_error* error_ = nullptr;
};

// BadCall is a call with one argument that is wrong.
struct BadCall {
  const char* what;
  std::function<meshgw_status(meshgw_error**)> call;
  const char* names;  // Is in the message.
  meshgw_status status = MESHGW_ERR_INVALID_ARGUMENT;
};

// CheckBadCalls makes every call, with and without a place for the error.
inline void CheckBadCalls(const std::vector<BadCall>& calls) {
  for (const BadCall& bad : calls) {
    CAPTURE(bad.what);
    Error error;
    CHECK(bad.call(error.out()) == bad.status);
    CHECK(error.status() == bad.status);
    CHECK_THAT(error.message(), Catch::Matchers::ContainsSubstring(bad.names));
    CHECK(bad.call(nullptr) == bad.status);
  }
}

inline bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
inline bool Blocks(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }
inline void MakeNonBlocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}
// Whether `fd` is readable now.
inline bool IsReadable(int fd) {
  pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, 0) == 1;
}
// Whether it becomes so.
inline bool GetsReadable(int fd) {
  pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, static_cast<int>(kPatience.count())) == 1;
}

// Descriptors that this process has open.
inline std::size_t OpenDescriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

// Two ends of a connection, blocking.
using Ends = std::pair<TestSocket, TestSocket>;
inline Ends TcpEnds() {
  TestServer server;
  TestSocket dialled =
      TestSocket::Connect("127.0.0.1:" + std::to_string(server.port()));
  TestSocket accepted = server.Accept();
  const int on = 1;
  ::setsockopt(dialled.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(accepted.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return {std::move(dialled), std::move(accepted)};
}
inline Ends UnixEnds(int type = SOCK_STREAM) {
  int fds[2] = {-1, -1};
  (void)::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds);
  return {TestSocket(fds[0]), TestSocket(fds[1])};
}

// Descriptors that are no connected stream socket, by what they are.
class WrongDescriptors {
 public:
  WrongDescriptors()
      : file_(::open("/dev/null", O_RDWR | O_CLOEXEC)),
        lonely_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        datagrams_(UnixEnds(SOCK_DGRAM)) {
    for (const auto& [what, fd] : all()) {
      if (fd >= 0) MakeNonBlocking(fd);
    }
  }
  std::vector<std::pair<const char*, int>> all() const {
    return {{"no descriptor", -1},
            {"one that is not open", 1 << 20},
            {"a file", file_.fd()},
            {"a socket without a connection", lonely_.fd()},
            {"a datagram socket", datagrams_.first.fd()}};
  }

 private:
  TestSocket file_;
  TestSocket lonely_;
  Ends datagrams_;
};

#ifdef NDEBUG
inline constexpr bool kDebugBuild = false;
#else
inline constexpr bool kDebugBuild = true;
#endif

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_C_API_H_
