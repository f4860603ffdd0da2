#ifndef MESHGW_CLIENT_HELLO_H_
#define MESHGW_CLIENT_HELLO_H_

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace meshgw {
namespace internal {
template <typename Bytes>
class HelloFramer;
}  // namespace internal

// HelloVerdict says what the bytes at the start of a connection are. The values
// are stable. Only kHello carries a ClientHello; none of the others may ever be
// routed by the name of a hello.
enum class HelloVerdict : std::int32_t {
  kHello = 0,     // A complete, well-formed ClientHello.
  kNeedMore = 1,  // Nothing wrong so far, and not complete: read more.
  // No handshake record, and not another TLS record either: the first byte is
  // no record type, or one without major version 3 behind it.
  kNotTls = 2,
  kMalformed = 3,       // TLS, but a rule of the wire format is broken.
  kTooLarge = 4,        // Longer than HelloLimits::max_message_bytes.
  kSslV2 = 5,           // An SSLv2-framed hello (it cannot carry a name).
  kTooManyRecords = 6,  // Over more than HelloLimits::max_records records.
};

// HelloVerdictName returns the stable lower-case name of `verdict`: "hello",
// "need_more", "not_tls", "malformed", "too_large", "sslv2" or
// "too_many_records"; "unknown" for any other value. Thread-safe.
std::string_view HelloVerdictName(HelloVerdict verdict) noexcept;

// HelloReason says which rule decided a verdict that is neither kHello nor
// kNeedMore. The values and names are stable; new ones are only appended.
enum class HelloReason : std::int32_t {
  kNone = 0,
  // A record of another type than handshake (22). Also in front of the hello:
  // some servers skip warning alerts there, so this must not count as plain
  // text and reach a route for it.
  kRecordType = 1,
  kRecordVersion = 2,         // Major version of a record is not 3.
  kRecordLength = 3,          // A record longer than 2^14 (RFC 8446 5.1).
  kEmptyRecord = 4,           // A handshake record of length 0.
  kTrailingHandshake = 5,     // The hello does not end where its record ends.
  kMessageType = 6,           // The first handshake message is no ClientHello.
  kMessageLength = 7,         // Message too short, or lengths do not add up.
  kSessionId = 8,             // legacy_session_id longer than 32, or cut.
  kCipherSuites = 9,          // Odd, empty or cut cipher suite list.
  kCompression = 10,          // Cut, or without the null method.
  kExtensionsLength = 11,     // Extension block is not the rest of the message.
  kExtensionLength = 12,      // One extension runs over the block's end.
  kDuplicateExtension = 13,   // RFC 8446 4.2.
  kPskNotLast = 14,           // RFC 8446 4.2.11.
  kForbiddenExtension = 15,   // Never legal in a ClientHello (0xfd00, 48).
  kServerNameShape = 16,      // server_name is not exactly one host_name.
  kServerNameSyntax = 17,     // The name breaks the syntax NamePolicy asks for.
  kServerNameAddress = 18,    // The name is an IP literal (RFC 6066 3).
  kServerNameLength = 19,     // Over 255 bytes; 254 and 255 break the syntax.
  kAlpn = 20,                 // Empty list, empty name, or cut (RFC 7301 3.1).
  kSupportedVersions = 21,    // Odd, empty or cut list (RFC 8446 4.2.1).
  kSupportedGroups = 22,      // Odd, empty or cut list (RFC 8446 4.2.7).
  kKeyShare = 23,             // Entries do not add up (RFC 8446 4.2.8).
  kSignatureAlgorithms = 24,  // Odd, empty or cut list (RFC 8446 4.2.3).
  kEncryptedClientHello = 25,  // Neither outer (0) nor inner (1) (RFC 9849 5).
  kEarlyDataWithoutPsk = 26,   // RFC 8446 4.2.10.
  kMessageTooLarge = 27,       // With kTooLarge.
  kScratchTooSmall = 28,       // With kTooLarge: `scratch` cannot hold it.
  kRecordCount = 29,           // With kTooManyRecords.
  kSslV2 = 30,                 // With HelloVerdict::kSslV2.
  kPlainText = 31,             // With kNotTls.
};

// HelloReasonName returns the stable lower-case snake_case name of `reason`
// ("none", "record_type", ...), "unknown" for other values. Thread-safe.
std::string_view HelloReasonName(HelloReason reason) noexcept;

// HelloLimits bounds what a HelloReader accepts. Each bound is checked when a
// length is first seen, before the bytes that it announces have arrived.
struct HelloLimits {
  // Bytes of the handshake message with its 4-byte header, without record
  // headers. Values outside 4,096..131,400 are clamped to that range.
  std::uint32_t max_message_bytes = 65536;
  // Records over which one hello may be spread. 0 is taken as 1.
  std::uint16_t max_records = 4096;
};

// NamePolicy relaxes the server name rules. All off: a name is 1..253 bytes of
// letters, digits, '-', '_' in labels of 1..63 bytes, and is no IP address.
struct NamePolicy {
  // "a.b." is taken, and reported without the dot.
  bool allow_trailing_dot = false;
  // "10.0.0.1" or "::1" is taken. Any four labels of one to three digits count
  // as an IPv4 address.
  bool allow_ip_address = false;
  // Any bytes but NUL, 1..255 of them, are taken; addresses as well.
  bool allow_opaque = false;
  // Zero-length handshake records are skipped (they count as records).
  bool allow_empty_records = false;
};

// EncryptedClientHello says which kind of ECH extension a hello has (RFC 9849).
// kOuter cannot be told from GREASE; the visible name is the public name.
enum class EncryptedClientHello : std::uint8_t {
  kNone = 0,
  kOuter = 1,
  kInner = 2,
};
// EncryptedClientHelloName returns "none", "outer" or "inner".
std::string_view EncryptedClientHelloName(EncryptedClientHello ech) noexcept;

// AlpnList is a forward range of protocol names over a validated wire list. It
// borrows the list and allocates nothing.
class AlpnList {
 public:
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;  // `*` gives a value.
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = std::string_view;

    iterator() = default;
    explicit iterator(const std::uint8_t* at) : at_(at) {}
    std::string_view operator*() const {
      return {reinterpret_cast<const char*>(at_ + 1), *at_};
    }
    iterator& operator++() {
      at_ += 1 + *at_;
      return *this;
    }
    iterator operator++(int) {
      const iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator&) const = default;

   private:
    const std::uint8_t* at_ = nullptr;
  };

  AlpnList() = default;
  // `wire`: the ProtocolNameList without its 2-byte length, already validated.
  explicit AlpnList(std::span<const std::uint8_t> wire) : wire_(wire) {}
  iterator begin() const { return iterator(wire_.data()); }
  iterator end() const { return iterator(wire_.data() + wire_.size()); }
  bool empty() const { return wire_.empty(); }

 private:
  std::span<const std::uint8_t> wire_;
};

// ClientHello is what a complete hello says. Every view points into the bytes
// given to the reader, or into its scratch when the hello lies in several
// records or buffers, and dies with them. Lists are raw wire contents without
// their length prefix, big-endian 16-bit values unless said otherwise.
struct ClientHello {
  std::span<const std::uint8_t> message;  // With the 4-byte handshake header.
  std::span<const std::uint8_t> session_id;
  std::span<const std::uint8_t> cipher_suites;
  std::span<const std::uint8_t> extensions;  // The whole block, validated.
  std::span<const std::uint8_t> supported_versions;
  std::span<const std::uint8_t> supported_groups;
  std::span<const std::uint8_t> signature_algorithms;
  std::span<const std::uint8_t> key_shares;  // KeyShareEntry list.
  std::string_view server_name;  // As sent (not lower-cased); empty: none sent.
  AlpnList alpn;
  std::uint32_t wire_bytes = 0;  // Record bytes from the start to its end.
  std::uint16_t records = 0;
  std::uint16_t legacy_version = 0;
  std::uint16_t extension_count = 0;
  EncryptedClientHello ech = EncryptedClientHello::kNone;
  bool has_server_name = false;
  bool has_early_data = false;
  bool has_pre_shared_key = false;
  // A key share for a hybrid post-quantum group (X25519MLKEM768 0x11ec,
  // SecP256r1MLKEM768 0x11eb, SecP384r1MLKEM1024 0x11ed, ML-KEM 0x0200..0x0202,
  // X25519Kyber768Draft00 0x6399).
  bool has_post_quantum_share = false;
};

// HelloReader finds and checks the ClientHello at the start of a TCP stream. It
// is resumable: call Feed with all bytes read so far whenever there are more.
// Work over all calls together is linear in the bytes, for every input, and
// each call on several buffers costs a few instructions more for each of those.
// Never allocates, never throws. The state is at most 256 bytes, trivially
// copyable.
//
// The grammar is the intersection of what BoringSSL, OpenSSL and Go accept, so
// that no backend reads another name than this reader (RFC 8446 4.1.2, 5.1;
// RFC 6066 3; RFC 7301 3.1).
//
// Thread-compatible.
class HelloReader {
 public:
  explicit HelloReader(const HelloLimits& limits = {},
                       const NamePolicy& policy = {}) noexcept;

  // Feed reads `bytes`, all that has arrived since the connection's start (a
  // longer view of the same bytes at each call; the address may change).
  //
  // Returns kNeedMore until a verdict is reached; then that verdict, again at
  // every later call. `*out` is written only with kHello, at each such call
  // anew (views into the bytes of that call). `scratch` is used only when the
  // message is not contiguous in `bytes` (several records);
  // HelloLimits::max_message_bytes are always enough, less gives kTooLarge with
  // kScratchTooSmall for a hello that needs it. It may be shared by readers:
  // nothing lives in it between calls but the views in `*out`.
  HelloVerdict Feed(std::span<const std::uint8_t> bytes,
                    std::span<std::uint8_t> scratch, ClientHello* out) noexcept;

  // Feed for bytes that lie in several buffers, in order. Empty ones are
  // allowed and their pointers are not read. May be mixed with the above. Each
  // call walks the buffers, of which it remembers nothing: a reader that is fed
  // at every one of n tiny buffers costs n^2 / 2 steps, so collect bytes in
  // larger ones, or call at wait_for() bytes only. A message that straddles
  // buffers is gathered into `scratch`.
  HelloVerdict Feed(std::span<const iovec> buffers,
                    std::span<std::uint8_t> scratch, ClientHello* out) noexcept;

  // wait_for is the total number of bytes below which no Feed can change the
  // verdict: a good low-water mark (SO_RCVLOWAT). 0 once a verdict is reached.
  std::size_t wait_for() const noexcept;

  // reason is the rule behind the verdict; kNone with kHello and kNeedMore.
  HelloReason reason() const noexcept;

  // offset is the place in the stream, in bytes from its start with record
  // headers counted, of the field that broke the rule: of the first byte of an
  // extension (its type) for the rules on extensions, of the name for those on
  // names, of the length for lists outside extensions, of the byte after the
  // hello for kTrailingHandshake, of the record too many for kRecordCount. 0
  // with kHello and kNeedMore.
  std::size_t offset() const noexcept;

 private:
  template <typename Bytes>
  friend class internal::HelloFramer;

  void Restart() noexcept;

  HelloLimits limits_;
  NamePolicy policy_;
  HelloVerdict verdict_ = HelloVerdict::kNeedMore;
  HelloReason reason_ = HelloReason::kNone;
  std::uint32_t wait_ = 1;
  std::uint32_t offset_ = 0;         // Of the error.
  std::uint32_t record_offset_ = 0;  // Where the current record starts.
  std::uint32_t gathered_ = 0;       // Message bytes in the records before it.
  std::uint32_t message_size_ = 0;   // 0: its header is not complete yet.
  std::uint16_t records_ = 0;
};

// ParseClientHello reads the hello at the start of `bytes` in one call: a
// HelloReader that is fed once. Thread-safe.
[[nodiscard]] HelloVerdict ParseClientHello(std::span<const std::uint8_t> bytes,
                                            std::span<std::uint8_t> scratch,
                                            ClientHello* out) noexcept;

// kJa4Length is the length of a JA4 fingerprint.
inline constexpr std::size_t kJa4Length = 36;

// Ja4 computes the JA4 fingerprint of `hello` over TCP ("t13d1516h2_..._..."),
// GREASE values (RFC 8701) left out everywhere, in the ALPN list too. `hello`
// must come from a HelloReader and its views must be alive. Allocates nothing;
// costs a few microseconds, so call it on demand only; linear in the hello's
// size, whatever is in it (at worst SHA-256 over five bytes a cipher suite or
// extension). Uses 16 KiB of stack. Source: FoxIO's JA4 description.
// Thread-safe.
std::array<char, kJa4Length> Ja4(const ClientHello& hello) noexcept;

// IsGrease says whether a 16-bit code point is one of RFC 8701's (0x?a?a with
// equal bytes). Thread-safe.
constexpr bool IsGrease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

}  // namespace meshgw

#endif  // MESHGW_CLIENT_HELLO_H_
