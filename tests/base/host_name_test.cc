#include "base/host_name.h"

#include <string>
#include <string_view>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::FitsServerName;
using internal::IsHostName;

const std::string kLabel(63, 'a');

TEST_CASE("a server name has labels of 1 to 63 letters, digits, - and _") {
  for (const std::string& name :
       {std::string("a"), std::string("A-9_z.b"), kLabel, kLabel + ".b"}) {
    CAPTURE(name);
    CHECK(FitsServerName(name));
  }
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a."), std::string(".a"),
        std::string("a..b"), std::string("a b"), std::string("ü"),
        kLabel + "a"}) {
    CAPTURE(name);
    CHECK_FALSE(FitsServerName(name));
  }
}

TEST_CASE("a host name is told from what was meant for an IP address") {
  for (const std::string_view name :
       {"db", "db.example", "db.example.", "1.2.3.example", "3com", "a_b"}) {
    CAPTURE(name);
    CHECK(IsHostName(name));
  }
  for (const std::string_view name :
       {"", ".", "db.example..", "127.3.2.014", "10.0.0.256", "127.1", "80",
        "1.2.3.4.", "10.0.0.1:80", "[::1]", "fe80::1%lo", "a/b"}) {
    CAPTURE(name);
    CHECK_FALSE(IsHostName(name));
  }
  const std::string name253 =
      kLabel + "." + kLabel + "." + kLabel + "." + std::string(61, 'a');
  CHECK(IsHostName(name253));
  CHECK(IsHostName(name253 + "."));
  CHECK_FALSE(IsHostName(name253 + "a"));
}

}  // namespace
}  // namespace meshgw::test
