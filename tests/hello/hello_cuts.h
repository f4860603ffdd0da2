#ifndef MESHGW_TESTS_HELLO_HELLO_CUTS_H_
#define MESHGW_TESTS_HELLO_HELLO_CUTS_H_

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "meshgw/client_hello.h"

// Ways to hand the same stream to a reader. All must come to the same end; the
// tests and the fuzz target share this. Standard library only.
namespace meshgw::test {

// HelloOutcome is everything a reader says of a stream, with copies of what the
// hello's views show, so that outcomes of different buffers compare.
struct HelloOutcome {
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  HelloReason reason = HelloReason::kNone;
  std::size_t offset = 0;
  std::size_t wait_for = 0;
  std::size_t wire_bytes = 0;
  std::size_t records = 0;
  std::vector<std::uint8_t> message;
  std::string server_name;
  std::string ja4;
  // Offsets of the views in the message.
  std::vector<std::ptrdiff_t> places;

  bool operator==(const HelloOutcome&) const = default;

  // Equal but for how the hello is spread over records.
  bool SameHello(const HelloOutcome& other) const {
    return verdict == other.verdict && reason == other.reason &&
           message == other.message && server_name == other.server_name &&
           ja4 == other.ja4 && places == other.places;
  }
};

inline void AddPlace(const ClientHello& hello, const void* data,
                     std::size_t size, std::vector<std::ptrdiff_t>* places) {
  if (size > 0) {
    places->push_back(static_cast<const std::uint8_t*>(data) -
                      hello.message.data());
  }
  places->push_back(static_cast<std::ptrdiff_t>(size));
}

inline std::vector<std::ptrdiff_t> Places(const ClientHello& hello) {
  std::vector<std::ptrdiff_t> places;
  for (const auto& list :
       {hello.session_id, hello.cipher_suites, hello.extensions,
        hello.supported_versions, hello.supported_groups,
        hello.signature_algorithms, hello.key_shares}) {
    AddPlace(hello, list.data(), list.size(), &places);
  }
  AddPlace(hello, hello.server_name.data(), hello.server_name.size(), &places);
  for (const std::string_view name : hello.alpn) {
    AddPlace(hello, name.data(), name.size(), &places);
  }
  for (const int flag :
       {int{hello.has_server_name}, int{hello.has_early_data},
        int{hello.has_pre_shared_key}, int{hello.has_post_quantum_share},
        static_cast<int>(hello.ech), int{hello.legacy_version},
        int{hello.extension_count}}) {
    places.push_back(flag);
  }
  return places;
}

inline HelloOutcome Describe(HelloVerdict verdict, const HelloReader& reader,
                             const ClientHello& hello) {
  HelloOutcome outcome;
  outcome.verdict = verdict;
  outcome.reason = reader.reason();
  outcome.offset = reader.offset();
  outcome.wait_for = reader.wait_for();
  if (verdict == HelloVerdict::kHello) {
    outcome.wire_bytes = hello.wire_bytes;
    outcome.records = hello.records;
    outcome.message.assign(hello.message.begin(), hello.message.end());
    outcome.server_name = hello.server_name;
    const auto ja4 = Ja4(hello);
    outcome.ja4.assign(ja4.begin(), ja4.end());
    outcome.places = Places(hello);
  }
  return outcome;
}

// HelloCutter reads streams under one set of limits and policies.
class HelloCutter {
 public:
  explicit HelloCutter(const HelloLimits& limits = {},
                       const NamePolicy& policy = {})
      : limits_(limits), policy_(policy), scratch_(131400) {}

  // All at once.
  HelloOutcome Whole(std::span<const std::uint8_t> bytes) {
    return InSteps(bytes, bytes.size());
  }

  // In a view that grows by `step` bytes a call; as a socket would, no further
  // than it takes for a verdict.
  HelloOutcome InSteps(std::span<const std::uint8_t> bytes, std::size_t step) {
    HelloReader reader(limits_, policy_);
    ClientHello hello;
    HelloVerdict verdict = HelloVerdict::kNeedMore;
    std::size_t size = 0;
    do {
      size = std::min(bytes.size(), size + step);
      verdict = reader.Feed(bytes.first(size), scratch_, &hello);
    } while (size < bytes.size() && verdict == HelloVerdict::kNeedMore);
    return Describe(verdict, reader, hello);
  }

  // All at once, in buffers of `size` bytes with an empty one after each.
  HelloOutcome Scattered(std::span<const std::uint8_t> bytes,
                         std::size_t size) {
    const std::vector<iovec> buffers = Cut(bytes, size);
    HelloReader reader(limits_, policy_);
    ClientHello hello;
    const HelloVerdict verdict = reader.Feed(buffers, scratch_, &hello);
    return Describe(verdict, reader, hello);
  }

  // A buffer more each call.
  HelloOutcome ScatteredInSteps(std::span<const std::uint8_t> bytes,
                                std::size_t size) {
    const std::vector<iovec> buffers = Cut(bytes, size);
    HelloReader reader(limits_, policy_);
    ClientHello hello;
    HelloVerdict verdict = HelloVerdict::kNeedMore;
    for (std::size_t n = 0;
         n <= buffers.size() && verdict == HelloVerdict::kNeedMore; ++n) {
      verdict = reader.Feed(std::span(buffers).first(n), scratch_, &hello);
    }
    return Describe(verdict, reader, hello);
  }

  // Whether a hello's views lie in `bytes` or in the scratch.
  bool ViewsAreInside(std::span<const std::uint8_t> bytes) {
    HelloReader reader(limits_, policy_);
    ClientHello hello;
    if (reader.Feed(bytes, scratch_, &hello) != HelloVerdict::kHello) {
      return true;
    }
    const auto inside = [](std::span<const std::uint8_t> outer,
                           const std::uint8_t* data, std::size_t size) {
      const std::less_equal<const std::uint8_t*> no_later;
      if (size == 0) return true;  // Views of what is absent may be null.
      return no_later(outer.data(), data) &&
             no_later(data + size, outer.data() + outer.size());
    };
    const auto message = hello.message;
    if (!inside(bytes, message.data(), message.size()) &&
        !inside(scratch_, message.data(), message.size())) {
      return false;
    }
    const auto* name =
        reinterpret_cast<const std::uint8_t*>(hello.server_name.data());
    return inside(message, hello.extensions.data(), hello.extensions.size()) &&
           inside(message, hello.cipher_suites.data(),
                  hello.cipher_suites.size()) &&
           inside(message, hello.key_shares.data(), hello.key_shares.size()) &&
           inside(message, name, hello.server_name.size());
  }

 private:
  static std::vector<iovec> Cut(std::span<const std::uint8_t> bytes,
                                std::size_t size) {
    std::vector<iovec> buffers;
    // The pointer of an empty buffer must not be read.
    void* const unreadable = reinterpret_cast<void*>(std::uintptr_t{1});
    buffers.push_back({unreadable, 0});
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const std::size_t part = std::min(size, bytes.size() - at);
      buffers.push_back({const_cast<std::uint8_t*>(bytes.data()) + at, part});
      buffers.push_back({unreadable, 0});
    }
    return buffers;
  }

  HelloLimits limits_;
  NamePolicy policy_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_HELLO_HELLO_CUTS_H_
