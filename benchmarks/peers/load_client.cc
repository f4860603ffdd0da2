#include "load_client.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>

#include "load_backend.h"
#include "load_meter.h"
#include "support/hello_builder.h"

namespace meshgw::load {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// A client waits for an answer to its hello before it says more: where that
// answer is what is looked at, the first message comes with the hello.
bool AsksWithHello(const Task& task) { return task.reconnect || task.once; }

std::vector<std::uint8_t> FirstBytes(const Task& task) {
  std::vector<std::uint8_t> bytes = test::HelloBuilder()
                                        .ServerName(task.server_name)
                                        .Alpn({"h2", "http/1.1"})
                                        .SupportedVersions({0x0304, 0x0303})
                                        .Build();
  Order order{.action = task.action};
  order.set_size(task.size);
  const auto* raw = reinterpret_cast<const std::uint8_t*>(&order);
  bytes.insert(bytes.end(), raw, raw + sizeof(order));
  if (AsksWithHello(task)) bytes.resize(bytes.size() + task.size);
  return bytes;
}

double Percentile(std::vector<double>* values, double part) {
  if (values->empty()) return 0;
  const auto at =
      values->begin() + static_cast<std::ptrdiff_t>(
                            part * static_cast<double>(values->size() - 1));
  std::nth_element(values->begin(), at, values->end());
  return *at;
}

struct Connection {
  int fd = -1;
  bool connected = false;
  Clock::time_point asked;
  std::size_t received = 0;  // Of an answer.
  std::size_t to_send = 0;   // Of a request.
};

class Clients {
 public:
  explicit Clients(const Task& task)
      : task_(task),
        address_(ParseAddress(task.relay)),
        first_(FirstBytes(task)),
        message_(task.size),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        all_(task.connections) {
    for (Connection& connection : all_) Open(&connection);
  }
  ~Clients() {
    for (const Connection& connection : all_) {
      if (connection.fd >= 0) ::close(connection.fd);
    }
    ::close(epoll_);
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  void RunUntil(Clock::time_point end) {
    constexpr int kEvents = 256;
    epoll_event events[kEvents];
    while (Clock::now() < end) {
      const int count = ::epoll_wait(epoll_, events, kEvents, 20);
      for (int i = 0; i < count; ++i) {
        auto* connection = static_cast<Connection*>(events[i].data.ptr);
        if (!OnEvent(connection, events[i].events)) Fail(connection);
      }
    }
  }
  void Reset() {
    bytes = requests = errors = 0;
    latencies.clear();
  }
  // Those that have waited for an answer since then.
  std::size_t stalled_since(Clock::time_point then) const {
    if (task_.action != Action::kEcho) return 0;
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [&](const auto& connection) {
          return connection.fd >= 0 && connection.asked < then;
        }));
  }

  std::uint64_t bytes = 0;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::vector<double> latencies;  // Microseconds.

 private:
  void Open(Connection* connection) {
    *connection = {.asked = Clock::now()};
    connection->fd =
        ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) Die("socket");
    const int on = 1;
    ::setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(connection->fd, reinterpret_cast<const sockaddr*>(&address_),
                  sizeof(address_)) != 0 &&
        errno != EINPROGRESS) {
      Die("connect " + task_.relay);
    }
    epoll_event event{.events = EPOLLOUT, .data = {.ptr = connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
      Die("epoll_ctl");
    }
  }

  void Fail(Connection* connection) {
    ++errors;
    ::close(connection->fd);
    connection->fd = -1;
    if (task_.reconnect) Open(connection);
  }

  void Watch(Connection* connection, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->fd, &event) != 0) {
      Die("epoll_ctl");
    }
  }

  bool Start(Connection* connection) {
    connection->asked = Clock::now();
    if (::send(connection->fd, first_.data(), first_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(first_.size())) {
      return false;
    }
    connection->connected = true;
    switch (task_.action) {
      case Action::kSink:
        return true;  // Goes on with EPOLLOUT.
      case Action::kSource:
        Watch(connection, EPOLLIN);
        return true;
      case Action::kBoth:
        Watch(connection, EPOLLIN | EPOLLOUT);
        return true;
      case Action::kEcho:
        if (!AsksWithHello(task_)) return Ask(connection);
        Watch(connection, EPOLLIN);
        return true;
    }
    return false;
  }

  bool Ask(Connection* connection) {
    connection->received = 0;
    connection->to_send = task_.size;
    connection->asked = Clock::now();
    return Continue(connection);
  }

  bool Continue(Connection* connection) {
    const ssize_t sent = ::send(
        connection->fd, message_.data() + message_.size() - connection->to_send,
        connection->to_send, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    connection->to_send -= static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    const bool whole = connection->to_send == 0;
    Watch(connection, EPOLLIN | (whole ? 0u : std::uint32_t{EPOLLOUT}));
    return true;
  }

  bool Answer(Connection* connection) {
    const ssize_t got = ::recv(connection->fd, message_.data(),
                               task_.size - connection->received, MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    connection->received += static_cast<std::size_t>(got);
    bytes += static_cast<std::uint64_t>(got);
    if (connection->received < task_.size) return true;
    ++requests;
    latencies.push_back(Seconds(Clock::now() - connection->asked).count() *
                        1e6);
    if (task_.once) {
      Watch(connection, 0);
      return true;
    }
    if (!task_.reconnect) return Ask(connection);
    ::close(connection->fd);
    Open(connection);
    return true;
  }

  bool OnEvent(Connection* connection, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return false;
    if (!connection->connected) return Start(connection);
    if (task_.action == Action::kEcho) {
      if (connection->to_send > 0 && (events & EPOLLOUT) != 0 &&
          !Continue(connection)) {
        return false;
      }
      return (events & EPOLLIN) == 0 || Answer(connection);
    }
    if ((events & EPOLLIN) != 0 && !DropAll(connection->fd, &bytes)) {
      return false;
    }
    return (events & EPOLLOUT) == 0 || SendBulk(connection->fd, &sent_);
  }

  const Task task_;
  const sockaddr_in address_;
  const std::vector<std::uint8_t> first_;
  std::vector<std::uint8_t> message_;
  int epoll_;
  std::vector<Connection> all_;
  std::uint64_t sent_ = 0;
};

}  // namespace

Figures Measure(const Task& task, const Backend& backend) {
  const auto length =
      std::chrono::duration_cast<Clock::duration>(Seconds(task.seconds));
  Clients clients(task);
  clients.RunUntil(Clock::now() + length / 4);
  Figures figures{.errors = clients.errors};
  clients.Reset();
  const std::uint64_t dropped = backend.dropped();
  const std::uint64_t backend_errors = backend.errors();
  const std::vector<int> self = {::getpid()};
  const double load_cpu = CpuSecondsOf(self);
  const double cpu = CpuSecondsOf(task.relay_pids);
  const double busy = BusySeconds();
  const Clock::time_point start = Clock::now();
  clients.RunUntil(start + length);
  figures.seconds = Seconds(Clock::now() - start).count();
  figures.relay_cpu_seconds = CpuSecondsOf(task.relay_pids) - cpu;
  figures.load_cpu_seconds = CpuSecondsOf(self) - load_cpu;
  figures.busy_seconds = BusySeconds() - busy;
  figures.bytes = clients.bytes + backend.dropped() - dropped;
  figures.requests = clients.requests;
  figures.errors += clients.errors + backend.errors() - backend_errors;
  figures.stalled = clients.stalled_since(start);
  figures.p50_us = Percentile(&clients.latencies, 0.5);
  figures.p99_us = Percentile(&clients.latencies, 0.99);
  return figures;
}

std::size_t HoldIdle(const Task& task) {
  // In batches, so that no listen queue overflows.
  constexpr std::size_t kBatch = 100;
  constexpr std::chrono::seconds kPatience{10};
  std::vector<std::unique_ptr<Clients>> held;
  std::size_t failed = 0;
  // Where a batch fails nothing is learnt from the next.
  for (std::size_t open = 0; open < task.connections && failed == 0;
       open += kBatch) {
    Task batch = task;
    batch.once = true;
    batch.connections = std::min(kBatch, task.connections - open);
    held.push_back(std::make_unique<Clients>(batch));
    Clients& clients = *held.back();
    const Clock::time_point end = Clock::now() + kPatience;
    while (clients.requests + clients.errors < batch.connections &&
           Clock::now() < end) {
      clients.RunUntil(Clock::now() + std::chrono::milliseconds(1));
    }
    if (clients.requests < batch.connections) {
      failed = task.connections - open - clients.requests;
    }
  }
  std::printf("ready %zu\n", failed);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return failed;
}

}  // namespace meshgw::load
