#ifndef MESHGW_BASE_FNV1A_H_
#define MESHGW_BASE_FNV1A_H_

#include <cstdint>

namespace meshgw::internal {

// Fnv1a is the 64-bit FNV-1a hash: the same in every process, and no defence
// against who chooses the bytes.
class Fnv1a {
 public:
  void Add(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3u; }
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace meshgw::internal

#endif  // MESHGW_BASE_FNV1A_H_
