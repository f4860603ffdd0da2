#ifndef MESHGW_CLI_PROCESS_USAGE_H_
#define MESHGW_CLI_PROCESS_USAGE_H_

#include <cstdint>

namespace meshgw::cli {

// ProcessUsage is what this process uses of its host; 0 where the host does not
// say.
struct ProcessUsage {
  double cpu_seconds = 0;  // User and system.
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

ProcessUsage ReadProcessUsage();

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_PROCESS_USAGE_H_
