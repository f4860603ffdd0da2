#include "gateway/acceptor.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/sockets.h"
#include "gateway/listen_socket.h"
#include "gateway/socket_address.h"
#include "gateway/worker.h"

namespace meshgw::internal {
namespace {

// Connections taken from one listener before others get their turn, at most.
constexpr int kMostAccepts = 64;
// So many events in a row that had as many connections as were looked for, or
// more: look for twice as many.
constexpr int kFullBatchesToGrow = 8;
// The kernel's queue holds no more (net.core.somaxconn has 16 bits).
constexpr int kAcceptsAtClose = 1 << 16;

// Errors that concern one connection, not the listening socket: accept(2).
bool IsOfOneConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:  // The client was faster.
    case EPERM:         // A firewall's word.
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

// Errors that will not go away: the descriptor is not (or no longer) one that
// listens.
bool IsOfTheSocket(int error) {
  return error == EINVAL || error == EBADF || error == ENOTSOCK ||
         error == EOPNOTSUPP;
}

bool Same(const SocketAddress& a, const SocketAddress& b) {
  if (a.family() != b.family()) return false;
  if (!a.is_unix()) {
    return a.length == b.length &&
           std::memcmp(&a.storage, &b.storage, a.length) == 0;
  }
  const auto path = [](const SocketAddress& of) {
    return reinterpret_cast<const sockaddr_un*>(&of.storage)->sun_path;
  };
  return std::strncmp(path(a), path(b), sizeof(sockaddr_un::sun_path)) == 0;
}

}  // namespace

void Acceptor::Add(std::list<Listener>* made) noexcept {
  while (!made->empty()) {
    Listener* listener = TakeOver(made);
    listener->worker = worker_;
    listener->tcp = IsTcp(worker_->sys(), listener->fd->get());
    listener->address = NameOf(listener->fd->get());
    if (!resume_at_.has_value() && !Watch(listener)) Pause(errno);
  }
}

// Takes the first of `made`: into the place of one of that name that was
// closed, so that listeners that come and go leave nothing behind.
Listener* Acceptor::TakeOver(std::list<Listener>* made) noexcept {
  Listener& first = made->front();
  for (Listener& old : listeners_) {
    if (old.fd != nullptr || old.name != first.name) continue;
    old.fd = std::move(first.fd);
    old.exclusive = first.exclusive;
    old.given = first.given;
    old.batch = first.batch;
    made->pop_front();
    return &old;
  }
  listeners_.splice(listeners_.end(), *made, made->begin());
  return &listeners_.back();
}

SocketAddress Acceptor::NameOf(int fd) const {
  SocketAddress name;
  name.length = sizeof(name.storage);
  if (worker_->sys().getsockname(fd, name.get(), &name.length) != 0) return {};
  return name;
}

bool Acceptor::Serves(const SocketAddress& target, int fd) const {
  return std::any_of(
      listeners_.begin(), listeners_.end(), [&](const Listener& listener) {
        return listener.fd != nullptr &&
               Reaches(target, listener.address, [&] { return NameOf(fd); });
      });
}

Listener* Acceptor::FindOrAdd(std::string_view name) {
  const auto found = std::find_if(
      listeners_.begin(), listeners_.end(),
      [&](const Listener& listener) { return listener.name == name; });
  if (found != listeners_.end()) return &*found;
  std::list<Listener> made(1);
  made.front().worker = worker_;
  made.front().name = name;
  listeners_.splice(listeners_.end(), made);
  return &listeners_.back();
}

bool Acceptor::Watch(Listener* listener) {
  if (listener->fd == nullptr || listener->watched) return true;
  std::uint32_t events = EPOLLIN;
  if (listener->exclusive) events |= EPOLLEXCLUSIVE;
  listener->watched =
      worker_->WatchListener(listener->fd->get(), listener, events);
  return listener->watched;
}

void Acceptor::Unwatch(Listener* listener) {
  if (!listener->watched) return;
  worker_->Unwatch(listener->fd->get());
  listener->watched = false;
}

void Acceptor::OnEvent(Listener* listener) {
  // Not watched: paused or closed by an earlier event of this batch.
  if (!listener->watched) return;
  // To learn that there are no more costs a call, and those that are left are
  // told again: so look for as many as usually come.
  if (Accept(listener, listener->batch)) {
    listener->batch = static_cast<std::uint8_t>((listener->batch + 1) / 2);
    listener->full_batches = 0;
  } else if (++listener->full_batches == kFullBatchesToGrow) {
    listener->batch = static_cast<std::uint8_t>(
        std::min(2 * int{listener->batch}, kMostAccepts));
    listener->full_batches = 0;
  }
}

// Looks at most `most` times for a connection. True: there are no more.
bool Acceptor::Accept(Listener* listener, int most) {
  bool empty = false;
  const Syscalls& sys = worker_->sys();
  for (int i = 0; i < most && listener->fd != nullptr; ++i) {
    SocketAddress source;
    source.length = sizeof(source.storage);
    UniqueFd fd(sys.accept4(listener->fd->get(), source.get(), &source.length,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      worker_->Admit(listener, std::move(fd), source, {.tcp = listener->tcp});
      // It may have used up the last descriptor.
      if (resume_at_.has_value()) return true;
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      empty = true;
      break;
    }
    if (IsOfOneConnection(errno)) continue;
    OnAcceptError(listener, errno);
    return true;
  }
  if (told_) {
    told_ = false;
    worker_->shared().Log("info", "accepting again");
  }
  return empty;
}

void Acceptor::OnAcceptError(Listener* listener, int error) {
  if (!IsOfTheSocket(error)) {
    Pause(error);
    return;
  }
  worker_->shared().Log("error", "listener %s: accept: %s; it is closed",
                        listener->name, std::strerror(error));
  Unwatch(listener);
  listener->fd.reset();
}

void Acceptor::Pause(int error) {
  worker_->counters().accept_pauses.Add();
  resume_at_ = worker_->now() + kPause;
  for (Listener& listener : listeners_) Unwatch(&listener);
  if (told_) return;  // Once a shortage, not ten times a second.
  told_ = true;
  worker_->shared().Log("warn", "accepting is paused: %s",
                        std::strerror(error));
}

void Acceptor::ResumeIfDue(TimePoint now) {
  if (!resume_at_.has_value() || now < *resume_at_) return;
  resume_at_.reset();
  for (Listener& listener : listeners_) {
    if (Watch(&listener)) continue;
    Pause(errno);
    return;
  }
}

std::size_t Acceptor::RefuseNew(const SocketAddress* address) {
  std::size_t count = 0;
  for (const Listener& listener : listeners_) {
    if (listener.fd == nullptr) continue;
    if (address != nullptr && !Same(listener.address, *address)) continue;
    ++count;
    // Who has a copy goes on with the socket.
    if (!listener.given) RefuseNewConnections(listener.fd->get());
  }
  return count;
}

bool Acceptor::CloseServed(const SocketAddress* address) {
  for (Listener& listener : listeners_) {
    if (listener.fd == nullptr) continue;
    if (address != nullptr && !Same(listener.address, *address)) continue;
    if (resume_at_.has_value()) return false;
    Accept(&listener, kAcceptsAtClose);
    if (resume_at_.has_value()) return false;
    Unwatch(&listener);
    listener.fd.reset();
  }
  return true;
}

void Acceptor::Close() {
  for (Listener& listener : listeners_) {
    if (listener.fd == nullptr) continue;
    Unwatch(&listener);
    listener.fd.reset();
  }
  resume_at_.reset();
}

}  // namespace meshgw::internal
