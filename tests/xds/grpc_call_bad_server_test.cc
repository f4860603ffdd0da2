// Servers that end a call early, break HTTP/2, flood, or speak something else.
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "xds/call_pair.h"
#include "xds/grpc_call.h"

using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string kNothing;

// A server's SETTINGS, and its acknowledgement of ours.
std::string Greeting() {
  return RawFrame(NGHTTP2_SETTINGS, 0, 0, "") +
         RawFrame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "");
}

// HPACK: a literal field that is not indexed.
std::string Field(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  const auto add = [&out](std::string_view text) {
    if (text.size() < 127) {
      out.push_back(static_cast<char>(text.size()));
    } else {
      std::size_t rest = text.size() - 127;
      out.push_back('\x7f');
      for (; rest >= 128; rest /= 128) {
        out.push_back(static_cast<char>(rest % 128 + 128));
      }
      out.push_back(static_cast<char>(rest));
    }
    out += text;
  };
  add(name);
  add(value);
  return out;
}

// Whatever comes behind the end of a call does nothing.
void CheckOver(CallPair* pair) {
  REQUIRE(pair->call.status().has_value());
  const std::string outcome = pair->Outcome();
  pair->call.TakeOutput();
  pair->call.TakeBody();
  for (const std::string_view bytes :
       {std::string_view("HTTP/1.1 200 OK\r\n\r\n"),
        std::string_view("\x15\x03"), std::string_view(kNothing)}) {
    pair->call.Receive(bytes);
    pair->call.SendBody(bytes);
    CHECK(pair->call.TakeBody().empty());
    pair->call.TakeOutput();
  }
  pair->call.Receive(RawFrame(NGHTTP2_PING, 0, 0, "12345678"));
  CHECK(pair->call.TakeOutput().empty());
  pair->call.Disconnect("gone");
  pair->call.Disconnect({});
  CHECK(pair->Outcome() == outcome);
}

}  // namespace

TEST_CASE("a reset is the status that gRPC has for its code", "[xds]") {
  // Source: gRPC doc/PROTOCOL-HTTP2.md, Errors.
  const auto [code, expected] = GENERATE(table<std::uint32_t, std::string>(
      {{NGHTTP2_PROTOCOL_ERROR, "INTERNAL"},
       {NGHTTP2_INTERNAL_ERROR, "INTERNAL"},
       {NGHTTP2_FLOW_CONTROL_ERROR, "INTERNAL"},
       {NGHTTP2_SETTINGS_TIMEOUT, "INTERNAL"},
       {NGHTTP2_STREAM_CLOSED, "INTERNAL"},
       {NGHTTP2_FRAME_SIZE_ERROR, "INTERNAL"},
       {NGHTTP2_REFUSED_STREAM, "UNAVAILABLE"},
       {NGHTTP2_CANCEL, "CANCELLED"},
       {NGHTTP2_COMPRESSION_ERROR, "INTERNAL"},
       {NGHTTP2_CONNECT_ERROR, "INTERNAL"},
       {NGHTTP2_ENHANCE_YOUR_CALM, "RESOURCE_EXHAUSTED"},
       {NGHTTP2_INADEQUATE_SECURITY, "PERMISSION_DENIED"},
       {NGHTTP2_HTTP_1_1_REQUIRED, "INTERNAL"},
       {99, "INTERNAL"}}));
  const bool answered = GENERATE(false, true);
  CallPair pair;
  pair.Exchange();
  if (answered) {
    pair.server.SendHeaders();
    pair.server.SendBody("part");
    pair.Exchange();
  }
  pair.server.Reset(code);
  pair.Exchange();
  INFO(code);
  CHECK_THAT(pair.Outcome(), StartsWith(expected + ": the server reset the "));
  CHECK(pair.answer == (answered ? "part" : ""));
  CheckOver(&pair);
}

TEST_CASE("a reset without an error and without an answer is an error",
          "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.Reset(NGHTTP2_NO_ERROR);
  pair.Exchange();
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: the server reset the call"));
  CheckOver(&pair);
}

TEST_CASE("the server's end ends the call, without a reset too", "[xds]") {
  const auto [frames, expected] = GENERATE(table<std::string, std::string>(
      {{RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\x88") +
            RawFrame(NGHTTP2_HEADERS,
                     NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                     Field("grpc-status", "14")),
        "UNAVAILABLE: "},
       {RawFrame(NGHTTP2_HEADERS,
                 NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                 "\x88" + Field("grpc-status", "7")),
        "PERMISSION_DENIED: "},
       {RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
                 Field(":status", "502")) +
            RawFrame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "<html>"),
        "UNAVAILABLE: the answer is no gRPC: HTTP status 502"}}));
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  pair.Break(frames);
  CHECK_THAT(pair.Outcome(), StartsWith(expected));
  CheckOver(&pair);
}

TEST_CASE("a status in headers that turn out to be malformed does not count",
          "[xds]") {
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  // HTTP/2 has no such field.
  pair.Break(RawFrame(
      NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
      "\x88" + Field("grpc-status", "7") + Field("connection", "close")));
  CHECK(pair.Outcome() ==
        "INTERNAL: the server's HTTP/2 is malformed: Invalid HTTP header field "
        "was received");
  CheckOver(&pair);
}

TEST_CASE("of a mistake and a reset that follows it, the mistake is told",
          "[xds]") {
  const std::string mistake =
      RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
               "\x88" + Field("connection", "close"));
  const std::string reset = RawFrame(NGHTTP2_RST_STREAM, 0, 1,
                                     {"\0\0\0\x0b", 4});  // ENHANCE_YOUR_CALM
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  SECTION("in one piece") { pair.Break(mistake + reset); }
  SECTION("one after the other") {
    pair.Break(mistake);
    pair.Break(reset);
  }
  CHECK_THAT(pair.Outcome(),
             StartsWith("INTERNAL: the server's HTTP/2 is malformed"));
  CheckOver(&pair);
}

TEST_CASE("a body that is longer than its headers say is told as malformed",
          "[xds]") {
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  pair.Break(RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
                      "\x88" + Field("content-length", "1")));
  pair.Break(RawFrame(NGHTTP2_DATA, 0, 1, "longer"));
  CHECK(pair.Outcome() ==
        "INTERNAL: the server's HTTP/2 is malformed (PROTOCOL_ERROR)");
  CheckOver(&pair);
}

TEST_CASE("GOAWAY ends a call that the server did not take, and says why",
          "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.GoAway(0, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings\x01");
  pair.Exchange();
  CHECK_THAT(pair.Outcome(), StartsWith("UNAVAILABLE: "));
  CHECK_THAT(pair.Outcome(), ContainsSubstring(": too_many_pings?"));
  CheckOver(&pair);
}

TEST_CASE("GOAWAY lets a call that the server took go on to its end", "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.SendHeaders();
  pair.server.SendBody("before");
  pair.server.GoAway(1, NGHTTP2_NO_ERROR, "max_age");
  pair.server.SendBody(", after");
  pair.call.SendBody("still heard");
  pair.Exchange();
  CHECK(pair.answer == "before, after");
  CHECK(pair.server.TakeBody() == "still heard");
  CHECK(pair.Outcome() == "running");
  SECTION("by its status") {
    pair.server.SendTrailers(
        {{"grpc-status", "14"}, {"grpc-message", "moved"}});
    pair.Exchange();
    CHECK(pair.Outcome() == "UNAVAILABLE: moved");
  }
  SECTION("by the end of the connection") {
    pair.call.Disconnect({});
    CHECK(pair.Outcome() ==
          "UNAVAILABLE: the server closed the connection (it said: max_age)");
  }
  SECTION("by a broken connection") {
    pair.call.Disconnect("127.0.0.1:1: Connection reset by peer");
    CHECK(pair.Outcome() ==
          "UNAVAILABLE: 127.0.0.1:1: Connection reset by peer (it said: "
          "max_age)");
  }
  CheckOver(&pair);
}

TEST_CASE("much debug data of a GOAWAY is cut", "[xds]") {
  CallPair pair;
  pair.Exchange();
  pair.server.GoAway(0, NGHTTP2_NO_ERROR, std::string(9000, 'x'));
  pair.Exchange();
  CHECK(pair.Outcome().size() < 400);
  CheckOver(&pair);
}

TEST_CASE("a server that speaks something else is told for what it is",
          "[xds]") {
  const auto [bytes, expected] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.1 400 Bad Request\r\n\r\n",
       "the server speaks HTTP/1, not gRPC"},
      {"HTTP/1.0 400 Bad Request\r\n\r\n",
       "the server speaks HTTP/1, not gRPC"},
      {{"\x15\x03\x01\x00\x02\x02\x46", 7}, "the server speaks TLS"},
      {{"\x15\x03\x03\x00\x02\x02\x0a and more", 16}, "the server speaks TLS"},
      {"SSH-2.0-OpenSSH_9.2p1\r\n", "the server does not speak HTTP/2"},
      {"220 mail ESMTP\r\n", "the server does not speak HTTP/2"},
      {std::string(64, '\0'), "the server does not speak HTTP/2"},
      {std::string(64, '\xff'), "the server does not speak HTTP/2"},
      // HTTP/2, but another frame than SETTINGS is first.
      {RawFrame(NGHTTP2_PING, 0, 0, "12345678"),
       "the server does not speak HTTP/2"},
  }));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CallPair pair;
    pair.call.TakeOutput();
    pair.call.Receive(std::string_view(bytes).substr(0, cut));
    pair.call.Receive(std::string_view(bytes).substr(cut));
    INFO(cut);
    REQUIRE_THAT(pair.Outcome(), StartsWith("UNAVAILABLE: " + expected));
    if (cut == 0) CheckOver(&pair);
  }
}

TEST_CASE("a few bytes of something else are told for what they are", "[xds]") {
  const auto [bytes, expected] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.", "the server speaks HTTP/1, not gRPC"},
      {"no\r\n", "the server does not speak HTTP/2"},
  }));
  CallPair pair;
  pair.call.Receive(bytes);
  CHECK(pair.Outcome() == "running");
  pair.call.Disconnect({});
  CHECK_THAT(pair.Outcome(), StartsWith("UNAVAILABLE: " + expected));
  CheckOver(&pair);
}

TEST_CASE("a page of a proxy is no message, and its status the call's",
          "[xds]") {
  const auto [status, expected] =
      GENERATE(table<std::string, std::string>({{"502", "UNAVAILABLE"},
                                                {"503", "UNAVAILABLE"},
                                                {"403", "PERMISSION_DENIED"},
                                                {"404", "UNIMPLEMENTED"},
                                                {"302", "UNKNOWN"}}));
  CallPair pair;
  pair.Exchange();
  pair.server.SendHeaders({{":status", status}, {"content-type", "text/html"}});
  pair.server.SendBody("<html>Bad Gateway</html>");
  pair.server.EndBody();
  pair.Exchange();
  CHECK(pair.answer.empty());
  CHECK(pair.Outcome() == expected + ": the answer is no gRPC: HTTP status " +
                              status + " without grpc-status");
  CheckOver(&pair);
}

TEST_CASE("what breaks HTTP/2 ends the call at once", "[xds]") {
  const std::string bytes = GENERATE(
      // Of a stream that does not exist.
      RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 3, "\x88"),
      RawFrame(NGHTTP2_DATA, 0, 0, "data"),
      // Not as long as it must be.
      RawFrame(NGHTTP2_PING, 0, 0, "1234567"),
      RawFrame(NGHTTP2_SETTINGS, 0, 0, "12345"),
      RawFrame(NGHTTP2_WINDOW_UPDATE, 0, 0, "123"),
      RawFrame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string(4, '\0')),
      // An index that no table has.
      RawFrame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\x7f"),
      // Headers that another frame breaks off.
      RawFrame(NGHTTP2_HEADERS, 0, 1, "\x88") +
          RawFrame(NGHTTP2_PING, 0, 0, "12345678"),
      // Larger than was agreed.
      RawFrame(NGHTTP2_DATA, 0, 1, std::string(16385, 'x')),
      // The window overflows.
      RawFrame(NGHTTP2_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff"),
      RawFrame(NGHTTP2_SETTINGS, 0, 0,
               std::string("\x00\x04\xff\xff\xff\xff", 6)),
      std::string(300, '\xff'));
  for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
    CallPair pair;
    pair.call.TakeOutput();
    pair.Break(Greeting());
    CHECK(pair.Outcome() == "running");
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      pair.Break(std::string_view(bytes).substr(at, piece));
    }
    INFO(bytes.substr(0, 20));
    CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: "));
    if (pair.call.status().has_value()) CheckOver(&pair);
  }
}

TEST_CASE("what a server promises to push is refused", "[xds]") {
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  pair.Break(RawFrame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1,
                      std::string("\0\0\0\2", 4) + "\x82\x86\x84" +
                          Field(":authority", "127.0.0.1")));
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: "));
  CheckOver(&pair);
}

TEST_CASE("a flood of settings or pings ends the call", "[xds]") {
  const std::string frame = GENERATE(RawFrame(NGHTTP2_SETTINGS, 0, 0, ""),
                                     RawFrame(NGHTTP2_PING, 0, 0, "12345678"));
  CallPair pair;
  pair.call.TakeOutput();
  pair.call.Receive(Greeting());
  // Its answers are not taken, as where the server does not read.
  for (int i = 0; i < 2000; ++i) pair.call.Receive(frame);
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: HTTP/2: Flooding"));
  CheckOver(&pair);
}

TEST_CASE("settings without end in one frame end the call", "[xds]") {
  std::string settings;
  for (int i = 0; i < 1000; ++i) settings += std::string("\0\4\0\0\xff\xff", 6);
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  pair.Break(RawFrame(NGHTTP2_SETTINGS, 0, 0, settings));
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: "));
  CheckOver(&pair);
}

TEST_CASE("continuations of headers without end end the call", "[xds]") {
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  pair.Break(RawFrame(NGHTTP2_HEADERS, 0, 1, "\x88"));
  const std::string more =
      RawFrame(NGHTTP2_CONTINUATION, 0, 1, Field("x", std::string(9000, 'y')));
  for (int i = 0; i < 5000 && !pair.call.status().has_value(); ++i) {
    pair.Break(more);
  }
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: "));
}

TEST_CASE("a header that is too long ends the call", "[xds]") {
  CallPair pair;
  pair.call.TakeOutput();
  pair.Break(Greeting());
  std::string block = "\x88" + Field("x-long", std::string(1 << 20, 'v'));
  pair.Break(RawFrame(NGHTTP2_HEADERS, 0, 1, block.substr(0, 16384)));
  for (std::size_t at = 16384; at < block.size(); at += 16384) {
    pair.Break(RawFrame(NGHTTP2_CONTINUATION, 0, 1, block.substr(at, 16384)));
  }
  CHECK_THAT(pair.Outcome(), StartsWith("INTERNAL: "));
}

TEST_CASE("a long status message is cut", "[xds]") {
  CallPair pair;
  pair.Exchange();
  Fields fields = kGrpcAnswer;
  fields.emplace_back("grpc-status", "2");
  fields.emplace_back("grpc-message", std::string(12000, 'm'));
  pair.server.SendOnly(fields);
  pair.Exchange();
  REQUIRE(pair.call.status().has_value());
  CHECK(pair.call.status()->message == std::string(1024, 'm'));
}

TEST_CASE("a server that ends in the middle of all is no crash", "[xds]") {
  // A call that was only begun, and one whose output was never taken.
  { const GrpcCall call(CallOptions()); }
  GrpcCall call(CallOptions());
  call.SendBody("body");
  call.Disconnect("127.0.0.1:1: Connection refused");
  CHECK(call.status()->code == GrpcCode::kUnavailable);
  CHECK(call.status()->message == "127.0.0.1:1: Connection refused");
}
