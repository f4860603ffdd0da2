// Is a server of a GrpcCall with a DeltaClient behind it. The first byte says
// how many bytes come at a time; what is behind it is what the server sends, in
// such pieces and at once. Both must come to the same, and what the call sends
// are whole frames.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "xds/delta_client.h"
#include "xds/grpc_call.h"

namespace {

using namespace meshgw::internal;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

void Require(bool condition) {
  if (!condition) std::abort();
}

GrpcCallOptions CallOptions() {
  GrpcCallOptions options;
  options.authority = "server";
  options.path = "/service/Method";
  options.user_agent = "fuzz";
  options.metadata = {{"x-consul-token", "secret"}};
  return options;
}

DeltaClientOptions ClientOptions() {
  DeltaClientOptions options;
  options.node.id = "gateway";
  options.limits.max_message_bytes = 1 << 16;
  options.limits.max_clusters = 8;
  return options;
}

class Talk {
 public:
  Talk() {
    client_.Connect(1);
    client_.OpenStream(now_);
    Settle();
  }

  void Receive(std::string_view bytes) {
    call_.Receive(bytes);
    Settle();
  }
  // Ends the connection; how the call ended, and the answer's body. Of several
  // mistakes another one may be told, and of a mistake and a reset either.
  std::string Outcome() {
    call_.Disconnect({});
    Settle();
    Require(call_.status().has_value());
    const GrpcStatus& status = *call_.status();
    Require(status.message.size() < 2048);
    const bool reset =
        status.message.starts_with("the server reset the call") ||
        status.message.find("malformed") != std::string::npos;
    return std::string(reset ? "reset" : GrpcCodeName(status.code)) + body_;
  }
  // Depends on how much comes at a time.
  bool flooded() const {
    return call_.status().has_value() &&
           call_.status()->message.find("Flooding") != std::string::npos;
  }

 private:
  void Settle() {
    const std::string body = call_.TakeBody();
    body_ += body;
    client_.OnData(body, now_);
    call_.SendBody(client_.TakeOutput());
    client_.TakeEvents();
    Take(call_.TakeOutput());
  }

  void Take(std::string_view out) {
    if (!greeted_ && !out.empty()) {
      Require(out.starts_with(kPreface));
      out.remove_prefix(kPreface.size());
      greeted_ = true;
    }
    while (!out.empty()) {
      constexpr std::size_t kHeader = 9;
      Require(out.size() >= kHeader);
      std::size_t size = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        size = size << 8 | static_cast<std::uint8_t>(out[i]);
      }
      Require(out.size() - kHeader >= size);
      out.remove_prefix(kHeader + size);
    }
  }

  GrpcCall call_{CallOptions()};
  DeltaClient client_{ClientOptions()};
  const DeltaClient::TimePoint now_{std::chrono::hours(1)};
  std::string body_;
  bool greeted_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1),
                               size - 1);
  Talk whole;
  whole.Receive(bytes);
  Talk pieces;
  const std::size_t piece = std::size_t{1} + data[0];
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    pieces.Receive(bytes.substr(at, piece));
  }
  const std::string outcome = whole.Outcome();
  Require(pieces.Outcome() == outcome || whole.flooded() || pieces.flooded());
  return 0;
}
