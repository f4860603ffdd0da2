#ifndef MESHGW_TESTS_XDS_CALL_PAIR_H_
#define MESHGW_TESTS_XDS_CALL_PAIR_H_

#include <string>
#include <string_view>
#include <utility>

#include "xds/grpc_call.h"
#include "xds/grpc_server.h"

namespace meshgw::test {

inline internal::GrpcCallOptions CallOptions() {
  internal::GrpcCallOptions options;
  options.authority = "127.0.0.1:8502";
  options.path = "/package.Service/Method";
  options.user_agent = "meshgw/1.2.3";
  return options;
}

// A call and its server, and the bytes between them.
struct CallPair {
  explicit CallPair(internal::GrpcCallOptions call_options = CallOptions(),
                    GrpcServer::Options server_options = {})
      : call(std::move(call_options)), server(server_options) {}

  // Carries bytes both ways until there are none.
  void Exchange() {
    while (ToServer() || ToClient()) {
    }
  }
  bool ToServer() {
    const std::string bytes = call.TakeOutput();
    to_server += bytes;
    if (!bytes.empty()) server.Receive(bytes);
    return !bytes.empty();
  }
  bool ToClient() {
    const std::string bytes = server.TakeOutput();
    to_client += bytes;
    if (!bytes.empty()) call.Receive(bytes);
    answer += call.TakeBody();
    return !bytes.empty();
  }
  // What a server sends that does not keep to HTTP/2; then what the call says
  // to it, which nobody reads.
  void Break(std::string_view bytes) {
    call.Receive(bytes);
    call.TakeOutput();
  }

  // "CODE: message", or "running".
  std::string Outcome() const {
    if (!call.status().has_value()) return "running";
    return std::string(internal::GrpcCodeName(call.status()->code)) + ": " +
           call.status()->message;
  }

  internal::GrpcCall call;
  GrpcServer server;
  std::string answer;  // The body that came.
  std::string to_server, to_client;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_CALL_PAIR_H_
