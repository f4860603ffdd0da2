// Alone in its file: inlined into callers, the pairs below look mismatched to
// compilers that check them.
#include "failing_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> left{-1};  // Until one fails; -1: none does.
std::atomic<bool> has_failed{false};
std::atomic<long> live_count{0};

void* Allocate(std::size_t size) {
  if (left >= 0 && left-- == 0) {
    has_failed = true;
    return nullptr;
  }
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory != nullptr) ++live_count;
  return memory;
}

void* AllocateAligned(std::size_t size, std::align_val_t alignment) {
  if (left >= 0 && left-- == 0) {
    has_failed = true;
    return nullptr;
  }
  const auto step = static_cast<std::size_t>(alignment);
  void* memory = std::aligned_alloc(step, (size + step - 1) / step * step);
  if (memory != nullptr) ++live_count;
  return memory;
}

void Free(void* memory) {
  if (memory != nullptr) --live_count;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = Allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  if (void* memory = AllocateAligned(size, alignment)) return memory;
  throw std::bad_alloc();
}
// Whoever asks like this can do without: sorting does.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory != nullptr) ++live_count;
  return memory;
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  Free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  Free(memory);
}

namespace meshgw::test {

void FailingAllocations::FailAfter(long count) {
  has_failed = false;
  left = count;
}

bool FailingAllocations::Heal() {
  left = -1;
  return has_failed;
}

long FailingAllocations::live() { return live_count; }

}  // namespace meshgw::test
