// What carrying bytes costs, beside a relay that reads and writes, in the same
// event loop and in the same run, over loopback TCP. The peers run in threads
// of their own; what is counted is the CPU time of the relay's thread alone,
// the kernel's part included.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "meshgw/splicer.h"
#include "splice/relay.h"
#include "support/test_socket.h"

namespace meshgw {
namespace {

using test::TestSocket;

double ThreadCpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

// CopyEngine is the plain relay: what is read is written, in one loop.
class CopyEngine {
 public:
  CopyEngine(SplicePool*, int client_fd, int server_fd)
      : fds_{client_fd, server_fd} {}
  bool Run(SpliceSide, std::uint32_t) {
    Carry(0);
    Carry(1);
    return false;
  }
  bool ended() const { return shut_[0] && shut_[1]; }
  double spliced() const { return 0; }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
  struct Held {
    std::array<std::uint8_t, kBufferBytes> bytes;
    std::size_t sent = 0;
    std::size_t size = 0;
  };

  void Carry(std::size_t from) {
    Held& held = *held_[from];
    while (!shut_[from]) {
      if (held.sent == held.size) {
        const ssize_t got =
            ::recv(fds_[from], held.bytes.data(), kBufferBytes, MSG_DONTWAIT);
        if (got < 0) return;
        if (got == 0) {
          ::shutdown(fds_[1 - from], SHUT_WR);
          shut_[from] = true;
          return;
        }
        held.sent = 0;
        held.size = static_cast<std::size_t>(got);
      }
      const ssize_t sent =
          ::send(fds_[1 - from], held.bytes.data() + held.sent,
                 held.size - held.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) return;
      held.sent += static_cast<std::size_t>(sent);
    }
  }

  int fds_[2];
  bool shut_[2] = {false, false};
  std::unique_ptr<Held> held_[2] = {std::make_unique<Held>(),
                                    std::make_unique<Held>()};
};

class SpliceEngine {
 public:
  SpliceEngine(SplicePool* pool, int client_fd, int server_fd)
      : splicer_(pool, client_fd, server_fd) {}
  bool Run(SpliceSide side, std::uint32_t events) {
    return splicer_.Run(side, events);
  }
  bool ended() const { return splicer_.end() != SpliceEnd::kRunning; }
  double spliced() const {
    return static_cast<double>(splicer_.counters().spliced_bytes);
  }

 private:
  Splicer splicer_;
};

// One connection: peers at the ends, an engine between.
template <typename Engine>
struct Connection {
  Connection(SplicePool* pool, std::pair<TestSocket, TestSocket> up,
             std::pair<TestSocket, TestSocket> down)
      : client(std::move(up.first)),
        server(std::move(down.second)),
        inner{std::move(up.second), std::move(down.first)},
        engine(pool, inner[0].fd(), inner[1].fd()) {}

  TestSocket client;
  TestSocket server;
  TestSocket inner[2];
  Engine engine;
  bool again = false;
};

// Runs engines until all their connections have ended; their CPU time in s.
template <typename Engine>
double CarryAll(std::vector<std::unique_ptr<Connection<Engine>>>& all) {
  const internal::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  for (std::size_t i = 0; i < all.size() * 2; ++i) {
    const int fd = all[i / 2]->inner[i % 2].fd();
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_event event{.events = kSpliceEvents, .data = {.u64 = i}};
    ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
  }
  std::size_t running = all.size();
  std::vector<Connection<Engine>*> queue;
  const auto run = [&](Connection<Engine>& at, SpliceSide side,
                       std::uint32_t events) {
    if (at.engine.ended()) return;
    const bool again = at.engine.Run(side, events);
    if (again && !at.again) queue.push_back(&at);
    at.again = again;
    if (at.engine.ended()) --running;
  };
  const double start = ThreadCpuSeconds();
  while (running > 0) {
    epoll_event events[64];
    const int count =
        ::epoll_wait(epoll.get(), events, 64, queue.empty() ? -1 : 0);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t which = events[i].data.u64;
      run(*all[which / 2], static_cast<SpliceSide>(which % 2),
          events[i].events);
    }
    for (Connection<Engine>* at : std::exchange(queue, {})) {
      at->again = false;
      run(*at, SpliceSide::kClient, 0);
    }
  }
  return ThreadCpuSeconds() - start;
}

template <typename Engine>
std::vector<std::unique_ptr<Connection<Engine>>> Connect(SplicePool* pool,
                                                         std::size_t count) {
  std::vector<std::unique_ptr<Connection<Engine>>> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(std::make_unique<Connection<Engine>>(pool, test::TcpPair(),
                                                       test::TcpPair()));
  }
  return all;
}

// `bytes` from each client to its server: one thread sends, one receives.
void SendBulk(int fd, std::size_t bytes) {
  static const std::vector<std::uint8_t> content(std::size_t{256} << 10, 7);
  while (bytes > 0) {
    const ssize_t sent = ::send(fd, content.data(),
                                std::min(bytes, content.size()), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes -= static_cast<std::size_t>(sent);
  }
  ::shutdown(fd, SHUT_WR);
}
// Without copying: MSG_TRUNC drops what came.
std::size_t Drop(int fd) {
  std::size_t dropped = 0;
  ssize_t got = 0;
  while ((got = ::recv(fd, nullptr, std::size_t{1} << 20, MSG_TRUNC)) > 0) {
    dropped += static_cast<std::size_t>(got);
  }
  ::shutdown(fd, SHUT_WR);
  return dropped;
}

// What a round came to, and per what.
struct Round {
  double cpu_seconds = 0;
  double units = 0;  // GB or messages.
  double spliced_bytes = 0;
  bool whole = true;
};

template <typename Engine>
Round Bulk(std::size_t connections) {
  const std::size_t bytes = (std::size_t{512} << 20) / connections;
  SplicePool pool;
  auto all = Connect<Engine>(&pool, connections);
  std::vector<std::thread> peers;
  std::atomic<std::size_t> received{0};
  for (const auto& at : all) {
    peers.emplace_back(SendBulk, at->client.fd(), bytes);
    peers.emplace_back(
        [&received, fd = at->server.fd()] { received += Drop(fd); });
  }
  Round round{.cpu_seconds = CarryAll(all)};
  for (std::thread& peer : peers) peer.join();
  round.whole = received == bytes * connections;
  round.units = static_cast<double>(received) / 1e9;
  for (const auto& at : all) round.spliced_bytes += at->engine.spliced();
  return round;
}

// Echoes `size` bytes at a time: client sends, server answers the same.
bool Exchange(int fd, std::size_t size, std::size_t messages, bool first) {
  std::vector<std::uint8_t> message(size, 7);
  for (std::size_t i = 0; i < messages; ++i) {
    if (first && ::send(fd, message.data(), size, MSG_NOSIGNAL) < 0) {
      return false;
    }
    if (::recv(fd, message.data(), size, MSG_WAITALL) !=
        static_cast<ssize_t>(size)) {
      return false;
    }
    if (!first && ::send(fd, message.data(), size, MSG_NOSIGNAL) < 0) {
      return false;
    }
  }
  ::shutdown(fd, SHUT_WR);
  return true;
}

template <typename Engine>
Round Ping(std::size_t size) {
  constexpr std::size_t kConnections = 8;
  const std::size_t messages = size > 65536 ? 200 : 2000;
  SplicePool pool;
  auto all = Connect<Engine>(&pool, kConnections);
  std::vector<std::thread> peers;
  std::atomic<bool> whole{true};
  for (const auto& at : all) {
    for (const bool first : {true, false}) {
      const int fd = first ? at->client.fd() : at->server.fd();
      peers.emplace_back([&whole, size, messages, first, fd] {
        if (!Exchange(fd, size, messages, first)) whole = false;
      });
    }
  }
  Round round{.cpu_seconds = CarryAll(all)};
  for (std::thread& peer : peers) peer.join();
  round.whole = whole;
  round.units = static_cast<double>(2 * kConnections * messages);
  for (const auto& at : all) round.spliced_bytes += at->engine.spliced();
  return round;
}

double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Rounds of both engines by turns, so that a busy machine slows both; medians.
void Compare(benchmark::State& state, Round (*splice)(std::size_t),
             Round (*copy)(std::size_t), const char* unit, double scale) {
  constexpr int kRounds = 9;
  const auto argument = static_cast<std::size_t>(state.range(0));
  std::vector<double> spliced;
  std::vector<double> copied;
  std::vector<double> ratio;
  double bytes = 0;
  for (auto _ : state) {
    for (int i = 0; i < kRounds; ++i) {
      const Round one = splice(argument);
      const Round other = copy(argument);
      if (!one.whole || !other.whole) state.SkipWithError("bytes lost");
      spliced.push_back(one.cpu_seconds / one.units * scale);
      copied.push_back(other.cpu_seconds / other.units * scale);
      ratio.push_back(copied.back() / spliced.back());
      bytes += one.spliced_bytes;
    }
  }
  state.counters[std::string("splicer_") + unit] = Median(spliced);
  state.counters[std::string("copy_loop_") + unit] = Median(copied);
  state.counters["copy_loop/splicer"] = Median(ratio);
  state.counters["spliced_bytes"] = bytes;
}

// The argument: connections, which share 512 MiB from clients to servers.
void BM_Bulk(benchmark::State& state) {
  Compare(state, Bulk<SpliceEngine>, Bulk<CopyEngine>, "s_per_GB", 1);
}
BENCHMARK(BM_Bulk)->Arg(1)->Arg(16)->Iterations(1)->UseRealTime();

// The argument: bytes of a message; each is answered by one of the same size.
void BM_Ping(benchmark::State& state) {
  Compare(state, Ping<SpliceEngine>, Ping<CopyEngine>, "us_per_message", 1e6);
}
BENCHMARK(BM_Ping)
    ->Arg(1)
    ->Arg(1 << 10)
    ->Arg(16 << 10)
    ->Arg(256 << 10)
    ->Iterations(1)
    ->UseRealTime();

}  // namespace
}  // namespace meshgw
