#include "gateway/hello_buffer.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace meshgw::internal {

HelloBuffer::HelloBuffer(HelloBuffer&& other) noexcept {
  *this = std::move(other);
}

HelloBuffer& HelloBuffer::operator=(HelloBuffer&& other) noexcept {
  if (this == &other) return *this;
  Free();
  pool_ = std::exchange(other.pool_, nullptr);
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

bool HelloBuffer::Grow(HelloBufferPool* pool, std::size_t limit) {
  const std::size_t wanted =
      capacity_ == 0 ? kFirstSize : std::size_t{capacity_} * 2;
  const std::size_t capacity = std::min(wanted, limit);
  if (capacity <= capacity_) return false;
  auto bytes = pool->Take(capacity);
  if (bytes == nullptr) return false;
  if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  if (bytes_ != nullptr) pool->Give(std::move(bytes_), capacity_);
  pool_ = pool;
  bytes_ = std::move(bytes);
  capacity_ = static_cast<std::uint32_t>(capacity);
  return true;
}

void HelloBuffer::Free() {
  if (bytes_ != nullptr) pool_->Give(std::move(bytes_), capacity_);
  size_ = capacity_ = 0;
}

std::unique_ptr<std::uint8_t[]> HelloBufferPool::Take(std::size_t size) {
  if (used_bytes_ + size > budget_bytes_) return nullptr;
  std::unique_ptr<std::uint8_t[]> bytes;
  if (size == HelloBuffer::kFirstSize && !kept_.empty()) {
    bytes = std::move(kept_.back());
    kept_.pop_back();
  } else {
    bytes.reset(new (std::nothrow) std::uint8_t[size]);
  }
  if (bytes != nullptr) used_bytes_ += size;
  return bytes;
}

void HelloBufferPool::Give(std::unique_ptr<std::uint8_t[]> bytes,
                           std::size_t size) {
  used_bytes_ -= size;
  if (size == HelloBuffer::kFirstSize && kept_.size() < kMostKept) {
    kept_.push_back(std::move(bytes));
  }
}

}  // namespace meshgw::internal
