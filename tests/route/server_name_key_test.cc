#include "route/server_name_key.h"

#include <string>

#include "support/catch.h"

using meshgw::internal::ServerNameKey;

TEST_CASE("a key is the name with every ASCII letter in lower case",
          "[route]") {
  // Every byte value at every place of a word and of the rest behind it.
  for (std::size_t at = 0; at < 19; ++at) {
    for (int byte = 1; byte < 256; ++byte) {
      if (byte == '.') continue;
      std::string name(19, 'x');
      name[at] = static_cast<char>(byte);
      std::string expected = name;
      if (byte >= 'A' && byte <= 'Z') {
        expected[at] = static_cast<char>(byte + 32);
      }
      CAPTURE(at, byte);
      REQUIRE(ServerNameKey(name).view() == expected);
    }
  }
}

TEST_CASE("a key has no trailing dot and at most 255 bytes", "[route]") {
  CHECK(ServerNameKey("A.b.").view() == "a.b");
  CHECK(ServerNameKey("").view().empty());
  CHECK(ServerNameKey(std::string(255, 'A')).view() == std::string(255, 'a'));
  CHECK_FALSE(ServerNameKey(std::string(255, 'a') + ".").too_long());
  CHECK(ServerNameKey(std::string(256, 'a')).too_long());
}
