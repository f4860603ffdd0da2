#ifndef MESHGW_SPLICER_H_
#define MESHGW_SPLICER_H_

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"

namespace meshgw {

namespace internal {
struct KeptBytes;
struct SplicePipe;
}  // namespace internal

// SpliceSide names the two ends of a Splicer.
enum class SpliceSide : std::uint8_t { kClient = 0, kServer = 1 };

// SpliceEnd says how a Splicer ended.
enum class SpliceEnd : std::int32_t {
  kRunning = 0,
  kFinished = 1,     // Both sides sent FIN and every byte was delivered.
  kClientReset = 2,  // RST or a socket error from the client's side.
  kServerReset = 3,  // The same from the server's side.
  kFailed = 4,       // A system call failed for another reason (ENOMEM, ...).
  kCancelled = 5,    // SpliceLoop::Cancel; no Splicer ends so.
};

// SpliceCounters are bytes that were delivered, by direction.
struct SpliceCounters {
  std::uint64_t bytes_to_server = 0;
  std::uint64_t bytes_to_client = 0;
  std::uint64_t spliced_bytes = 0;  // Of both; the rest was copied.
};

// kSpliceEvents is what epoll must watch for both sides of a Splicer; set once,
// never changed.
inline constexpr std::uint32_t kSpliceEvents =
    static_cast<std::uint32_t>(EPOLLIN) | EPOLLOUT | EPOLLPRI | EPOLLRDHUP |
    static_cast<std::uint32_t>(EPOLLET);

// SpliceTcp says which of a Splicer's sockets are TCP. Of those a read that
// comes short has emptied the queue, which spares a call for each message;
// others may cut reads where they like (unix-domain ones do at descriptors in
// flight).
struct SpliceTcp {
  bool client = false;
  bool server = false;
};

// SplicePoolOptions bounds what the Splicers of one thread share.
struct SplicePoolOptions {
  // What one read copies at most; a read that fills it shows bulk. Messages of
  // up to this size are cheaper copied than spliced, or arrive sooner.
  std::size_t copy_buffer_bytes = std::size_t{32} << 10;
  // Asked of F_SETPIPE_SZ; more than 256 MiB is taken as that.
  std::size_t pipe_bytes = std::size_t{256} << 10;
  // Pipes of that size that may exist at once. Beyond it Splicers copy. 0:
  // never splice. Half of them are made as pipes of four times the size, which
  // count as four and are used first: they cost less for each byte.
  std::size_t max_pipes = 64;
  // Bytes of user memory that Splicers may keep for sides that take nothing at
  // the moment. Beyond it they are left in the kernel's receive queues.
  std::size_t max_kept_bytes = std::size_t{64} << 20;
};

struct SplicePoolCounters {
  std::size_t pipes_open = 0;
  std::size_t pipes_idle = 0;
  std::uint64_t pipe_limit_hits = 0;   // A pipe was wanted, none was to be had.
  std::uint64_t pipes_taken_back = 0;  // From directions that were stalled.
  std::size_t kept_bytes = 0;          // See max_kept_bytes.
  // How often max_kept_bytes forbade to keep bytes or to take a pipe back.
  std::uint64_t kept_limit_hits = 0;
};

// SplicePool holds the copy buffer and the pipes that the Splicers of one
// thread borrow while bytes are in flight. A pipe that its reader has not
// emptied for a second since it first took nothing, even if it takes a little
// now and then, goes to another direction that wants one and finds none: what
// is in it is kept in memory. So slow readers cannot hold all pipes. It must
// outlive its Splicers. Thread-compatible: one for each thread.
class SplicePool {
 public:
  explicit SplicePool(const SplicePoolOptions& options = {});
  ~SplicePool();
  SplicePool(const SplicePool&) = delete;
  SplicePool& operator=(const SplicePool&) = delete;

  SplicePoolCounters counters() const;

 private:
  friend class Splicer;
  friend struct SplicePoolAccess;  // Replaces system calls and the clock.
  struct State;
  std::unique_ptr<State> state_;
};

// Splicer carries bytes both ways between two connected, non-blocking stream
// sockets until both directions have ended: whole, in order, exactly once, FIN
// after the last byte, RST as RST; a half-closed connection keeps flowing the
// other way. Each direction copies small messages through the pool's buffer
// and moves bulk with splice(2), switching by what it sees.
//
// The descriptors stay the caller's. The caller watches both with kSpliceEvents
// and calls Run on each event of either. SIGPIPE must be
// blocked or ignored in the calling thread: splice(2) has no MSG_NOSIGNAL.
//
// Thread-compatible; used by one thread together with its pool.
class Splicer {
 public:
  // `pool` must outlive the Splicer; the descriptors stay the caller's.
  // It asks the kernel what kinds of sockets they are.
  Splicer(SplicePool* pool, int client_fd, int server_fd);
  // The same for who knows. What is not TCP must not be called so.
  Splicer(SplicePool* pool, int client_fd, int server_fd, SpliceTcp tcp);
  ~Splicer();
  Splicer(const Splicer&) = delete;  // It borrows pipes; it has one place.
  Splicer& operator=(const Splicer&) = delete;

  // SetReady tells what epoll has said of `side` since it was last read to the
  // end (its EAGAIN or, of TCP, a read that came short), all before the Splicer
  // was made: that spares it a look. Optional, before the first Run.
  void SetReady(SpliceSide side, std::uint32_t events);

  // SendFirst sends `bytes` that were already read from the client (its hello)
  // to the server, before anything that Run reads; the caller has sent the
  // first `sent` of them. What the socket does not take at once is copied and
  // sent later. Call it before the first Run, with a connected server.
  // ResourceExhausted: no memory to keep them. A socket error is no error here
  // but ends the Splicer: see end().
  absl::Status SendFirst(std::span<const std::uint8_t> bytes,
                         std::size_t sent = 0);

  // Run carries what can be carried now without blocking, but at most a budget
  // of rounds, so that one connection cannot starve others. `events` is the
  // epoll event mask of `side`, 0 when there was none. True: there is more to
  // do at once, call Run again soon without waiting for an event.
  bool Run(SpliceSide side, std::uint32_t events);

  SpliceEnd end() const;
  SpliceCounters counters() const {
    return {directions_[0].delivered, directions_[1].delivered, spliced_bytes_};
  }
  // The errno behind kClientReset, kServerReset and kFailed; else 0.
  int error() const;
  // True once FIN was received from that side (half-closed).
  bool fin_received(SpliceSide side) const;
  // True while bytes that were read wait for the other side to take them.
  bool has_pending() const;

 private:
  enum class Holding : std::uint8_t { kNothing, kKept, kPipe };
  // One way through: what is read from one side and written to the other.
  // Counted in bytes, as there are two for each connection.
  struct Direction {
    union {
      internal::KeptBytes* kept = nullptr;  // Copied, not sent yet; owned.
      internal::SplicePipe* pipe;           // Borrowed while bytes are in it.
    };
    std::uint64_t delivered = 0;  // Bytes.
    int fd = -1;                  // Of the side that is read from.
    std::uint8_t small_splices = 0;
    Holding holding : 2 = Holding::kNothing;
    bool splicing : 1 = false;
    bool readable : 1 = true;  // A read may give something.
    bool writable : 1 = true;  // A write may take something.
    // FIN or an error may be in the queue: a short read does not prove that it
    // is empty. True at first, for what came before the caller watched.
    bool hang_up : 1 = true;
    bool eof : 1 = false;   // FIN was read.
    bool shut : 1 = false;  // FIN was passed on.
    bool gone : 1 = false;  // The other side takes no more: nothing is read.
    // This side takes no more: what it had sent is carried, and then the end.
    bool last_words : 1 = false;
    bool tcp : 1 = false;   // See SpliceTcp.
    bool torn : 1 = false;  // Of what is kept, the end is lost.
  };
  enum class Step : std::uint8_t;

  bool Pump(SpliceSide from);
  Step Flush(SpliceSide from);
  Step FlushKept(SpliceSide from);
  Step FlushPipe(SpliceSide from);
  bool CanRead(const Direction& way) const;
  Step Read(SpliceSide from);
  Step ReadBySplice(SpliceSide from);
  Step ReadByCopy(SpliceSide from);
  Step SendCopy(SpliceSide from, std::span<const std::uint8_t> bytes,
                bool peeked);
  Step PassOnEof(SpliceSide from);
  Step ReadFailed(SpliceSide from, int error);
  Step Fail(SpliceSide side, int error);
  Step WriteFailed(SpliceSide side, int error);
  bool Keep(Direction* way, std::span<const std::uint8_t> bytes);
  internal::SplicePipe* BorrowPipe();
  internal::SplicePipe* TakeStalledPipe();
  void LetGo(Direction* way);
  void Clear();
  Direction& direction(SpliceSide from) {
    return directions_[static_cast<std::size_t>(from)];
  }
  const Direction& direction(SpliceSide from) const {
    return directions_[static_cast<std::size_t>(from)];
  }
  int fd(SpliceSide side) const { return direction(side).fd; }

  SplicePool* pool_;
  std::uint64_t spliced_bytes_ = 0;
  Direction directions_[2];
  int error_ = 0;
  SpliceEnd end_ = SpliceEnd::kRunning;
};
static_assert(sizeof(void*) != 8 || sizeof(Splicer) <= 72);

// ResetOnClose makes the close of `fd` send RST instead of FIN (SO_LINGER with
// 0 s): how the end kClientReset or kServerReset is passed on to the other
// side. No effect on sockets that know no reset (unix-domain ones).
void ResetOnClose(int fd) noexcept;

}  // namespace meshgw

#endif  // MESHGW_SPLICER_H_
