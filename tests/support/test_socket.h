#ifndef MESHGW_TESTS_SUPPORT_TEST_SOCKET_H_
#define MESHGW_TESTS_SUPPORT_TEST_SOCKET_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace meshgw::test {

// How long a test waits for what must happen. Long, so that a slow machine does
// not fail it; reached only by broken code.
inline constexpr std::chrono::milliseconds kPatience{20000};

// WaitUntil looks until `done` or the patience is over; returns the last look.
template <typename Done>
bool WaitUntil(Done done, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return done();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// TestAddress is "ip:port", "[ip]:port" or "unix:/path" as a socket address.
struct TestAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit TestAddress(std::string_view text) {
    if (text.starts_with("unix:")) {
      auto* local = reinterpret_cast<sockaddr_un*>(&storage);
      local->sun_family = AF_UNIX;
      text.substr(5).copy(local->sun_path, sizeof(local->sun_path) - 1);
      length = sizeof(sockaddr_un);
      return;
    }
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    std::string host(text.substr(0, colon));
    if (host.starts_with('[')) {
      host = host.substr(1, host.size() - 2);
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr);
      length = sizeof(sockaddr_in6);
    } else {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      inet_pton(AF_INET, host.c_str(), &v4->sin_addr);
      length = sizeof(sockaddr_in);
    }
  }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// How a stream ended.
enum class StreamEnd { kFin, kReset, kNothingCame };

// TestSocket is one end of a stream, for the test's thread: every call waits
// for at most kPatience and says so by its result.
class TestSocket {
 public:
  TestSocket() = default;
  explicit TestSocket(int fd) : fd_(fd) {}
  TestSocket(TestSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  TestSocket& operator=(TestSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket() { Close(); }

  // Not valid() when it was refused.
  static TestSocket Connect(std::string_view address) {
    const TestAddress to(address);
    TestSocket made(
        ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(made.fd_, to.get(), to.length) != 0) made.Close();
    return made;
  }

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Close with RST.
  void Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    Close();
  }
  void Finish() { ::shutdown(fd_, SHUT_WR); }

  // Sends all; false when the other side does not take it.
  bool Send(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      if (!Wait(POLLOUT)) return false;
      const ssize_t sent =
          ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool Send(std::string_view text) {
    return Send(
        {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

  // Receives `count` bytes, fewer when the stream ends before.
  std::vector<std::uint8_t> Receive(std::size_t count) {
    std::vector<std::uint8_t> got;
    while (got.size() < count) {
      if (!Some(std::min<std::size_t>(count - got.size(), 65536), &got)) break;
    }
    return got;
  }
  std::string ReceiveText(std::size_t count) {
    const auto got = Receive(count);
    return {got.begin(), got.end()};
  }
  // Receives until the stream ends.
  std::vector<std::uint8_t> ReceiveAll(StreamEnd* end = nullptr) {
    std::vector<std::uint8_t> got;
    while (Some(65536, &got)) {
    }
    if (end != nullptr) *end = end_;
    return got;
  }
  // How the stream ends; what comes before is dropped.
  StreamEnd End() {
    ReceiveAll();
    return end_;
  }
  // Whether something, also an end, has come by now or does within `patience`.
  bool Readable(std::chrono::milliseconds patience) {
    return Wait(POLLIN, patience);
  }
  bool Writable(std::chrono::milliseconds patience) {
    return Wait(POLLOUT, patience);
  }

 private:
  bool Wait(short events, std::chrono::milliseconds patience = kPatience) {
    pollfd poll{.fd = fd_, .events = events, .revents = 0};
    return ::poll(&poll, 1, static_cast<int>(patience.count())) == 1;
  }
  bool Some(std::size_t most, std::vector<std::uint8_t>* to) {
    end_ = StreamEnd::kNothingCame;
    if (!Wait(POLLIN)) return false;
    const std::size_t before = to->size();
    to->resize(before + most);
    const ssize_t got = ::recv(fd_, to->data() + before, most, 0);
    to->resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) end_ = StreamEnd::kFin;
    if (got < 0) end_ = StreamEnd::kReset;
    return got > 0;
  }

  int fd_ = -1;
  StreamEnd end_ = StreamEnd::kNothingCame;
};

// TestServer listens and accepts when it is asked to.
class TestServer {
 public:
  explicit TestServer(std::string_view address = "127.0.0.1:0",
                      int backlog = 1024) {
    const TestAddress at(address);
    fd_ = TestSocket(::socket(at.storage.ss_family,
                              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    ::setsockopt(fd_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(fd_.fd(), at.get(), at.length) != 0 ||
        ::listen(fd_.fd(), backlog) != 0) {
      fd_.Close();
    }
    sockaddr_storage bound{};
    socklen_t length = sizeof(bound);
    ::getsockname(fd_.fd(), reinterpret_cast<sockaddr*>(&bound), &length);
    // Of IPv4 and IPv6 at the same place.
    port_ = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  }

  bool valid() const { return fd_.valid(); }
  std::uint16_t port() const { return port_; }
  int Release() { return fd_.Release(); }
  void Close() { fd_.Close(); }

  // Not valid() when nobody comes in time.
  TestSocket Accept(std::chrono::milliseconds patience = kPatience) {
    if (!fd_.Readable(patience)) return {};
    return TestSocket(::accept4(fd_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  TestSocket fd_;
  std::uint16_t port_ = 0;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_TEST_SOCKET_H_
