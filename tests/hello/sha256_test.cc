#include "hello/sha256.h"

#include <cstdio>
#include <string>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

std::string Hex(Sha256& hash) {
  std::string text;
  for (const std::uint8_t byte : hash.Finish()) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

// FIPS 180-4 examples, and NIST's million of 'a'.
TEST_CASE("SHA-256 gives the published digests") {
  struct Row {
    std::string text;
    const char* digest;
  };
  const Row rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1000000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const Row& row : rows) {
    CAPTURE(row.text.size());
    Sha256 hash;
    hash.Update(row.text);
    CHECK(Hex(hash) == row.digest);
  }
}

TEST_CASE("SHA-256 does not depend on how the bytes are cut") {
  for (std::size_t size = 0; size < 200; ++size) {
    CAPTURE(size);
    const std::string text(size, 'q');
    Sha256 whole;
    whole.Update(text);
    Sha256 cut;
    for (std::size_t i = 0; i < size; i += 7) cut.Update(text.substr(i, 7));
    CHECK(Hex(cut) == Hex(whole));
  }
}

}  // namespace
}  // namespace meshgw::internal
