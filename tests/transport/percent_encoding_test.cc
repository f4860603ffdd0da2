#include "transport/percent_encoding.h"

#include <string>

#include "support/catch.h"

namespace meshgw::test {
namespace {

TEST_CASE("a path is percent-encoded but for what RFC 3986 leaves") {
  CHECK(internal::PercentEncode("") == "");
  CHECK(internal::PercentEncode("aZ09-._~") == "aZ09-._~");
  CHECK(internal::PercentEncode("a b/c?d=e&f#\"%") ==
        "a%20b%2Fc%3Fd%3De%26f%23%22%25");
  CHECK(internal::PercentEncode("\xC3\xA9\r\n") == "%C3%A9%0D%0A");
}

TEST_CASE("any bytes go through percent-encoding and back") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string encoded = internal::PercentEncode(all);
  CHECK(encoded.find_first_of(" /?#&\n\xff") == encoded.npos);
  CHECK(internal::PercentDecode(encoded) == all);
  CHECK(internal::PercentEncode("api.dc1-2_x~") == "api.dc1-2_x~");
  for (const char* bad : {"%", "%1", "%zz", "%1z", "a%-1", "%+1"}) {
    CAPTURE(bad);
    CHECK(!internal::PercentDecode(bad).has_value());
  }
}

}  // namespace
}  // namespace meshgw::test
