#ifndef MESHGW_SPLICE_SPLICE_LOOP_ACCESS_H_
#define MESHGW_SPLICE_SPLICE_LOOP_ACCESS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "base/syscalls.h"
#include "meshgw/splice_loop.h"

namespace meshgw {

// SpliceLoopAccess gives tests what the public class hides.
struct SpliceLoopAccess {
  // As SpliceLoop::Create, with `syscalls`, which must outlive the loop.
  static absl::StatusOr<std::unique_ptr<SpliceLoop>> Create(
      const SplicePoolOptions& options, const internal::Syscalls* syscalls);
};

}  // namespace meshgw

#endif  // MESHGW_SPLICE_SPLICE_LOOP_ACCESS_H_
