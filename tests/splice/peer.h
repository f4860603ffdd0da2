#ifndef MESHGW_TESTS_SPLICE_PEER_H_
#define MESHGW_TESTS_SPLICE_PEER_H_

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "support/test_socket.h"

namespace meshgw::test {

// Fnv is the FNV-1a hash of a stream of bytes, however it is cut.
class Fnv {
 public:
  void Add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) {
      hash_ = (hash_ ^ byte) * 0x100000001b3u;
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

// Content is an endless stream of bytes that never repeats, made from its seed.
class Content {
 public:
  explicit Content(std::uint32_t seed) : random_(seed) {}
  std::vector<std::uint8_t> Next(std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& byte : bytes) {
      if (left_ == 0) {
        word_ = random_();
        left_ = 8;
      }
      byte = static_cast<std::uint8_t>(word_);
      word_ >>= 8;
      --left_;
    }
    return bytes;
  }

 private:
  std::mt19937_64 random_;
  std::uint64_t word_ = 0;
  int left_ = 0;
};

inline std::uint64_t HashOf(std::uint32_t seed, std::size_t bytes) {
  Content content(seed);
  Fnv hash;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t part = std::min<std::size_t>(bytes - done, 65536);
    hash.Add(content.Next(part));
    done += part;
  }
  return hash.value();
}

// Peer is one end of a connection as a client or server sees it. It never
// blocks: Turn does what can be done now.
class Peer {
 public:
  static constexpr std::size_t kNoLimit =
      std::numeric_limits<std::size_t>::max();

  Peer(TestSocket socket, std::uint32_t seed)
      : socket_(std::move(socket)), content_(seed) {
    ::fcntl(socket_.fd(), F_SETFL, O_NONBLOCK);
  }

  // Queues `count` more bytes of its content.
  void Send(std::size_t count) { to_send_ += count; }
  // Sends FIN after what is queued.
  void Finish() { finish_ = true; }
  void Reset() { socket_.Reset(); }
  // Reads no more than `bytes` in all; kNoLimit at first.
  void ReadUpTo(std::size_t bytes) { read_limit_ = bytes; }

  // True if anything was sent, received or found out.
  bool Turn() {
    if (!socket_.valid()) return false;
    const bool sent = SendSome();
    return ReceiveSome() || sent;
  }

  int fd() const { return socket_.fd(); }
  TestSocket& socket() { return socket_; }
  std::size_t sent() const { return sent_; }
  bool all_sent() const { return to_send_ == 0 && unsent_.empty(); }
  std::size_t received() const { return received_; }
  std::uint64_t hash() const { return hash_.value(); }
  StreamEnd end() const { return end_; }
  bool ended() const { return end_ != StreamEnd::kNothingCame; }

 private:
  bool SendSome() {
    bool moved = false;
    while (!all_sent() && !send_failed_) {
      if (unsent_.empty()) {
        unsent_ = content_.Next(std::min<std::size_t>(to_send_, 65536));
        to_send_ -= unsent_.size();
      }
      const ssize_t sent =
          ::send(fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        send_failed_ = errno != EAGAIN;
        // It was told here: a read would find nothing but the end.
        if (errno == ECONNRESET) end_ = StreamEnd::kReset;
        return moved || send_failed_;
      }
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
      sent_ += static_cast<std::size_t>(sent);
      moved = true;
    }
    if (finish_ && all_sent()) {
      socket_.Finish();
      finish_ = false;
      moved = true;
    }
    return moved;
  }

  bool ReceiveSome() {
    bool moved = false;
    while (!ended() && received_ < read_limit_) {
      const ssize_t got =
          ::recv(fd(), buffer_.data(),
                 std::min(buffer_.size(), read_limit_ - received_), 0);
      if (got < 0 && errno == EAGAIN) return moved;
      moved = true;
      if (got > 0) {
        hash_.Add(std::span(buffer_).first(static_cast<std::size_t>(got)));
        received_ += static_cast<std::size_t>(got);
      } else {
        end_ = got == 0 ? StreamEnd::kFin : StreamEnd::kReset;
      }
    }
    return moved;
  }

  TestSocket socket_;
  Content content_;
  std::vector<std::uint8_t> unsent_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(65536);
  std::size_t to_send_ = 0;
  std::size_t sent_ = 0;
  bool finish_ = false;
  bool send_failed_ = false;
  std::size_t read_limit_ = kNoLimit;
  std::size_t received_ = 0;
  Fnv hash_;
  StreamEnd end_ = StreamEnd::kNothingCame;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SPLICE_PEER_H_
