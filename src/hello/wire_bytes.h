#ifndef MESHGW_HELLO_WIRE_BYTES_H_
#define MESHGW_HELLO_WIRE_BYTES_H_

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace meshgw::internal {

// Big-endian loads. The caller has checked that the bytes are there. Compilers
// turn each into one load and one byte swap.
inline std::uint32_t LoadU16(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 8 | at[1];
}
inline std::uint32_t LoadU24(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 16 | std::uint32_t{at[1]} << 8 | at[2];
}
inline std::uint32_t LoadU32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 |
         std::uint32_t{at[2]} << 8 | at[3];
}

// ContiguousBytes and ScatteredBytes are the two shapes in which a stream's
// bytes reach the framer. Both borrow them. Offsets count from the start of the
// stream and must lie below size(). Thread-compatible.
class ContiguousBytes {
 public:
  explicit ContiguousBytes(std::span<const std::uint8_t> bytes)
      : data_(bytes.data()), size_(bytes.size()) {}

  std::size_t size() const { return size_; }
  std::uint8_t At(std::size_t offset) const { return data_[offset]; }

  // The address of `count` bytes when they lie in one piece, else null.
  const std::uint8_t* Piece(std::size_t offset, std::size_t /*count*/) const {
    return data_ + offset;
  }
  void Copy(std::size_t offset, std::size_t count, std::uint8_t* to) const {
    std::memcpy(to, data_ + offset, count);
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

// Reads at growing offsets cost a step a buffer in all, as the place of the
// last one is kept; a read further back starts again at the first buffer.
class ScatteredBytes {
 public:
  explicit ScatteredBytes(std::span<const iovec> buffers) : buffers_(buffers) {
    for (const iovec& buffer : buffers) size_ += buffer.iov_len;
  }

  std::size_t size() const { return size_; }
  std::uint8_t At(std::size_t offset) {
    Seek(offset);
    return Base()[offset - start_];
  }
  const std::uint8_t* Piece(std::size_t offset, std::size_t count) {
    Seek(offset);
    const std::size_t skipped = offset - start_;
    return buffers_[index_].iov_len - skipped >= count ? Base() + skipped
                                                       : nullptr;
  }
  void Copy(std::size_t offset, std::size_t count, std::uint8_t* to) {
    while (count > 0) {
      Seek(offset);
      const std::size_t skipped = offset - start_;
      const std::size_t part =
          std::min(count, buffers_[index_].iov_len - skipped);
      std::memcpy(to, Base() + skipped, part);
      to += part;
      offset += part;
      count -= part;
    }
  }

 private:
  const std::uint8_t* Base() const {
    return static_cast<const std::uint8_t*>(buffers_[index_].iov_base);
  }
  // Moves to the buffer that holds `offset`. Steps over empty buffers, as they
  // hold no offset.
  void Seek(std::size_t offset) {
    if (offset < start_) {
      index_ = 0;
      start_ = 0;
    }
    while (offset - start_ >= buffers_[index_].iov_len) {
      start_ += buffers_[index_].iov_len;
      ++index_;
    }
  }

  std::span<const iovec> buffers_;
  std::size_t size_ = 0;
  std::size_t index_ = 0;  // The buffer at hand,
  std::size_t start_ = 0;  // and the stream offset of its first byte.
};

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_WIRE_BYTES_H_
