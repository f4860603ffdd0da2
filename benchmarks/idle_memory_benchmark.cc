// What an established connection that says nothing costs the gateway in user
// memory. Both kinds of peers live in a process of their own, so that only the
// gateway's memory is counted. Counters, each for one connection:
//   rss_bytes: anonymous resident memory, what the process grew by
//   heap_bytes: what is allocated, without the allocator's own slack
// The first connections are not counted: they pay for what all share.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gateway/live_gateway.h"
#include "support/test_socket.h"

namespace meshgw {
namespace {

using test::TestServer;
using test::TestSocket;

constexpr std::size_t kWarmUp = 200;
constexpr std::size_t kConnections = 5000;

struct Memory {
  double resident = 0;  // Bytes.
  double allocated = 0;

  static Memory Now() {
    Memory memory;
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "RssAnon:") {
      status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    double kib = 0;
    if (status >> kib) memory.resident = kib * 1024;
    const struct mallinfo2 heap = ::mallinfo2();
    memory.allocated = static_cast<double>(heap.uordblks + heap.hblkhd);
    return memory;
  }
};

// Opens connections up to `count` and carries a byte each way on each.
bool Open(const std::string& address, TestServer& backend, std::size_t count,
          std::vector<TestSocket>* open) {
  const test::ByteVector hello = test::HelloFor(test::kName);
  while (open->size() < 2 * count) {
    TestSocket client = TestSocket::Connect(address);
    if (!client.valid() || !client.Send(hello)) return false;
    TestSocket server = backend.Accept();
    if (!server.valid() || server.Receive(hello.size()) != hello ||
        !client.Send("?") || server.ReceiveText(1) != "?" ||
        !server.Send("!") || client.ReceiveText(1) != "!") {
      return false;
    }
    open->push_back(std::move(client));
    open->push_back(std::move(server));
  }
  return true;
}

// The peers' process: opens when told to, holds until `orders` ends.
[[noreturn]] void RunPeers(TestServer& backend, TestSocket orders) {
  const std::string address = orders.ReceiveText(32);
  std::vector<TestSocket> open;
  const std::string trimmed = address.substr(0, address.find(' '));
  for (const std::size_t count : {kWarmUp, kConnections}) {
    if (orders.ReceiveText(1) != "+") break;
    orders.Send(Open(trimmed, backend, count, &open) ? "1" : "0");
  }
  orders.End();
  std::_Exit(0);
}

bool AllowDescriptors(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= count;
}

void BM_IdleConnection(benchmark::State& state) {
  if (!AllowDescriptors(2 * kConnections + 100)) {
    state.SkipWithError("too few descriptors allowed");
    return;
  }
  for (auto _ : state) {
    int fds[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) abort();
    TestSocket orders(fds[0]);
    TestServer backend;
    const pid_t peers = ::fork();  // Before the gateway starts threads.
    if (peers == 0) {
      orders.Close();
      RunPeers(backend, TestSocket(fds[1]));
    }
    ::close(fds[1]);
    test::LiveGateway gateway(
        test::TableOf({test::ClusterOf({test::EndpointAt(backend.port())})}));
    backend.Close();
    std::string address = gateway.address();
    address.resize(32, ' ');
    orders.Send(address);
    std::array<Memory, 2> memory;
    bool whole = true;
    for (Memory& at : memory) {
      whole = whole && orders.Send("+") && orders.ReceiveText(1) == "1";
      at = Memory::Now();
    }
    if (!whole || gateway->stats().active != kConnections) {
      state.SkipWithError("connections were lost");
    }
    constexpr auto kCounted = static_cast<double>(kConnections - kWarmUp);
    state.counters["rss_bytes"] =
        (memory[1].resident - memory[0].resident) / kCounted;
    state.counters["heap_bytes"] =
        (memory[1].allocated - memory[0].allocated) / kCounted;
    orders.Close();
    ::waitpid(peers, nullptr, 0);
  }
}
BENCHMARK(BM_IdleConnection)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace meshgw
