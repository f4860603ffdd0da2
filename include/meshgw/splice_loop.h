#ifndef MESHGW_SPLICE_LOOP_H_
#define MESHGW_SPLICE_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "meshgw/splicer.h"

namespace meshgw {

// SpliceResult is how a pair of a SpliceLoop ended.
struct SpliceResult {
  SpliceEnd end = SpliceEnd::kRunning;  // kRunning: the loop was destroyed.
  int error = 0;                        // The errno behind it, else 0.
  SpliceCounters counters;
};

// SpliceLoop carries bytes between pairs of connections on one thread: an event
// loop for those who have none. A Splicer alone fits into any other loop.
//
// There is no time-out: a pair lasts until its ends end it, or Cancel does. Use
// TCP keepalive against ends that are gone.
//
// Add, Cancel and Stop are thread-safe; the others belong to the thread that
// runs it. Memory is allocated by Create, Add and Cancel alone, and for bytes
// that a side does not take: a pair for which there is none ends with kFailed
// (ENOMEM), the loop goes on.
class SpliceLoop {
 public:
  // Called on the loop's thread once both descriptors of a pair are closed.
  // It may Add, Cancel and Stop, and must not throw.
  using OnEnd = std::function<void(const SpliceResult&)>;

  // ResourceExhausted: no descriptors.
  static absl::StatusOr<std::unique_ptr<SpliceLoop>> Create(
      const SplicePoolOptions& options = {});
  // Resets the connections of the pairs that are left, and calls their OnEnd;
  // what that adds is refused. Not from a callback.
  ~SpliceLoop();
  SpliceLoop(const SpliceLoop&) = delete;
  SpliceLoop& operator=(const SpliceLoop&) = delete;

  // Add takes over two connected stream sockets, makes them non-blocking and
  // sends `first` (copied; what was read from the client already, its hello) to
  // the server. They are the loop's once this returns OK, and stay the caller's
  // otherwise, also when it throws std::bad_alloc: InvalidArgument for what is
  // no connected stream socket, Unavailable for a connection that has ended,
  // FailedPrecondition while the loop is destroyed. `on_end` may be empty.
  // `tag` is for Cancel.
  absl::Status Add(int take_client_fd, int take_server_fd,
                   std::span<const std::uint8_t> first, OnEnd on_end,
                   std::uint64_t tag = 0);
  // Cancel resets the pairs that were added with `tag` before: soon, when the
  // loop runs. Their OnEnd is called with kCancelled, unless they have ended
  // meanwhile. Looks at each pair.
  void Cancel(std::uint64_t tag);

  // Run carries until Stop. SIGPIPE is blocked in the thread meanwhile.
  void Run();
  // RunUntilEmpty carries until no pair is left, or Stop.
  void RunUntilEmpty();
  // Stop makes Run return soon; the pairs stay. A later Run goes on with them.
  void Stop();

  // Pairs that were added and have not ended.
  std::size_t size() const;

 private:
  friend struct SpliceLoopAccess;  // Replaces the system calls.
  struct State;
  explicit SpliceLoop(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meshgw

#endif  // MESHGW_SPLICE_LOOP_H_
