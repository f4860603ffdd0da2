#ifndef MESHGW_CAPI_TESTS_HELLO_CALLS_H_
#define MESHGW_CAPI_TESTS_HELLO_CALLS_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "c_api.h"
#include "hello/hello_vectors.h"

// The calls that read hellos, on ranges.
namespace meshgw::test {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::uint8_t* kNowhere = nullptr;

// Scratch for every vector, whatever its limits.
inline std::span<std::uint8_t> Scratch() {
  static std::vector<std::uint8_t> scratch(131400);
  return scratch;
}

inline meshgw_hello Scan(Bytes data,
                         std::span<std::uint8_t> scratch = Scratch()) {
  return meshgw_hello_scan(data.data(), data.size(), scratch.data(),
                           scratch.size());
}

inline meshgw_hello_options OptionsOf(const HelloLimits& limits) {
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  options.max_message_bytes = limits.max_message_bytes;
  options.max_records = limits.max_records;
  return options;
}

inline meshgw_hello_state StateOf(
    const meshgw_hello_options* options = nullptr) {
  meshgw_hello_state state;
  REQUIRE(meshgw_hello_state_init(options, &state) == MESHGW_OK);
  return state;
}

inline meshgw_hello Feed(meshgw_hello_state* state, Bytes data,
                         std::span<std::uint8_t> scratch = Scratch()) {
  return meshgw_hello_feed(state, data.data(), data.size(), scratch.data(),
                           scratch.size());
}

inline std::vector<meshgw_buffer> Cut(Bytes data, std::size_t size) {
  std::vector<meshgw_buffer> buffers;
  for (std::size_t at = 0; at < data.size(); at += size) {
    buffers.push_back({data.data() + at, std::min(size, data.size() - at)});
    // The pointer of an empty buffer is not read.
    buffers.push_back({reinterpret_cast<const std::uint8_t*>(1), 0});
  }
  return buffers;
}

inline meshgw_hello FeedBuffers(meshgw_hello_state* state,
                                const std::vector<meshgw_buffer>& buffers) {
  return meshgw_hello_feed_buffers(state, buffers.data(), buffers.size(),
                                   Scratch().data(), Scratch().size());
}

inline std::string NameOf(const meshgw_hello& hello, Bytes data,
                          std::span<const std::uint8_t> scratch = Scratch()) {
  const bool in_scratch = (hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH) != 0;
  const Bytes place = in_scratch ? Bytes(scratch) : data;
  REQUIRE(hello.server_name_offset + hello.server_name_len <= place.size());
  const auto name =
      place.subspan(hello.server_name_offset, hello.server_name_len);
  return std::string(name.begin(), name.end());
}

// All but where the name lies.
inline bool SameVerdict(const meshgw_hello& a, const meshgw_hello& b) {
  const auto flags = [](const meshgw_hello& hello) {
    return hello.flags & ~MESHGW_HELLO_NAME_IN_SCRATCH;
  };
  return a.status == b.status && a.position == b.position &&
         a.server_name_len == b.server_name_len && a.reason == b.reason &&
         flags(a) == flags(b);
}
inline bool Same(const meshgw_hello& a, const meshgw_hello& b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

inline bool HasDefaultLimits(const HelloVector& vector) {
  const HelloLimits limits;
  return vector.limits.max_message_bytes == limits.max_message_bytes &&
         vector.limits.max_records == limits.max_records;
}

inline std::vector<HelloVector> Vectors() {
  static const std::vector<HelloVector> vectors = LoadHelloVectors();
  REQUIRE(vectors.size() > 80);
  return vectors;
}

inline const char* VerdictName(meshgw_status status) {
  return status == MESHGW_OK ? "hello" : meshgw_status_name(status);
}

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_HELLO_CALLS_H_
