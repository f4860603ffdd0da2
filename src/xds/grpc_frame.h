#ifndef MESHGW_XDS_GRPC_FRAME_H_
#define MESHGW_XDS_GRPC_FRAME_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace meshgw::internal {

// kGrpcPrefixSize: a flag byte and the message's length in four bytes, most
// significant first. Source: gRPC doc/PROTOCOL-HTTP2.md,
// Length-Prefixed-Message.
inline constexpr std::size_t kGrpcPrefixSize = 5;

// AppendGrpcFrame appends `message` (shorter than 4 GiB) to `out` behind its
// prefix, uncompressed.
void AppendGrpcFrame(std::string_view message, std::string* out);

// GrpcFrameDecoder cuts the body of a gRPC call into messages, whatever pieces
// it comes in. It keeps what was fed and not yet given out: at most one message
// and what came behind it in the same piece. Thread-compatible.
class GrpcFrameDecoder {
 public:
  // `max_message_bytes` bounds a message, without its prefix.
  explicit GrpcFrameDecoder(std::size_t max_message_bytes)
      : max_message_bytes_(max_message_bytes) {}

  // Feed takes the next bytes of the body. After an error of Next they are
  // dropped.
  void Feed(std::string_view bytes);

  // Next returns the next whole message, a view that the next call to Feed or
  // Next ends; empty when more bytes are needed. Errors, which stay:
  // Unimplemented for a compressed message (none was asked for),
  // ResourceExhausted for one that is too long (told from its prefix),
  // InvalidArgument for a flag that is neither 0 nor 1: no gRPC.
  absl::StatusOr<std::optional<std::string_view>> Next();

  // in_message says whether a message has begun and is not whole yet: the body
  // must not end there.
  bool in_message() const { return taken_ < buffer_.size(); }

 private:
  absl::Status CheckPrefix(std::string_view prefix) const;

  std::size_t max_message_bytes_;
  std::string buffer_;
  std::size_t taken_ = 0;  // Bytes of buffer_ that were given out.
  absl::Status error_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_GRPC_FRAME_H_
