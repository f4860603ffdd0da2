#include "gateway/hello_summary.h"

#include <string>
#include <utility>
#include <vector>

namespace meshgw::internal {
namespace {

std::uint16_t ReadU16(const char* at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(at[0]) << 8 |
                                    static_cast<std::uint8_t>(at[1]));
}

void AppendU16(std::string* to, std::uint16_t value) {
  to->push_back(static_cast<char>(value >> 8));
  to->push_back(static_cast<char>(value & 0xff));
}

// As many whole names as fit, each behind its length.
std::string AlpnWire(const AlpnList& names, std::size_t most) {
  std::string wire;
  for (const std::string_view name : names) {
    if (wire.size() + 1 + name.size() > most) break;
    wire.push_back(static_cast<char>(name.size()));
    wire.append(name);
  }
  return wire;
}

// The versions offered, without GREASE; legacy_version if there is no list.
std::string VersionsWire(const ClientHello& hello, std::size_t most) {
  std::string wire;
  const auto& list = hello.supported_versions;
  for (std::size_t i = 0; i + 1 < list.size() && wire.size() < 2 * most;
       i += 2) {
    const auto version = static_cast<std::uint16_t>(list[i] << 8 | list[i + 1]);
    if (!IsGrease(version)) AppendU16(&wire, version);
  }
  if (list.empty()) AppendU16(&wire, hello.legacy_version);
  return wire;
}

std::unique_ptr<char[]> CopyOf(std::string_view text) {
  auto copy = std::make_unique<char[]>(text.size());
  text.copy(copy.get(), text.size());
  return copy;
}

}  // namespace

void HelloSummary::SetHello(const ClientHello& hello, bool details) {
  bytes_ = hello.wire_bytes;
  records_ = hello.records;
  ech_ = hello.ech;
  post_quantum_ = hello.has_post_quantum_share;
  std::string texts(hello.server_name);
  name_size_ = static_cast<std::uint16_t>(texts.size());
  if (details) {
    const std::string alpn = AlpnWire(hello.alpn, kMaxAlpnBytes);
    const std::string versions = VersionsWire(hello, kMaxVersions);
    alpn_size_ = static_cast<std::uint16_t>(alpn.size());
    versions_size_ = static_cast<std::uint8_t>(versions.size());
    texts += alpn;
    texts += versions;
  }
  texts_ = CopyOf(texts);
}

void HelloSummary::SetRule(std::string_view rule) {
  if (rule_size_ == 0 && rule == server_name()) {
    rule_is_name_ = true;
    return;
  }
  std::string texts(texts_.get(), hello_size());
  texts += rule;
  rule_is_name_ = false;
  rule_size_ = static_cast<std::uint32_t>(rule.size());
  texts_ = CopyOf(texts);
}

void HelloSummary::ClearTexts() {
  texts_.reset();
  name_size_ = alpn_size_ = versions_size_ = 0;
  rule_size_ = 0;
  rule_is_name_ = false;
}

void HelloSummary::Fill(ConnectionRecord* record) const {
  record->verdict = verdict_;
  record->hello_reason = reason_;
  record->hello_bytes = bytes_;
  record->hello_records = records_;
  record->post_quantum = post_quantum_;
  record->ech = ech_;
  record->server_name = server_name();
  record->rule = rule();
  const char* at = texts_.get() + name_size_;
  for (const char* end = at + alpn_size_; at < end;) {
    const auto size = static_cast<std::uint8_t>(*at);
    record->alpn.emplace_back(at + 1, size);
    at += 1 + size;
  }
  for (const char* end = at + versions_size_; at < end; at += 2) {
    record->tls_versions.push_back(ReadU16(at));
  }
}

}  // namespace meshgw::internal
