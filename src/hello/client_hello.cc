#include "meshgw/client_hello.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "hello/framer.h"
#include "hello/wire_bytes.h"

namespace meshgw {
namespace {

constexpr std::uint32_t kMinMaxMessageBytes = 4096;
constexpr std::uint32_t kMaxMaxMessageBytes = 131400;

constexpr std::array<std::string_view, 7> kVerdictNames = {
    "hello",     "need_more", "not_tls",         "malformed",
    "too_large", "sslv2",     "too_many_records"};

constexpr std::array<std::string_view, 32> kReasonNames = {
    "none",
    "record_type",
    "record_version",
    "record_length",
    "empty_record",
    "trailing_handshake",
    "message_type",
    "message_length",
    "session_id",
    "cipher_suites",
    "compression",
    "extensions_length",
    "extension_length",
    "duplicate_extension",
    "psk_not_last",
    "forbidden_extension",
    "server_name_shape",
    "server_name_syntax",
    "server_name_address",
    "server_name_length",
    "alpn",
    "supported_versions",
    "supported_groups",
    "key_share",
    "signature_algorithms",
    "encrypted_client_hello",
    "early_data_without_psk",
    "message_too_large",
    "scratch_too_small",
    "record_count",
    "sslv2",
    "plain_text",
};

constexpr std::array<std::string_view, 3> kEchNames = {"none", "outer",
                                                       "inner"};

template <std::size_t kCount>
std::string_view NameAt(const std::array<std::string_view, kCount>& names,
                        std::int32_t value) {
  const auto index = static_cast<std::size_t>(value);
  return index < kCount ? names[index] : "unknown";
}

}  // namespace

static_assert(sizeof(HelloReader) <= 256);
static_assert(std::is_trivially_copyable_v<HelloReader>);

std::string_view HelloVerdictName(HelloVerdict verdict) noexcept {
  return NameAt(kVerdictNames, static_cast<std::int32_t>(verdict));
}

std::string_view HelloReasonName(HelloReason reason) noexcept {
  return NameAt(kReasonNames, static_cast<std::int32_t>(reason));
}

std::string_view EncryptedClientHelloName(EncryptedClientHello ech) noexcept {
  return NameAt(kEchNames, static_cast<std::int32_t>(ech));
}

HelloReader::HelloReader(const HelloLimits& limits,
                         const NamePolicy& policy) noexcept
    : limits_(limits), policy_(policy) {
  limits_.max_message_bytes = std::clamp(
      limits_.max_message_bytes, kMinMaxMessageBytes, kMaxMaxMessageBytes);
  limits_.max_records = std::max<std::uint16_t>(limits_.max_records, 1);
}

void HelloReader::Restart() noexcept {
  const HelloLimits limits = limits_;
  const NamePolicy policy = policy_;
  *this = HelloReader(limits, policy);
}

// The two calls that decide are tail calls, so that a wake-up that cannot
// change anything costs little more than the compare.

HelloVerdict HelloReader::Feed(std::span<const std::uint8_t> bytes,
                               std::span<std::uint8_t> scratch,
                               ClientHello* out) noexcept {
  if (bytes.size() < wait_) return HelloVerdict::kNeedMore;
  return internal::HelloFramer<internal::ContiguousBytes>::Decide(*this, bytes,
                                                                  scratch, out);
}

HelloVerdict HelloReader::Feed(std::span<const iovec> buffers,
                               std::span<std::uint8_t> scratch,
                               ClientHello* out) noexcept {
  return internal::HelloFramer<internal::ScatteredBytes>::Decide(*this, buffers,
                                                                 scratch, out);
}

std::size_t HelloReader::wait_for() const noexcept { return wait_; }

HelloReason HelloReader::reason() const noexcept { return reason_; }

std::size_t HelloReader::offset() const noexcept { return offset_; }

HelloVerdict ParseClientHello(std::span<const std::uint8_t> bytes,
                              std::span<std::uint8_t> scratch,
                              ClientHello* out) noexcept {
  const std::uint32_t size =
      internal::SingleRecordSize(bytes, HelloLimits{}.max_message_bytes);
  if (size == 0) return HelloReader().Feed(bytes, scratch, out);
  // A reader would do the same, and then be thrown away.
  const internal::BodyError error = internal::ParseBody(
      bytes.data() + internal::kRecordHeaderSize, size, NamePolicy{}, out);
  if (error.reason != HelloReason::kNone) return HelloVerdict::kMalformed;
  out->wire_bytes = internal::kRecordHeaderSize + size;
  out->records = 1;
  return HelloVerdict::kHello;
}

}  // namespace meshgw
