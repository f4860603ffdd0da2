#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "boundary.h"
#include "meshgw/client_hello.h"
#include "same.h"

namespace meshgw::capi {
namespace {

// The state in the caller's memory: a reader, and a mark that says so.
constexpr std::uint64_t kInitialised = 0x6d67772068656c6f;
struct HelloState {
  std::uint64_t mark = kInitialised;
  HelloReader reader;
};
static_assert(sizeof(HelloState) <= sizeof(meshgw_hello_state));
static_assert(alignof(HelloState) <= alignof(meshgw_hello_state));
static_assert(std::is_trivially_copyable_v<HelloState>);
static_assert(std::is_trivially_destructible_v<HelloState>);

// Values are equal, and stay so.
static_assert(Same(HelloVerdict::kHello, MESHGW_OK));
static_assert(Same(HelloVerdict::kNeedMore, MESHGW_NEED_MORE));
static_assert(Same(HelloVerdict::kNotTls, MESHGW_ERR_NOT_TLS));
static_assert(Same(HelloVerdict::kMalformed, MESHGW_ERR_MALFORMED));
static_assert(Same(HelloVerdict::kTooLarge, MESHGW_ERR_TOO_LARGE));
static_assert(Same(HelloVerdict::kSslV2, MESHGW_ERR_SSLV2));
static_assert(Same(HelloVerdict::kTooManyRecords, MESHGW_ERR_TOO_MANY_RECORDS));

#define MESHGW_SAME_REASON(name, constant) \
  static_assert(Same(HelloReason::name, MESHGW_HELLO_REASON_##constant))
MESHGW_SAME_REASON(kNone, NONE);
MESHGW_SAME_REASON(kRecordType, RECORD_TYPE);
MESHGW_SAME_REASON(kRecordVersion, RECORD_VERSION);
MESHGW_SAME_REASON(kRecordLength, RECORD_LENGTH);
MESHGW_SAME_REASON(kEmptyRecord, EMPTY_RECORD);
MESHGW_SAME_REASON(kTrailingHandshake, TRAILING_HANDSHAKE);
MESHGW_SAME_REASON(kMessageType, MESSAGE_TYPE);
MESHGW_SAME_REASON(kMessageLength, MESSAGE_LENGTH);
MESHGW_SAME_REASON(kSessionId, SESSION_ID);
MESHGW_SAME_REASON(kCipherSuites, CIPHER_SUITES);
MESHGW_SAME_REASON(kCompression, COMPRESSION);
MESHGW_SAME_REASON(kExtensionsLength, EXTENSIONS_LENGTH);
MESHGW_SAME_REASON(kExtensionLength, EXTENSION_LENGTH);
MESHGW_SAME_REASON(kDuplicateExtension, DUPLICATE_EXTENSION);
MESHGW_SAME_REASON(kPskNotLast, PSK_NOT_LAST);
MESHGW_SAME_REASON(kForbiddenExtension, FORBIDDEN_EXTENSION);
MESHGW_SAME_REASON(kServerNameShape, SERVER_NAME_SHAPE);
MESHGW_SAME_REASON(kServerNameSyntax, SERVER_NAME_SYNTAX);
MESHGW_SAME_REASON(kServerNameAddress, SERVER_NAME_ADDRESS);
MESHGW_SAME_REASON(kServerNameLength, SERVER_NAME_LENGTH);
MESHGW_SAME_REASON(kAlpn, ALPN);
MESHGW_SAME_REASON(kSupportedVersions, SUPPORTED_VERSIONS);
MESHGW_SAME_REASON(kSupportedGroups, SUPPORTED_GROUPS);
MESHGW_SAME_REASON(kKeyShare, KEY_SHARE);
MESHGW_SAME_REASON(kSignatureAlgorithms, SIGNATURE_ALGORITHMS);
MESHGW_SAME_REASON(kEncryptedClientHello, ENCRYPTED_CLIENT_HELLO);
MESHGW_SAME_REASON(kEarlyDataWithoutPsk, EARLY_DATA_WITHOUT_PSK);
MESHGW_SAME_REASON(kMessageTooLarge, MESSAGE_TOO_LARGE);
MESHGW_SAME_REASON(kScratchTooSmall, SCRATCH_TOO_SMALL);
MESHGW_SAME_REASON(kRecordCount, RECORD_COUNT);
MESHGW_SAME_REASON(kSslV2, SSLV2);
MESHGW_SAME_REASON(kPlainText, PLAIN_TEXT);
#undef MESHGW_SAME_REASON
static_assert(MESHGW_HELLO_SCRATCH_BYTES == HelloLimits().max_message_bytes);
static_assert(MESHGW_JA4_BYTES == kJa4Length + 1);

meshgw_hello Invalid() noexcept {
  meshgw_hello hello = {};
  hello.status = MESHGW_ERR_INVALID_ARGUMENT;
  return hello;
}

std::uint16_t Flags(const ClientHello& hello) noexcept {
  int flags = 0;
  if (hello.has_server_name) flags |= MESHGW_HELLO_HAS_SERVER_NAME;
  if (hello.has_early_data) flags |= MESHGW_HELLO_EARLY_DATA;
  if (hello.has_pre_shared_key) flags |= MESHGW_HELLO_PRE_SHARED_KEY;
  if (hello.has_post_quantum_share) flags |= MESHGW_HELLO_POST_QUANTUM;
  if (hello.ech == EncryptedClientHello::kOuter)
    flags |= MESHGW_HELLO_ECH_OUTER;
  if (hello.ech == EncryptedClientHello::kInner)
    flags |= MESHGW_HELLO_ECH_INNER;
  return static_cast<std::uint16_t>(flags);
}

std::uint32_t Offset(const char* at, const void* from) noexcept {
  return static_cast<std::uint32_t>(at - static_cast<const char*>(from));
}

bool IsIn(const char* at, const void* data, std::size_t size) noexcept {
  const auto place = reinterpret_cast<std::uintptr_t>(at);
  const auto first = reinterpret_cast<std::uintptr_t>(data);
  return place >= first && place - first < size;
}

// A hello as the API gives it, but for the place of the name.
meshgw_hello Complete(const ClientHello& hello) noexcept {
  meshgw_hello out = {};
  out.status = MESHGW_OK;
  out.position = hello.wire_bytes;
  out.server_name_len = static_cast<std::uint8_t>(hello.server_name.size());
  out.flags = Flags(hello);
  return out;
}

// The same of any verdict.
meshgw_hello Verdict(HelloVerdict verdict, const HelloReader& reader,
                     const ClientHello& hello) noexcept {
  if (verdict == HelloVerdict::kHello) return Complete(hello);
  meshgw_hello out = {};
  out.status = static_cast<meshgw_status>(verdict);
  if (verdict == HelloVerdict::kNeedMore) {
    out.position = static_cast<std::uint32_t>(reader.wait_for());
  } else {
    out.position = static_cast<std::uint32_t>(reader.offset());
    out.reason = static_cast<std::uint8_t>(reader.reason());
  }
  return out;
}

meshgw_hello InScratch(meshgw_hello out, std::string_view name,
                       const std::uint8_t* scratch) noexcept {
  out.server_name_offset = Offset(name.data(), scratch);
  out.flags |= MESHGW_HELLO_NAME_IN_SCRATCH;
  return out;
}

// `out` with the place of the name, if there is one.
meshgw_hello Placed(meshgw_hello out, const ClientHello& hello,
                    std::span<const std::uint8_t> data,
                    std::span<const std::uint8_t> scratch) noexcept {
  if (out.server_name_len == 0) return out;
  const std::string_view name = hello.server_name;
  if (!IsIn(name.data(), data.data(), data.size())) {
    return InScratch(out, name, scratch.data());
  }
  out.server_name_offset = Offset(name.data(), data.data());
  return out;
}

// HelloPlace is where a hello will be. It is not cleared, which took a quarter
// of a call: what is no hello writes nothing, and then nothing of it is read.
class HelloPlace {
 public:
  ClientHello* get() noexcept {
    return std::launder(reinterpret_cast<ClientHello*>(bytes_));
  }

 private:
  static_assert(std::is_aggregate_v<ClientHello> &&
                std::is_trivially_destructible_v<ClientHello>);
  alignas(ClientHello) std::byte bytes_[sizeof(ClientHello)];
};

meshgw_hello Feed(HelloReader* reader, std::span<const std::uint8_t> data,
                  std::span<std::uint8_t> scratch,
                  ClientHello* hello) noexcept {
  const HelloVerdict verdict = reader->Feed(data, scratch, hello);
  return Placed(Verdict(verdict, *reader, *hello), *hello, data, scratch);
}

// The bytes; an empty slice for a length of 0 whatever the pointer.
template <typename T>
std::span<T> Slice(T* data, std::size_t size) noexcept {
  return size == 0 ? std::span<T>() : std::span<T>(data, size);
}

HelloReader MakeReader(const meshgw_hello_options& options) noexcept {
  HelloLimits limits;
  if (options.max_message_bytes != 0) {
    limits.max_message_bytes = options.max_message_bytes;
  }
  if (options.max_records != 0) {
    limits.max_records = static_cast<std::uint16_t>(options.max_records);
  }
  NamePolicy policy;
  policy.allow_trailing_dot = options.allow_trailing_dot != 0;
  policy.allow_ip_address = options.allow_ip_address != 0;
  policy.allow_opaque = options.allow_opaque != 0;
  policy.allow_empty_records = options.allow_empty_records != 0;
  return HelloReader(limits, policy);
}

// Empty: the options are invalid.
std::optional<HelloReader> MakeReader(
    const meshgw_hello_options* options) noexcept {
  if (options == nullptr) return HelloReader();
  meshgw_hello_options known = {};
  const meshgw_status status = Guard(kNoError, [&] {
    return ReadStruct(options, "options", &known, kNoError);
  });
  if (status != MESHGW_OK || known.reserved != 0 ||
      known.max_records > UINT16_MAX || known.allow_trailing_dot > 1 ||
      known.allow_ip_address > 1 || known.allow_opaque > 1 ||
      known.allow_empty_records > 1) {
    return std::nullopt;
  }
  return MakeReader(known);
}

HelloState* StateOf(meshgw_hello_state* state) noexcept {
  if (state == nullptr || state->opaque[0] != kInitialised) return nullptr;
  return std::launder(reinterpret_cast<HelloState*>(state));
}

meshgw_bytes Bytes(std::span<const std::uint8_t> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

meshgw_bytes AlpnBytes(const AlpnList& alpn) noexcept {
  if (alpn.empty()) return {};
  const auto* first =
      reinterpret_cast<const std::uint8_t*>((*alpn.begin()).data()) - 1;
  std::size_t size = 0;
  for (const std::string_view name : alpn) size += 1 + name.size();
  return {first, size};
}

// What one call on a whole hello has found.
struct OneCall {
  meshgw_hello verdict;
  ClientHello hello;
};
OneCall ReadOnce(const std::uint8_t* data, std::size_t len,
                 const meshgw_hello_options* options, std::uint8_t* scratch,
                 std::size_t scratch_len) noexcept {
  OneCall call = {.verdict = Invalid(), .hello = {}};
  auto reader = MakeReader(options);
  if (!reader.has_value() || !IsSlice(data, len) ||
      !IsSlice(scratch, scratch_len)) {
    return call;
  }
  call.verdict = Feed(&*reader, Slice(data, len), Slice(scratch, scratch_len),
                      &call.hello);
  return call;
}

}  // namespace
}  // namespace meshgw::capi

using meshgw::ClientHello;
using meshgw::HelloReader;
namespace capi = meshgw::capi;

const char* meshgw_hello_reason_name(int32_t reason) {
  return meshgw::HelloReasonName(static_cast<meshgw::HelloReason>(reason))
      .data();
}

meshgw_hello meshgw_hello_scan(const uint8_t* data, size_t len,
                               uint8_t* scratch, size_t scratch_len) {
  if (!capi::IsSlice(data, len) || !capi::IsSlice(scratch, scratch_len)) {
    return capi::Invalid();
  }
  const auto bytes = capi::Slice(data, len);
  const auto room = capi::Slice(scratch, scratch_len);
  capi::HelloPlace place;
  ClientHello* hello = place.get();
  if (meshgw::ParseClientHello(bytes, room, hello) ==
      meshgw::HelloVerdict::kHello) {
    return capi::Placed(capi::Complete(*hello), *hello, bytes, room);
  }
  // Why it is none only a reader tells.
  HelloReader reader;
  return capi::Feed(&reader, bytes, room, hello);
}

meshgw_status meshgw_hello_state_init(const meshgw_hello_options* options,
                                      meshgw_hello_state* out) {
  const auto reader = capi::MakeReader(options);
  if (!reader.has_value() || out == nullptr) return MESHGW_ERR_INVALID_ARGUMENT;
  new (out) capi::HelloState{.reader = *reader};
  return MESHGW_OK;
}

meshgw_hello meshgw_hello_feed(meshgw_hello_state* state, const uint8_t* data,
                               size_t len, uint8_t* scratch,
                               size_t scratch_len) {
  capi::HelloState* known = capi::StateOf(state);
  if (known == nullptr || !capi::IsSlice(data, len) ||
      !capi::IsSlice(scratch, scratch_len)) {
    return capi::Invalid();
  }
  capi::HelloPlace place;
  return capi::Feed(&known->reader, capi::Slice(data, len),
                    capi::Slice(scratch, scratch_len), place.get());
}

meshgw_hello meshgw_hello_feed_buffers(meshgw_hello_state* state,
                                       const meshgw_buffer* buffers,
                                       size_t count, uint8_t* scratch,
                                       size_t scratch_len) {
  static_assert(sizeof(meshgw_buffer) == sizeof(iovec));
  static_assert(offsetof(meshgw_buffer, data) == offsetof(iovec, iov_base));
  static_assert(offsetof(meshgw_buffer, len) == offsetof(iovec, iov_len));
  capi::HelloState* known = capi::StateOf(state);
  if (known == nullptr || !capi::IsSlice(buffers, count) ||
      !capi::IsSlice(scratch, scratch_len)) {
    return capi::Invalid();
  }
  for (size_t i = 0; i < count; ++i) {
    if (!capi::IsSlice(buffers[i].data, buffers[i].len)) return capi::Invalid();
  }
  ClientHello hello;
  const std::span<const iovec> vectors(reinterpret_cast<const iovec*>(buffers),
                                       count);
  const auto verdict =
      known->reader.Feed(count == 0 ? std::span<const iovec>() : vectors,
                         capi::Slice(scratch, scratch_len), &hello);
  meshgw_hello out = capi::Verdict(verdict, known->reader, hello);
  if (out.server_name_len == 0) return out;
  const char* name = hello.server_name.data();
  std::uint32_t before = 0;
  for (size_t i = 0; i < count; ++i) {
    if (capi::IsIn(name, buffers[i].data, buffers[i].len)) {
      out.server_name_offset = before + capi::Offset(name, buffers[i].data);
      return out;
    }
    before += static_cast<std::uint32_t>(buffers[i].len);
  }
  return capi::InScratch(out, hello.server_name, scratch);
}

meshgw_status meshgw_hello_inspect(const uint8_t* data, size_t len,
                                   const meshgw_hello_options* options,
                                   uint8_t* scratch, size_t scratch_len,
                                   meshgw_hello_details* out) {
  if (out == nullptr || !capi::IsStructSize(out->struct_size) ||
      out->struct_size < sizeof(size_t) + sizeof(out->hello)) {
    return MESHGW_ERR_INVALID_ARGUMENT;
  }
  const capi::OneCall call =
      capi::ReadOnce(data, len, options, scratch, scratch_len);
  if (call.verdict.status == MESHGW_ERR_INVALID_ARGUMENT) {
    return MESHGW_ERR_INVALID_ARGUMENT;
  }
  if (call.verdict.status != MESHGW_OK) {
    out->hello = call.verdict;
    return call.verdict.status;
  }
  const ClientHello& hello = call.hello;
  meshgw_hello_details details = {};
  details.hello = call.verdict;
  details.legacy_version = hello.legacy_version;
  details.extension_count = hello.extension_count;
  details.records = hello.records;
  details.server_name = capi::View(hello.server_name);
  details.alpn = capi::AlpnBytes(hello.alpn);
  details.supported_versions = capi::Bytes(hello.supported_versions);
  details.supported_groups = capi::Bytes(hello.supported_groups);
  details.signature_algorithms = capi::Bytes(hello.signature_algorithms);
  details.key_shares = capi::Bytes(hello.key_shares);
  details.cipher_suites = capi::Bytes(hello.cipher_suites);
  details.session_id = capi::Bytes(hello.session_id);
  details.extensions = capi::Bytes(hello.extensions);
  details.message = capi::Bytes(hello.message);
  return capi::WriteStruct(details, out);
}

meshgw_status meshgw_hello_ja4(const uint8_t* data, size_t len,
                               const meshgw_hello_options* options,
                               uint8_t* scratch, size_t scratch_len,
                               char* out) {
  if (out == nullptr) return MESHGW_ERR_INVALID_ARGUMENT;
  const capi::OneCall call =
      capi::ReadOnce(data, len, options, scratch, scratch_len);
  if (call.verdict.status != MESHGW_OK) return call.verdict.status;
  const auto ja4 = meshgw::Ja4(call.hello);
  std::memcpy(out, ja4.data(), ja4.size());
  out[ja4.size()] = '\0';
  return MESHGW_OK;
}
