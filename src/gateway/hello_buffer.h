#ifndef MESHGW_GATEWAY_HELLO_BUFFER_H_
#define MESHGW_GATEWAY_HELLO_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace meshgw::internal {

class HelloBufferPool;

// HelloBuffer holds what a connection sent before it is connected. It grows by
// doubling from kFirstSize and is charged to its pool's budget. Move-only.
class HelloBuffer {
 public:
  static constexpr std::size_t kFirstSize = 2048;

  HelloBuffer() = default;
  HelloBuffer(HelloBuffer&& other) noexcept;
  HelloBuffer& operator=(HelloBuffer&& other) noexcept;
  HelloBuffer(const HelloBuffer&) = delete;
  HelloBuffer& operator=(const HelloBuffer&) = delete;
  ~HelloBuffer() { Free(); }

  // Where the next bytes go. Empty: full, Grow it.
  std::span<std::uint8_t> room() {
    return {bytes_.get() + size_, capacity_ - size_};
  }
  void Commit(std::size_t count) { size_ += static_cast<std::uint32_t>(count); }
  std::span<const std::uint8_t> data() const { return {bytes_.get(), size_}; }
  bool holds_memory() const { return capacity_ > 0; }

  // Doubles the room, to at most `limit` bytes. False: at the limit, or the
  // pool's budget or memory is used up.
  bool Grow(HelloBufferPool* pool, std::size_t limit);
  // Gives the memory back; the buffer is empty then.
  void Free();

 private:
  HelloBufferPool* pool_ = nullptr;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

// HelloBufferPool is one worker's budget for HelloBuffers; it keeps some of the
// first size for reuse. Thread-compatible; must outlive its buffers.
class HelloBufferPool {
 public:
  explicit HelloBufferPool(std::size_t budget_bytes)
      : budget_bytes_(budget_bytes) {
    kept_.reserve(kMostKept);  // So that Give never allocates.
  }

  // Null: over budget or out of memory.
  std::unique_ptr<std::uint8_t[]> Take(std::size_t size);
  void Give(std::unique_ptr<std::uint8_t[]> bytes, std::size_t size);
  std::size_t used_bytes() const { return used_bytes_; }

 private:
  static constexpr std::size_t kMostKept = 64;

  std::size_t budget_bytes_;
  std::size_t used_bytes_ = 0;
  std::vector<std::unique_ptr<std::uint8_t[]>> kept_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_HELLO_BUFFER_H_
