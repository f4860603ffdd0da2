#ifndef MESHGW_BENCHMARKS_INSTRUCTIONS_RELAY_SCRIPT_H_
#define MESHGW_BENCHMARKS_INSTRUCTIONS_RELAY_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scripted_kernel.h"

namespace meshgw {

// RelayScript is what comes after a hello: ten requests and answers, bulk from
// the client, and the end, as epoll tells it.
struct RelayScript {
  std::vector<scripted_kernel::Event> events;
  std::uint64_t from_client = 0;  // Bytes.
  std::uint64_t from_server = 0;
};

// `stalls`: the other side takes nothing at first, each time.
RelayScript MakeRelayScript(bool stalls);

}  // namespace meshgw

#endif  // MESHGW_BENCHMARKS_INSTRUCTIONS_RELAY_SCRIPT_H_
