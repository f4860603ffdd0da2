#include "xds/grpc_status.h"

#include <optional>
#include <string>

#include "support/catch.h"

using namespace meshgw::internal;

TEST_CASE("a grpc-message is percent-decoded, and what is no escape kept",
          "[xds]") {
  struct Row {
    std::string in, out;
  };
  const Row row = GENERATE(
      Row{"", ""}, Row{"plain", "plain"}, Row{"a%20b", "a b"},
      Row{"%E2%82%AC", "\xe2\x82\xac"}, Row{"%e2", "\xe2"}, Row{"100%", "100%"},
      Row{"%2", "%2"}, Row{"%zz", "%zz"}, Row{"%%41", "%A"}, Row{"%25", "%"});
  CAPTURE(row.in);
  CHECK(DecodeStatusMessage(row.in) == row.out);
}

TEST_CASE("the end of a call is read from its status and message", "[xds]") {
  struct Row {
    std::string http;
    std::optional<std::string> status, message;
    GrpcCode code;
    std::string text;
  };
  const Row row = GENERATE(
      Row{"200", "0", std::nullopt, GrpcCode::kOk, ""},
      Row{"200", "7", "Permission%20denied", GrpcCode::kPermissionDenied,
          "Permission denied"},
      Row{"503", "8", "busy", GrpcCode::kResourceExhausted, "busy"},
      Row{"200", "17", std::nullopt, GrpcCode::kUnknown,
          "grpc-status 17 is no status"},
      Row{"200", "-1", std::nullopt, GrpcCode::kUnknown,
          "grpc-status -1 is no status"},
      Row{"200", "4x", "why", GrpcCode::kUnknown, "why"},
      Row{"400", std::nullopt, std::nullopt, GrpcCode::kInternal,
          "the answer is no gRPC: HTTP status 400 without grpc-status"},
      Row{"401", std::nullopt, std::nullopt, GrpcCode::kUnauthenticated,
          "the answer is no gRPC: HTTP status 401 without grpc-status"},
      Row{"403", std::nullopt, std::nullopt, GrpcCode::kPermissionDenied,
          "the answer is no gRPC: HTTP status 403 without grpc-status"},
      Row{"404", std::nullopt, std::nullopt, GrpcCode::kUnimplemented,
          "the answer is no gRPC: HTTP status 404 without grpc-status"},
      Row{"503", std::nullopt, std::nullopt, GrpcCode::kUnavailable,
          "the answer is no gRPC: HTTP status 503 without grpc-status"},
      Row{"", std::nullopt, "x", GrpcCode::kUnknown,
          "the answer is no gRPC: HTTP status missing without grpc-status"});
  CAPTURE(row.http, row.text);
  const GrpcStatus status = MakeGrpcStatus(row.http, row.status, row.message);
  CHECK(status.code == row.code);
  CHECK(status.message == row.text);
}

TEST_CASE("a message of any length is cut", "[xds]") {
  const std::string text(1 << 20, 'x');
  CHECK(MakeGrpcStatus("200", "14", text).message.size() == 1024);
}

TEST_CASE("codes have gRPC's names", "[xds]") {
  CHECK(GrpcCodeName(GrpcCode::kUnavailable) == "UNAVAILABLE");
  CHECK(GrpcCodeName(GrpcCode::kUnauthenticated) == "UNAUTHENTICATED");
  CHECK(GrpcCodeName(static_cast<GrpcCode>(99)) == "UNKNOWN");
}
