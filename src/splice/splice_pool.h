#ifndef MESHGW_SPLICE_SPLICE_POOL_H_
#define MESHGW_SPLICE_SPLICE_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/syscalls.h"
#include "meshgw/splicer.h"

namespace meshgw {

// What the Splicers of one thread share.
struct SplicePool::State {
  struct Pipe {
    int read = -1;
    int write = -1;
  };

  explicit State(const SplicePoolOptions& pool_options);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Borrow takes an idle pipe or makes one within the limit. False: copy.
  bool Borrow(Pipe* out);
  // Return takes back a pipe that is empty.
  void Return(Pipe pipe);
  // Discard closes a pipe that still has bytes in it: never pool those.
  void Discard(Pipe pipe);

  const internal::Syscalls* syscalls = &internal::System();
  SplicePoolOptions options;
  std::unique_ptr<std::uint8_t[]> buffer;
  std::vector<Pipe> idle;
  SplicePoolCounters counters;

 private:
  bool Make(Pipe* out);
};

// SplicePoolAccess gives the gateway and tests what the public class hides.
struct SplicePoolAccess {
  // `syscalls` must outlive the pool. Call it before the first Splicer.
  static void UseSyscalls(SplicePool* pool, const internal::Syscalls* syscalls);
};

}  // namespace meshgw

#endif  // MESHGW_SPLICE_SPLICE_POOL_H_
