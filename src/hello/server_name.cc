#include "hello/server_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxWireName = 255;  // RFC 1035 2.3.4.
constexpr std::size_t kMaxLabel = 63;

bool IsDigit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// A character of a label that no address has. '-' is left out, as it would cost
// the vector code more than the few names of digits and '-' are worth.
bool IsLetter(std::uint8_t c) {
  const auto lower = static_cast<std::uint8_t>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_';
}

bool IsLabelCharacter(std::uint8_t c) {
  return IsLetter(c) || IsDigit(c) || c == '-';
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
    } else if (!IsLabelCharacter(c)) {
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

#ifdef __SSE2__

// One bit a byte, in the order of the bytes.
struct BlockMasks {
  std::uint32_t dots;
  std::uint32_t letters;  // And '_'.
  std::uint32_t good;     // All that a name may hold.
};

inline BlockMasks Classify(const std::uint8_t* block) {
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
  const __m128i letters = _mm_or_si128(in_range(lower, 'a', 26), equal('_'));
  // '-' '.' '/' '0'..'9' lie side by side.
  const __m128i others =
      _mm_andnot_si128(equal('/'), in_range(bytes, '-', '9' - '-' + 1));
  return {mask(equal('.')), mask(letters), mask(_mm_or_si128(letters, others))};
}

// LabelChecker is told where the dots are, 64 places at a time and first places
// first, and says whether each label between them has 1..63 characters.
class LabelChecker {
 public:
  void Add(std::uint64_t dots) {
    bad_ |= (dots & (dots << 1 | last_was_dot_)) != 0;
    // The run of other places that crosses from the word before into this one.
    bad_ |= open_run_ + std::countr_zero(dots) > kMaxRun;
    open_run_ = std::countl_zero(dots);
    last_was_dot_ = dots >> 63;
  }
  // The name ends where the last word does.
  bool good() const {
    return !bad_ && last_was_dot_ == 0 && open_run_ <= kMaxRun;
  }

 private:
  static constexpr int kMaxRun = static_cast<int>(kMaxLabel);

  bool bad_ = false;
  std::uint64_t last_was_dot_ = 0;
  int open_run_ = 0;
};

// Names of 64 bytes and more, in words of four blocks that end where the name
// ends. The first word starts up to 63 places before the name: those count as
// good, and the last of them as a dot, so that the first label starts behind
// one.
bool IsPlainLongHostName(const std::uint8_t* name, std::size_t size) {
  const std::size_t words = (size + 63) / 64;
  const std::size_t lead = words * 64 - size;
  std::uint32_t bad = 0;
  std::uint32_t letters = 0;
  LabelChecker labels;
  for (std::size_t word = 0; word < words; ++word) {
    std::uint64_t dots = 0;
    const std::size_t first = word == 0 ? lead / 16 : 0;
    for (std::size_t block = first; block < 4; ++block) {
      const std::size_t place = word * 64 + block * 16;
      const BlockMasks masks = Classify(name - lead + place);
      const std::uint32_t within =
          place >= lead ? 0xffffU : 0xffffU << (lead - place) & 0xffff;
      bad |= ~masks.good & within;
      letters |= masks.letters & within;
      dots |= std::uint64_t{masks.dots & within} << (block * 16);
    }
    if (word == 0) {
      if (lead > 0) {
        dots |= std::uint64_t{1} << (lead - 1);
      } else if ((dots & 1) != 0) {
        return false;
      }
    }
    labels.Add(dots);
  }
  return bad == 0 && letters != 0 && labels.good();
}

#endif  // __SSE2__

}  // namespace

bool IsPlainHostNamePortable(const std::uint8_t* name,
                             std::size_t size) noexcept {
  if (size == 0 || size > kMaxHostName) return false;
  std::size_t label = 0;
  bool letter = false;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t c = name[i];
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!IsLabelCharacter(c) || ++label > kMaxLabel) return false;
    letter |= IsLetter(c);
  }
  return label > 0 && letter;
}

#ifdef __SSE2__

// The blocks of 16 bytes end where the name ends, so that no byte behind it is
// read (it may be the last of the buffer); the first block starts up to 15
// bytes before the name, in the extension's header and what precedes it.
bool IsPlainHostName(const std::uint8_t* name, std::size_t size) noexcept {
  if (size - 1 >= 63) {
    return size != 0 && size <= kMaxHostName && IsPlainLongHostName(name, size);
  }
  // Bit 63 stands for the last character and the bits before the first for
  // nothing, in all three words.
  std::uint64_t dots = 0;
  std::uint64_t letters = 0;
  std::uint64_t good = 0;
  const std::uint8_t* block = name + size;
  for (int shift = 48;; shift -= 16) {
    block -= 16;
    const BlockMasks masks = Classify(block);
    dots |= std::uint64_t{masks.dots} << shift;
    letters |= std::uint64_t{masks.letters} << shift;
    good |= std::uint64_t{masks.good} << shift;
    if (block <= name) break;
  }
  const std::uint64_t before = ~std::uint64_t{0} >> size;  // size is 1..63.
  good |= before;
  letters &= ~before;
  // The place before the name counts as a dot. Then no two dots may be side by
  // side, and the last character may be none.
  dots = (dots & ~before) | (before ^ before >> 1);
  return good == ~std::uint64_t{0} && letters != 0 &&
         ((dots & dots << 1) | dots >> 63) == 0;
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
    if (!address && !HasHostSyntax(host)) return HelloReason::kServerNameSyntax;
  }
  *size = host.size();
  return HelloReason::kNone;
}

}  // namespace meshgw::internal
