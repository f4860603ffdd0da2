#ifndef MESHGW_BENCHMARKS_INSTRUCTIONS_SCRIPTED_KERNEL_H_
#define MESHGW_BENCHMARKS_INSTRUCTIONS_SCRIPTED_KERNEL_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/syscalls.h"

// A kernel with one listener, one client and one server, which does what a
// script says: the same in every run, on every kernel. Its calls are named
// Fake..., by which scripts/check-instructions leaves them out of the counts.
namespace meshgw::scripted_kernel {

inline constexpr int kListener = 900;
inline constexpr int kClient = 901;
inline constexpr int kServer = 902;

// Event is what epoll says, and what may be done until the next one.
struct Event {
  int fd = kClient;
  std::uint32_t events = 0;
  // What reads from `reads_from` give, in turn; 0: FIN. After them: nothing.
  int reads_from = kClient;
  std::vector<ssize_t> reads = {};
  bool writes = true;                        // False: sockets take nothing.
  std::span<const std::uint8_t> bytes = {};  // Of a read; empty: anything.
};

// Begin makes `event` hold. It must live until the next one.
void Begin(const Event* event);

// Play has epoll_wait give `script`, event by event, while `times` last, then
// call `at_end`.
void Play(const std::vector<Event>* script, std::size_t times,
          std::function<void()> at_end);

const internal::Syscalls* Table();

}  // namespace meshgw::scripted_kernel

#endif  // MESHGW_BENCHMARKS_INSTRUCTIONS_SCRIPTED_KERNEL_H_
