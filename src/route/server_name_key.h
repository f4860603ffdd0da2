#ifndef MESHGW_ROUTE_SERVER_NAME_KEY_H_
#define MESHGW_ROUTE_SERVER_NAME_KEY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace meshgw::internal {

// ServerNameKey is a server name in the form in which names are compared:
// ASCII letters in lower case, without one trailing dot (RFC 6066 3). It holds
// up to kMaxSize bytes in itself; longer names match no rule but the default.
class ServerNameKey {
 public:
  static constexpr std::size_t kMaxSize = 255;

  explicit ServerNameKey(std::string_view name) noexcept {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > kMaxSize) {
      too_long_ = true;
      return;
    }
    size_ = name.size();
    std::size_t i = 0;
    for (; i + 8 <= size_; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, name.data() + i, 8);
      word = LowerWord(word);
      std::memcpy(bytes_ + i, &word, 8);
    }
    for (; i < size_; ++i) {
      const char c = name[i];
      bytes_[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }

  std::string_view view() const { return {bytes_, size_}; }
  bool too_long() const { return too_long_; }

 private:
  // Eight bytes at once: 0x20 is added to those in 'A'..'Z'.
  static std::uint64_t LowerWord(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    constexpr std::uint64_t kHigh = 0x80u * kOnes;
    const std::uint64_t low = word & ~kHigh;
    const std::uint64_t from_a = low + (0x80u - 'A') * kOnes;
    const std::uint64_t past_z = low + (0x80u - 'Z' - 1) * kOnes;
    const std::uint64_t is_upper = (from_a & ~past_z & ~word) & kHigh;
    return word + (is_upper >> 2);
  }

  char bytes_[kMaxSize + 1];
  std::size_t size_ = 0;
  bool too_long_ = false;
};

// LabelCount counts the labels of a name that is not empty.
inline std::size_t LabelCount(std::string_view name) {
  std::size_t count = 1;
  for (const char c : name) count += c == '.' ? 1u : 0u;
  return count;
}

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_SERVER_NAME_KEY_H_
