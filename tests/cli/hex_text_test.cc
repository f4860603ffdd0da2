#include "cli/hex_text.h"

#include <cstdint>
#include <string>
#include <vector>

#include "run_program.h"

namespace meshgw::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE("hexadecimal text is read in each form that people paste") {
  const Bytes want = {0x16, 0x03, 0x01, 0x00, 0xab};
  for (const std::string text :
       {"16030100ab", "16 03 01 00 AB\n", "16:03:01:00:ab", "16-03-01-00-ab",
        "00000000: 1603 0100 ab                             .....\n",
        "00000000  16 03 01 00 ab                                    "
        "|.....|\n00000005\n",
        "000000 16 03 01 00 ab\n000005\n"}) {
    CAPTURE(text);
    CHECK(cli::FromHexText(text) == want);
  }
}

TEST_CASE("a dump of several lines is put together, repeated lines as well") {
  Bytes want(48, 0);
  want[0] = 1;
  want[47] = 0x7c;
  const auto bytes = cli::FromHexText(
      "00000000  01 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  "
      "|................|\n"
      "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  "
      "|................|\n"
      "00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 7c  "
      "|...............||\n"
      "00000030\n");
  CHECK(bytes == want);
  const auto repeated = cli::FromHexText(
      "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |..|\n"
      "*\n00000030  ff  |.|\n00000031\n");
  REQUIRE(repeated.has_value());
  CHECK(repeated->size() == 49);
  CHECK(repeated->back() == 0xff);
}

TEST_CASE("what is no hexadecimal text, or leaves lines out, is not read") {
  for (const std::string text :
       {"", " \n", "1", "0g", "GET / HTTP/1.1", "00000000: 16zz\n",
        "00000010: 1603 0100\n", "00000000  16 03\n00000010  01 00\n", "*\n"}) {
    CAPTURE(text);
    CHECK(!cli::FromHexText(text).has_value());
  }
}

TEST_CASE("a dump of another form is told from other text") {
  CHECK(cli::LooksLikeHexDump("0x0000:  1603 0100 ab12 1603 0100 ab12\n"));
  CHECK(!cli::LooksLikeHexDump("GET / HTTP/1.1\r\nHost: example.com\r\n"));
  CHECK(!cli::LooksLikeHexDump(std::string("\x16\x03\x01\0", 4)));
  CHECK(!cli::LooksLikeHexDump("abc"));
}

}  // namespace
}  // namespace meshgw::test
