// Reads any bytes as a packet capture: what is kept stays within its bounds.
#include "cli/capture.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const meshgw::cli::CaptureLimits limits = {
      .max_stream_bytes = 4096, .max_streams = 8, .max_total_bytes = 16384};
  std::vector<meshgw::cli::CaptureStream> streams;
  std::string error;
  const bool read =
      meshgw::cli::ReadCapture({data, size}, limits, &streams, &error);
  // True with an error: the file ends inside a packet.
  Require(read || (!error.empty() && streams.empty()));
  Require(streams.size() <= limits.max_streams);
  std::size_t total = 0;
  for (const auto& stream : streams) {
    Require(!stream.bytes.empty() &&
            stream.bytes.size() <= limits.max_stream_bytes);
    Require(!stream.source.empty() && !stream.destination.empty());
    total += stream.bytes.size();
  }
  Require(total <= size && total <= limits.max_total_bytes);
  return 0;
}
