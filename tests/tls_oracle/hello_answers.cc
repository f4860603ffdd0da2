// Writes a line of JSON for each hello of testdata/vectors/hello.json, and then
// for as many mutations of those of real clients as the first argument says, of
// the seed that the second one is: the bytes of the stream and what is read
// there. Bytes are written as hexadecimal digits.
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "hello/hello_mutator.h"
#include "hello/hello_vectors.h"
#include "meshgw/client_hello.h"

namespace meshgw {
namespace {

using test::ByteVector;

std::string Hex(std::span<const std::uint8_t> bytes) {
  std::string out = "\"";
  for (const std::uint8_t byte : bytes) out += absl::StrFormat("%02x", byte);
  return out + '"';
}

std::string Hex(std::string_view text) {
  return Hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void Answer(const std::string& name, const ByteVector& bytes) {
  static ByteVector scratch(131400);
  ClientHello hello;
  const bool accepted =
      ParseClientHello(bytes, scratch, &hello) == HelloVerdict::kHello;
  std::string alpn;
  if (accepted) {
    for (const std::string_view protocol : hello.alpn) {
      alpn += (alpn.empty() ? "" : ",") + Hex(protocol);
    }
  }
  std::cout << "{\"name\":\"" << name << "\",\"bytes\":" << Hex(bytes)
            << ",\"accepted\":" << (accepted ? "true" : "false")
            << ",\"server_name\":" << Hex(hello.server_name) << ",\"alpn\":["
            << alpn << "],\"versions\":" << Hex(hello.supported_versions)
            << ",\"legacy_version\":" << hello.legacy_version << "}\n";
}

void AnswerAll(int mutations, std::uint32_t seed) {
  for (const auto& vector : test::LoadHelloVectors()) {
    Answer(vector.name, vector.bytes);
  }
  test::HelloMutator mutator(seed);
  std::mt19937 random(seed);
  const auto captured = test::LoadCapturedHellos();
  for (int i = 0; i < mutations; ++i) {
    const auto& origin = captured[random() % captured.size()];
    Answer(origin.name + ", mutation " + std::to_string(i),
           mutator.Mutate(
               std::span(origin.bytes)
                   .first(static_cast<std::size_t>(origin.wire_bytes))));
  }
}

}  // namespace
}  // namespace meshgw

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  meshgw::AnswerAll(std::atoi(argv[1]), static_cast<std::uint32_t>(std::strtoul(
                                            argv[2], nullptr, 10)));
  return 0;
}
