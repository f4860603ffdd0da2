#ifndef MESHGW_HELLO_EXTENSION_MAP_H_
#define MESHGW_HELLO_EXTENSION_MAP_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "hello/body_parser.h"
#include "hello/wire_bytes.h"
#include "meshgw/client_hello.h"

namespace meshgw::internal {

// Extensions that are looked into (IANA, TLS ExtensionType values).
inline constexpr std::uint32_t kServerName = 0;
inline constexpr std::uint32_t kSupportedGroups = 10;
inline constexpr std::uint32_t kSignatureAlgorithms = 13;
inline constexpr std::uint32_t kAlpn = 16;
inline constexpr std::uint32_t kPreSharedKey = 41;
inline constexpr std::uint32_t kEarlyData = 42;
inline constexpr std::uint32_t kSupportedVersions = 43;
inline constexpr std::uint32_t kOidFilters = 48;
inline constexpr std::uint32_t kKeyShare = 51;
inline constexpr std::uint32_t kEchOuterExtensions = 0xfd00;
inline constexpr std::uint32_t kEncryptedHello = 0xfe0d;

inline constexpr std::uint32_t kExtensionHeaderSize = 4;

// An id as it lies in memory: comparing ids needs no byte swap.
inline constexpr std::uint16_t RawId(std::uint32_t id) {
  return std::endian::native == std::endian::little
             ? static_cast<std::uint16_t>((id & 0xff) << 8 | id >> 8)
             : static_cast<std::uint16_t>(id);
}
inline std::uint16_t LoadRawId(const std::uint8_t* extension) {
  std::uint16_t raw;
  std::memcpy(&raw, extension, sizeof raw);
  return raw;
}

// Each id has a slot in a small table by a multiplicative hash. The factors
// were searched for: they keep apart all ids that clients send, so two
// extensions in one slot are a duplicate, or a strange client.
inline constexpr std::uint32_t kSlotBits = 7;

inline constexpr std::uint32_t Slot(std::uint16_t raw_id) {
  constexpr std::uint32_t kFactor =
      std::endian::native == std::endian::little ? 0xcd4b2d83 : 0x4c0d7453;
  return (raw_id * kFactor) >> (32 - kSlotBits);
}

// All that IANA has assigned below 64, GREASE, and of the rest:
// renegotiation_info, ECH, application_settings (old and new),
// next_protocol_neg, channel_id, trust_anchors.
inline constexpr bool KnownIdsHaveOwnSlots() {
  std::array<std::uint32_t, 63 + 16 + 9> ids = {
      0xff01, 0xfe0d, 0xfd00, 0x4469, 0x44cd, 0x3374, 0x754f, 0x7550, 0xca34};
  for (std::uint32_t i = 0; i < 16; ++i) ids[9 + i] = 0x0a0a + i * 0x1010;
  for (std::uint32_t i = 0; i < 63; ++i) ids[25 + i] = i;
  std::array<bool, 1 << kSlotBits> taken{};
  for (const std::uint32_t id : ids) {
    if (taken[Slot(RawId(id))]) return false;
    taken[Slot(RawId(id))] = true;
  }
  return true;
}
static_assert(KnownIdsHaveOwnSlots());

// ExtensionMap says where in the block the extensions are.
class ExtensionMap {
 public:
  explicit ExtensionMap(std::span<const std::uint8_t> block) : block_(block) {
    // Store by store: for an array of this size compilers call or emit a memset
    // that costs more than all of a small hello.
    using Word = std::array<std::uint16_t, 8>;
    [this]<std::size_t... kWord>(std::index_sequence<kWord...>) {
      constexpr Word kFree{};
      (std::memcpy(&places_[kWord * kFree.size()], &kFree, sizeof kFree), ...);
    }
    (std::make_index_sequence<sizeof places_ / sizeof(Word)>());
  }

  std::span<const std::uint8_t> block() const { return block_; }
  std::uint32_t count() const { return count_; }
  void set_count(std::uint32_t count) { count_ = count; }

  // A place is the offset of an extension from the block's length field, two
  // bytes before the block; so it is never 0, which marks a free slot.
  static constexpr std::size_t kFirstPlace = 2;
  const std::uint8_t* base() const { return block_.data() - kFirstPlace; }

  std::uint16_t& PlaceOf(std::uint16_t raw_id) { return places_[Slot(raw_id)]; }

  // Where the extension starts; null when it is not there.
  const std::uint8_t* Find(std::uint32_t id) const {
    const std::size_t place = places_[Slot(RawId(id))];
    const std::uint8_t* at = base() + place;
    return place != 0 && LoadRawId(at) == RawId(id) ? at : nullptr;
  }

 private:
  std::span<const std::uint8_t> block_;
  std::uint32_t count_ = 0;
  alignas(16) std::array<std::uint16_t, 1 << kSlotBits> places_;
};

// The contents of the extension at `at`.
inline std::span<const std::uint8_t> Body(const std::uint8_t* at) {
  return {at + kExtensionHeaderSize, LoadU16(at + 2)};
}

// ScanCrowded is for blocks in which two extensions met in a slot: it finds the
// first that is a duplicate or runs over the end, whatever the ids are, or sets
// the places of those that are looked into. Linear.
BodyError ScanCrowded(ExtensionMap* map) noexcept;

// FindOverrun is the offset of the extension that runs over the block's end.
std::uint32_t FindOverrun(std::span<const std::uint8_t> block) noexcept;

// NextPlace is the place behind the extension at `place`. The walk waits for
// this sum and for nothing else, so it is kept as short as can be. The high
// byte of the length is guessed to be 0, as it is for all but a few, and so is
// the low one, as it is for many: both by branches, which the processor
// predicts and walks on behind before the length is there. The low byte is
// added alone as soon as it is loaded. The empty asm statements keep compilers
// from turning that into something that looks shorter and takes longer.
inline std::size_t NextPlace(const std::uint8_t* base, std::size_t place) {
  std::size_t next = place + kExtensionHeaderSize;
  asm("" : "+r"(next));
  const std::size_t low = base[place + 3];
  if (low != 0) {
    asm volatile("");
    next += low;
  }
  const std::size_t high = base[place + 2];
  if (high != 0) {
    asm volatile("");
    next += high << 8;
  }
  return next;
}

// ScanExtensions walks the block once. No branch in the walk depends on which
// extensions there are or in what order: clients shuffle them, so such branches
// would be mispredicted.
inline BodyError ScanExtensions(ExtensionMap* map) {
  const std::uint8_t* const base = map->base();
  const std::size_t end = ExtensionMap::kFirstPlace + map->block().size();
  // The last place for a header; negative in a block too small for one.
  const auto last = static_cast<std::ptrdiff_t>(end - kExtensionHeaderSize);
  std::size_t place = ExtensionMap::kFirstPlace;
  std::uint32_t count = 0;
  for (; static_cast<std::ptrdiff_t>(place) <= last; ++count) {
    std::uint16_t& slot = map->PlaceOf(LoadRawId(base + place));
    if (slot != 0) [[unlikely]] {
      return ScanCrowded(map);
    }
    slot = static_cast<std::uint16_t>(place);
    place = NextPlace(base, place);
  }
  map->set_count(count);
  if (place != end) [[unlikely]] {
    return {HelloReason::kExtensionLength, FindOverrun(map->block())};
  }
  return {};
}

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_EXTENSION_MAP_H_
