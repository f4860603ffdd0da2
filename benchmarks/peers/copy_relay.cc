// The plainest relay that can be written with epoll: reads the hello with the
// library, connects, then read and write by 64 KiB. What everything else is
// measured against.
//
//   copy_relay LISTEN_IP:PORT BACKEND_IP:PORT
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <span>
#include <vector>

#include "load_protocol.h"
#include "meshgw/client_hello.h"

namespace {

using meshgw::load::Die;

constexpr std::size_t kBuffer = std::size_t{64} << 10;

struct Pair;

// One side of a pair, and what it has read that the other has not taken.
struct Side {
  Pair* pair = nullptr;
  Side* other = nullptr;
  int fd = -1;
  std::vector<std::uint8_t> kept;
  bool ended = false;
};

struct Pair {
  Side client;
  Side server;
  bool relaying = false;
  bool closed = false;
};

void SetNoDelay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

class CopyRelay {
 public:
  CopyRelay(const sockaddr_in& listen, const sockaddr_in& backend)
      : backend_(backend),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)),
        epoll_(::epoll_create1(0)),
        buffer_(kBuffer) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&listen),
               sizeof(listen)) != 0 ||
        ::listen(listener_, 4096) != 0) {
      Die("copy_relay: listen");
    }
    Watch(EPOLL_CTL_ADD, listener_, nullptr, EPOLLIN);
  }

  [[noreturn]] void Run() {
    constexpr int kEvents = 256;
    epoll_event events[kEvents];
    std::vector<Pair*> dead;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events, kEvents, -1);
      for (int i = 0; i < count; ++i) {
        auto* side = static_cast<Side*>(events[i].data.ptr);
        if (side == nullptr) {
          Accept();
        } else if (!side->pair->closed && !OnEvent(side, events[i].events)) {
          Close(side->pair);
          dead.push_back(side->pair);
        }
      }
      for (Pair* pair : dead) delete pair;
      dead.clear();
    }
  }

 private:
  void Watch(int operation, int fd, Side* side, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = side}};
    ::epoll_ctl(epoll_, operation, fd, &event);
  }

  void Accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    SetNoDelay(fd);
    auto* pair = new Pair;
    pair->client = {.pair = pair, .other = &pair->server, .fd = fd};
    pair->server = {.pair = pair, .other = &pair->client};
    Watch(EPOLL_CTL_ADD, fd, &pair->client, EPOLLIN);
  }

  static void Close(Pair* pair) {
    pair->closed = true;
    ::close(pair->client.fd);
    if (pair->server.fd >= 0) ::close(pair->server.fd);
  }

  bool Connect(Pair* pair) {
    pair->relaying = true;
    pair->server.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SetNoDelay(pair->server.fd);
    if (::connect(pair->server.fd, reinterpret_cast<const sockaddr*>(&backend_),
                  sizeof(backend_)) != 0 &&
        errno != EINPROGRESS) {
      return false;
    }
    Watch(EPOLL_CTL_ADD, pair->server.fd, &pair->server, EPOLLOUT);
    Watch(EPOLL_CTL_MOD, pair->client.fd, &pair->client, 0);
    return true;
  }

  bool OnEvent(Side* side, std::uint32_t events) {
    if ((events & EPOLLERR) != 0) return false;
    if (!side->pair->relaying) return ReadHello(side);
    return Flush(side->other) && Copy(side);
  }

  bool ReadHello(Side* client) {
    const ssize_t got =
        ::recv(client->fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    client->kept.insert(client->kept.end(), buffer_.begin(),
                        buffer_.begin() + got);
    meshgw::ClientHello hello;
    switch (meshgw::ParseClientHello(client->kept, {}, &hello)) {
      case meshgw::HelloVerdict::kNeedMore:
        return true;
      case meshgw::HelloVerdict::kHello:
        return Connect(client->pair);
      default:
        return false;
    }
  }

  // Sends what `from` has read and the other side did not take.
  bool Flush(Side* from) {
    Side* to = from->other;
    if (from->kept.empty()) return true;
    const ssize_t sent = ::send(to->fd, from->kept.data(), from->kept.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN;
    from->kept.erase(from->kept.begin(), from->kept.begin() + sent);
    if (from->kept.empty()) Rearm(from->pair);
    return true;
  }

  bool Copy(Side* from) {
    if (!from->kept.empty() || from->ended) return true;
    const ssize_t got =
        ::recv(from->fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) {
      from->ended = true;
      ::shutdown(from->other->fd, SHUT_WR);
      Rearm(from->pair);
      return !from->other->ended;
    }
    ssize_t sent =
        ::send(from->other->fd, buffer_.data(), static_cast<std::size_t>(got),
               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent < 0) sent = 0;
    if (sent < got) {
      from->kept.assign(buffer_.begin() + sent, buffer_.begin() + got);
      Rearm(from->pair);
    }
    return true;
  }

  void Rearm(Pair* pair) {
    for (Side* side : {&pair->client, &pair->server}) {
      std::uint32_t events = 0;
      if (side->kept.empty() && !side->ended) events |= EPOLLIN;
      if (!side->other->kept.empty()) events |= EPOLLOUT;
      Watch(EPOLL_CTL_MOD, side->fd, side, events);
    }
  }

  sockaddr_in backend_;
  int listener_;
  int epoll_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: copy_relay LISTEN_IP:PORT BACKEND_IP:PORT\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  CopyRelay(meshgw::load::ParseAddress(argv[1]),
            meshgw::load::ParseAddress(argv[2]))
      .Run();
}
