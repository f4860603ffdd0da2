#include "base/byte_reader.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

// 1, 2, 3, ...: every byte has its own value, so that a wrong order shows.
std::vector<std::uint8_t> Counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i + 1);
  }
  return bytes;
}

TEST_CASE("a byte reader reads numbers with the high byte first") {
  const std::vector<std::uint8_t> bytes = {0xff, 0x80, 0x01, 0xfe, 0x02, 0x03};
  ByteReader reader(bytes);
  std::uint8_t one = 0;
  std::uint16_t two = 0;
  std::uint32_t three = 0;
  REQUIRE((reader.GetU8(&one) && reader.GetU16(&two) && reader.GetU24(&three)));
  CHECK(one == 0xff);
  CHECK(two == 0x8001);
  CHECK(three == 0xfe0203);
  CHECK(reader.remaining() == 0);
}

TEST_CASE("a byte reader borrows, and says where it is") {
  const auto bytes = Counting(9);
  ByteReader reader(bytes);
  std::span<const std::uint8_t> part;
  CHECK(reader.remaining() == 9);
  REQUIRE(reader.Skip(2));
  REQUIRE(reader.GetBytes(3, &part));
  CHECK(part.data() == bytes.data() + 2);
  CHECK(part.size() == 3);
  CHECK(reader.rest().data() == bytes.data() + 5);
  CHECK(reader.rest().size() == 4);
  REQUIRE(reader.GetBytes(0, &part));
  CHECK(part.empty());
  REQUIRE(reader.GetBytes(4, &part));
  CHECK(reader.rest().empty());
}

TEST_CASE("a getter with too few bytes left fails and changes nothing") {
  // 0 to 3 bytes: each getter against its own size.
  for (std::size_t size = 0; size <= 3; ++size) {
    CAPTURE(size);
    const auto bytes = Counting(size);
    std::uint8_t one = 77;
    std::uint16_t two = 77;
    std::uint32_t three = 77;
    std::span<const std::uint8_t> part;
    ByteReader reader(bytes);
    CHECK_FALSE(reader.GetBytes(size + 1, &part));
    CHECK_FALSE(reader.Skip(size + 1));
    CHECK_FALSE(reader.Skip(static_cast<std::size_t>(-1)));
    CHECK(part.data() == nullptr);
    CHECK(reader.remaining() == size);
    if (size < 3) {
      CHECK_FALSE(reader.GetU24(&three));
      CHECK(three == 77);
    }
    if (size < 2) {
      CHECK_FALSE(reader.GetU16(&two));
      CHECK(two == 77);
    }
    if (size < 1) {
      CHECK_FALSE(reader.GetU8(&one));
      CHECK(one == 77);
    }
    CHECK(reader.rest().data() == bytes.data());
  }
}

}  // namespace
}  // namespace meshgw::internal
