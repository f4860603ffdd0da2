#include "integrity/stream_end.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace meshgw::integrity {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunk = std::size_t{64} << 10;

class Player {
 public:
  Player(int fd, const Plan& plan, std::uint64_t peer_seed,
         std::vector<std::uint8_t> first)
      : fd_(fd),
        plan_(plan),
        own_(plan.seed),
        peer_(peer_seed),
        first_(std::move(first)),
        buffer_(kChunk) {
    outcome_.started = true;
  }

  Outcome Run(std::chrono::milliseconds patience) {
    while (!Done()) {
      const bool sends = WantsToSend();
      const bool reads = WantsToRead();
      pollfd poll{.fd = fd_,
                  .events = static_cast<short>((sends ? POLLOUT : 0) |
                                               (reads ? POLLIN : 0)),
                  .revents = 0};
      if (::poll(&poll, 1, static_cast<int>(patience.count())) == 0) {
        outcome_.hung = true;
        break;
      }
      // FIN came before what is waited for, and then the connection went: that
      // cannot be read, only polled for, without end.
      if (!sends && !reads) outcome_.reset = ended_ = true;
      if (sends && (poll.revents & (POLLOUT | POLLERR | POLLHUP)) != 0) Send();
      if (reads && !ended_ &&
          (poll.revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
        Read();
      }
      if (all_sent() && !ended_ && !said_end_) End();
    }
    ::close(fd_);
    return outcome_;
  }

 private:
  bool all_sent() const { return sent_ == first_.size() + plan_.size; }
  bool Done() const { return ended_ || (said_end_ && outcome_.fin); }
  bool WantsToSend() const {
    return !all_sent() &&
           (sent_ < first_.size() || outcome_.received >= plan_.wait_for);
  }
  bool WantsToRead() const {
    return !outcome_.fin && (!plan_.reads_late || all_sent());
  }

  void Send() {
    std::vector<std::uint8_t> bytes;
    if (sent_ < first_.size()) {
      bytes.assign(first_.begin() + static_cast<std::ptrdiff_t>(sent_),
                   first_.end());
    }
    const std::uint64_t offset = sent_ + bytes.size() - first_.size();
    // What waits for the other side's bytes does not go with the first ones.
    if (plan_.wait_for <= outcome_.received) {
      const std::size_t head = bytes.size();
      bytes.resize(head + std::min<std::uint64_t>(kChunk, plan_.size - offset));
      own_.Fill(offset, std::span(bytes).subspan(head));
    }
    const ssize_t taken = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken >= 0) {
      sent_ += static_cast<std::uint64_t>(taken);
    } else if (errno != EAGAIN) {
      outcome_.reset = ended_ = true;
    }
  }

  void Read() {
    const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got > 0) {
      const auto bytes =
          std::span(buffer_).first(static_cast<std::size_t>(got));
      outcome_.wrong |= !peer_.Matches(outcome_.received, bytes);
      outcome_.received += bytes.size();
    } else if (got == 0) {
      outcome_.fin = true;
    } else if (errno != EAGAIN) {
      outcome_.reset = ended_ = true;
    }
  }

  void End() {
    said_end_ = true;
    if (!plan_.resets) {
      ::shutdown(fd_, SHUT_WR);
      return;
    }
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    ended_ = true;
  }

  int fd_;
  const Plan plan_;
  const Content own_;
  const Content peer_;
  const std::vector<std::uint8_t> first_;
  std::vector<std::uint8_t> buffer_;
  Outcome outcome_;
  std::uint64_t sent_ = 0;  // With the first bytes.
  bool said_end_ = false;
  bool ended_ = false;
};

}  // namespace

std::uint64_t Content::Word(std::uint64_t index) const {
  std::uint64_t x = seed_ + index * 0x9e3779b97f4a7c15u;  // splitmix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

void Content::Fill(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint64_t word = Word((offset + at) / 8);
    const std::size_t skip = (offset + at) % 8;
    const std::size_t count = std::min(8 - skip, bytes.size() - at);
    std::memcpy(bytes.data() + at,
                reinterpret_cast<const std::uint8_t*>(&word) + skip, count);
    at += count;
  }
}

bool Content::Matches(std::uint64_t offset,
                      std::span<const std::uint8_t> bytes) const {
  std::vector<std::uint8_t> expected(bytes.size());
  Fill(offset, expected);
  return std::equal(bytes.begin(), bytes.end(), expected.begin());
}

Outcome Play(int fd, const Plan& plan, std::uint64_t peer_seed,
             std::vector<std::uint8_t> first,
             std::chrono::milliseconds patience) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Player(fd, plan, peer_seed, std::move(first)).Run(patience);
}

}  // namespace meshgw::integrity
