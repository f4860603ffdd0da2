#ifndef MESHGW_XDS_GRPC_CALL_H_
#define MESHGW_XDS_GRPC_CALL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xds/grpc_status.h"

struct nghttp2_session;

namespace meshgw::internal {

// GrpcCallOptions say what is called.
struct GrpcCallOptions {
  std::string scheme = "http";  // Or "https".
  std::string authority;        // The server, as of a URL.
  std::string path;             // "/package.Service/Method"
  std::string user_agent;
  // Names in lower case. Values are secrets: they are not put into the tables
  // of HTTP/2's header compression.
  std::vector<std::pair<std::string, std::string>> metadata = {};
  // What the server may send ahead of our reading.
  std::int32_t window_bytes = std::int32_t{1} << 20;
};

// GrpcCall is one streaming gRPC call on an HTTP/2 connection of its own: bytes
// of the connection and of the two bodies go in and out, without I/O. Sources:
// RFC 9113, gRPC doc/PROTOCOL-HTTP2.md.
//
// After each call TakeBody goes to who reads the answer and TakeOutput to the
// connection. Once status() is there, to be looked at after TakeOutput, the
// call is over. While TakeOutput is not called, what a server can make it hold
// is bounded: a flood of frames that want answers ends the call.
// Thread-compatible.
class GrpcCall {
 public:
  explicit GrpcCall(GrpcCallOptions options);
  ~GrpcCall();
  GrpcCall(const GrpcCall&) = delete;
  GrpcCall& operator=(const GrpcCall&) = delete;

  // Receive takes what the connection brought.
  void Receive(std::string_view bytes);
  // Disconnect says that the connection is gone, and why (empty: the server
  // closed it in order).
  void Disconnect(std::string_view why);
  // SendBody appends to the request's body.
  void SendBody(std::string_view bytes);

  // What the connection is to send.
  std::string TakeOutput();
  // What came of the answer's body.
  std::string TakeBody() { return std::exchange(received_, {}); }
  // What waits of the request's body.
  std::size_t unsent() const { return body_.size() - body_sent_; }
  // How the call ended.
  const std::optional<GrpcStatus>& status() const { return status_; }

 private:
  struct Callbacks;
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const;
  };

  void Submit();
  bool CheckFirstBytes(std::string_view* bytes);
  void End(GrpcStatus status);
  void EndByStreamClose(std::uint32_t error_code);

  const GrpcCallOptions options_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::int32_t stream_ = 0;
  std::string first_;  // Until they are enough to know HTTP/2 by.
  bool known_http2_ = false;
  std::string body_;  // Of the request.
  std::size_t body_sent_ = 0;
  bool deferred_ = false;  // The session waits for more of it.
  std::string received_;
  // Of the answer. Fields count once the headers that they are in are whole:
  // those may turn out to be malformed behind them.
  bool headers_whole_ = false;
  std::string http_status_;
  std::optional<std::string> grpc_status_;
  std::optional<std::string> grpc_message_;
  bool server_reset_ = false;
  std::string debug_data_;  // Of a GOAWAY.
  std::optional<GrpcStatus> status_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_GRPC_CALL_H_
