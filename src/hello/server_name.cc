#include "hello/server_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/host_name.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxWireName = 255;  // RFC 1035 2.3.4.
constexpr std::size_t kMaxIpv4 = 15;       // "255.255.255.255".

bool IsDigit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// Four labels of one to three digits. The value is not looked at: resolvers
// disagree on what "010.0.0.1" and "999.1.1.1" are, and no host has such a
// name.
bool IsIpv4(std::string_view name) {
  int dots = 0;
  std::size_t digits = 0;
  for (const char c : name) {
    if (c == '.') {
      if (digits == 0) return false;
      ++dots;
      digits = 0;
    } else if (!IsDigit(static_cast<std::uint8_t>(c)) || ++digits > 3) {
      return false;
    }
  }
  return dots == 3 && digits > 0;
}

bool IsIpv6(std::string_view name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (name.size() >= text.size()) return false;
  if (name.find('\0') != std::string_view::npos) return false;
  std::memcpy(text.data(), name.data(), name.size());
  in6_addr address;
  return inet_pton(AF_INET6, text.data(), &address) == 1;
}

#ifdef __SSE2__

// 0xff in each place where it holds.
struct BlockKinds {
  __m128i dots;
  __m128i good;  // All that a name may hold.
};

inline __m128i LoadBlock(const std::uint8_t* at) {
  __m128i block;
  std::memcpy(&block, at, sizeof block);
  return block;
}

inline BlockKinds Classify(__m128i bytes) {
  // Signed compares do unsigned range checks when the range is moved to the
  // bottom of the signed values.
  const auto in_range = [](__m128i value, char low, int count) {
    const __m128i moved =
        _mm_add_epi8(value, _mm_set1_epi8(static_cast<char>(-128 - low)));
    return _mm_cmplt_epi8(moved,
                          _mm_set1_epi8(static_cast<char>(-128 + count)));
  };
  const auto equal = [bytes](char c) {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
  };
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i letters = _mm_or_si128(in_range(lower, 'a', 26), equal('_'));
  // '-' '.' '/' '0'..'9' lie side by side.
  const __m128i others =
      _mm_andnot_si128(equal('/'), in_range(bytes, '-', '9' - '-' + 1));
  return {equal('.'), _mm_or_si128(letters, others)};
}

inline std::uint32_t Mask(__m128i kinds) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(kinds));
}

// Names of 16 bytes and more: whole blocks from the front, and one that ends
// where the name ends, which may overlap the one before.
inline bool IsPlainLongHostName(const std::uint8_t* name, std::size_t size) {
  const __m128i dot = _mm_set1_epi8('.');
  __m128i good = _mm_set1_epi8(-1);
  __m128i pairs = _mm_setzero_si128();  // Dots behind dots.
  const auto check = [&](const std::uint8_t* at) {
    const BlockKinds kinds = Classify(LoadBlock(at));
    const __m128i dots_before = _mm_cmpeq_epi8(LoadBlock(at - 1), dot);
    good = _mm_and_si128(good, kinds.good);
    pairs = _mm_or_si128(pairs, _mm_and_si128(kinds.dots, dots_before));
    return Mask(kinds.dots) != 0;
  };
  std::uint32_t without_dots = 0;  // One bit a block, but not the last.
  for (std::size_t at = 0; at < size - 16; at += 16) {
    without_dots =
        without_dots << 1 | static_cast<std::uint32_t>(!check(name + at));
  }
  check(name + size - 16);
  if (Mask(_mm_andnot_si128(pairs, good)) != 0xffff || name[0] == '.' ||
      name[size - 1] == '.') {
    return false;
  }
  // A label of 64 bytes and more covers three blocks in a row, at least.
  if ((without_dots & without_dots >> 1 & without_dots >> 2) != 0)
      [[unlikely]] {
    return IsPlainHostNamePortable(name, size);
  }
  return true;
}

// Names of 1..15 bytes: one block that ends where the name ends, and starts in
// what precedes it.
inline bool IsPlainShortHostName(const std::uint8_t* name, std::size_t size) {
  const BlockKinds kinds = Classify(LoadBlock(name + size - 16));
  const std::uint32_t lead = 16 - static_cast<std::uint32_t>(size);
  const std::uint32_t before = (1U << lead) - 1;
  // The place before the name counts as a dot. Then no two dots may be side by
  // side, and the last character may be none.
  const std::uint32_t dots = (Mask(kinds.dots) & ~before) | 1U << (lead - 1);
  return (Mask(kinds.good) | before) == 0xffff &&
         (dots & (dots << 1 | 1U << 15)) == 0 && !IsDigit(name[size - 1]);
}

#endif  // __SSE2__

}  // namespace

bool IsPlainHostNamePortable(const std::uint8_t* name,
                             std::size_t size) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(name), size);
  return FitsServerName(text) && (size > kMaxIpv4 || !IsDigit(name[size - 1]));
}

#ifdef __SSE2__

bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept {
  if (size < 16) return size != 0 && IsPlainShortHostName(name, size);
  return size <= kMaxHostName && IsPlainLongHostName(name, size);
}

#else

bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept {
  return IsPlainHostNamePortable(name, size);
}

#endif

HelloReason CheckUnusualName(const NamePolicy& policy, const std::uint8_t* name,
                             std::size_t* size) noexcept {
  if (*size > kMaxWireName) return HelloReason::kServerNameLength;
  std::string_view host(reinterpret_cast<const char*>(name), *size);
  if (policy.allow_opaque && host.find('\0') != std::string_view::npos) {
    return HelloReason::kServerNameSyntax;
  }
  if (policy.allow_trailing_dot && host.size() > 1 && host.back() == '.') {
    host.remove_suffix(1);
  }
  if (!policy.allow_opaque) {
    const bool address = IsIpv4(host) || IsIpv6(host);
    if (address && !policy.allow_ip_address) {
      return HelloReason::kServerNameAddress;
    }
    if (!address && !FitsServerName(host))
      return HelloReason::kServerNameSyntax;
  }
  *size = host.size();
  return HelloReason::kNone;
}

}  // namespace meshgw::internal
