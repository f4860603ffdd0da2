#include "integrity/connections.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <random>

#include "support/hello_builder.h"

namespace meshgw::integrity {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t ClientSeed(std::uint64_t id) { return 2 * id + 1; }
std::uint64_t ServerSeed(std::uint64_t id) { return 2 * id + 2; }

test::ByteVector HelloFor(const std::string& name) {
  return test::HelloBuilder()
      .ServerName(name)
      .Alpn({"h2", "http/1.1"})
      .SupportedVersions({0x0304, 0x0303})
      .Build();
}

bool ReadAll(int fd, std::uint8_t* to, std::size_t size) {
  return ::recv(fd, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

// Reads records until a whole ClientHello is behind it, and the number of the
// connection, which follows.
std::optional<std::uint64_t> ReadHelloAndNumber(int fd) {
  std::vector<std::uint8_t> message;
  do {
    std::uint8_t header[5];
    if (!ReadAll(fd, header, sizeof(header))) return std::nullopt;
    const std::size_t size = std::size_t{header[3]} << 8 | header[4];
    const std::size_t start = message.size();
    message.resize(start + size);
    if (!ReadAll(fd, message.data() + start, size)) return std::nullopt;
  } while (message.size() < 4 ||
           message.size() < 4 + (std::size_t{message[1]} << 16 |
                                 std::size_t{message[2]} << 8 | message[3]));
  std::uint64_t number = 0;
  if (!ReadAll(fd, reinterpret_cast<std::uint8_t*>(&number), sizeof(number))) {
    return std::nullopt;
  }
  return number;
}

// Until the kernel has given all of it to the other side.
void AwaitTaken(int fd) {
  int queued = 1;
  const auto end = Clock::now() + std::chrono::seconds(5);
  while (::ioctl(fd, TIOCOUTQ, &queued) == 0 && queued > 0 &&
         Clock::now() < end) {
    std::this_thread::yield();
  }
}

// Sends the hello in pieces, each a segment of its own, and over records.
bool SendCut(int fd, const test::ByteVector& hello, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::size_t> records;
  for (std::size_t left = hello.size() - 5; left > 0;) {
    records.push_back(std::min<std::size_t>(left, 1 + random() % 200));
    left -= records.back();
  }
  const test::ByteVector wire =
      test::SplitRecords(std::span(hello).subspan(5), records);
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t size =
        std::min<std::size_t>(wire.size() - at, 1 + random() % 150);
    if (::send(fd, wire.data() + at, size, MSG_NOSIGNAL) !=
        static_cast<ssize_t>(size)) {
      return false;
    }
    AwaitTaken(fd);
    at += size;
  }
  return true;
}

int Connect(const Setup& setup) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&setup.relay),
                sizeof(setup.relay)) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::vector<std::uint8_t> Number(std::uint64_t number) {
  std::vector<std::uint8_t> bytes(sizeof(number));
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

// Listens and hands every connection to `serve`, each on a thread of its own.
class Backend {
 public:
  Backend(const Setup& setup, std::function<void(int)> serve)
      : serve_(std::move(serve)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&setup.backend),
               sizeof(setup.backend)) != 0 ||
        ::listen(listener_, 4096) != 0) {
      std::perror("relay_integrity: backend");
      std::exit(2);
    }
    thread_ = std::thread([this] { Run(); });
  }
  ~Backend() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
    while (serving_ > 0) std::this_thread::yield();
  }
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

 private:
  void Run() {
    pollfd poll{.fd = listener_, .events = POLLIN, .revents = 0};
    while (!stopping_) {
      if (::poll(&poll, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++serving_;
      StartDetached(std::make_unique<std::function<void()>>([this, fd] {
        serve_(fd);
        --serving_;
      }));
    }
  }

  // std::thread::detach crashes now and then when the thread has ended by then
  // (glibc bug 19951): this one is born detached.
  static void StartDetached(std::unique_ptr<std::function<void()>> work) {
    pthread_attr_t detached;
    ::pthread_attr_init(&detached);
    ::pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    const int error = ::pthread_create(
        &thread, &detached,
        [](void* given) -> void* {
          const std::unique_ptr<std::function<void()>> taken(
              static_cast<std::function<void()>*>(given));
          (*taken)();
          return nullptr;
        },
        work.get());
    ::pthread_attr_destroy(&detached);
    if (error != 0) {
      std::fprintf(stderr, "relay_integrity: no thread: %s\n",
                   std::strerror(error));
      std::exit(2);
    }
    work.release();
  }

  std::function<void(int)> serve_;
  int listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> serving_{0};
  std::thread thread_;
};

struct Ends {
  Outcome client;
  Outcome server;
};

// One direction without a reset from either side: everything must arrive.
bool Arrived(const Plan& sent, const Outcome& seen) {
  return seen.started && seen.fin && !seen.reset && seen.received == sent.size;
}

void Judge(const Script& script, const Ends& ends, Tally* tally) {
  const bool resets = script.client.resets || script.server.resets;
  if (ends.client.wrong || ends.server.wrong) {
    ++tally->reordered;
  } else if (ends.client.hung || ends.server.hung) {
    ++tally->hung;
  } else if (!resets && (!Arrived(script.server, ends.client) ||
                         !Arrived(script.client, ends.server))) {
    ++tally->lost;
  } else if ((script.client.resets && ends.server.fin) ||
             (script.server.resets && ends.client.fin)) {
    ++tally->reset_as_fin;
  } else {
    ++tally->ok;
  }
}

void PlayClient(const Setup& setup, const Script& script, std::uint64_t id,
                Outcome* outcome) {
  const int fd = Connect(setup);
  if (fd < 0) return;
  const test::ByteVector hello = HelloFor(setup.server_name);
  std::vector<std::uint8_t> first = Number(id);
  if (!script.cut_hello) {
    first.insert(first.begin(), hello.begin(), hello.end());
  } else if (!SendCut(fd, hello, setup.seed + id)) {
    ::close(fd);
    return;
  }
  *outcome =
      Play(fd, script.client, ServerSeed(id), std::move(first), setup.patience);
}

}  // namespace

Tally RunConnections(const Setup& setup, std::size_t count,
                     const std::function<Script(std::size_t)>& script_of) {
  const auto script = [&](std::size_t id) {
    Script made = script_of(id);
    made.client.seed = ClientSeed(id);
    made.server.seed = ServerSeed(id);
    return made;
  };
  std::vector<Ends> ends(count);
  {
    const Backend backend(setup, [&](int fd) {
      const auto id = ReadHelloAndNumber(fd);
      if (!id.has_value() || *id >= count) {
        ::close(fd);
        return;
      }
      ends[*id].server =
          Play(fd, script(*id).server, ClientSeed(*id), {}, setup.patience);
    });
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < std::min(count, setup.at_once); ++i) {
      clients.emplace_back([&] {
        for (std::size_t id = next++; id < count; id = next++) {
          PlayClient(setup, script(id), id, &ends[id].client);
        }
      });
    }
    for (std::thread& client : clients) client.join();
  }
  Tally tally{.connections = count};
  for (std::size_t id = 0; id < count; ++id)
    Judge(script(id), ends[id], &tally);
  return tally;
}

namespace {

std::uint64_t ResidentBytes(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Sends until nothing has been taken for a second; how much was.
std::uint64_t SendUntilItStands(int fd, const Content& content,
                                std::uint64_t bytes) {
  constexpr int kStandsMilliseconds = 1000;
  std::vector<std::uint8_t> chunk(std::size_t{64} << 10);
  std::uint64_t sent = 0;
  while (sent < bytes) {
    pollfd poll{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&poll, 1, kStandsMilliseconds) <= 0) break;
    content.Fill(sent, chunk);
    const std::size_t size =
        std::min<std::uint64_t>(chunk.size(), bytes - sent);
    const ssize_t taken =
        ::send(fd, chunk.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken > 0) sent += static_cast<std::uint64_t>(taken);
  }
  return sent;
}

}  // namespace

Stalled RunStalled(const Setup& setup, std::uint64_t bytes, int pid) {
  Stalled stalled{.offered = bytes};
  std::atomic<bool> go_on{false};
  Outcome seen;
  const Content content(ClientSeed(0));
  const std::uint64_t before = pid != 0 ? ResidentBytes(pid) : 0;
  {
    const Backend backend(setup, [&](int fd) {
      if (!ReadHelloAndNumber(fd).has_value()) return;
      while (!go_on) std::this_thread::yield();
      seen = Play(fd, {}, ClientSeed(0), {}, setup.patience);
    });
    const int fd = Connect(setup);
    std::vector<std::uint8_t> first = HelloFor(setup.server_name);
    const auto number = Number(0);
    first.insert(first.end(), number.begin(), number.end());
    ::send(fd, first.data(), first.size(), MSG_NOSIGNAL);
    stalled.absorbed = SendUntilItStands(fd, content, bytes);
    const std::uint64_t after = pid != 0 ? ResidentBytes(pid) : 0;
    stalled.grown_bytes = after > before ? after - before : 0;
    go_on = true;
    std::uint64_t sent = stalled.absorbed;
    std::vector<std::uint8_t> chunk(std::size_t{64} << 10);
    while (sent < bytes) {
      content.Fill(sent, chunk);
      const ssize_t taken = ::send(
          fd, chunk.data(), std::min<std::uint64_t>(chunk.size(), bytes - sent),
          MSG_NOSIGNAL);
      if (taken <= 0) break;
      sent += static_cast<std::uint64_t>(taken);
    }
    ::shutdown(fd, SHUT_WR);
    std::uint8_t byte = 0;
    while (::recv(fd, &byte, 1, 0) > 0) {
    }
    ::close(fd);
  }
  stalled.whole = seen.fin && !seen.wrong && seen.received == bytes;
  return stalled;
}

}  // namespace meshgw::integrity
