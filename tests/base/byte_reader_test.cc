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
  CHECK(reader.empty());
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
  CHECK(reader.position() == bytes.data() + 5);
  CHECK(reader.rest().data() == bytes.data() + 5);
  CHECK(reader.rest().size() == 4);
  CHECK_FALSE(reader.empty());
  REQUIRE(reader.GetBytes(0, &part));
  CHECK(part.empty());
  REQUIRE(reader.GetBytes(4, &part));
  CHECK(reader.empty());
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
    CHECK(reader.position() == bytes.data());
  }
}

TEST_CASE("a block is what its length in front says") {
  const std::vector<std::uint8_t> bytes = {2, 0xa, 0xb, 0, 3, 1, 2, 3, 0, 0, 0};
  ByteReader reader(bytes);
  std::span<const std::uint8_t> part;
  REQUIRE(reader.GetBlock8(&part));
  CHECK(part.data() == bytes.data() + 1);
  CHECK(part.size() == 2);
  REQUIRE(reader.GetBlock16(&part));
  CHECK(part.data() == bytes.data() + 5);
  CHECK(part.size() == 3);
  REQUIRE(reader.GetBlock8(&part));
  CHECK(part.empty());
  REQUIRE(reader.GetBlock16(&part));
  CHECK(part.empty());
  CHECK(reader.empty());
}

TEST_CASE("a block of 16 bits may be longer than 255 bytes") {
  std::vector<std::uint8_t> bytes = {0x01, 0x02};
  bytes.resize(2 + 0x0102, 9);
  ByteReader reader(bytes);
  std::span<const std::uint8_t> part;
  REQUIRE(reader.GetBlock16(&part));
  CHECK(part.size() == 0x0102);
  CHECK(reader.empty());
}

TEST_CASE("a block that is cut short leaves its length unread") {
  const std::vector<std::uint8_t> short8 = {3, 1, 2};
  const std::vector<std::uint8_t> short16 = {0, 3, 1, 2};
  const std::vector<std::uint8_t> half_length = {0};
  std::span<const std::uint8_t> part;
  ByteReader block8(short8);
  CHECK_FALSE(block8.GetBlock8(&part));
  CHECK(block8.position() == short8.data());
  ByteReader block16(short16);
  CHECK_FALSE(block16.GetBlock16(&part));
  CHECK(block16.position() == short16.data());
  ByteReader half(half_length);
  CHECK_FALSE(half.GetBlock16(&part));
  CHECK(half.remaining() == 1);
  ByteReader nothing({});
  CHECK_FALSE(nothing.GetBlock8(&part));
  CHECK(nothing.empty());
}

}  // namespace
}  // namespace meshgw::internal
