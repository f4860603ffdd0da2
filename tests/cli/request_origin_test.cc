#include "cli/request_origin.h"

#include <string_view>

#include "support/catch.h"

namespace meshgw::cli {
namespace {

TEST_CASE("only IP addresses and localhost are a local host") {
  struct Row {
    std::string_view host;
    bool local;
  };
  for (const Row& row : {
           Row{"localhost", true},
           Row{"LocalHost:19000", true},
           Row{"127.0.0.1", true},
           Row{"10.1.2.3:80", true},
           Row{"[::1]", true},
           Row{"[::1]:19000", true},
           Row{"", false},
           Row{"evil.example", false},
           Row{"evil.example:80", false},
           Row{"localhost.evil.example", false},
           Row{"localhost:", false},
           Row{"localhost:x", false},
           Row{"localhost:123456", false},
           Row{"127.0.0.1.evil.example", false},
           Row{"[::1", false},
           Row{"[evil]", false},
           Row{"[::1]x", false},
           Row{"::1", false},
           Row{"127.0.0.1:80:80", false},
           Row{"localhost.", false},
           Row{"[localhost]", false},
           Row{"user@localhost", false},
       }) {
    CAPTURE(row.host);
    CHECK(IsLocalHost(row.host) == row.local);
  }
}

TEST_CASE("only pages of the host itself are of its origin") {
  const std::string_view host = "127.0.0.1:19000";
  CHECK(IsSameOrigin("http://127.0.0.1:19000", host));
  for (const std::string_view origin :
       {"", "null", "http://evil.example", "http://127.0.0.1",
        "https://127.0.0.1:19000", "http://127.0.0.1:19000.evil.example",
        "http://127.0.0.1:19000/"}) {
    CAPTURE(origin);
    CHECK(!IsSameOrigin(origin, host));
  }
  CHECK(!IsSameOrigin("http://", ""));
}

}  // namespace
}  // namespace meshgw::cli
