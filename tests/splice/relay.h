#ifndef MESHGW_TESTS_SPLICE_RELAY_H_
#define MESHGW_TESTS_SPLICE_RELAY_H_

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "meshgw/splicer.h"
#include "splice/peer.h"
#include "support/test_socket.h"

namespace meshgw::test {

// Two connected streams, blocking.
inline std::pair<TestSocket, TestSocket> TcpPair() {
  TestServer server;
  TestSocket dialled =
      TestSocket::Connect("127.0.0.1:" + std::to_string(server.port()));
  TestSocket accepted = server.Accept();
  const int on = 1;
  ::setsockopt(dialled.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(accepted.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return {std::move(dialled), std::move(accepted)};
}
inline std::pair<TestSocket, TestSocket> UnixPair() {
  int fds[2] = {-1, -1};
  (void)::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
  return {TestSocket(fds[0]), TestSocket(fds[1])};
}

// Descriptors that this process has open.
inline std::size_t OpenDescriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

// Socket buffers that little fills. With smaller ones than a segment of the
// loopback device, TCP waits for its timers.
inline constexpr int kSmallBuffer = 65536;

struct RelaySetup {
  bool local = false;  // Unix-domain sockets instead of TCP.
  bool small_buffers = false;
};

// Relay is a client and a server with a Splicer between them, and the event
// loop that drives all three on the test's thread.
class Relay {
 public:
  static constexpr std::uint32_t kClientSeed = 11;
  static constexpr std::uint32_t kServerSeed = 22;

  explicit Relay(SplicePool* pool, RelaySetup setup = {})
      : Relay(pool, setup, setup.local ? UnixPair() : TcpPair(),
              setup.local ? UnixPair() : TcpPair()) {}
  ~Relay() = default;
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  Peer& client() { return client_; }
  Peer& server() { return server_; }
  Splicer& splicer() { return *splicer_; }
  // The Splicer's descriptor of that side.
  int inner(SpliceSide side) const {
    return inner_[static_cast<std::size_t>(side)].get();
  }

  // One turn: peers, then the events that are there. Waits for events only when
  // nobody moved; false when none come in time.
  bool Turn(std::chrono::milliseconds patience = kPatience) {
    bool moved = client_.Turn();
    moved = server_.Turn() || moved;
    const bool busy = moved || again_[0] || again_[1] || lost_events_ != 0;
    epoll_event events[8];
    const int count = ::epoll_wait(
        epoll_.get(), events, 8, busy ? 0 : static_cast<int>(patience.count()));
    std::uint32_t masks[2] = {lost_events_, lost_events_};
    lost_events_ = 0;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u32 < 2) masks[events[i].data.u32] |= events[i].events;
    }
    for (std::size_t side = 0; side < 2; ++side) {
      if (masks[side] != 0 || again_[side]) {
        again_[side] =
            splicer_->Run(static_cast<SpliceSide>(side), masks[side]);
      }
    }
    if (splicer_->end() != SpliceEnd::kRunning) CloseInner();
    return busy || count > 0;
  }
  // Turns until `done`; false when nothing more happens before it is.
  template <typename Done>
  bool Until(Done done) {
    while (!done()) {
      if (!Turn()) return done();
    }
    return true;
  }
  // Turns until nothing has moved for a while.
  void Settle() {
    while (Turn(std::chrono::milliseconds(50))) {
    }
  }
  bool UntilEnd() {
    return Until([&] { return splicer_->end() != SpliceEnd::kRunning; });
  }
  bool UntilPeersEnd() {
    return Until([&] { return client_.ended() && server_.ended(); });
  }

  // Makes up the events that the kernel would send if it had said EAGAIN: for
  // a test that made a call say so.
  void Wake() { lost_events_ = EPOLLIN | EPOLLOUT; }
  // Until FIN or RST of that side has come.
  void AwaitHangUp(SpliceSide side) const {
    pollfd poll{.fd = inner(side), .events = POLLRDHUP, .revents = 0};
    ::poll(&poll, 1, static_cast<int>(kPatience.count()));
  }
  // As a caller that watched `side` already: takes the events until FIN has
  // come, then starts the Splicer without any.
  void StartAfterFin(SpliceSide side) {
    AwaitHangUp(side);
    epoll_event events[8];
    while (::epoll_wait(epoll_.get(), events, 8, 0) > 0) {
    }
    again_[0] = true;
  }
  // Bytes from the client that the Splicer can read now.
  std::size_t Queued() const {
    int bytes = 0;
    ::ioctl(inner(SpliceSide::kClient), FIONREAD, &bytes);
    return static_cast<std::size_t>(bytes);
  }
  void DestroySplicer() { splicer_.reset(); }

 private:
  Relay(SplicePool* pool, RelaySetup setup,
        std::pair<TestSocket, TestSocket> client,
        std::pair<TestSocket, TestSocket> server)
      : client_(std::move(client.first), kClientSeed),
        server_(std::move(server.second), kServerSeed),
        inner_{internal::UniqueFd(client.second.Release()),
               internal::UniqueFd(server.first.Release())},
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    std::signal(SIGPIPE, SIG_IGN);
    const int fds[] = {inner_[0].get(), inner_[1].get(), client_.fd(),
                       server_.fd()};
    for (const int fd : fds) {
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
      if (setup.small_buffers) {
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSmallBuffer, sizeof(int));
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kSmallBuffer, sizeof(int));
      }
    }
    splicer_ =
        std::make_unique<Splicer>(pool, inner_[0].get(), inner_[1].get());
    for (std::uint32_t i = 0; i < 4; ++i) {
      epoll_event event{.events = kSpliceEvents, .data = {.u32 = i}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fds[i], &event);
    }
  }

  // As the Splicer's documentation asks of its caller.
  void CloseInner() {
    const SpliceEnd end = splicer_->end();
    for (internal::UniqueFd& fd : inner_) {
      if (fd.valid() && end != SpliceEnd::kFinished) ResetOnClose(fd.get());
      fd.reset();
    }
    again_[0] = again_[1] = false;
  }

  Peer client_;
  Peer server_;
  internal::UniqueFd inner_[2];
  internal::UniqueFd epoll_;
  std::unique_ptr<Splicer> splicer_;
  bool again_[2] = {false, false};
  std::uint32_t lost_events_ = 0;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SPLICE_RELAY_H_
