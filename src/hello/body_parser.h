#ifndef MESHGW_HELLO_BODY_PARSER_H_
#define MESHGW_HELLO_BODY_PARSER_H_

#include <cstddef>
#include <cstdint>

#include "meshgw/client_hello.h"

namespace meshgw::internal {

// The handshake header, and the smallest ClientHello with it: version, random,
// and one byte or entry at least in each list that may not be empty.
inline constexpr std::uint32_t kMessageHeaderSize = 4;
inline constexpr std::uint32_t kMinMessageSize = kMessageHeaderSize + 41;

// BodyError says which rule a ClientHello breaks, and where in the message.
struct BodyError {
  HelloReason reason = HelloReason::kNone;
  std::uint32_t offset = 0;
};

// ParseBody checks the ClientHello in the `size` bytes at `message`, handshake
// header included (type and length are already checked), and writes all of
// `*out` but wire_bytes and records when it is good. Otherwise `*out` is left
// as it is. `size` is kMinMessageSize..131,400. Allocates nothing; linear.
// Thread-safe.
BodyError ParseBody(const std::uint8_t* message, std::uint32_t size,
                    const NamePolicy& policy, ClientHello* out) noexcept;

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_BODY_PARSER_H_
