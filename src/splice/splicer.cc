#include "meshgw/splicer.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/sockets.h"
#include "base/syscalls.h"
#include "splice/splice_pool.h"

namespace meshgw {
namespace {

// Reads and writes that one direction may do in one Run.
constexpr int kRoundsPerRun = 8;
// A direction goes back to copying after so many splices in a row that moved
// less than a copy buffer holds.
constexpr int kSmallSplicesToCopy = 16;
// Lengths near 2 GiB are refused by the kernel (EINVAL).
constexpr std::size_t kMaxSplice = 1u << 30;

SpliceSide Other(SpliceSide side) {
  return side == SpliceSide::kClient ? SpliceSide::kServer
                                     : SpliceSide::kClient;
}

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

// What a step of Pump says about the next one.
enum class Splicer::Step : std::uint8_t {
  kAgain,   // Progress: there may be more to do.
  kEnough,  // The same, but others are to have their turn first.
  kWait,    // Nothing more before the next event.
};

Splicer::Splicer(SplicePool* pool, int client_fd, int server_fd)
    : Splicer(pool, client_fd, server_fd,
              {.client = internal::IsTcp(*pool->state_->syscalls, client_fd),
               .server = internal::IsTcp(*pool->state_->syscalls, server_fd)}) {
}

Splicer::Splicer(SplicePool* pool, int client_fd, int server_fd, SpliceTcp tcp)
    : pool_(pool) {
  direction(SpliceSide::kClient).fd = client_fd;
  direction(SpliceSide::kClient).tcp = tcp.client;
  direction(SpliceSide::kServer).fd = server_fd;
  direction(SpliceSide::kServer).tcp = tcp.server;
}

Splicer::~Splicer() { Clear(); }

void Splicer::Clear() {
  for (Direction& way : directions_) LetGo(&way);
}

// Gives back what the direction holds; bytes in it are lost.
void Splicer::LetGo(Direction* way) {
  SplicePool::State& pool = *pool_->state_;
  if (way->holding == Holding::kKept) {
    pool.Free(way->kept);
  } else if (way->holding == Holding::kPipe) {
    if (way->pipe->bytes == 0) {
      pool.Return(way->pipe);
    } else {
      pool.Discard(way->pipe);
    }
  }
  way->holding = Holding::kNothing;
}

Splicer::Step Splicer::Fail(SpliceSide side, int error) {
  error_ = error;
  end_ = !internal::IsReset(error)     ? SpliceEnd::kFailed
         : side == SpliceSide::kClient ? SpliceEnd::kClientReset
                                       : SpliceEnd::kServerReset;
  Clear();
  return Step::kWait;
}

// Who cannot be written to may have sent something before it went away (an
// answer to half a request, say): that is carried before the end. What was on
// its way to it is lost.
Splicer::Step Splicer::WriteFailed(SpliceSide side, int error) {
  Direction& lost = direction(Other(side));
  if (direction(side).eof || direction(side).gone) return Fail(side, error);
  error_ = error;
  LetGo(&lost);
  lost.splicing = false;
  lost.gone = true;
  Direction& last = direction(side);
  last.last_words = last.readable = last.hang_up = true;
  return Step::kWait;
}

void Splicer::SetReady(SpliceSide side, std::uint32_t events) {
  direction(side).readable =
      (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  direction(side).hang_up =
      (events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

absl::Status Splicer::SendFirst(std::span<const std::uint8_t> bytes,
                                std::size_t sent) {
  Direction& way = direction(SpliceSide::kClient);
  way.delivered = sent;
  while (sent < bytes.size()) {
    const ssize_t taken = pool_->state_->syscalls->send(
        fd(SpliceSide::kServer), bytes.data() + sent, bytes.size() - sent,
        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0 && !WouldBlock(errno)) {
      WriteFailed(SpliceSide::kServer, errno);
      if (end_ == SpliceEnd::kRunning) Pump(SpliceSide::kServer);
      return absl::OkStatus();
    }
    if (taken < 0) break;
    sent += static_cast<std::size_t>(taken);
    way.delivered = sent;
  }
  if (sent == bytes.size()) return absl::OkStatus();
  way.writable = false;
  if (Keep(&way, bytes.subspan(sent))) return absl::OkStatus();
  return absl::ResourceExhaustedError("no memory for the first bytes");
}

bool Splicer::Run(SpliceSide side, std::uint32_t events) {
  if (end_ != SpliceEnd::kRunning) return false;
  Direction& from = direction(side);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    from.readable = true;
  }
  // Reads stop at an urgent byte too.
  if ((events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    from.hang_up = true;
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    direction(Other(side)).writable = true;
  }
  // After its FIN nothing is read from a side any more: an error there would go
  // unnoticed.
  if ((events & EPOLLERR) != 0 && from.eof) {
    int error = 0;
    socklen_t length = sizeof(error);
    pool_->state_->syscalls->getsockopt(fd(side), SOL_SOCKET, SO_ERROR, &error,
                                        &length);
    if (error != 0) {
      Fail(side, error);
      return false;
    }
  }
  const bool first = Pump(side);
  const bool second = end_ == SpliceEnd::kRunning && Pump(Other(side));
  if (end_ != SpliceEnd::kRunning) return false;
  // A write that failed just now makes the way pumped before it readable.
  if (from.last_words && CanRead(from)) return true;
  if (directions_[0].shut && directions_[1].shut) {
    end_ = SpliceEnd::kFinished;
    return false;
  }
  return first || second;
}

// Carries one direction until it has to wait. True: its turn is over.
bool Splicer::Pump(SpliceSide from) {
  Direction& way = direction(from);
  if (way.gone) return false;
  // A turn never ends between the two halves of a splice: whoever waits for the
  // next one would hold a pipe, and others would have to copy.
  for (int round = 0; round < kRoundsPerRun || way.holding != Holding::kNothing;
       ++round) {
    Step step = Step::kWait;
    if (way.holding != Holding::kNothing) {
      step = Flush(from);
    } else if (way.eof) {
      step = PassOnEof(from);
    } else if (way.readable) {
      step = Read(from);
    }
    if (step != Step::kAgain) return step == Step::kEnough;
  }
  return true;
}

Splicer::Step Splicer::Flush(SpliceSide from) {
  Direction& way = direction(from);
  if (!way.writable) return Step::kWait;
  return way.holding == Holding::kKept ? FlushKept(from) : FlushPipe(from);
}

Splicer::Step Splicer::FlushKept(SpliceSide from) {
  Direction& way = direction(from);
  if (way.torn) return Fail(from, EIO);
  internal::KeptBytes* kept = way.kept;
  const ssize_t sent = pool_->state_->syscalls->send(
      fd(Other(from)), kept->bytes + kept->sent, kept->size - kept->sent,
      MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno == EINTR) return Step::kAgain;
    if (!WouldBlock(errno)) return WriteFailed(Other(from), errno);
    way.writable = false;
    return Step::kWait;
  }
  kept->sent += static_cast<std::size_t>(sent);
  way.delivered += static_cast<std::uint64_t>(sent);
  if (kept->sent == kept->size) LetGo(&way);
  return Step::kAgain;
}

Splicer::Step Splicer::FlushPipe(SpliceSide from) {
  Direction& way = direction(from);
  internal::SplicePipe* pipe = way.pipe;
  const ssize_t moved =
      pool_->state_->syscalls->splice(pipe->read, fd(Other(from)), pipe->bytes,
                                      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved < 0) {
    if (errno == EINTR) return Step::kAgain;
    if (!WouldBlock(errno)) return WriteFailed(Other(from), errno);
    way.writable = false;
    if (pipe->stalled == internal::SplicePipe::TimePoint{}) {
      pipe->stalled = pool_->state_->clock();
    }
    return Step::kWait;
  }
  pipe->bytes -= static_cast<std::uint32_t>(moved);
  way.delivered += static_cast<std::uint64_t>(moved);
  spliced_bytes_ += static_cast<std::uint64_t>(moved);
  if (pipe->bytes > 0) return Step::kAgain;
  // One full pipe a turn, if there is more. Several in a row fill the buffers
  // of the other side: then a pipe is not emptied, and lost to the directions
  // that want one. A pipe that was not full took all there was: the next read
  // says so at once, while a later one would find a little and move that.
  const bool was_full =
      static_cast<std::size_t>(moved) >= pipe->capacity - pipe->capacity / 8;
  LetGo(&way);
  return was_full ? Step::kEnough : Step::kAgain;
}

Splicer::Step Splicer::PassOnEof(SpliceSide from) {
  Direction& way = direction(from);
  if (way.shut) return Step::kWait;
  if (pool_->state_->syscalls->shutdown(fd(Other(from)), SHUT_WR) != 0 &&
      errno != ENOTCONN) {
    return WriteFailed(Other(from), errno);
  }
  way.shut = true;
  return Step::kWait;
}

// A pipe to splice through. Null: copy.
internal::SplicePipe* Splicer::BorrowPipe() {
  SplicePool::State& pool = *pool_->state_;
  if (pool.options.max_pipes == 0) return nullptr;
  internal::SplicePipe* pipe = pool.Borrow();
  if (pipe == nullptr) pipe = TakeStalledPipe();
  if (pipe == nullptr) {
    ++pool.counters.pipe_limit_hits;
    pool.changed = true;
  }
  return pipe;
}

// Takes the pipe of a direction, of this Splicer or another, whose reader is
// too slow for it. What is in it is kept in memory, within the budget.
internal::SplicePipe* Splicer::TakeStalledPipe() {
  SplicePool::State& pool = *pool_->state_;
  internal::SplicePipe* pipe = pool.FindStalled();
  if (pipe == nullptr) return nullptr;
  internal::KeptBytes* kept = nullptr;
  if (pool.IsOverBudget(pipe->bytes)) {
    ++pool.counters.kept_limit_hits;
    pool.changed = true;
  } else {
    kept = pool.Keep(pipe->bytes);
  }
  const std::size_t got = kept != nullptr ? pool.Empty(*pipe, kept) : 0;
  if (got == 0) {  // All of it is where it was.
    if (kept != nullptr) pool.Free(kept);
    pool.LookLater();
    return nullptr;
  }
  auto* slow = static_cast<Direction*>(pipe->borrower);
  slow->kept = kept;
  slow->holding = Holding::kKept;
  slow->torn = got < kept->size;
  if (slow->torn) {
    pool.Discard(pipe);
    return nullptr;
  }
  pipe->bytes = 0;
  pipe->stalled = {};
  ++pool.counters.pipes_taken_back;
  return pipe;
}

// Whether a read would be tried now; see ReadByCopy.
bool Splicer::CanRead(const Direction& way) const {
  const SplicePool::State& pool = *pool_->state_;
  return way.readable && way.holding == Holding::kNothing &&
         (way.writable || !pool.IsOverBudget(pool.options.copy_buffer_bytes));
}

Splicer::Step Splicer::Read(SpliceSide from) {
  Direction& way = direction(from);
  if (way.splicing && !way.last_words) {
    if (internal::SplicePipe* pipe = BorrowPipe()) {
      pipe->borrower = &way;
      way.pipe = pipe;
      way.holding = Holding::kPipe;
      return ReadBySplice(from);
    }
  }
  return ReadByCopy(from);
}

// Only with an empty pipe: else EAGAIN would not say which end is in the way.
Splicer::Step Splicer::ReadBySplice(SpliceSide from) {
  Direction& way = direction(from);
  const SplicePool::State& pool = *pool_->state_;
  const ssize_t moved = pool.syscalls->splice(
      way.fd, way.pipe->write, kMaxSplice, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved > 0) {
    way.pipe->bytes = static_cast<std::uint32_t>(moved);
    if (way.pipe->bytes >= pool.options.copy_buffer_bytes) {
      way.small_splices = 0;
    } else if (++way.small_splices >= kSmallSplicesToCopy) {
      way.splicing = false;
    }
    return Step::kAgain;
  }
  const int error = moved < 0 ? errno : 0;
  LetGo(&way);
  if (error == EINTR) return Step::kAgain;
  if (error == 0) {
    // FIN, or an urgent byte is next, at which a splice stops in the same way:
    // a read knows.
    way.splicing = false;
    way.hang_up = true;
    return Step::kAgain;
  }
  if (error == EINVAL) {  // This kind of socket cannot be spliced: copy.
    way.splicing = false;
    return Step::kAgain;
  }
  return ReadFailed(from, error);
}

Splicer::Step Splicer::ReadFailed(SpliceSide from, int error) {
  Direction& way = direction(from);
  if (error == EINTR) return Step::kAgain;
  // The error that ended it was told already.
  if (way.last_words) return Fail(from, error_);
  if (!WouldBlock(error)) return Fail(from, error);
  way.readable = way.hang_up = false;
  return Step::kWait;
}

Splicer::Step Splicer::ReadByCopy(SpliceSide from) {
  Direction& way = direction(from);
  SplicePool::State& pool = *pool_->state_;
  const std::size_t room = pool.options.copy_buffer_bytes;
  // Without memory for what is not taken, bytes stay where they are until they
  // are sent.
  const bool peek = pool.IsOverBudget(room);
  if (peek) {
    ++pool.counters.kept_limit_hits;
    pool.changed = true;
    if (!way.writable) return Step::kWait;
  }
  const ssize_t got = pool.syscalls->recv(way.fd, pool.buffer.get(), room,
                                          MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
  if (got < 0) return ReadFailed(from, errno);
  if (got == 0) {
    // The error was told already, so this is no FIN.
    if (way.last_words) return Fail(from, error_);
    way.eof = true;
    way.splicing = false;
    return Step::kAgain;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size == room && pool.options.max_pipes > 0) {
    way.splicing = true;  // Bulk.
    way.small_splices = 0;
  }
  // Of TCP a short read emptied the queue, and what comes later is a new event;
  // but a FIN that is already there is none.
  if (size < room && way.tcp && !way.hang_up && !peek) way.readable = false;
  return SendCopy(from, {pool.buffer.get(), size}, peek);
}

// Sends what was read and keeps the rest, or takes what was sent out of the
// queue in which it was left.
Splicer::Step Splicer::SendCopy(SpliceSide from,
                                std::span<const std::uint8_t> bytes,
                                bool peeked) {
  Direction& way = direction(from);
  const SplicePool::State& pool = *pool_->state_;
  std::size_t sent = 0;
  if (way.writable) {
    const ssize_t taken =
        pool.syscalls->send(fd(Other(from)), bytes.data(), bytes.size(),
                            MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      sent = static_cast<std::size_t>(taken);
    } else if (WouldBlock(errno)) {
      way.writable = false;
    } else if (errno != EINTR) {
      return WriteFailed(Other(from), errno);
    }
  }
  way.delivered += sent;
  if (!peeked) {
    if (sent == bytes.size() || Keep(&way, bytes.subspan(sent))) {
      return Step::kAgain;
    }
    return Fail(from, ENOMEM);
  }
  while (sent > 0) {
    const ssize_t taken =
        pool.syscalls->recv(way.fd, pool.buffer.get(), sent, MSG_DONTWAIT);
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return Fail(from, taken < 0 ? errno : EIO);
    sent -= static_cast<std::size_t>(taken);
  }
  return Step::kAgain;
}

bool Splicer::Keep(Direction* way, std::span<const std::uint8_t> bytes) {
  internal::KeptBytes* kept = pool_->state_->Keep(bytes.size());
  if (kept == nullptr) return false;
  std::memcpy(kept->bytes, bytes.data(), bytes.size());
  way->kept = kept;
  way->holding = Holding::kKept;
  return true;
}

SpliceEnd Splicer::end() const { return end_; }

int Splicer::error() const { return error_; }

bool Splicer::fin_received(SpliceSide side) const {
  return direction(side).eof;
}

bool Splicer::has_pending() const {
  return directions_[0].holding != Holding::kNothing ||
         directions_[1].holding != Holding::kNothing;
}

void ResetOnClose(int fd) noexcept {
  internal::ResetOnClose(internal::System(), fd);
}

}  // namespace meshgw
