#include "xds/grpc_frame.h"

#include <cstdint>

#include "base/str_format.h"

namespace meshgw::internal {
namespace {

std::uint8_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t Length(std::string_view prefix) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kGrpcPrefixSize; ++i) {
    length = length << 8 | ByteAt(prefix, i);
  }
  return length;
}

}  // namespace

void AppendGrpcFrame(std::string_view message, std::string* out) {
  out->reserve(out->size() + kGrpcPrefixSize + message.size());
  out->push_back('\0');  // Not compressed.
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(message.size() >> shift & 0xff));
  }
  out->append(message);
}

void GrpcFrameDecoder::Feed(std::string_view bytes) {
  if (!error_.ok()) return;
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

absl::Status GrpcFrameDecoder::CheckPrefix(std::string_view prefix) const {
  const std::uint8_t flag = ByteAt(prefix, 0);
  if (flag == 1) {
    return absl::UnimplementedError(
        "a gRPC message is compressed, and no compression was offered");
  }
  if (flag != 0) {
    return absl::InvalidArgumentError(StrFormat(
        "no gRPC message: it begins with byte 0x%02x, expected 0x00", flag));
  }
  if (prefix.size() < kGrpcPrefixSize) return absl::OkStatus();
  const std::size_t length = Length(prefix);
  if (length > max_message_bytes_) {
    return absl::ResourceExhaustedError(
        StrFormat("a gRPC message is %d bytes long; at most %d are taken",
                  length, max_message_bytes_));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string_view>> GrpcFrameDecoder::Next() {
  if (!error_.ok()) return error_;
  const std::string_view left = std::string_view(buffer_).substr(taken_);
  if (left.empty()) {
    // A large message is not to be paid for until the end of the stream.
    constexpr std::size_t kKept = std::size_t{1} << 16;
    if (buffer_.capacity() > kKept) buffer_ = std::string();
    taken_ = buffer_.size();
    return std::nullopt;
  }
  error_ = CheckPrefix(left.substr(0, kGrpcPrefixSize));
  if (!error_.ok()) {
    buffer_.clear();
    taken_ = 0;
    return error_;
  }
  if (left.size() < kGrpcPrefixSize) return std::nullopt;
  const std::size_t length = Length(left);
  if (left.size() - kGrpcPrefixSize < length) return std::nullopt;
  taken_ += kGrpcPrefixSize + length;
  return left.substr(kGrpcPrefixSize, length);
}

}  // namespace meshgw::internal
