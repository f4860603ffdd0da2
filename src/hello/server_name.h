#ifndef MESHGW_HELLO_SERVER_NAME_H_
#define MESHGW_HELLO_SERVER_NAME_H_

#include <cstddef>
#include <cstdint>

#include "meshgw/client_hello.h"

namespace meshgw::internal {

// How many bytes in front of a name IsPlainHostName may read. A ClientHello has
// more than that in front of its server name.
inline constexpr std::size_t kNameLead = 15;

// IsPlainHostName says whether `name` keeps all rules of NamePolicy{}: 1..253
// letters, digits, '-', '_' in labels of 1..63. It leaves out names short
// enough for an IPv4 address that end in a digit: CheckServerName looks closer.
// The kNameLead bytes in front of the name must be readable. Thread-safe.
bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept;

// The same byte by byte, for machines without SSE2 and as its yardstick.
bool IsPlainHostNamePortable(const std::uint8_t* name,
                             std::size_t size) noexcept;

// CheckUnusualName checks a name that is not plain; see CheckServerName.
HelloReason CheckUnusualName(const NamePolicy& policy, const std::uint8_t* name,
                             std::size_t* size) noexcept;

// CheckServerName checks the name of `*size` bytes (1..65535, with kNameLead
// readable bytes in front) by `policy` and returns kNone or one of
// kServerNameLength, -Syntax and -Address. Takes a trailing dot that is allowed
// off `*size`. Thread-safe.
inline HelloReason CheckServerName(const NamePolicy& policy,
                                   const std::uint8_t* name,
                                   std::size_t* size) noexcept {
  if (IsPlainHostName(name, *size)) [[likely]] {
    return HelloReason::kNone;
  }
  return CheckUnusualName(policy, name, size);
}

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_SERVER_NAME_H_
