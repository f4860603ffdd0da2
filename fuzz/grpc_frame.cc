// Cuts a body into messages, in one piece and in pieces of the size that the
// first byte says; holds the two against each other.
#include "xds/grpc_frame.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using meshgw::internal::GrpcFrameDecoder;

struct Outcome {
  std::vector<std::string> messages;
  absl::Status error;
};

Outcome Decode(std::string_view body, std::size_t piece) {
  Outcome out;
  GrpcFrameDecoder decoder(4096);
  for (std::size_t at = 0; at < body.size() && out.error.ok(); at += piece) {
    decoder.Feed(body.substr(at, piece));
    while (true) {
      const auto next = decoder.Next();
      out.error = next.status();
      if (!next.ok() || !next->has_value()) break;
      out.messages.emplace_back(**next);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data + 1),
                              size - 1);
  const Outcome whole = Decode(body, size);
  const Outcome pieces = Decode(body, std::size_t{1} + data[0]);
  if (whole.messages != pieces.messages || whole.error != pieces.error) {
    std::abort();
  }
  return 0;
}
