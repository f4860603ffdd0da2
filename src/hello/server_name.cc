#include "hello/server_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxWireName = 255;  // RFC 1035 2.3.4.
constexpr std::size_t kMaxLabel = 63;

bool IsDigit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// A character of a label that is no digit.
bool IsLetterLike(std::uint8_t c) {
  const auto lower = static_cast<std::uint8_t>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
}

// Names of which only the labels' syntax is asked.
bool HasHostSyntax(std::string_view name) {
  if (name.empty() || name.size() > kMaxHostName) return false;
  std::size_t label = 0;
  for (const char character : name) {
    const auto c = static_cast<std::uint8_t>(character);
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!IsDigit(c) && !IsLetterLike(c)) {
      return false;
    } else if (++label > kMaxLabel) {
      return false;
    }
  }
  return label > 0;
}

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

// Everything that is not a plain host name by the strictest rules.
[[gnu::noinline, gnu::cold]] HelloReason CheckUnusualName(
    const NamePolicy& policy, std::string_view* name) {
  if (name->size() > kMaxWireName) return HelloReason::kServerNameLength;
  if (policy.allow_opaque && name->find('\0') != std::string_view::npos) {
    return HelloReason::kServerNameSyntax;
  }
  std::string_view host = *name;
  if (policy.allow_trailing_dot && host.size() > 1 && host.back() == '.') {
    host.remove_suffix(1);
  }
  const bool address = IsIpv4(host) || IsIpv6(host);
  if (!policy.allow_opaque) {
    if (address && !policy.allow_ip_address) {
      return HelloReason::kServerNameAddress;
    }
    if (!address && !HasHostSyntax(host)) return HelloReason::kServerNameSyntax;
  }
  *name = host;
  return HelloReason::kNone;
}

#ifdef __SSE2__

// One bit a byte, in the order of the bytes.
struct BlockMasks {
  std::uint32_t dots;
  std::uint32_t digits;
  std::uint32_t letter_like;
};

BlockMasks Classify(const std::uint8_t* block) {
  __m128i bytes;
  std::memcpy(&bytes, block, sizeof bytes);
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
  const auto mask = [](__m128i flags) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(flags));
  };
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i letter_like = _mm_or_si128(
      in_range(lower, 'a', 26), _mm_or_si128(equal('-'), equal('_')));
  return {mask(equal('.')), mask(in_range(bytes, '0', 10)), mask(letter_like)};
}

// LabelChecker is told where the dots are, 64 places at a time, and says
// whether each label between them has 1..63 characters.
class LabelChecker {
 public:
  // `dots`: one bit a place. The last word has a bit set right after the name's
  // end if there is room for it in the word.
  void Add(std::uint64_t dots) {
    bad_ |= dots & (dots << 1 | last_was_dot_);
    // The run of other places that crosses from the word before into this one.
    const int run = open_run_ + std::countr_zero(dots);
    bad_ |= static_cast<std::uint64_t>(run > static_cast<int>(kMaxLabel));
    open_run_ = std::countl_zero(dots);
    last_was_dot_ = dots >> 63;
  }
  // The name ended exactly where the last word did.
  bool EndsGood() const {
    return bad_ == 0 && last_was_dot_ == 0 &&
           open_run_ <= static_cast<int>(kMaxLabel);
  }
  bool good() const { return bad_ == 0; }

 private:
  std::uint64_t bad_ = 0;
  std::uint64_t last_was_dot_ = 0;
  int open_run_ = 0;
};

#endif  // __SSE2__

}  // namespace

bool IsPlainHostNamePortable(const std::uint8_t* name,
                             std::size_t size) noexcept {
  if (size == 0 || size > kMaxHostName) return false;
  std::size_t label = 0;
  bool letter_like = false;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t c = name[i];
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (IsLetterLike(c)) {
      letter_like = true;
    } else if (!IsDigit(c)) {
      return false;
    }
    if (++label > kMaxLabel) return false;
  }
  return label > 0 && letter_like;
}

#ifdef __SSE2__

// The blocks of 16 bytes end where the name ends, so that no byte behind it is
// read (it may be the last of the buffer); the first block starts up to 15
// bytes before the name, in the extension's header and what precedes it.
bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept {
  if (size == 0 || size > kMaxHostName) return false;
  const std::size_t blocks = (size + 15) / 16;
  const std::size_t lead = blocks * 16 - size;
  const std::uint8_t* block = name - lead;

  // Places before the name count as good; the last of them as a dot, so that
  // the first label starts behind one.
  const std::uint32_t before = (1U << lead) - 1;
  BlockMasks masks = Classify(block);
  std::uint32_t letter_like = masks.letter_like & ~before;
  std::uint32_t good = masks.dots | masks.digits | masks.letter_like | before;
  std::uint64_t word = (masks.dots & ~before) | (before ^ before >> 1);

  if (lead == 0) {
    // There is no place for that dot: a leading dot is looked for here.
    if ((masks.dots & 1) != 0) return false;
  }
  LabelChecker labels;
  for (std::size_t i = 1; i < blocks; ++i) {
    if (i % 4 == 0) {
      labels.Add(word);
      word = 0;
    }
    block += 16;
    masks = Classify(block);
    letter_like |= masks.letter_like;
    good &= masks.dots | masks.digits | masks.letter_like;
    word |= std::uint64_t{masks.dots} << (i % 4 * 16);
  }
  if (good != 0xffff || letter_like == 0) return false;
  if (blocks % 4 == 0) {
    labels.Add(word);
    return labels.EndsGood();
  }
  labels.Add(word | std::uint64_t{1} << (blocks % 4 * 16));
  return labels.good();
}

#else

bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept {
  return IsPlainHostNamePortable(name, size);
}

#endif

HelloReason CheckServerName(const NamePolicy& policy,
                            std::string_view* name) noexcept {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(name->data());
  if (IsPlainHostName(bytes, name->size())) [[likely]] {
    return HelloReason::kNone;
  }
  return CheckUnusualName(policy, name);
}

}  // namespace meshgw::internal
