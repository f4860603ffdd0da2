#ifndef MESHGW_GATEWAY_HELLO_SUMMARY_H_
#define MESHGW_GATEWAY_HELLO_SUMMARY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "meshgw/client_hello.h"
#include "meshgw/gateway.h"

namespace meshgw::internal {

// HelloSummary keeps what a ConnectionRecord tells of a hello and its rule for
// as long as the connection lasts: all texts in one allocation.
// Thread-compatible.
class HelloSummary {
 public:
  void SetVerdict(HelloVerdict verdict, HelloReason reason) {
    verdict_ = verdict;
    reason_ = reason;
  }
  // SetHello copies from `hello`. Without `details` only what routing needs.
  void SetHello(const ClientHello& hello, bool details);
  // SetRule sets Route::match.
  void SetRule(std::string_view rule);
  // ClearTexts gives the memory back; only the numbers stay.
  void ClearTexts();

  HelloVerdict verdict() const { return verdict_; }
  std::string_view server_name() const { return {texts_.get(), name_size_}; }
  // The record's views point into this object.
  void Fill(ConnectionRecord* record) const;

 private:
  // Longest parts of a client's lists that are kept for the record.
  static constexpr std::size_t kMaxAlpnBytes = 256;
  static constexpr std::size_t kMaxVersions = 16;

  std::string_view rule() const {
    return rule_is_name_
               ? server_name()
               : std::string_view(texts_.get() + hello_size(), rule_size_);
  }
  std::size_t hello_size() const {
    return std::size_t{name_size_} + alpn_size_ + versions_size_;
  }

  // The name, ALPN names with a length in front of each, versions of two
  // bytes, the rule unless it equals the name.
  std::unique_ptr<char[]> texts_;
  std::uint32_t rule_size_ = 0;
  std::uint32_t bytes_ = 0;
  HelloVerdict verdict_ = HelloVerdict::kNeedMore;
  HelloReason reason_ = HelloReason::kNone;
  std::uint16_t records_ = 0;
  std::uint16_t name_size_ = 0;
  std::uint16_t alpn_size_ = 0;
  std::uint8_t versions_size_ = 0;
  EncryptedClientHello ech_ = EncryptedClientHello::kNone;
  bool post_quantum_ = false;
  bool rule_is_name_ = false;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_HELLO_SUMMARY_H_
