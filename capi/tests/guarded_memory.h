#ifndef MESHGW_CAPI_TESTS_GUARDED_MEMORY_H_
#define MESHGW_CAPI_TESTS_GUARDED_MEMORY_H_

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace meshgw::test {

// GuardedMemory ends where a page begins that nobody may touch: one byte too
// many, read or written, ends the test.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t most)
      : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
        size_((most + page_ - 1) / page_ * page_) {
    void* memory = ::mmap(nullptr, size_ + page_, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    first_ = static_cast<std::uint8_t*>(memory);
    if (::mprotect(first_ + size_, page_, PROT_NONE) != 0) std::abort();
  }
  ~GuardedMemory() { ::munmap(first_, size_ + page_); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // The last `size` bytes in front of the page.
  std::span<std::uint8_t> Last(std::size_t size) const {
    if (size > size_) std::abort();
    return {first_ + size_ - size, size};
  }
  // A copy of `bytes` there.
  std::span<std::uint8_t> Copy(std::span<const std::uint8_t> bytes) const {
    const auto place = Last(bytes.size());
    std::copy(bytes.begin(), bytes.end(), place.begin());
    return place;
  }

 private:
  std::size_t page_;
  std::size_t size_;
  std::uint8_t* first_;
};

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_GUARDED_MEMORY_H_
