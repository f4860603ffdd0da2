// JA4 as FoxIO's description of it (technical_details/JA4.md) says:
// a_b_c, where a is readable, and b and c are the first 12 hex digits of
// SHA-256 over lists of 4-digit hex values.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hello/sha256.h"
#include "hello/value_order.h"
#include "hello/wire_bytes.h"
#include "meshgw/client_hello.h"

namespace meshgw {
namespace {

using internal::LoadU16;

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kHashDigits = 12;

using Bytes = std::span<const std::uint8_t>;

// Calls visit(value) for each 16-bit value of `list` that is no GREASE.
template <typename Visitor>
void VisitList(Bytes list, const Visitor& visit) {
  for (std::size_t i = 0; i + 2 <= list.size(); i += 2) {
    const auto value = static_cast<std::uint16_t>(LoadU16(&list[i]));
    if (!IsGrease(value)) visit(value);
  }
}

// Calls visit(id) for each extension that is no GREASE.
template <typename Visitor>
void VisitExtensions(Bytes block, const Visitor& visit) {
  for (std::size_t i = 0; i + 4 <= block.size();) {
    const auto id = static_cast<std::uint16_t>(LoadU16(&block[i]));
    if (!IsGrease(id)) visit(id);
    i += 4 + LoadU16(&block[i + 2]);
  }
}

// HexList hashes "xxxx,xxxx,...".
class HexList {
 public:
  void Add(std::uint16_t value) {
    const std::array<char, 5> text = {
        ',', kHexDigits[value >> 12], kHexDigits[value >> 8 & 15],
        kHexDigits[value >> 4 & 15], kHexDigits[value & 15]};
    const std::string_view all(text.data(), text.size());
    hash_.Update(separate_ ? all : all.substr(1));
    separate_ = true;
    empty_ = false;
  }
  // The signature algorithms stand behind an underscore.
  void StartSecondList() {
    hash_.Update("_");
    separate_ = false;
  }
  // Writes the digits; zeros for a list that stayed empty.
  void Write(char* to) {
    std::fill_n(to, kHashDigits, '0');
    if (empty_) return;
    const auto digest = hash_.Finish();
    for (std::size_t i = 0; i < kHashDigits; ++i) {
      to[i] = kHexDigits[i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15];
    }
  }

 private:
  internal::Sha256 hash_;
  bool separate_ = false;
  bool empty_ = true;
};

std::string_view VersionCode(const ClientHello& hello) {
  std::uint16_t version = 0;
  VisitList(hello.supported_versions,
            [&](std::uint16_t value) { version = std::max(version, value); });
  if (hello.supported_versions.empty()) version = hello.legacy_version;
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0200:
      return "s2";
    case 0x0100:
      return "s1";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

// The first and last character of the first protocol name; of its hex form if
// one of the two is not alphanumeric.
std::array<char, 2> AlpnCode(const ClientHello& hello) {
  for (const std::string_view name : hello.alpn) {
    const auto first = static_cast<std::uint8_t>(name.front());
    const auto last = static_cast<std::uint8_t>(name.back());
    if (name.size() == 2 &&
        IsGrease(static_cast<std::uint16_t>(first << 8 | last))) {
      continue;
    }
    if (IsAlphanumeric(name.front()) && IsAlphanumeric(name.back())) {
      return {name.front(), name.back()};
    }
    return {kHexDigits[first >> 4], kHexDigits[last & 15]};
  }
  return {'0', '0'};
}

void WriteCount(std::size_t count, char* to) {
  const std::size_t shown = std::min<std::size_t>(count, 99);
  to[0] = static_cast<char>('0' + shown / 10);
  to[1] = static_cast<char>('0' + shown % 10);
}

}  // namespace

std::array<char, kJa4Length> Ja4(const ClientHello& hello) noexcept {
  const auto visit_suites = [&](const auto& visit) {
    VisitList(hello.cipher_suites, visit);
  };
  const auto visit_extensions = [&](const auto& visit) {
    VisitExtensions(hello.extensions, visit);
  };
  std::size_t suite_count = 0;
  visit_suites([&](std::uint16_t) { ++suite_count; });
  std::size_t extension_count = 0;
  visit_extensions([&](std::uint16_t) { ++extension_count; });

  HexList suites;
  internal::VisitInOrder(visit_suites,
                         [&](std::uint16_t value) { suites.Add(value); });
  // The readable part already tells of these two.
  HexList extensions;
  internal::VisitInOrder(visit_extensions, [&](std::uint16_t id) {
    if (id != kServerName && id != kAlpn) extensions.Add(id);
  });
  bool first = true;
  VisitList(hello.signature_algorithms, [&](std::uint16_t value) {
    if (first) extensions.StartSecondList();
    first = false;
    extensions.Add(value);
  });

  std::array<char, kJa4Length> text;
  text[0] = 't';
  std::ranges::copy(VersionCode(hello), &text[1]);
  text[3] = hello.has_server_name ? 'd' : 'i';
  WriteCount(suite_count, &text[4]);
  WriteCount(extension_count, &text[6]);
  std::ranges::copy(AlpnCode(hello), &text[8]);
  text[10] = '_';
  suites.Write(&text[11]);
  text[23] = '_';
  extensions.Write(&text[24]);
  return text;
}

}  // namespace meshgw
