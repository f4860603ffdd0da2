#include "base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace meshgw::internal {

IpKind ClassifyIp(std::string_view text) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof(copy)) return IpKind::kNone;
  text.copy(copy, sizeof(copy) - 1);
  if (text.find('\0') != text.npos) return IpKind::kNone;
  in_addr v4 = {};
  in6_addr v6 = {};
  bool unspecified = false;
  if (inet_pton(AF_INET, copy, &v4) == 1) {
    unspecified = v4.s_addr == INADDR_ANY;
  } else if (inet_pton(AF_INET6, copy, &v6) == 1) {
    unspecified = IN6_IS_ADDR_UNSPECIFIED(&v6) ||
                  (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr32[3] == INADDR_ANY);
  } else {
    return IpKind::kNone;
  }
  return unspecified ? IpKind::kUnspecified : IpKind::kSpecific;
}

}  // namespace meshgw::internal
