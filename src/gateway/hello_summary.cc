#include "gateway/hello_summary.h"

#include <cstring>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace meshgw::internal {
namespace {

// Longest parts of a client's lists that are kept for the record.
constexpr std::size_t kMaxAlpnBytes = 256;
constexpr std::size_t kMaxVersions = 16;
// Entries that stay without a use.
constexpr std::size_t kMaxKept = 256;

// Numbers are the start of an entry. Behind them lie the name, ALPN names with
// a length in front of each, versions of two bytes, and the rule unless it
// equals the name.
struct Numbers {
  std::uint32_t bytes = 0;
  std::uint32_t rule_size = 0;
  std::uint16_t records = 0;
  std::uint16_t name_size = 0;
  std::uint16_t alpn_size = 0;
  std::uint8_t versions_size = 0;
  std::uint8_t ech = 0;
  std::uint8_t post_quantum = 0;
  std::uint8_t rule_is_name = 0;
  std::uint16_t unused = 0;  // No padding: entries are compared as bytes.

  std::size_t hello_size() const {
    return sizeof(Numbers) + name_size + alpn_size + versions_size;
  }
};
static_assert(sizeof(Numbers) == 20);

Numbers NumbersOf(std::string_view key) {
  Numbers numbers;
  std::memcpy(&numbers, key.data(), sizeof(numbers));
  return numbers;
}

std::string_view NameOf(std::string_view key, const Numbers& numbers) {
  return key.substr(sizeof(Numbers), numbers.name_size);
}

std::uint16_t ReadU16(const char* at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(at[0]) << 8 |
                                    static_cast<std::uint8_t>(at[1]));
}

void AppendU16(std::string* to, std::uint16_t value) {
  to->push_back(static_cast<char>(value >> 8));
  to->push_back(static_cast<char>(value & 0xff));
}

// As many whole names as fit, each behind its length.
std::uint16_t AppendAlpn(const AlpnList& names, std::string* to) {
  const std::size_t start = to->size();
  for (const std::string_view name : names) {
    if (to->size() - start + 1 + name.size() > kMaxAlpnBytes) break;
    to->push_back(static_cast<char>(name.size()));
    to->append(name);
  }
  return static_cast<std::uint16_t>(to->size() - start);
}

// The versions offered, without GREASE; legacy_version if there is no list.
std::uint8_t AppendVersions(const ClientHello& hello, std::string* to) {
  const std::size_t start = to->size();
  const auto& list = hello.supported_versions;
  for (std::size_t i = 0;
       i + 1 < list.size() && to->size() - start < 2 * kMaxVersions; i += 2) {
    const auto version = static_cast<std::uint16_t>(list[i] << 8 | list[i + 1]);
    if (!IsGrease(version)) AppendU16(to, version);
  }
  if (list.empty()) AppendU16(to, hello.legacy_version);
  return static_cast<std::uint8_t>(to->size() - start);
}

// Writes the hello's part of a key; the rule's is still to come.
void StartKey(const ClientHello* hello, bool details, Numbers* numbers,
              std::string* key) {
  key->assign(sizeof(Numbers), '\0');
  if (hello == nullptr) return;
  key->append(hello->server_name);
  numbers->name_size = static_cast<std::uint16_t>(hello->server_name.size());
  if (!details) return;
  numbers->bytes = hello->wire_bytes;
  numbers->records = hello->records;
  numbers->ech = static_cast<std::uint8_t>(hello->ech);
  numbers->post_quantum = hello->has_post_quantum_share ? 1 : 0;
  numbers->alpn_size = AppendAlpn(hello->alpn, key);
  numbers->versions_size = AppendVersions(*hello, key);
}

void FinishKey(std::string_view rule, Numbers* numbers, std::string* key) {
  numbers->rule_is_name = rule == NameOf(*key, *numbers) ? 1 : 0;
  numbers->rule_size =
      numbers->rule_is_name != 0 ? 0 : static_cast<std::uint32_t>(rule.size());
  if (numbers->rule_is_name == 0) key->append(rule);
  std::memcpy(key->data(), numbers, sizeof(*numbers));
}

}  // namespace

std::string_view HelloSummary::server_name() const {
  if (entry_ == nullptr) return {};
  return NameOf(entry_->first, NumbersOf(entry_->first));
}

void HelloSummary::Fill(ConnectionRecord* record) const {
  if (entry_ == nullptr) return;
  const std::string_view key = entry_->first;
  const Numbers numbers = NumbersOf(key);
  record->hello_bytes = numbers.bytes;
  record->hello_records = numbers.records;
  record->post_quantum = numbers.post_quantum != 0;
  record->ech = static_cast<EncryptedClientHello>(numbers.ech);
  record->server_name = NameOf(key, numbers);
  record->rule = numbers.rule_is_name != 0 ? record->server_name
                                           : key.substr(numbers.hello_size());
  const char* at = record->server_name.data() + numbers.name_size;
  for (const char* end = at + numbers.alpn_size; at < end;) {
    const auto size = static_cast<std::uint8_t>(*at);
    record->alpn.emplace_back(at + 1, size);
    at += 1 + size;
  }
  for (const char* end = at + numbers.versions_size; at < end; at += 2) {
    record->tls_versions.push_back(ReadU16(at));
  }
}

std::size_t HelloSummaries::Hash::operator()(const std::string& key) const {
  // Seeded: clients choose the names.
  return absl::HashOf(absl::string_view(key.data(), key.size()));
}

HelloSummary HelloSummaries::Find() {
  const auto [entry, made] = entries_.try_emplace(key_, 0);
  ++entry->second;
  return HelloSummary(&*entry);
}

HelloSummary HelloSummaries::Take(const ClientHello* hello, bool details,
                                  std::string_view rule) {
  Numbers numbers;
  StartKey(hello, details, &numbers, &key_);
  FinishKey(details ? rule : std::string_view(), &numbers, &key_);
  return Find();
}

HelloSummary HelloSummaries::TakeRefused(std::string_view name,
                                         std::string_view rule) {
  Numbers numbers;
  StartKey(nullptr, true, &numbers, &key_);
  key_.append(name);
  numbers.name_size = static_cast<std::uint16_t>(name.size());
  FinishKey(rule, &numbers, &key_);
  return Find();
}

void HelloSummaries::ChangeRule(std::string_view rule, HelloSummary* summary) {
  Numbers numbers = NumbersOf(summary->entry_->first);
  key_.assign(summary->entry_->first, 0, numbers.hello_size());
  FinishKey(rule, &numbers, &key_);
  const HelloSummary changed = Find();
  Release(summary);
  *summary = changed;
}

void HelloSummaries::Release(HelloSummary* summary) {
  HelloSummary::Entry* entry = std::exchange(summary->entry_, nullptr);
  if (entry == nullptr || --entry->second != 0) return;
  if (entries_.size() > kMaxKept) entries_.erase(entries_.find(entry->first));
}

}  // namespace meshgw::internal
