#include "base/ascii.h"

#include <string>

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

TEST_CASE("ASCII digits and spaces are told from all other bytes") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char c = static_cast<char>(byte);
    CHECK(IsAsciiDigit(c) ==
          (std::string("0123456789").find(c) != std::string::npos));
    CHECK(IsAsciiSpace(c) ==
          (std::string(" \t\r\n").find(c) != std::string::npos));
  }
}

TEST_CASE("hexadecimal digits have their value, other bytes none") {
  const std::string digits = "00112233445566778899aAbBcCdDeEfF";
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::size_t at = digits.find(static_cast<char>(byte));
    CHECK(HexDigitValue(static_cast<char>(byte)) ==
          (at == std::string::npos ? -1 : static_cast<int>(at / 2)));
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
