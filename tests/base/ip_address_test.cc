#include "base/ip_address.h"

#include <string>
#include <string_view>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

TEST_CASE("an IP address is what Go's net.ParseIP takes for one") {
  for (const std::string_view text :
       {"127.0.0.1", "255.255.255.255", "::1", "fe80::1", "2001:db8::a",
        "::ffff:10.0.0.1"}) {
    CAPTURE(text);
    CHECK(ClassifyIp(text) == IpKind::kSpecific);
  }
  for (const std::string_view text :
       {"", " ", "a", "1.2.3", "1.2.3.4.5", "1.2.3.256", "127.3.2.014",
        "10.0.0.1:80", "[::1]", "[::]", "fe80::1%lo", "1.2.3.4 ", " ::1",
        "unix:/run/x", "00001:db8::1"}) {
    CAPTURE(text);
    CHECK(ClassifyIp(text) == IpKind::kNone);
  }
  CHECK(ClassifyIp(std::string("::1\0", 4)) == IpKind::kNone);
  CHECK(ClassifyIp(std::string(100, '1')) == IpKind::kNone);
}

TEST_CASE("the address for all interfaces is known in every spelling") {
  for (const std::string_view text :
       {"0.0.0.0", "::", "0::0", "0:0:0:0:0:0:0:0", "::0.0.0.0",
        "::ffff:0.0.0.0"}) {
    CAPTURE(text);
    CHECK(ClassifyIp(text) == IpKind::kUnspecified);
  }
}

}  // namespace
}  // namespace meshgw::internal
