#include "base/ascii.h"

#include "support/catch.h"

namespace meshgw::internal {
namespace {

TEST_CASE("only the letters A to Z have a lower case") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const bool upper = byte >= 0x41 && byte <= 0x5a;
    CHECK(AsciiLower(static_cast<char>(byte)) ==
          static_cast<char>(upper ? byte + 0x20 : byte));
  }
}

TEST_CASE("names are equal without regard to the case of ASCII letters") {
  CHECK(EqualIgnoringCase("", ""));
  CHECK(EqualIgnoringCase("Mesh_Gateway", "mesh_gatewaY"));
  CHECK_FALSE(EqualIgnoringCase("web", "web2"));
  CHECK_FALSE(EqualIgnoringCase("web2", "web"));
  // '@' and '`', '[' and '{' are apart by the bit that makes a letter lower.
  CHECK_FALSE(EqualIgnoringCase("@[", "`{"));
  CHECK_FALSE(EqualIgnoringCase("Ü", "ü"));
}

}  // namespace
}  // namespace meshgw::internal
