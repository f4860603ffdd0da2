#include "xds/grpc_status.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "base/ascii.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxMessage = 1024;

constexpr std::array<std::string_view, 17> kNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

GrpcCode CodeOfHttp(std::string_view status) {
  if (status == "400") return GrpcCode::kInternal;
  if (status == "401") return GrpcCode::kUnauthenticated;
  if (status == "403") return GrpcCode::kPermissionDenied;
  if (status == "404") return GrpcCode::kUnimplemented;
  if (status == "429" || status == "502" || status == "503" ||
      status == "504") {
    return GrpcCode::kUnavailable;
  }
  return GrpcCode::kUnknown;
}

}  // namespace

std::string_view GrpcCodeName(GrpcCode code) noexcept {
  const auto at = static_cast<std::size_t>(code);
  return at < kNames.size() ? kNames[at] : "UNKNOWN";
}

std::string DecodeStatusMessage(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigitValue(text[i + 1]);
      const int low = HexDigitValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

GrpcStatus MakeGrpcStatus(std::string_view http_status,
                          std::optional<std::string_view> grpc_status,
                          std::optional<std::string_view> grpc_message) {
  GrpcStatus out;
  if (grpc_status.has_value()) {
    int code = -1;
    const char* end = grpc_status->data() + grpc_status->size();
    const auto read = std::from_chars(grpc_status->data(), end, code);
    const bool known = read.ec == std::errc() && read.ptr == end && code >= 0 &&
                       code < static_cast<int>(kNames.size());
    out.code = known ? static_cast<GrpcCode>(code) : GrpcCode::kUnknown;
    out.message = DecodeStatusMessage(
        grpc_message.value_or("").substr(0, std::size_t{3} * kMaxMessage));
    if (!known && out.message.empty()) {
      out.message = StrFormat("grpc-status %s is no status",
                              grpc_status->substr(0, kMaxMessage));
    }
  } else {
    out.code = CodeOfHttp(http_status);
    out.message =
        StrFormat("the answer is no gRPC: HTTP status %s without grpc-status",
                  http_status.empty() ? "missing" : http_status.substr(0, 16));
  }
  if (out.message.size() > kMaxMessage) out.message.resize(kMaxMessage);
  return out;
}

}  // namespace meshgw::internal
