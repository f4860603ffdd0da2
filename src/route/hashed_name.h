#ifndef MESHGW_ROUTE_HASHED_NAME_H_
#define MESHGW_ROUTE_HASHED_NAME_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "absl/numeric/int128.h"

namespace meshgw::internal {

// Words are shifted and masked by the places of their bytes in the name.
static_assert(std::endian::native == std::endian::little);

// NameHashSecrets make hashes that nobody outside can predict, so that names
// cannot be chosen to collide.
struct NameHashSecrets {
  std::uint64_t start = 0;
  std::uint64_t mix = 0;
  std::uint64_t finish = 0;
};

// RandomNameHashSecrets draws new ones from the kernel.
NameHashSecrets RandomNameHashSecrets();

// The words of a chunk that its last n bytes stand in, for n of 0..15.
inline constexpr auto kChunkEnds = [] {
  std::array<std::array<std::uint64_t, 2>, 16> masks{};
  for (std::size_t n = 1; n < 16; ++n) {
    const std::uint64_t all = ~std::uint64_t{0};
    masks[n][0] = n > 8 ? all << (16 - n) * 8 : 0;
    masks[n][1] = n < 8 ? all << (8 - n) * 8 : all;
  }
  return masks;
}();

// HashedName is a server name in the form in which names are compared: ASCII
// letters in lower case, without one trailing dot (RFC 6066 3). One pass from
// the right makes that form and what the hash of each of its suffixes needs.
// The name lies in itself, in chunks of 16 bytes counted from its end, the
// leftmost filled up with zeros; names over kMaxSize bytes are not kept.
class HashedName {
 public:
  static constexpr std::size_t kMaxSize = 255;
  static constexpr std::size_t kChunkSize = 16;
  using Chunk = std::array<std::uint64_t, 2>;

  HashedName(std::string_view name, const NameHashSecrets& secrets) noexcept
      : secrets_(secrets) {
    if (name.ends_with('.')) name.remove_suffix(1);
    too_long_ = name.size() > kMaxSize;
    if (!too_long_) Read(name);
  }

  bool too_long() const { return too_long_; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return Suffix(size_); }
  // The last `size` bytes.
  std::string_view Suffix(std::size_t size) const {
    return {Bytes() + kCapacity - size, size};
  }

  // Hash of the last `size` bytes, 1..size(): the same for equal bytes,
  // whatever stands before them.
  std::uint64_t Hash(std::size_t size) const {
    const std::size_t full = size / kChunkSize;
    const Chunk rest = Masked(full, size % kChunkSize);
    return Mix(Step(rest, states_[full]) ^ size, secrets_.finish);
  }

  // ChunkCount is how many chunks `size` bytes take.
  static std::size_t ChunkCount(std::size_t size) {
    return (size + kChunkSize - 1) / kChunkSize;
  }
  // The chunks that hold the whole name, the leftmost first.
  const Chunk* chunks() const { return chunks_ + kChunks - ChunkCount(size_); }
  // Whether the last `size` bytes are those of another name's chunks().
  bool EndsWith(const Chunk* other, std::size_t size) const {
    const std::size_t count = ChunkCount(size);
    const std::size_t rest = size % kChunkSize;
    std::uint64_t differ = 0;
    if (rest != 0) differ = Differ(Masked(count - 1, rest), *other++);
    for (std::size_t i = kChunks - size / kChunkSize; i < kChunks; ++i) {
      differ |= Differ(chunks_[i], *other++);
    }
    return differ == 0;
  }

  // NextBorder returns the size of the longest suffix that is shorter than
  // `below` and stands behind a dot that is not the name's first byte; 0 when
  // there is none.
  std::size_t NextBorder(std::size_t below) const {
    if (size_ < 3 || below < 2) return 0;
    // The dot in front of a suffix of n bytes is byte kCapacity - 1 - n.
    const std::size_t first = kCapacity - 1 - std::min(below - 1, size_ - 2);
    std::size_t word = first / 8;
    std::uint64_t dots = Dots(word) & ~std::uint64_t{0} << (first % 8 * 8);
    while (dots == 0) {
      if (++word == kCapacity / 8) return 0;
      dots = Dots(word);
    }
    const auto bit = static_cast<std::size_t>(std::countr_zero(dots));
    return kCapacity - 1 - (word * 8 + bit / 8);
  }

 private:
  static constexpr std::size_t kCapacity = 256;
  static constexpr std::size_t kChunks = kCapacity / kChunkSize;
  static constexpr std::uint64_t kOnes = 0x0101010101010101u;
  static constexpr std::uint64_t kHigh = 0x80u * kOnes;

  void Read(std::string_view name) {
    size_ = name.size();
    const std::size_t full = size_ / kChunkSize;
    const char* from = name.data() + size_;
    std::uint64_t state = secrets_.start;
    states_[0] = state;
    for (std::size_t i = 0; i < full; ++i) {
      from -= kChunkSize;
      Chunk& chunk = chunks_[kChunks - 1 - i];
      chunk = {LowerWord(Load(from)), LowerWord(Load(from + 8))};
      state = Step(chunk, state);
      states_[i + 1] = state;
    }
    chunks_[kChunks - 1 - full] = ReadRest(name, size_ % kChunkSize);
  }

  // The first `rest` bytes of `name`, at the end of a chunk.
  static Chunk ReadRest(std::string_view name, std::size_t rest) {
    if (rest == 0) return {0, 0};
    Chunk chunk{};
    if (name.size() >= kChunkSize) {
      chunk = {Load(name.data()), Load(name.data() + 8)};
    } else {
      char bytes[kChunkSize] = {};
      for (std::size_t i = 0; i < rest; ++i) bytes[i] = name[i];
      chunk = {Load(bytes), Load(bytes + 8)};
    }
    const absl::uint128 moved = absl::MakeUint128(chunk[1], chunk[0])
                                << static_cast<int>((kChunkSize - rest) * 8);
    return {LowerWord(absl::Uint128Low64(moved)),
            LowerWord(absl::Uint128High64(moved))};
  }

  // Chunk `index` from the right with only its last `bytes` bytes, 0..15.
  Chunk Masked(std::size_t index, std::size_t bytes) const {
    const Chunk& chunk = chunks_[kChunks - 1 - index];
    return {chunk[0] & kChunkEnds[bytes][0], chunk[1] & kChunkEnds[bytes][1]};
  }
  std::uint64_t Step(const Chunk& chunk, std::uint64_t state) const {
    return Mix(chunk[0] ^ secrets_.mix, chunk[1] ^ state);
  }
  // Both halves of the product; the core of wyhash.
  static std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
    const absl::uint128 product = absl::uint128(a) * b;
    return absl::Uint128Low64(product) ^ absl::Uint128High64(product);
  }
  static std::uint64_t Differ(const Chunk& a, const Chunk& b) {
    return (a[0] ^ b[0]) | (a[1] ^ b[1]);
  }
  static std::uint64_t Load(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, 8);
    return word;
  }
  // Eight bytes at once: 0x20 is added to those in 'A'..'Z'.
  static std::uint64_t LowerWord(std::uint64_t word) {
    const std::uint64_t low = word & ~kHigh;
    const std::uint64_t from_a = low + (0x80u - 'A') * kOnes;
    const std::uint64_t past_z = low + (0x80u - 'Z' - 1) * kOnes;
    const std::uint64_t is_upper = (from_a & ~past_z & ~word) & kHigh;
    return word + (is_upper >> 2);
  }

  // The high bit of each byte of word `index` that is a dot.
  std::uint64_t Dots(std::size_t index) const {
    const std::uint64_t other = chunks_[index / 2][index % 2] ^ '.' * kOnes;
    return ~(((other & ~kHigh) + ~kHigh) | other) & kHigh;
  }
  const char* Bytes() const { return reinterpret_cast<const char*>(chunks_); }

  const NameHashSecrets& secrets_;
  Chunk chunks_[kChunks];
  std::uint64_t states_[kChunks];  // After that many chunks from the right.
  std::size_t size_ = 0;
  bool too_long_ = false;
};

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_HASHED_NAME_H_
