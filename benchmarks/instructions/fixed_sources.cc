// The program's own clock and random numbers, in place of the C library's: the
// clock stands still, and the secrets of a route table are the same in every
// run, as which names share a place in it decides how long a search is.
#include <sys/random.h>

#include <cstddef>
#include <cstdint>
#include <ctime>

// In the C library's place means: seen by shared libraries too.
#define MESHGW_REPLACES [[gnu::visibility("default")]]

extern "C" {

MESHGW_REPLACES int clock_gettime(clockid_t, timespec* now) noexcept {
  *now = {.tv_sec = 1700000000, .tv_nsec = 0};
  return 0;
}

MESHGW_REPLACES ssize_t getrandom(void* buffer, std::size_t size, unsigned) {
  auto* bytes = static_cast<std::uint8_t*>(buffer);
  std::uint64_t state = 0x9e3779b97f4a7c15u;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes[i] = static_cast<std::uint8_t>(state >> 56);
  }
  return static_cast<ssize_t>(size);
}
}
