#ifndef MESHGW_TESTS_SUPPORT_HELLO_BUILDER_H_
#define MESHGW_TESTS_SUPPORT_HELLO_BUILDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace meshgw::test {

using ByteVector = std::vector<std::uint8_t>;

inline void AppendU16(ByteVector& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8 & 0xff));
  to.push_back(static_cast<std::uint8_t>(value & 0xff));
}
inline void Append(ByteVector& to, std::span<const std::uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
inline void Append(ByteVector& to, std::string_view text) {
  to.insert(to.end(), text.begin(), text.end());
}

// Record wraps `payload` into one TLS record.
inline ByteVector Record(std::span<const std::uint8_t> payload,
                         std::uint8_t type = 22,
                         std::uint16_t version = 0x0301) {
  ByteVector out = {type};
  AppendU16(out, version);
  AppendU16(out, payload.size());
  Append(out, payload);
  return out;
}

// SplitRecords spreads `message` over handshake records of the sizes given, as
// far as it goes, and puts what is left into a last one.
inline ByteVector SplitRecords(std::span<const std::uint8_t> message,
                               std::span<const std::size_t> sizes) {
  ByteVector out;
  for (const std::size_t size : sizes) {
    if (message.empty()) break;
    const std::size_t part = std::min(size, message.size());
    Append(out, Record(message.first(part)));
    message = message.subspan(part);
  }
  if (!message.empty()) Append(out, Record(message));
  return out;
}
inline ByteVector SplitRecords(std::span<const std::uint8_t> message,
                               std::initializer_list<std::size_t> sizes) {
  return SplitRecords(message, std::span(sizes.begin(), sizes.size()));
}

// HelloBuilder builds a ClientHello, good or broken on purpose. The default has
// no session id, one cipher suite and an empty extension block. With that, in
// a stream of one record, the session id's length is at byte 43, the suites' at
// 44, the compression methods' at 48, the block's at 50; it starts at 52.
class HelloBuilder {
 public:
  static constexpr std::size_t kFirstExtension = 52;

  HelloBuilder& LegacyVersion(std::uint16_t version) {
    legacy_version_ = version;
    return *this;
  }
  // Raw, with their length prefixes.
  HelloBuilder& SessionId(ByteVector wire) {
    session_id_ = std::move(wire);
    return *this;
  }
  HelloBuilder& CipherSuitesWire(ByteVector wire) {
    cipher_suites_ = std::move(wire);
    return *this;
  }
  HelloBuilder& CompressionWire(ByteVector wire) {
    compression_ = std::move(wire);
    return *this;
  }
  HelloBuilder& CipherSuites(std::span<const std::uint16_t> suites) {
    cipher_suites_ = List16(suites);
    return *this;
  }
  // The message ends behind the compression methods.
  HelloBuilder& NoExtensionBlock() {
    has_block_ = false;
    return *this;
  }

  HelloBuilder& Extension(std::uint16_t id,
                          std::span<const std::uint8_t> body) {
    AppendU16(block_, id);
    AppendU16(block_, body.size());
    Append(block_, body);
    return *this;
  }
  HelloBuilder& Extension(std::uint16_t id,
                          std::initializer_list<std::uint8_t> body = {}) {
    return Extension(id, std::span(body.begin(), body.size()));
  }
  // Bytes into the block that need not be an extension.
  HelloBuilder& BlockBytes(std::initializer_list<std::uint8_t> bytes) {
    Append(block_, std::span(bytes.begin(), bytes.size()));
    return *this;
  }
  HelloBuilder& ServerName(std::string_view name) {
    ByteVector body;
    AppendU16(body, name.size() + 3);
    body.push_back(0);
    AppendU16(body, name.size());
    Append(body, name);
    return Extension(0, body);
  }
  HelloBuilder& Alpn(std::initializer_list<std::string_view> names) {
    ByteVector list;
    for (const std::string_view name : names) {
      list.push_back(static_cast<std::uint8_t>(name.size()));
      Append(list, name);
    }
    ByteVector body;
    AppendU16(body, list.size());
    Append(body, list);
    return Extension(16, body);
  }
  HelloBuilder& SupportedVersions(std::span<const std::uint16_t> versions) {
    ByteVector body = List16(versions);
    body.erase(body.begin());  // Its length has 8 bits.
    return Extension(43, body);
  }
  HelloBuilder& SupportedVersions(
      std::initializer_list<std::uint16_t> versions) {
    return SupportedVersions(std::span(versions.begin(), versions.size()));
  }
  HelloBuilder& SupportedGroups(std::initializer_list<std::uint16_t> groups) {
    return Extension(10, List16(std::span(groups.begin(), groups.size())));
  }
  HelloBuilder& SignatureAlgorithms(std::span<const std::uint16_t> algorithms) {
    return Extension(13, List16(algorithms));
  }
  // Pairs of group and key size; the keys are made up.
  HelloBuilder& KeyShares(
      std::initializer_list<std::pair<std::uint16_t, std::size_t>> shares) {
    ByteVector list;
    for (const auto& [group, size] : shares) {
      AppendU16(list, group);
      AppendU16(list, size);
      list.insert(list.end(), size, 0x5a);
    }
    ByteVector body;
    AppendU16(body, list.size());
    Append(body, list);
    return Extension(51, body);
  }
  HelloBuilder& Padding(std::size_t size) {
    return Extension(21, ByteVector(size));
  }

  // Message is the handshake message, with its header.
  ByteVector Message() const {
    ByteVector body;
    AppendU16(body, legacy_version_);
    for (std::uint8_t i = 0; i < 32; ++i) body.push_back(i);
    Append(body, session_id_);
    Append(body, cipher_suites_);
    Append(body, compression_);
    if (has_block_) {
      AppendU16(body, block_.size());
      Append(body, block_);
    }
    ByteVector message = {1, static_cast<std::uint8_t>(body.size() >> 16)};
    AppendU16(message, body.size() & 0xffff);
    Append(message, body);
    return message;
  }

  // Build is the stream: one record, or as few full ones as hold the message.
  ByteVector Build() const {
    const ByteVector message = Message();
    const std::vector<std::size_t> sizes(message.size() / 16384, 16384);
    return SplitRecords(message, sizes);
  }

 private:
  static ByteVector List16(std::span<const std::uint16_t> values) {
    ByteVector list;
    AppendU16(list, values.size() * 2);
    for (const std::uint16_t value : values) AppendU16(list, value);
    return list;
  }

  std::uint16_t legacy_version_ = 0x0303;
  ByteVector session_id_ = {0};
  ByteVector cipher_suites_ = {0, 2, 0x13, 0x01};
  ByteVector compression_ = {1, 0};
  ByteVector block_;
  bool has_block_ = true;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_HELLO_BUILDER_H_
