// Alone in its file: inlined into callers, the pairs below look mismatched to
// compilers that check them.
#include "failing_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

using meshgw::test::FailingAllocations;

std::atomic<bool> armed{false};
std::atomic<long> left{0};  // Until one fails.
std::atomic<bool> has_failed{false};
std::atomic<long> live_count{0};
FailingAllocations::Plan plan;  // Does not change while armed.
thread_local bool is_planner = false;

bool Fails(bool nothrow) {
  using Threads = FailingAllocations::Threads;
  if (!armed.load(std::memory_order_acquire)) return false;
  if (nothrow && !plan.nothrow) return false;
  if (plan.threads == Threads::kThis && !is_planner) return false;
  if (plan.threads == Threads::kOthers && is_planner) return false;
  const long before = left.fetch_sub(1);
  if (before > 0 || (before < 0 && !plan.for_good)) return false;
  has_failed = true;
  return true;
}

void* Count(void* memory) {
  if (memory != nullptr) ++live_count;
  return memory;
}

void* Allocate(std::size_t size, bool nothrow = false) {
  if (Fails(nothrow)) return nullptr;
  return Count(std::malloc(size > 0 ? size : 1));
}

void* AllocateAligned(std::size_t size, std::align_val_t alignment) {
  if (Fails(false)) return nullptr;
  const auto step = static_cast<std::size_t>(alignment);
  return Count(std::aligned_alloc(step, (size + step - 1) / step * step));
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
void* operator new[](std::size_t size) {
  if (void* memory = Allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size, true);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size, true);
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  Free(memory);
}
void operator delete[](void* memory) noexcept { Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { Free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  Free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  Free(memory);
}

namespace meshgw::test {

void FailingAllocations::Fail(const Plan& next) {
  armed = false;
  plan = next;
  is_planner = true;
  has_failed = false;
  left = next.after;
  armed.store(true, std::memory_order_release);
}

bool FailingAllocations::Heal() {
  armed = false;
  return has_failed;
}

long FailingAllocations::live() { return live_count; }

}  // namespace meshgw::test
