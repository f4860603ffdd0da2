#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "cases.h"
#include "meshgw/splicer.h"
#include "relay_script.h"
#include "scripted_kernel.h"
#include "splice/splice_pool.h"

namespace meshgw {
namespace {

// One connection from its hello to both FINs, carried by a Splicer alone.
Work Relay(bool stalls) {
  const auto pool = std::make_shared<SplicePool>();
  SplicePoolAccess::UseSyscalls(pool.get(), scripted_kernel::Table());
  return [pool, script = MakeRelayScript(stalls),
          hello = std::vector<std::uint8_t>(517)] {
    using scripted_kernel::Event;
    using scripted_kernel::kServer;
    const Event connected;
    scripted_kernel::Begin(&connected);
    Splicer splicer(pool.get(), scripted_kernel::kClient, kServer);
    splicer.SetReady(SpliceSide::kClient, 0);
    splicer.SetReady(SpliceSide::kServer, 0);
    if (!splicer.SendFirst(hello).ok()) return false;
    for (const Event& event : script.events) {
      scripted_kernel::Begin(&event);
      const SpliceSide side =
          event.fd == kServer ? SpliceSide::kServer : SpliceSide::kClient;
      bool again = splicer.Run(side, event.events);
      while (again) again = splicer.Run(side, 0);
    }
    const SpliceCounters counters = splicer.counters();
    return splicer.end() == SpliceEnd::kFinished &&
           counters.bytes_to_server == hello.size() + script.from_client &&
           counters.bytes_to_client == script.from_server;
  };
}

}  // namespace

void AddRelayCases(Cases* cases) {
  (*cases)["relay"] = [] { return Relay(false); };
  (*cases)["relay_slow_readers"] = [] { return Relay(true); };
}

}  // namespace meshgw
