#ifndef MESHGW_GATEWAY_HELLO_SUMMARY_H_
#define MESHGW_GATEWAY_HELLO_SUMMARY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "meshgw/client_hello.h"
#include "meshgw/gateway.h"

namespace meshgw::internal {

// HelloSummary is what a ConnectionRecord tells of a hello and of the rule that
// its name matched, kept for as long as the connection lasts. It is a reference
// to an entry of HelloSummaries: most connections share theirs with others.
class HelloSummary {
 public:
  // Without an entry: no hello, no rule.
  HelloSummary() = default;

  std::string_view server_name() const;
  // The record's views point into the entry.
  void Fill(ConnectionRecord* record) const;

 private:
  friend class HelloSummaries;
  // What is told, in a row, and how many connections told it.
  using Entry = std::pair<const std::string, std::uint32_t>;
  explicit HelloSummary(Entry* entry) : entry_(entry) {}

  Entry* entry_ = nullptr;
};

// HelloSummaries are those of one worker's connections. Thread-compatible.
class HelloSummaries {
 public:
  // Take makes or finds the summary of `hello` (nullable) and Route::match.
  // Without `details` it keeps what routing needs: the name.
  HelloSummary Take(const ClientHello* hello, bool details,
                    std::string_view rule);
  // TakeRefused is Take for bytes that are no hello, but have a name or may
  // have a rule.
  HelloSummary TakeRefused(std::string_view name, std::string_view rule);
  // ChangeRule is Take for the same hello and another rule.
  void ChangeRule(std::string_view rule, HelloSummary* summary);
  // Release ends a use; `summary` is empty afterwards.
  void Release(HelloSummary* summary);

  // Distinct ones that are kept.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const std::string& key) const;
  };

  HelloSummary Find();

  // Entries without a use stay, up to a bound: the next client says the same.
  std::unordered_map<std::string, std::uint32_t, Hash> entries_;
  std::string key_;  // That of the entry to find or make.
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_HELLO_SUMMARY_H_
