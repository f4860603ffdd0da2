#include "meshgw/gateway.h"

namespace meshgw {

std::string_view ConnectionReasonName(ConnectionReason reason) noexcept {
  switch (reason) {
    case ConnectionReason::kOk:
      return "ok";
    case ConnectionReason::kNoSni:
      return "no_sni";
    case ConnectionReason::kNoRoute:
      return "no_route";
    case ConnectionReason::kNoHealthyEndpoint:
      return "no_healthy_endpoint";
    case ConnectionReason::kHelloTimeout:
      return "hello_timeout";
    case ConnectionReason::kHelloMalformed:
      return "hello_malformed";
    case ConnectionReason::kHelloTooLarge:
      return "hello_too_large";
    case ConnectionReason::kNotTls:
      return "not_tls";
    case ConnectionReason::kRateLimited:
      return "rate_limited";
    case ConnectionReason::kConnectionLimit:
      return "connection_limit";
    case ConnectionReason::kConnectFailed:
      return "connect_failed";
    case ConnectionReason::kConnectTimeout:
      return "connect_timeout";
    case ConnectionReason::kIdleTimeout:
      return "idle_timeout";
    case ConnectionReason::kDrained:
      return "drained";
    case ConnectionReason::kDenied:
      return "denied";
    case ConnectionReason::kReset:
      return "reset";
    case ConnectionReason::kClientClosed:
      return "client_closed";
    case ConnectionReason::kFailed:
      return "failed";
    case ConnectionReason::kHelloMemory:
      return "hello_memory";
  }
  return "unknown";
}

}  // namespace meshgw
