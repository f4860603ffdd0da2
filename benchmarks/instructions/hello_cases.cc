#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cases.h"
#include "hello/hello_vectors.h"
#include "meshgw/client_hello.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

using test::ByteVector;
using Streams = std::vector<ByteVector>;

// By the client's name, which is what a vector's own begins with.
std::map<std::string, Streams> CapturedByClient() {
  std::map<std::string, Streams> captured;
  for (auto& vector : test::LoadCapturedHellos()) {
    const std::string client = vector.name.substr(0, vector.name.find('_'));
    captured[client].push_back(std::move(vector.bytes));
  }
  return captured;
}

Streams AllCaptured() {
  Streams all;
  for (auto& vector : test::LoadCapturedHellos()) {
    all.push_back(std::move(vector.bytes));
  }
  return all;
}

Work Parse(Streams streams) {
  return [streams = std::move(streams)] {
    ClientHello hello;
    for (const ByteVector& bytes : streams) {
      if (ParseClientHello(bytes, {}, &hello) != HelloVerdict::kHello) {
        return false;
      }
    }
    return true;
  };
}

// Each stream in two reads, cut in the middle.
Work FeedInTwo(Streams streams) {
  return [streams = std::move(streams),
          scratch = std::vector<std::uint8_t>(65536)]() mutable {
    ClientHello hello;
    for (const ByteVector& bytes : streams) {
      HelloReader reader;
      const std::span all(bytes);
      if (reader.Feed(all.first(all.size() / 2), scratch, &hello) !=
              HelloVerdict::kNeedMore ||
          reader.Feed(all, scratch, &hello) != HelloVerdict::kHello) {
        return false;
      }
    }
    return true;
  };
}

// The same hellos, spread over two records each; without what some clients sent
// after them.
Streams InTwoRecords(const Streams& streams) {
  constexpr std::size_t kHeader = 5;
  Streams split;
  for (const ByteVector& bytes : streams) {
    const std::size_t size = std::size_t{bytes[3]} << 8 | bytes[4];
    split.push_back(
        test::SplitRecords(std::span(bytes).subspan(kHeader, size), {200}));
  }
  return split;
}

}  // namespace

void AddHelloCases(Cases* cases) {
  for (auto& [client, streams] : CapturedByClient()) {
    (*cases)["hello_" + client] = [streams = streams] {
      return Parse(streams);
    };
  }
  (*cases)["hello_two_reads"] = [] { return FeedInTwo(AllCaptured()); };
  (*cases)["hello_two_records"] = [] {
    return FeedInTwo(InTwoRecords(AllCaptured()));
  };
}

}  // namespace meshgw
