#include "relay_script.h"

#include <sys/epoll.h>

namespace meshgw {
namespace {

using scripted_kernel::Event;
using scripted_kernel::kClient;
using scripted_kernel::kServer;

constexpr std::uint32_t kIn = static_cast<std::uint32_t>(EPOLLIN) | EPOLLOUT;
constexpr std::uint32_t kOut = EPOLLOUT;
constexpr std::uint32_t kFin = kIn | EPOLLRDHUP;

constexpr int kMessages = 10;
constexpr ssize_t kMessage = 1024;
// A read that fills the copy buffer, then what splices move, to 1 MiB.
constexpr ssize_t kFirstRead = 32 << 10;
constexpr ssize_t kSplice = 62 << 10;
constexpr int kSplices = 16;
static_assert(kFirstRead + kSplices * kSplice == 1 << 20);

void Send(int from, std::vector<ssize_t> reads, bool stalls,
          RelayScript* script) {
  for (const ssize_t size : reads) {
    (from == kClient ? script->from_client : script->from_server) +=
        static_cast<std::uint64_t>(size);
  }
  if (!stalls) {
    script->events.push_back(
        {.fd = from, .events = kIn, .reads_from = from, .reads = reads});
    return;
  }
  const int to = from == kClient ? kServer : kClient;
  for (const ssize_t size : reads) {
    script->events.push_back({.fd = from,
                              .events = EPOLLIN,
                              .reads_from = from,
                              .reads = {size},
                              .writes = false});
    script->events.push_back({.fd = to, .events = kOut});
  }
}

}  // namespace

RelayScript MakeRelayScript(bool stalls) {
  RelayScript script;
  for (int i = 0; i < kMessages; ++i) {
    Send(kClient, {kMessage}, stalls, &script);
    Send(kServer, {kMessage}, stalls, &script);
  }
  std::vector<ssize_t> bulk = {kFirstRead};
  bulk.resize(1 + kSplices, kSplice);
  Send(kClient, bulk, stalls, &script);
  for (const int end : {kClient, kServer}) {
    // A splice that gives nothing is followed by a read that says why.
    script.events.push_back(
        {.fd = end, .events = kFin, .reads_from = end, .reads = {0, 0}});
  }
  return script;
}

}  // namespace meshgw
