#include "meshgw/splicer.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/syscalls.h"
#include "splice/splice_pool.h"

namespace meshgw {
namespace {

// Reads and writes that one direction may do in one Run.
constexpr int kRoundsPerRun = 16;
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

// Errors that say that the connection is gone, whoever noticed.
bool IsReset(int error) {
  return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT ||
         error == ECONNABORTED || error == EHOSTUNREACH ||
         error == ENETUNREACH || error == ENOTCONN;
}

}  // namespace

// Bytes that were read but that the other side has not taken yet.
struct Splicer::Tail {
  std::size_t size = 0;
  std::size_t sent = 0;
  std::uint8_t bytes[1];  // `size` of them.

  static Tail* Make(std::span<const std::uint8_t> bytes) {
    void* memory = ::operator new(sizeof(Tail) + bytes.size(), std::nothrow);
    if (memory == nullptr) return nullptr;
    Tail* tail = new (memory) Tail;
    tail->size = bytes.size();
    std::memcpy(tail->bytes, bytes.data(), bytes.size());
    return tail;
  }
  static void Free(Tail* tail) { ::operator delete(tail); }
};

// What a step of Pump says about the next one.
enum class Splicer::Step : std::uint8_t {
  kAgain,  // Progress: there may be more to do.
  kWait,   // Nothing more before the next event.
};

Splicer::Splicer(SplicePool* pool, int client_fd, int server_fd)
    : pool_(pool), fds_{client_fd, server_fd} {}

Splicer::~Splicer() { Clear(); }

void Splicer::Clear() {
  for (Direction& way : directions_) {
    GivePipeBack(&way);
    Tail::Free(way.tail);
    way.tail = nullptr;
  }
}

void Splicer::GivePipeBack(Direction* way) {
  if (way->pipe_read < 0) return;
  const SplicePool::State::Pipe pipe{way->pipe_read, way->pipe_write};
  if (way->in_pipe == 0) {
    pool_->state_->Return(pipe);
  } else {
    pool_->state_->Discard(pipe);
  }
  way->pipe_read = way->pipe_write = -1;
  way->in_pipe = 0;
}

Splicer::Step Splicer::Fail(SpliceSide side, int error) {
  error_ = error;
  end_ = !IsReset(error)               ? SpliceEnd::kFailed
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
  GivePipeBack(&lost);
  Tail::Free(lost.tail);
  lost.tail = nullptr;
  lost.gone = true;
  Direction& last = direction(side);
  last.last_words = last.readable = last.hang_up = true;
  return Step::kWait;
}

absl::Status Splicer::SendFirst(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return absl::OkStatus();
  Direction& way = direction(SpliceSide::kClient);
  Tail* tail = Tail::Make(bytes);
  if (tail == nullptr) {
    return absl::ResourceExhaustedError("no memory for the first bytes");
  }
  Tail::Free(way.tail);
  way.tail = tail;
  FlushTail(SpliceSide::kClient);
  if (direction(SpliceSide::kServer).last_words) Pump(SpliceSide::kServer);
  return absl::OkStatus();
}

bool Splicer::Run(SpliceSide side, std::uint32_t events) {
  if (end_ != SpliceEnd::kRunning) return false;
  Direction& from = direction(side);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    from.readable = true;
  }
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) from.hang_up = true;
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
  if (from.last_words && from.tail == nullptr && from.in_pipe == 0) return true;
  if (directions_[0].shut && directions_[1].shut) {
    end_ = SpliceEnd::kFinished;
    return false;
  }
  return first || second;
}

// Carries one direction until it has to wait. True: the budget ran out.
bool Splicer::Pump(SpliceSide from) {
  Direction& way = direction(from);
  if (way.gone) return false;
  for (int round = 0; round < kRoundsPerRun; ++round) {
    Step step = Step::kWait;
    if (way.tail != nullptr || way.in_pipe > 0) {
      step = Flush(from);
    } else if (way.eof) {
      step = PassOnEof(from);
    } else if (way.readable) {
      step = Read(from);
    }
    if (step == Step::kWait) return false;
  }
  return true;
}

Splicer::Step Splicer::Flush(SpliceSide from) {
  Direction& way = direction(from);
  if (!way.writable) return Step::kWait;
  // A tail is older than what is in the pipe.
  return way.tail != nullptr ? FlushTail(from) : FlushPipe(from);
}

Splicer::Step Splicer::FlushTail(SpliceSide from) {
  Direction& way = direction(from);
  Tail* tail = way.tail;
  const ssize_t sent = pool_->state_->syscalls->send(
      fd(Other(from)), tail->bytes + tail->sent, tail->size - tail->sent,
      MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno == EINTR) return Step::kAgain;
    if (!WouldBlock(errno)) return WriteFailed(Other(from), errno);
    way.writable = false;
    return Step::kWait;
  }
  tail->sent += static_cast<std::size_t>(sent);
  way.delivered += static_cast<std::uint64_t>(sent);
  if (tail->sent == tail->size) {
    Tail::Free(tail);
    way.tail = nullptr;
  }
  return Step::kAgain;
}

Splicer::Step Splicer::FlushPipe(SpliceSide from) {
  Direction& way = direction(from);
  const ssize_t moved = pool_->state_->syscalls->splice(
      way.pipe_read, fd(Other(from)), way.in_pipe,
      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved < 0) {
    if (errno == EINTR) return Step::kAgain;
    if (!WouldBlock(errno)) return WriteFailed(Other(from), errno);
    way.writable = false;
    return Step::kWait;
  }
  way.in_pipe -= static_cast<std::uint32_t>(moved);
  way.delivered += static_cast<std::uint64_t>(moved);
  spliced_bytes_ += static_cast<std::uint64_t>(moved);
  if (way.in_pipe == 0) GivePipeBack(&way);
  return Step::kAgain;
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

Splicer::Step Splicer::Read(SpliceSide from) {
  Direction& way = direction(from);
  if (way.splicing && !way.last_words) {
    if (way.pipe_read >= 0) return ReadBySplice(from);
    SplicePool::State::Pipe pipe;
    if (pool_->state_->Borrow(&pipe)) {
      way.pipe_read = pipe.read;
      way.pipe_write = pipe.write;
      return ReadBySplice(from);
    }
  }
  return ReadByCopy(from);
}

// Only with an empty pipe: else EAGAIN would not say which end is in the way.
Splicer::Step Splicer::ReadBySplice(SpliceSide from) {
  Direction& way = direction(from);
  const ssize_t moved = pool_->state_->syscalls->splice(
      fd(from), way.pipe_write, kMaxSplice, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved > 0) {
    way.in_pipe = static_cast<std::uint32_t>(moved);
    const bool small = way.in_pipe < pool_->state_->options.copy_buffer_bytes;
    way.small_splices =
        small ? static_cast<std::uint8_t>(way.small_splices + 1) : 0;
    if (way.small_splices >= kSmallSplicesToCopy) way.splicing = false;
    return Step::kAgain;
  }
  const int error = moved < 0 ? errno : 0;
  if (error == EINTR) return Step::kAgain;
  GivePipeBack(&way);
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
  if (!WouldBlock(error)) return Fail(from, error);
  way.readable = way.hang_up = false;
  return Step::kWait;
}

Splicer::Step Splicer::ReadByCopy(SpliceSide from) {
  Direction& way = direction(from);
  SplicePool::State& pool = *pool_->state_;
  const std::size_t room = pool.options.copy_buffer_bytes;
  const ssize_t got =
      pool.syscalls->recv(fd(from), pool.buffer.get(), room, MSG_DONTWAIT);
  if (got < 0) {
    if (errno == EINTR) return Step::kAgain;
    if (way.last_words) return Fail(from, error_);
    if (!WouldBlock(errno)) return Fail(from, errno);
    way.readable = way.hang_up = false;
    return Step::kWait;
  }
  if (got == 0) {
    // The error was told already, so this is no FIN.
    if (way.last_words) return Fail(from, error_);
    way.eof = true;
    return Step::kAgain;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size == room && pool.options.max_pipes > 0) {
    way.splicing = true;  // Bulk.
    way.small_splices = 0;
  }
  // A short read emptied the queue, and what comes later is a new event; but a
  // FIN that is already there is none.
  if (size < room && !way.hang_up) way.readable = false;
  const ssize_t sent =
      way.writable ? pool.syscalls->send(fd(Other(from)), pool.buffer.get(),
                                         size, MSG_NOSIGNAL | MSG_DONTWAIT)
                   : 0;
  if (sent < 0 && !WouldBlock(errno) && errno != EINTR) {
    return WriteFailed(Other(from), errno);
  }
  const std::size_t taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  way.delivered += taken;
  if (taken == size) return Step::kAgain;
  if (sent < 0 && WouldBlock(errno)) way.writable = false;
  return Keep(from, {pool.buffer.get() + taken, size - taken});
}

Splicer::Step Splicer::Keep(SpliceSide from,
                            std::span<const std::uint8_t> bytes) {
  Tail* tail = Tail::Make(bytes);
  if (tail == nullptr) return Fail(from, ENOMEM);
  direction(from).tail = tail;
  return Step::kAgain;
}

SpliceEnd Splicer::end() const { return end_; }

SpliceCounters Splicer::counters() const {
  return {directions_[0].delivered, directions_[1].delivered, spliced_bytes_};
}

int Splicer::error() const { return error_; }

bool Splicer::fin_received(SpliceSide side) const {
  return directions_[static_cast<std::size_t>(side)].eof;
}

bool Splicer::has_pending() const {
  for (const Direction& way : directions_) {
    if (way.tail != nullptr || way.in_pipe > 0) return true;
  }
  return false;
}

void ResetOnClose(int fd) noexcept {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace meshgw
