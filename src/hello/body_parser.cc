#include "hello/body_parser.h"

#include <cstring>
#include <span>
#include <string_view>

#include "hello/extension_map.h"
#include "hello/server_name.h"
#include "hello/wire_bytes.h"

namespace meshgw::internal {
namespace {

using Bytes = std::span<const std::uint8_t>;

// The functions below check the contents of one extension each.

// One list of 16-bit values, not empty, behind a 16-bit length.
inline bool IsList16(Bytes body) {
  return body.size() >= 4 && body.size() % 2 == 0 &&
         LoadU16(body.data()) == body.size() - 2;
}

// RFC 8446 4.2.1: the same with an 8-bit length.
inline bool IsList8(Bytes body) {
  return body.size() >= 3 && body.size() % 2 == 1 && body[0] == body.size() - 1;
}

// RFC 6066 3, as all stacks read it: exactly one entry, of type host_name.
constexpr std::size_t kHostNameHeader = 5;  // List length, type, name length.

inline bool IsSingleHostName(Bytes body) {
  return body.size() > kHostNameHeader &&
         LoadU16(body.data()) == body.size() - 2 && body[2] == 0 &&
         LoadU16(body.data() + 3) == body.size() - kHostNameHeader;
}

// RFC 7301 3.1: names of 1..255 bytes, at least one.
inline bool IsProtocolNameList(Bytes body) {
  if (body.size() < 4 || LoadU16(body.data()) != body.size() - 2) return false;
  const std::uint8_t* at = body.data() + 2;
  const std::uint8_t* const end = body.data() + body.size();
  while (at != end) {
    const std::size_t size = *at;
    if (size == 0 || size >= static_cast<std::size_t>(end - at)) return false;
    at += 1 + size;
  }
  return true;
}

bool IsPostQuantum(std::uint32_t group) {
  return (group >= 0x11eb && group <= 0x11ed) ||
         (group >= 0x0200 && group <= 0x0202) || group == 0x6399;
}

// RFC 8446 4.2.8: entries of group and a key of 1..65535 bytes; an empty list
// asks for a HelloRetryRequest.
inline bool IsKeyShareList(Bytes body, bool* post_quantum) {
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
  *post_quantum = found;
  return true;
}

// RFC 9849 5: the outer kind (or GREASE) has type 0 and more behind it; the
// inner kind is the type 1 alone.
inline bool IsEncryptedHello(Bytes body, EncryptedClientHello* ech) {
  if (body.empty()) return false;
  *ech = body[0] == 0 ? EncryptedClientHello::kOuter
                      : EncryptedClientHello::kInner;
  return body[0] == 0 || (body[0] == 1 && body.size() == 1);
}

// Part is a part of the message. It is no span, because spans would be put down
// as two halves and copied as a whole soon after: processors cannot forward
// such a store to such a load.
struct Part {
  const std::uint8_t* data;
  std::uint32_t size;

  Bytes bytes() const { return {data, size}; }
};

// Preamble is a ClientHello up to its extensions.
struct Preamble {
  Part session_id;
  Part cipher_suites;
  Part extensions;
};

constexpr std::uint32_t kSessionIdOffset = kMessageHeaderSize + 2 + 32;

// The usual list is {null}. Everything else comes here.
[[gnu::noinline, gnu::cold]] bool HasNullCompression(Bytes methods) {
  return std::memchr(methods.data(), 0, methods.size()) != nullptr;
}

// ReadPreamble relies on kMinMessageSize bytes.
inline BodyError ReadPreamble(const std::uint8_t* message, std::uint32_t size,
                              Preamble* preamble) {
  std::uint32_t at = kSessionIdOffset;
  const std::uint32_t id_size = message[at];
  if (id_size > 32 || id_size >= size - at) {
    return {HelloReason::kSessionId, at};
  }
  preamble->session_id = {message + at + 1, id_size};
  at += 1 + id_size;

  if (size - at < 4) return {HelloReason::kCipherSuites, at};
  const std::uint32_t suites_size = LoadU16(message + at);
  if (suites_size == 0 || suites_size % 2 != 0 || suites_size > size - at - 2) {
    return {HelloReason::kCipherSuites, at};
  }
  preamble->cipher_suites = {message + at + 2, suites_size};
  at += 2 + suites_size;

  if (size - at < 2) return {HelloReason::kCompression, at};
  if (LoadU16(message + at) == 0x0100) [[likely]] {  // One method, null.
    at += 2;
  } else {
    const std::uint32_t methods = message[at];
    if (methods >= size - at ||
        !HasNullCompression({message + at + 1, methods})) {
      return {HelloReason::kCompression, at};
    }
    at += 1 + methods;
  }

  preamble->extensions = {message + at, 0};
  if (at == size) return {};
  if (size - at < 2 || LoadU16(message + at) != size - at - 2) {
    return {HelloReason::kExtensionsLength, at};
  }
  preamble->extensions = {message + at + 2, size - at - 2};
  return {};
}

// Contents is what the extensions say. The parts of absent ones are
// null and empty.
struct Contents {
  Part server_name;
  Part alpn;
  Part supported_versions;
  Part supported_groups;
  Part signature_algorithms;
  Part key_shares;
  EncryptedClientHello ech;
  bool post_quantum;
  bool has_early_data;
  bool has_pre_shared_key;
};

// ContentsReader goes through the extensions that are looked into. Each of its
// functions that returns bool returns false after it has set error().
class ContentsReader {
 public:
  ContentsReader(const std::uint8_t* message, const ExtensionMap& map,
                 const NamePolicy& policy)
      : message_(message), map_(map), policy_(policy) {}

  const BodyError& error() const { return error_; }

  // Clients send nearly all of these, so the branches on presence are cheap.
  bool Read(Contents* contents) {
    return CheckPresence(contents) && ReadServerName(contents) &&
           ReadList<kAlpn, 2, IsProtocolNameList>(HelloReason::kAlpn,
                                                  &contents->alpn) &&
           ReadList<kSupportedVersions, 1, IsList8>(
               HelloReason::kSupportedVersions,
               &contents->supported_versions) &&
           ReadList<kSupportedGroups, 2, IsList16>(
               HelloReason::kSupportedGroups, &contents->supported_groups) &&
           ReadList<kSignatureAlgorithms, 2, IsList16>(
               HelloReason::kSignatureAlgorithms,
               &contents->signature_algorithms) &&
           ReadKeyShares(contents) && ReadEncryptedHello(contents);
  }

 private:
  // The body without its first `skip` bytes.
  static Part Rest(Bytes body, std::uint32_t skip) {
    return {body.data() + skip, static_cast<std::uint32_t>(body.size()) - skip};
  }
  bool Fail(HelloReason reason, const std::uint8_t* at) {
    error_ = {reason, static_cast<std::uint32_t>(at - message_)};
    return false;
  }

  // Rules on which extensions there are, not on what they hold.
  bool CheckPresence(Contents* contents) {
    for (const std::uint32_t id : {kEchOuterExtensions, kOidFilters}) {
      const std::uint8_t* at = map_.Find(id);
      if (at != nullptr) [[unlikely]] {
        return Fail(HelloReason::kForbiddenExtension, at);
      }
    }
    const std::uint8_t* psk = map_.Find(kPreSharedKey);
    contents->has_pre_shared_key = psk != nullptr;
    if (psk != nullptr) {
      const Bytes block = map_.block();
      const Bytes body = Body(psk);
      if (body.data() + body.size() != block.data() + block.size()) {
        return Fail(HelloReason::kPskNotLast, psk);
      }
    }
    const std::uint8_t* early_data = map_.Find(kEarlyData);
    contents->has_early_data = early_data != nullptr;
    if (early_data != nullptr && psk == nullptr) {
      return Fail(HelloReason::kEarlyDataWithoutPsk, early_data);
    }
    return true;
  }

  bool ReadServerName(Contents* contents) {
    const std::uint8_t* at = map_.Find(kServerName);
    contents->server_name = {nullptr, 0};
    if (at == nullptr) return true;
    const Bytes body = Body(at);
    if (!IsSingleHostName(body)) [[unlikely]] {
      return Fail(HelloReason::kServerNameShape, at);
    }
    std::size_t size = body.size() - kHostNameHeader;
    const std::uint8_t* name = body.data() + kHostNameHeader;
    const HelloReason reason = CheckServerName(policy_, name, &size);
    if (reason != HelloReason::kNone) [[unlikely]] {
      return Fail(reason, name);
    }
    contents->server_name = {name, static_cast<std::uint32_t>(size)};
    return true;
  }

  // The list starts behind its length, which has kSkip bytes.
  template <std::uint32_t kId, std::uint32_t kSkip, bool (*kIsGood)(Bytes)>
  bool ReadList(HelloReason reason, Part* list) {
    const std::uint8_t* at = map_.Find(kId);
    *list = {nullptr, 0};
    if (at == nullptr) return true;
    const Bytes body = Body(at);
    if (!kIsGood(body)) [[unlikely]] {
      return Fail(reason, at);
    }
    *list = Rest(body, kSkip);
    return true;
  }

  bool ReadKeyShares(Contents* contents) {
    const std::uint8_t* at = map_.Find(kKeyShare);
    contents->post_quantum = false;
    contents->key_shares = {nullptr, 0};
    if (at == nullptr) return true;
    const Bytes body = Body(at);
    if (!IsKeyShareList(body, &contents->post_quantum)) [[unlikely]] {
      return Fail(HelloReason::kKeyShare, at);
    }
    contents->key_shares = Rest(body, 2);
    return true;
  }

  bool ReadEncryptedHello(Contents* contents) {
    const std::uint8_t* at = map_.Find(kEncryptedHello);
    contents->ech = EncryptedClientHello::kNone;
    if (at == nullptr) return true;
    return IsEncryptedHello(Body(at), &contents->ech)
               ? true
               : Fail(HelloReason::kEncryptedClientHello, at);
  }

  const std::uint8_t* message_;
  const ExtensionMap& map_;
  const NamePolicy& policy_;
  BodyError error_;
};

}  // namespace

BodyError ParseBody(const std::uint8_t* message, std::uint32_t size,
                    const NamePolicy& policy, ClientHello* out) noexcept {
  Preamble preamble;
  BodyError error = ReadPreamble(message, size, &preamble);
  if (error.reason != HelloReason::kNone) [[unlikely]] {
    return error;
  }

  ExtensionMap map(preamble.extensions.bytes());
  error = ScanExtensions(&map);
  if (error.reason != HelloReason::kNone) [[unlikely]] {
    const std::uint8_t* at = preamble.extensions.data + error.offset;
    return {error.reason, static_cast<std::uint32_t>(at - message)};
  }
  Contents contents;  // NOLINT: Read sets all of it.
  ContentsReader reader(message, map, policy);
  if (!reader.Read(&contents)) [[unlikely]] {
    return reader.error();
  }

  out->message = {message, size};
  out->session_id = preamble.session_id.bytes();
  out->cipher_suites = preamble.cipher_suites.bytes();
  out->extensions = preamble.extensions.bytes();
  out->supported_versions = contents.supported_versions.bytes();
  out->supported_groups = contents.supported_groups.bytes();
  out->signature_algorithms = contents.signature_algorithms.bytes();
  out->key_shares = contents.key_shares.bytes();
  out->server_name = {reinterpret_cast<const char*>(contents.server_name.data),
                      contents.server_name.size};
  out->alpn = AlpnList(contents.alpn.bytes());
  out->legacy_version =
      static_cast<std::uint16_t>(LoadU16(message + kMessageHeaderSize));
  out->extension_count = static_cast<std::uint16_t>(map.count());
  out->ech = contents.ech;
  out->has_server_name = contents.server_name.data != nullptr;
  out->has_early_data = contents.has_early_data;
  out->has_pre_shared_key = contents.has_pre_shared_key;
  out->has_post_quantum_share = contents.post_quantum;
  return {};
}

}  // namespace meshgw::internal
