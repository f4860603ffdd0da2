#ifndef MESHGW_HELLO_SHA256_H_
#define MESHGW_HELLO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshgw::internal {

// Sha256 is SHA-256 (FIPS 180-4) over bytes that arrive in pieces. Ours,
// because this library may link no TLS library; for fingerprints only, so
// neither fast nor hardened against timing. Thread-compatible.
class Sha256 {
 public:
  void Update(std::string_view bytes) noexcept;

  // Finish returns the digest. Update may not be called again.
  std::array<std::uint8_t, 32> Finish() noexcept;

 private:
  static constexpr std::size_t kBlock = 64;

  void Compress() noexcept;

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                         0xa54ff53a, 0x510e527f, 0x9b05688c,
                                         0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, kBlock> block_{};
  std::uint64_t size_ = 0;  // Bytes so far.
};

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_SHA256_H_
