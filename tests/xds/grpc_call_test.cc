#include "xds/grpc_call.h"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.h"
#include "xds/call_pair.h"

using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// `size` bytes that tell each place from others.
std::string Pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>(i * 31 + i / 251);
  }
  return out;
}

// A call that sends a body, gets one, and ends well.
void Talk(CallPair* pair, std::string_view request, std::string_view answer) {
  pair->call.SendBody(request);
  pair->Exchange();
  pair->server.SendHeaders();
  pair->server.SendBody(answer);
  pair->Exchange();
  pair->server.SendTrailers({{"grpc-status", "0"}});
  pair->Exchange();
}

struct Outcome {
  std::string answer;
  GrpcStatus status;
};

// What a call makes of the bytes of a server, `cut` at a time.
Outcome Replay(std::string_view bytes, std::size_t first, std::size_t piece) {
  GrpcCall call(CallOptions());
  Outcome out;
  call.TakeOutput();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size =
        std::min(bytes.size() - at, at == 0 && first > 0 ? first : piece);
    call.Receive(bytes.substr(at, size));
    call.TakeOutput();
    out.answer += call.TakeBody();
    at += size;
  }
  call.Disconnect({});
  out.status = *call.status();
  return out;
}

}  // namespace

TEST_CASE("a call sends the headers that gRPC wants", "[xds]") {
  GrpcCallOptions options = CallOptions();
  options.scheme = GENERATE("http", "https");
  CallPair pair(options);
  pair.Exchange();
  REQUIRE(pair.server.request().size() == 7);
  CHECK(pair.server.Find(":method") == "POST");
  CHECK(pair.server.Find(":scheme") == options.scheme);
  CHECK(pair.server.Find(":path") == "/package.Service/Method");
  CHECK(pair.server.Find(":authority") == "127.0.0.1:8502");
  CHECK(pair.server.Find("te") == "trailers");
  CHECK(pair.server.Find("content-type") == "application/grpc");
  CHECK(pair.server.Find("user-agent") == "meshgw/1.2.3");
  // Pseudo-headers are first (RFC 9113 8.3).
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(pair.server.request()[i].name.starts_with(':') == (i < 4));
  }
  CHECK(pair.Outcome() == "running");
}

TEST_CASE("metadata is sent, and kept out of the compression's tables",
          "[xds]") {
  GrpcCallOptions options = CallOptions();
  options.metadata = {{"x-consul-token", "secret"}, {"x-more", "m"}};
  CallPair pair(options);
  pair.Exchange();
  REQUIRE(pair.server.request().size() == 9);
  for (const GrpcServer::RequestField& field : pair.server.request()) {
    INFO(field.name);
    CHECK(field.never_indexed == field.name.starts_with("x-"));
  }
  CHECK(pair.server.Find("x-consul-token") == "secret");
  CHECK(pair.server.Find("x-more") == "m");
}

TEST_CASE("a call announces its windows, and no push", "[xds]") {
  CallPair pair;
  pair.Exchange();
  CHECK(pair.server.setting(NGHTTP2_SETTINGS_ENABLE_PUSH) == 0);
  CHECK(pair.server.setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) == 1 << 20);
  CHECK(pair.server.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE) == 65536);
  CHECK(nghttp2_session_get_remote_window_size(pair.server.session()) ==
        1 << 20);
}

TEST_CASE("bodies arrive both ways, and the trailers' status ends the call",
          "[xds]") {
  CallPair pair;
  const std::string request = Pattern(1000);
  const std::string answer = Pattern(2000);
  Talk(&pair, request, answer);
  CHECK(pair.server.TakeBody() == request);
  CHECK(pair.answer == answer);
  CHECK(pair.Outcome() == "OK: ");
}

TEST_CASE("a request's body goes on for as long as the call", "[xds]") {
  CallPair pair;
  std::string expected;
  std::string got;
  pair.Exchange();
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string part = Pattern(size);
    pair.call.SendBody(part);
    if (size % 3 != 0) pair.Exchange();
    expected += part;
    got += pair.server.TakeBody();
  }
  pair.Exchange();
  CHECK(got + pair.server.TakeBody() == expected);
  CHECK(pair.call.unsent() == 0);
  CHECK(pair.Outcome() == "running");
}

TEST_CASE(
    "wherever the server's bytes are cut, the call makes the same of them",
    "[xds]") {
  CallPair pair;
  Talk(&pair, "request", Pattern(700));
  const std::string bytes = pair.to_client;
  REQUIRE(pair.Outcome() == "OK: ");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    INFO(cut);
    const Outcome outcome = Replay(bytes, cut, bytes.size());
    REQUIRE(outcome.answer == pair.answer);
    REQUIRE(outcome.status.code == GrpcCode::kOk);
  }
  for (const std::size_t piece : {1U, 2U, 3U, 8U, 9U, 10U, 64U}) {
    INFO(piece);
    const Outcome outcome = Replay(bytes, 0, piece);
    REQUIRE(outcome.answer == pair.answer);
    REQUIRE(outcome.status.code == GrpcCode::kOk);
  }
}

TEST_CASE("wherever the connection closes, the call is over", "[xds]") {
  CallPair pair;
  Talk(&pair, "request", Pattern(100));
  const std::string bytes = pair.to_client;
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    INFO(end);
    const Outcome outcome = Replay(bytes.substr(0, end), 0, bytes.size());
    REQUIRE(outcome.status.code == GrpcCode::kUnavailable);
    // A part of a server's first frame is no other protocol.
    REQUIRE(outcome.status.message == "the server closed the connection");
    REQUIRE(pair.answer.starts_with(outcome.answer));
  }
}

TEST_CASE("a request's body may be cut anywhere", "[xds]") {
  const std::string body = Pattern(50);
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    CallPair pair;
    pair.call.SendBody(std::string_view(body).substr(0, cut));
    if (cut % 2 == 0) pair.Exchange();
    pair.call.SendBody(std::string_view(body).substr(cut));
    pair.Exchange();
    INFO(cut);
    REQUIRE(pair.server.TakeBody() == body);
  }
}

TEST_CASE("the trailers' status and message are the call's", "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.SendHeaders();
  pair.server.SendTrailers(
      {{"grpc-status", "7"}, {"grpc-message", "no %22token%22"}});
  pair.Exchange();
  CHECK(pair.Outcome() == "PERMISSION_DENIED: no \"token\"");
}

TEST_CASE("trailers alone are an answer", "[xds]") {
  CallPair pair;
  pair.Exchange();
  Fields fields = kGrpcAnswer;
  fields.emplace_back("grpc-status", "16");
  fields.emplace_back("grpc-message", "who is it?");
  pair.server.SendOnly(fields);
  pair.Exchange();
  CHECK(pair.Outcome() == "UNAUTHENTICATED: who is it?");
}

TEST_CASE("a status before all of the request was taken ends the call",
          "[xds]") {
  CallPair pair;
  pair.call.SendBody(Pattern(std::size_t{1} << 20));
  pair.ToServer();
  Fields fields = kGrpcAnswer;
  fields.emplace_back("grpc-status", "8");
  pair.server.SendOnly(fields);
  pair.ToClient();
  pair.server.Reset(NGHTTP2_NO_ERROR);
  pair.ToClient();
  CHECK(pair.Outcome() == "RESOURCE_EXHAUSTED: ");
}

TEST_CASE("the end of a body without a status is no gRPC", "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.SendHeaders();
  pair.server.SendBody("body");
  pair.server.EndBody();
  pair.Exchange();
  CHECK(pair.answer == "body");
  CHECK(pair.Outcome() ==
        "UNKNOWN: the answer is no gRPC: HTTP status 200 without grpc-status");
}

TEST_CASE("informational answers are passed over", "[xds]") {
  CallPair pair;
  pair.Exchange();
  const nghttp2_nv early{
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(":status")),
      reinterpret_cast<std::uint8_t*>(const_cast<char*>("103")), 7, 3, 0};
  nghttp2_submit_headers(pair.server.session(), NGHTTP2_FLAG_NONE,
                         pair.server.stream(), nullptr, &early, 1, nullptr);
  pair.Exchange();
  CHECK(pair.Outcome() == "running");
  pair.server.SendHeaders();
  pair.server.SendBody("body");
  pair.server.SendTrailers({{"grpc-status", "0"}});
  pair.Exchange();
  CHECK(pair.answer == "body");
  CHECK(pair.Outcome() == "OK: ");
}

TEST_CASE("a request larger than the server's window waits for it", "[xds]") {
  GrpcServer::Options options;
  options.by_hand = true;
  CallPair pair(CallOptions(), options);
  const std::string body = Pattern(200000);
  pair.call.SendBody(body);
  pair.Exchange();
  std::string got = pair.server.TakeBody();
  CHECK(got.size() == 65535);
  CHECK(pair.call.unsent() == body.size() - got.size());
  // What is let through comes, and no more.
  pair.server.Consume(40000);
  pair.Exchange();
  const std::string more = pair.server.TakeBody();
  CHECK(more.size() == 40000);
  got += more;
  for (std::size_t unconsumed = 65535; got.size() < body.size();) {
    pair.server.Consume(unconsumed);
    pair.Exchange();
    const std::string next = pair.server.TakeBody();
    REQUIRE(!next.empty());
    unconsumed = next.size();
    got += next;
  }
  CHECK(got == body);
  CHECK(pair.call.unsent() == 0);
}

TEST_CASE("an answer larger than the call's window arrives whole", "[xds]") {
  GrpcCallOptions options = CallOptions();
  options.window_bytes = 65535;
  CallPair pair(options);
  pair.Exchange();
  const std::string answer = Pattern(std::size_t{3} << 20);
  pair.server.SendHeaders();
  pair.server.SendBody(answer);
  // Until the call has said that it took it, no more than the window.
  pair.ToClient();
  CHECK(pair.answer.size() == 65535);
  pair.server.SendTrailers({{"grpc-status", "0"}});
  pair.Exchange();
  CHECK(pair.answer == answer);
  CHECK(pair.Outcome() == "OK: ");
}

TEST_CASE("a ping is answered", "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.Ping("12345678");
  pair.Exchange();
  CHECK(pair.server.last_ping_answer() == "12345678");
  CHECK(pair.Outcome() == "running");
}

TEST_CASE("settings are acknowledged, also those that change", "[xds]") {
  CallPair pair;
  pair.Exchange();
  const std::size_t before = pair.server.frames(NGHTTP2_SETTINGS);
  const nghttp2_settings_entry table[] = {
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 65536}};
  nghttp2_submit_settings(pair.server.session(), NGHTTP2_FLAG_NONE, table, 2);
  pair.Exchange();
  CHECK(pair.server.frames(NGHTTP2_SETTINGS) == before + 1);
  Talk(&pair, Pattern(300), "body");
  CHECK(pair.Outcome() == "OK: ");
}
