#include "load_backend.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "load_protocol.h"

namespace meshgw::load {
namespace {

constexpr std::size_t kRecordHeader = 5;

}  // namespace

// Every wait is level-triggered: plain, and the same beside every relay.
struct Backend::Connection {
  int fd = -1;
  std::vector<std::uint8_t> head;  // The hello and the order behind it.
  bool ordered = false;
  Order order;
  std::vector<std::uint8_t> message;  // Of an echo.
  std::size_t received = 0;           // Of it.
  std::size_t to_send = 0;

  // Reads no further than the order. False: the connection has ended.
  bool ReadHead() {
    for (;;) {
      std::size_t wanted = kRecordHeader;
      if (head.size() >= kRecordHeader) {
        wanted += (std::size_t{head[3]} << 8 | head[4]) + sizeof(Order);
      }
      if (head.size() == wanted) break;
      const std::size_t old = head.size();
      head.resize(wanted);
      const ssize_t got =
          ::recv(fd, head.data() + old, wanted - old, MSG_DONTWAIT);
      head.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got <= 0) return got < 0 && errno == EAGAIN;
    }
    std::memcpy(&order, head.data() + head.size() - sizeof(order),
                sizeof(order));
    head = {};
    ordered = true;
    if (order.action == Action::kEcho) message.resize(order.get_size());
    return true;
  }

  // One message at a time, as its client waits for each.
  bool Echo() {
    for (;;) {
      if (to_send > 0) {
        const ssize_t sent =
            ::send(fd, message.data() + message.size() - to_send, to_send,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return errno == EAGAIN;
        to_send -= static_cast<std::size_t>(sent);
        if (to_send > 0) return true;
      }
      const ssize_t got = ::recv(fd, message.data() + received,
                                 message.size() - received, MSG_DONTWAIT);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      received += static_cast<std::size_t>(got);
      if (received < message.size()) continue;
      received = 0;
      to_send = message.size();
    }
  }

  std::uint32_t Events() const {
    if (!ordered) return EPOLLIN;
    switch (order.action) {
      case Action::kSink:
        return EPOLLIN;
      case Action::kSource:
        return EPOLLOUT;
      case Action::kBoth:
        return EPOLLIN | EPOLLOUT;
      case Action::kEcho:
        return to_send > 0 ? EPOLLOUT : EPOLLIN;
    }
    return EPOLLIN;
  }
};

Backend::Backend(std::string_view text)
    : listener_(
          ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const sockaddr_in address = ParseAddress(text);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)) != 0 ||
      ::listen(listener_, 4096) != 0) {
    Die("backend " + std::string(text));
  }
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  thread_ = std::thread([this] { Run(); });
}

Backend::~Backend() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
  ::close(epoll_);
}

void Backend::Accept() {
  for (;;) {
    const int fd =
        ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno != EAGAIN) ++errors_;
      return;
    }
    auto* connection = new Connection{.fd = fd};
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
  }
}

bool Backend::OnEvent(Connection* connection, std::uint32_t events) {
  if ((events & EPOLLERR) != 0) {
    ++errors_;
    return false;
  }
  if (!connection->ordered && !connection->ReadHead()) return false;
  if (!connection->ordered) return true;
  const Action action = connection->order.action;
  if (action == Action::kEcho) return connection->Echo();
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;
  bool open = true;
  if (action != Action::kSource) open = DropAll(connection->fd, &dropped);
  if (open && action != Action::kSink) open = SendBulk(connection->fd, &sent);
  dropped_ += dropped;
  return open;
}

void Backend::Run() {
  constexpr int kEvents = 256;
  constexpr int kLookMilliseconds = 50;
  epoll_event events[kEvents];
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_, events, kEvents, kLookMilliseconds);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection == nullptr) {
        Accept();
        continue;
      }
      const std::uint32_t before = connection->Events();
      if (!OnEvent(connection, events[i].events)) {
        ::close(connection->fd);
        delete connection;
        continue;
      }
      if (connection->Events() != before) {
        epoll_event event{.events = connection->Events(),
                          .data = {.ptr = connection}};
        ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->fd, &event);
      }
    }
  }
}

}  // namespace meshgw::load
