#include "hello/extension_map.h"

namespace meshgw::internal {
namespace {

bool IsLookedInto(std::uint32_t id) {
  switch (id) {
    case kServerName:
    case kSupportedGroups:
    case kSignatureAlgorithms:
    case kAlpn:
    case kPreSharedKey:
    case kEarlyData:
    case kSupportedVersions:
    case kOidFilters:
    case kKeyShare:
    case kEchOuterExtensions:
    case kEncryptedHello:
      return true;
    default:
      return false;
  }
}

}  // namespace

[[gnu::cold]] BodyError ScanCrowded(ExtensionMap* map) noexcept {
  std::array<std::uint64_t, 1024> ids{};  // One bit an id.
  const std::span<const std::uint8_t> block = map->block();
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < block.size(); ++count) {
    const std::size_t left = block.size() - at;
    const std::uint8_t* header = block.data() + at;
    if (left < kExtensionHeaderSize ||
        LoadU16(header + 2) > left - kExtensionHeaderSize) {
      return {HelloReason::kExtensionLength, static_cast<std::uint32_t>(at)};
    }
    const std::uint32_t id = LoadU16(header);
    const std::uint64_t bit = std::uint64_t{1} << (id % 64);
    if ((ids[id / 64] & bit) != 0) {
      return {HelloReason::kDuplicateExtension, static_cast<std::uint32_t>(at)};
    }
    ids[id / 64] |= bit;
    if (IsLookedInto(id)) {
      map->PlaceOf(RawId(id)) =
          static_cast<std::uint16_t>(at + ExtensionMap::kFirstPlace);
    }
    at += kExtensionHeaderSize + LoadU16(header + 2);
  }
  map->set_count(count);
  return {};
}

[[gnu::cold]] std::uint32_t FindOverrun(
    std::span<const std::uint8_t> block) noexcept {
  std::size_t at = 0;
  while (block.size() - at >= kExtensionHeaderSize) {
    const std::size_t next =
        at + kExtensionHeaderSize + LoadU16(&block[at + 2]);
    if (next > block.size()) break;
    at = next;
  }
  return static_cast<std::uint32_t>(at);
}

}  // namespace meshgw::internal
