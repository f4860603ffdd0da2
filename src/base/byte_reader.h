#ifndef MESHGW_BASE_BYTE_READER_H_
#define MESHGW_BASE_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace meshgw::internal {

// ByteReader is a cursor over big-endian wire bytes. Each getter returns false
// and changes nothing when too few bytes are left, so getters chain with &&.
// It borrows the bytes. Thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  std::span<const std::uint8_t> rest() const { return {at_, remaining()}; }

  bool GetU8(std::uint8_t* out) {
    if (remaining() < 1) return false;
    *out = at_[0];
    at_ += 1;
    return true;
  }
  bool GetU16(std::uint16_t* out) {
    if (remaining() < 2) return false;
    *out = static_cast<std::uint16_t>(at_[0] << 8 | at_[1]);
    at_ += 2;
    return true;
  }
  bool GetU24(std::uint32_t* out) {
    if (remaining() < 3) return false;
    *out = static_cast<std::uint32_t>(at_[0] << 16 | at_[1] << 8 | at_[2]);
    at_ += 3;
    return true;
  }
  bool GetBytes(std::size_t count, std::span<const std::uint8_t>* out) {
    if (remaining() < count) return false;
    *out = {at_, count};
    at_ += count;
    return true;
  }
  bool Skip(std::size_t count) {
    if (remaining() < count) return false;
    at_ += count;
    return true;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_BYTE_READER_H_
