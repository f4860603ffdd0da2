#ifndef MESHGW_BENCHMARKS_PEERS_INTEGRITY_STREAM_END_H_
#define MESHGW_BENCHMARKS_PEERS_INTEGRITY_STREAM_END_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace meshgw::integrity {

// Content is a stream of bytes of which each can be told from its place.
class Content {
 public:
  explicit Content(std::uint64_t seed) : seed_(seed) {}
  void Fill(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  bool Matches(std::uint64_t offset, std::span<const std::uint8_t> bytes) const;

 private:
  std::uint64_t Word(std::uint64_t index) const;
  std::uint64_t seed_;
};

// Plan is what one end of a connection does.
struct Plan {
  std::uint64_t seed = 0;  // Of what it sends.
  std::uint64_t size = 0;
  std::uint64_t wait_for = 0;  // Sends when so many bytes have come.
  bool reads_late = false;     // Reads when everything is sent.
  bool resets = false;         // RST when everything is sent, else FIN.
};

// Outcome is what it saw.
struct Outcome {
  std::uint64_t received = 0;
  bool started = false;
  bool fin = false;    // FIN came.
  bool reset = false;  // RST came, or a write said that it had.
  bool wrong = false;  // A byte that was not sent at that place.
  bool hung = false;   // Nothing moved until the deadline.
};

// Play does what `plan` says on `fd`, checks what comes against
// Content(`peer_seed`), and closes it. `first`: sent before everything else,
// together with the stream's start.
Outcome Play(int fd, const Plan& plan, std::uint64_t peer_seed,
             std::vector<std::uint8_t> first,
             std::chrono::milliseconds patience);

}  // namespace meshgw::integrity

#endif  // MESHGW_BENCHMARKS_PEERS_INTEGRITY_STREAM_END_H_
