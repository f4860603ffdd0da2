#include "gateway/gateway_defaults.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <random>
#include <thread>

#include "meshgw/splicer.h"

namespace meshgw::internal {
namespace {

std::uint32_t CountCpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0) {
    // More CPUs than the mask has bits.
    return std::max(std::thread::hardware_concurrency(), 1u);
  }
  return static_cast<std::uint32_t>(std::max(CPU_COUNT(&cpus), 1));
}

// Half of the pipe memory that one user may have (fs.pipe-user-pages-soft), in
// pipes of the size that a SplicePool asks for.
std::uint32_t DefaultMaxPipes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/sys/fs/pipe-user-pages-soft") >> pages;
  if (pages == 0) pages = 16384;  // No limit, or not to be read.
  const std::uint64_t pages_a_pipe = SplicePoolOptions().pipe_bytes / 4096;
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(pages / 2 / pages_a_pipe, 1, 65536));
}

}  // namespace

GatewayOptions WithDefaults(GatewayOptions options) {
  if (options.workers == 0) options.workers = CountCpus();
  options.workers = std::min(options.workers, 1024u);
  if (options.limits.max_pipes == 0) {
    options.limits.max_pipes = DefaultMaxPipes();
  }
  if (options.seed == 0) {
    std::random_device device;
    options.seed = std::uint64_t{device()} << 32 | device();
  }
  return options;
}

}  // namespace meshgw::internal
