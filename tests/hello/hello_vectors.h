#ifndef MESHGW_TESTS_HELLO_HELLO_VECTORS_H_
#define MESHGW_TESTS_HELLO_HELLO_VECTORS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "meshgw/client_hello.h"
#include "support/vectors.h"

namespace meshgw::test {

// One case of testdata/vectors/hello.json.
struct HelloVector {
  std::string name;
  std::string client;
  std::vector<std::uint8_t> bytes;
  HelloLimits limits;
  std::string verdict;
  std::string reason;
  std::int64_t offset;
  std::optional<std::string> server_name;
  std::vector<std::string> alpn;
  std::vector<std::int64_t> versions;
  std::int64_t records;
  std::int64_t wire_bytes;
  std::string ech;
  bool post_quantum;
  bool early_data;
  std::string ja4;
};

inline HelloVector ToHelloVector(const boost::json::object& object) {
  HelloVector out;
  out.name = Text(object.at("name"));
  out.client = Text(object.at("client"));
  out.bytes = FromHex(Text(object.at("hex")));
  if (const boost::json::value* limits = object.if_contains("limits")) {
    const boost::json::object& fields = limits->as_object();
    out.limits.max_message_bytes =
        static_cast<std::uint32_t>(fields.at("max_message_bytes").as_int64());
    out.limits.max_records =
        static_cast<std::uint16_t>(fields.at("max_records").as_int64());
  }
  out.verdict = Text(object.at("verdict"));
  out.reason = Text(object.at("reason"));
  out.offset = object.at("offset").as_int64();
  if (!object.at("server_name").is_null()) {
    out.server_name = Text(object.at("server_name"));
  }
  for (const auto& name : object.at("alpn").as_array()) {
    out.alpn.push_back(Text(name));
  }
  for (const auto& version : object.at("versions").as_array()) {
    out.versions.push_back(version.as_int64());
  }
  out.records = object.at("records").as_int64();
  out.wire_bytes = object.at("bytes").as_int64();
  out.ech = Text(object.at("ech"));
  out.post_quantum = object.at("post_quantum").as_bool();
  out.early_data = object.at("early_data").as_bool();
  out.ja4 = Text(object.at("ja4"));
  return out;
}

inline std::vector<HelloVector> LoadHelloVectors() {
  std::vector<HelloVector> vectors;
  const boost::json::value file = LoadVectors("hello.json");
  for (const auto& value : file.as_array()) {
    vectors.push_back(ToHelloVector(value.as_object()));
  }
  return vectors;
}

// The hellos that real clients sent.
inline std::vector<HelloVector> LoadCapturedHellos() {
  std::vector<HelloVector> captured;
  for (HelloVector& vector : LoadHelloVectors()) {
    if (!vector.client.empty()) captured.push_back(std::move(vector));
  }
  return captured;
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_HELLO_HELLO_VECTORS_H_
