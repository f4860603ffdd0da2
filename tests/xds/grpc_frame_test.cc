#include "xds/grpc_frame.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace meshgw::internal;

namespace {

// All messages that are whole; stops at an error.
std::vector<std::string> Messages(GrpcFrameDecoder* decoder) {
  std::vector<std::string> out;
  while (true) {
    const auto next = decoder->Next();
    if (!next.ok() || !next->has_value()) return out;
    out.emplace_back(**next);
  }
}

const std::vector<std::string> kMessages = {
    "first", "", std::string(70000, 'x'), std::string("\0\1\2", 3)};

std::string Body() {
  std::string body;
  for (const std::string& message : kMessages) AppendGrpcFrame(message, &body);
  return body;
}

}  // namespace

TEST_CASE("a frame is a zero, the length and the message", "[xds]") {
  std::string out = "before";
  AppendGrpcFrame("abc", &out);
  CHECK(out == std::string("before\0\0\0\0\3abc", 14));
}

TEST_CASE("messages come out whole whatever pieces the body comes in",
          "[xds]") {
  const std::string body = Body();
  const std::size_t piece =
      GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 1000u, 65536u, 1u << 20);
  CAPTURE(piece);
  GrpcFrameDecoder decoder(1 << 20);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    decoder.Feed(std::string_view(body).substr(at, piece));
    for (std::string& message : Messages(&decoder)) {
      out.push_back(std::move(message));
    }
  }
  CHECK(out == kMessages);
  CHECK(!decoder.in_message());
}

TEST_CASE("every strict prefix of a frame asks for more", "[xds]") {
  std::string frame;
  AppendGrpcFrame("a message", &frame);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CAPTURE(size);
    GrpcFrameDecoder decoder(100);
    decoder.Feed(std::string_view(frame).substr(0, size));
    const auto next = decoder.Next();
    REQUIRE(next.ok());
    CHECK(!next->has_value());
    CHECK(decoder.in_message() == (size > 0));
  }
}

TEST_CASE("a frame that cannot be read is an error that stays", "[xds]") {
  struct Row {
    std::string body;
    absl::StatusCode code;
    std::string text;
  };
  const Row row = GENERATE(
      Row{std::string("\1\0\0\0\1a", 6), absl::StatusCode::kUnimplemented,
          "compressed"},
      Row{std::string("\1", 1), absl::StatusCode::kUnimplemented, "compressed"},
      Row{std::string("\0\0\0\0\x0b", 5), absl::StatusCode::kResourceExhausted,
          "11 bytes long; at most 10"},
      Row{"\xff\xff\xff\xff\xff", absl::StatusCode::kInvalidArgument, "0xff"},
      Row{"<html>", absl::StatusCode::kInvalidArgument, "0x3c"});
  CAPTURE(row.text);
  GrpcFrameDecoder decoder(10);
  std::string good;
  AppendGrpcFrame("0123456789", &good);
  decoder.Feed(good + row.body);
  CHECK(Messages(&decoder) == std::vector<std::string>{"0123456789"});
  const auto next = decoder.Next();
  CHECK(next.status().code() == row.code);
  CHECK_THAT(std::string(next.status().message()),
             Catch::Matchers::ContainsSubstring(row.text));
  decoder.Feed(good);
  CHECK(decoder.Next().status() == next.status());
}
