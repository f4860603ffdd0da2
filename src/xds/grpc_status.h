#ifndef MESHGW_XDS_GRPC_STATUS_H_
#define MESHGW_XDS_GRPC_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshgw::internal {

// GrpcCode is how a call ended. Source: gRPC doc/statuscodes.md.
enum class GrpcCode : std::int32_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};
// GrpcCodeName returns gRPC's name, e.g. "UNAVAILABLE"; "UNKNOWN" for values
// that are no code.
std::string_view GrpcCodeName(GrpcCode code) noexcept;

// GrpcStatus is the end of a call, for people too.
struct GrpcStatus {
  GrpcCode code = GrpcCode::kOk;
  std::string message = {};
};

// DecodeStatusMessage decodes a grpc-message: "%E2%82%AC". What is no escape
// stays as it is, as gRPC asks (doc/PROTOCOL-HTTP2.md, Status-Message).
std::string DecodeStatusMessage(std::string_view text);

// MakeGrpcStatus reads the end of a call from the values of `:status`,
// `grpc-status` and `grpc-message` (empty: not there). Without grpc-status the
// code follows from the HTTP status, and the message says that the answer was
// no gRPC; a grpc-status that is no code is kUnknown. The message is cut after
// 1,024 bytes. Source: gRPC doc/http-grpc-status-mapping.md.
GrpcStatus MakeGrpcStatus(std::string_view http_status,
                          std::optional<std::string_view> grpc_status,
                          std::optional<std::string_view> grpc_message);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_GRPC_STATUS_H_
