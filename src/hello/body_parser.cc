#include "hello/body_parser.h"

#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <string_view>

#include "hello/server_name.h"
#include "hello/wire_bytes.h"

namespace meshgw::internal {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Extensions that are looked into (IANA, TLS ExtensionType values).
constexpr std::uint32_t kServerName = 0;
constexpr std::uint32_t kSupportedGroups = 10;
constexpr std::uint32_t kSignatureAlgorithms = 13;
constexpr std::uint32_t kAlpn = 16;
constexpr std::uint32_t kPreSharedKey = 41;
constexpr std::uint32_t kEarlyData = 42;
constexpr std::uint32_t kSupportedVersions = 43;
constexpr std::uint32_t kOidFilters = 48;
constexpr std::uint32_t kKeyShare = 51;
constexpr std::uint32_t kEchOuterExtensions = 0xfd00;
constexpr std::uint32_t kEncryptedHello = 0xfe0d;

constexpr std::uint32_t kExtensionHeaderSize = 4;

// Each extension id has one of 128 slots: ids below 64 have their own, those
// above share the rest by a hash.
constexpr std::uint32_t kSlots = 128;

constexpr std::uint32_t HighSlot(std::uint32_t id) {
  return 64 + ((id * 0xcc22af59U) >> 26);
}
constexpr std::uint32_t Slot(std::uint32_t id) {
  return id < 64 ? id : HighSlot(id);
}

// The hash keeps apart the ids above 63 that clients send: GREASE, ECH,
// renegotiation_info, application_settings (old and new), next_protocol_neg,
// channel_id, trust_anchors. So FixSharedSlots is for strange clients only.
constexpr bool KnownIdsHaveOwnSlots() {
  std::uint64_t taken = 0;
  std::array<std::uint32_t, 25> ids = {0xff01, 0xfe0d, 0xfd00, 0x4469, 0x44cd,
                                       0x3374, 0x754f, 0x7550, 0xca34};
  for (std::uint32_t i = 0; i < 16; ++i) ids[9 + i] = 0x0a0a + i * 0x1010;
  for (const std::uint32_t id : ids) {
    const std::uint64_t bit = std::uint64_t{1} << (HighSlot(id) - 64);
    if ((taken & bit) != 0) return false;
    taken |= bit;
  }
  return true;
}
static_assert(KnownIdsHaveOwnSlots());

// ExtensionMap says where in the block the extensions are, by slot.
struct ExtensionMap {
  Bytes block;
  std::array<std::uint64_t, 2> seen;  // Bit n: slot n is taken.
  std::uint32_t count;
  std::array<std::uint16_t, kSlots> at;  // Set for taken slots only.

  bool Has(std::uint32_t id) const {
    const std::uint32_t slot = Slot(id);
    return (seen[slot / 64] >> (slot % 64) & 1) != 0 &&
           (id < 64 || LoadU16(block.data() + at[slot]) == id);
  }
  // The contents of an extension that is there.
  Bytes Body(std::uint32_t id) const {
    const std::uint8_t* header = block.data() + at[Slot(id)];
    return {header + kExtensionHeaderSize, LoadU16(header + 2)};
  }
};

// FixSharedSlots is called when two extensions met in one slot. It either finds
// the first extension whose id was there before, which is an error, or makes
// the slots that are read again right. Linear whatever the ids are.
[[gnu::noinline, gnu::cold]] BodyError FixSharedSlots(ExtensionMap* map) {
  std::array<std::uint64_t, 1024> ids{};  // One bit an id.
  std::size_t at = 0;
  while (at < map->block.size()) {
    const std::uint8_t* header = map->block.data() + at;
    const std::uint32_t id = LoadU16(header);
    const std::uint64_t bit = std::uint64_t{1} << (id % 64);
    if ((ids[id / 64] & bit) != 0) {
      return {HelloReason::kDuplicateExtension, static_cast<std::uint32_t>(at)};
    }
    ids[id / 64] |= bit;
    // The ids above 63 that are looked up win their slots for good.
    if (id == kEncryptedHello || id == kEchOuterExtensions) {
      map->at[Slot(id)] = static_cast<std::uint16_t>(at);
    }
    at += kExtensionHeaderSize + LoadU16(header + 2);
  }
  return {};
}

// ScanExtensions walks the block once. This loop is most of a hello's price: it
// waits for one load an extension (the length leads to the next header), and
// everything else hides behind that, because no branch in it depends on which
// extensions there are or in what order: clients shuffle them, so such branches
// would be mispredicted.
inline BodyError ScanExtensions(Bytes block, ExtensionMap* map) {
  const std::uint8_t* const start = block.data();
  const std::uint8_t* const end = start + block.size();
  const std::uint8_t* at = start;
  std::uint64_t seen_low = 0;
  std::uint64_t seen_high = 0;
  std::uint64_t met = 0;
  std::uint32_t count = 0;
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    if (left < kExtensionHeaderSize) [[unlikely]] {
      return {HelloReason::kExtensionLength,
              static_cast<std::uint32_t>(at - start)};
    }
    const std::uint32_t header = LoadU32(at);
    const std::uint32_t id = header >> 16;
    const std::size_t size = header & 0xffff;
    if (size > left - kExtensionHeaderSize) [[unlikely]] {
      return {HelloReason::kExtensionLength,
              static_cast<std::uint32_t>(at - start)};
    }
    const std::uint32_t slot = Slot(id);
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    const std::uint64_t high =
        0 - std::uint64_t{slot / 64};  // All bits, or none.
    met |= bit & ((seen_low & ~high) | (seen_high & high));
    seen_low |= bit & ~high;
    seen_high |= bit & high;
    map->at[slot] = static_cast<std::uint16_t>(at - start);
    ++count;
    at += kExtensionHeaderSize + size;
  }
  map->block = block;
  map->seen = {seen_low, seen_high};
  map->count = count;
  if (met != 0) [[unlikely]]
    return FixSharedSlots(map);
  return {};
}

// List16 reads a body that is one list of 16-bit values behind a 16-bit length.
// False when it is empty, odd, or not the whole body.
inline bool List16(Bytes body, Bytes* list) {
  if (body.size() < 4 || body.size() % 2 != 0 ||
      LoadU16(body.data()) != body.size() - 2) {
    return false;
  }
  *list = body.subspan(2);
  return true;
}

// RFC 8446 4.2.1: the same with an 8-bit length.
inline bool List8(Bytes body, Bytes* list) {
  if (body.size() < 3 || body.size() % 2 != 1 || body[0] != body.size() - 1) {
    return false;
  }
  *list = body.subspan(1);
  return true;
}

// RFC 6066 3, as all stacks read it: exactly one entry, of type host_name.
inline bool SingleHostName(Bytes body, std::string_view* name) {
  constexpr std::size_t kHeader = 5;  // List length, type, name length.
  if (body.size() <= kHeader || LoadU16(body.data()) != body.size() - 2 ||
      body[2] != 0 || LoadU16(body.data() + 3) != body.size() - kHeader) {
    return false;
  }
  const Bytes bytes = body.subspan(kHeader);
  *name = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  return true;
}

// RFC 7301 3.1: names of 1..255 bytes, at least one.
inline bool ProtocolNames(Bytes body, Bytes* list) {
  if (body.size() < 4 || LoadU16(body.data()) != body.size() - 2) return false;
  const std::uint8_t* at = body.data() + 2;
  const std::uint8_t* const end = body.data() + body.size();
  while (at != end) {
    const std::size_t size = *at;
    if (size == 0 || size >= static_cast<std::size_t>(end - at)) return false;
    at += 1 + size;
  }
  *list = body.subspan(2);
  return true;
}

bool IsPostQuantum(std::uint32_t group) {
  return (group >= 0x11eb && group <= 0x11ed) ||
         (group >= 0x0200 && group <= 0x0202) || group == 0x6399;
}

// RFC 8446 4.2.8: entries of group and a key of 1..65535 bytes; an empty list
// asks for a HelloRetryRequest.
inline bool KeyShares(Bytes body, Bytes* list, bool* post_quantum) {
  if (body.size() < 2 || LoadU16(body.data()) != body.size() - 2) return false;
  const std::uint8_t* at = body.data() + 2;
  const std::uint8_t* const end = body.data() + body.size();
  bool found = false;
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    if (left < 4) return false;
    const std::uint32_t header = LoadU32(at);
    const std::size_t size = header & 0xffff;
    if (size == 0 || size > left - 4) return false;
    found |= IsPostQuantum(header >> 16);
    at += 4 + size;
  }
  *list = body.subspan(2);
  *post_quantum = found;
  return true;
}

// RFC 9849 5: the outer kind (or GREASE) has type 0 and more behind it; the
// inner kind is the type 1 alone.
inline bool EncryptedHello(Bytes body, EncryptedClientHello* ech) {
  if (body.empty()) return false;
  *ech = body[0] == 0 ? EncryptedClientHello::kOuter
                      : EncryptedClientHello::kInner;
  return body[0] == 0 || (body[0] == 1 && body.size() == 1);
}

// Preamble is a ClientHello up to its extensions.
struct Preamble {
  Bytes session_id;
  Bytes cipher_suites;
  Bytes extensions;
};

constexpr std::size_t kSessionIdOffset = kMessageHeaderSize + 2 + 32;

// The usual list is {null}. Everything else comes here.
[[gnu::noinline, gnu::cold]] bool HasNullCompression(Bytes methods) {
  return std::memchr(methods.data(), 0, methods.size()) != nullptr;
}

// ReadPreamble relies on kMinMessageSize bytes.
inline BodyError ReadPreamble(const std::uint8_t* message, std::size_t size,
                              Preamble* preamble) {
  const auto error = [message](HelloReason reason, const std::uint8_t* at) {
    return BodyError{reason, static_cast<std::uint32_t>(at - message)};
  };
  const std::uint8_t* const end = message + size;
  const std::uint8_t* at = message + kSessionIdOffset;
  const auto left = [&at, end] { return static_cast<std::size_t>(end - at); };

  const std::size_t id_size = at[0];
  if (id_size > 32 || id_size >= left()) {
    return error(HelloReason::kSessionId, at);
  }
  preamble->session_id = {at + 1, id_size};
  at += 1 + id_size;

  if (left() < 4) return error(HelloReason::kCipherSuites, at);
  const std::size_t suites_size = LoadU16(at);
  if (suites_size == 0 || suites_size % 2 != 0 || suites_size > left() - 2) {
    return error(HelloReason::kCipherSuites, at);
  }
  preamble->cipher_suites = {at + 2, suites_size};
  at += 2 + suites_size;

  if (left() < 2) return error(HelloReason::kCompression, at);
  if (LoadU16(at) == 0x0100) [[likely]] {  // One method, null.
    at += 2;
  } else {
    const std::size_t methods = at[0];
    if (methods >= left() || !HasNullCompression({at + 1, methods})) {
      return error(HelloReason::kCompression, at);
    }
    at += 1 + methods;
  }

  if (at == end) {
    preamble->extensions = {};
    return {};
  }
  if (left() < 2 || LoadU16(at) != left() - 2) {
    return error(HelloReason::kExtensionsLength, at);
  }
  preamble->extensions = {at + 2, left() - 2};
  return {};
}

// Rules on which extensions there are, not on what they hold.
inline BodyError CheckPresence(const ExtensionMap& map) {
  constexpr std::uint64_t kLooked = std::uint64_t{1} << kOidFilters |
                                    std::uint64_t{1} << kPreSharedKey |
                                    std::uint64_t{1} << kEarlyData;
  if (map.Has(kEchOuterExtensions)) [[unlikely]] {
    return {HelloReason::kForbiddenExtension,
            map.at[Slot(kEchOuterExtensions)]};
  }
  if ((map.seen[0] & kLooked) == 0) [[likely]]
    return {};
  if (map.Has(kOidFilters)) {
    return {HelloReason::kForbiddenExtension, map.at[kOidFilters]};
  }
  if (map.Has(kPreSharedKey)) {
    const Bytes body = map.Body(kPreSharedKey);
    if (body.data() + body.size() != map.block.data() + map.block.size()) {
      return {HelloReason::kPskNotLast, map.at[kPreSharedKey]};
    }
  } else if (map.Has(kEarlyData)) {
    return {HelloReason::kEarlyDataWithoutPsk, map.at[kEarlyData]};
  }
  return {};
}

// What the extensions say.
struct Contents {
  std::string_view server_name;
  Bytes alpn;
  Bytes supported_versions;
  Bytes supported_groups;
  Bytes signature_algorithms;
  Bytes key_shares;
  EncryptedClientHello ech = EncryptedClientHello::kNone;
  bool post_quantum = false;
};

inline BodyError ReadServerName(const ExtensionMap& map,
                                const NamePolicy& policy,
                                std::string_view* name) {
  if (!SingleHostName(map.Body(kServerName), name)) [[unlikely]] {
    return {HelloReason::kServerNameShape, map.at[kServerName]};
  }
  const HelloReason reason = CheckServerName(policy, name);
  if (reason != HelloReason::kNone) [[unlikely]] {
    constexpr std::uint32_t kNameOffset = kExtensionHeaderSize + 5;
    return {reason, map.at[kServerName] + kNameOffset};
  }
  return {};
}

// Clients send nearly all of these, so the branches on presence are cheap.
inline BodyError ReadContents(const ExtensionMap& map, const NamePolicy& policy,
                              Contents* contents) {
  if (map.Has(kServerName)) {
    const BodyError error = ReadServerName(map, policy, &contents->server_name);
    if (error.reason != HelloReason::kNone) [[unlikely]]
      return error;
  }
  if (map.Has(kAlpn) && !ProtocolNames(map.Body(kAlpn), &contents->alpn)) {
    return {HelloReason::kAlpn, map.at[kAlpn]};
  }
  if (map.Has(kSupportedVersions) &&
      !List8(map.Body(kSupportedVersions), &contents->supported_versions)) {
    return {HelloReason::kSupportedVersions, map.at[kSupportedVersions]};
  }
  if (map.Has(kSupportedGroups) &&
      !List16(map.Body(kSupportedGroups), &contents->supported_groups)) {
    return {HelloReason::kSupportedGroups, map.at[kSupportedGroups]};
  }
  if (map.Has(kSignatureAlgorithms) &&
      !List16(map.Body(kSignatureAlgorithms),
              &contents->signature_algorithms)) {
    return {HelloReason::kSignatureAlgorithms, map.at[kSignatureAlgorithms]};
  }
  if (map.Has(kKeyShare) &&
      !KeyShares(map.Body(kKeyShare), &contents->key_shares,
                 &contents->post_quantum)) {
    return {HelloReason::kKeyShare, map.at[kKeyShare]};
  }
  if (map.Has(kEncryptedHello) &&
      !EncryptedHello(map.Body(kEncryptedHello), &contents->ech)) {
    return {HelloReason::kEncryptedClientHello, map.at[Slot(kEncryptedHello)]};
  }
  return {};
}

}  // namespace

BodyError ParseBody(const std::uint8_t* message, std::size_t size,
                    const NamePolicy& policy, ClientHello* out) noexcept {
  Preamble preamble;
  BodyError error = ReadPreamble(message, size, &preamble);
  if (error.reason != HelloReason::kNone) [[unlikely]]
    return error;

  ExtensionMap map;  // NOLINT: `at` is set where it is read.
  Contents contents;
  error = ScanExtensions(preamble.extensions, &map);
  if (error.reason == HelloReason::kNone) [[likely]] {
    error = CheckPresence(map);
    if (error.reason == HelloReason::kNone) [[likely]] {
      error = ReadContents(map, policy, &contents);
    }
  }
  if (error.reason != HelloReason::kNone) [[unlikely]] {
    // Offsets so far count from the extension block.
    const std::uint8_t* at = preamble.extensions.data() + error.offset;
    return {error.reason, static_cast<std::uint32_t>(at - message)};
  }

  out->message = {message, size};
  out->session_id = preamble.session_id;
  out->cipher_suites = preamble.cipher_suites;
  out->extensions = preamble.extensions;
  out->supported_versions = contents.supported_versions;
  out->supported_groups = contents.supported_groups;
  out->signature_algorithms = contents.signature_algorithms;
  out->key_shares = contents.key_shares;
  out->server_name = contents.server_name;
  out->alpn = AlpnList(contents.alpn);
  out->legacy_version =
      static_cast<std::uint16_t>(LoadU16(message + kMessageHeaderSize));
  out->extension_count = static_cast<std::uint16_t>(map.count);
  out->ech = contents.ech;
  out->has_server_name = map.Has(kServerName);
  out->has_early_data = map.Has(kEarlyData);
  out->has_pre_shared_key = map.Has(kPreSharedKey);
  out->has_post_quantum_share = contents.post_quantum;
  return {};
}

}  // namespace meshgw::internal
