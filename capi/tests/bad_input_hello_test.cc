// What a caller can do wrong with hellos: calls that must be refused.
#include <cstddef>
#include <cstdint>

#include "bad_input.h"

namespace meshgw::test {
namespace {

// Calls that have no place for an error.
TEST_CASE("bad arguments of hellos are refused") {
  const std::uint8_t data[] = {22, 3, 1, 0, 1, 1};
  std::uint8_t scratch[16];
  const auto bad = MESHGW_ERR_INVALID_ARGUMENT;
  meshgw_hello_state state = {};
  char ja4[MESHGW_JA4_BYTES];
  auto details = Sized<meshgw_hello_details>();
  // No state: it was not initialised.
  CHECK(meshgw_hello_feed(&state, data, 6, nullptr, 0).status == bad);
  const meshgw_buffer buffer = {data, 6};
  CHECK(meshgw_hello_feed_buffers(&state, &buffer, 1, nullptr, 0).status ==
        bad);
  CHECK(meshgw_hello_feed(nullptr, data, 6, nullptr, 0).status == bad);
  CHECK(meshgw_hello_feed_buffers(nullptr, &buffer, 1, nullptr, 0).status ==
        bad);
  CHECK(meshgw_hello_state_init(nullptr, nullptr) == bad);
  REQUIRE(meshgw_hello_state_init(nullptr, &state) == MESHGW_OK);
  const meshgw_buffer no_buffer = {nullptr, 6};
  for (const meshgw_hello& hello :
       {meshgw_hello_feed(&state, nullptr, 6, nullptr, 0),
        meshgw_hello_feed(&state, data, SIZE_MAX, nullptr, 0),
        meshgw_hello_feed(&state, data, 6, nullptr, 16),
        meshgw_hello_feed_buffers(&state, nullptr, 1, nullptr, 0),
        meshgw_hello_feed_buffers(&state, &no_buffer, 1, nullptr, 0),
        meshgw_hello_feed_buffers(&state, &buffer, SIZE_MAX / 8, nullptr, 0),
        meshgw_hello_scan(nullptr, 6, scratch, sizeof(scratch)),
        meshgw_hello_scan(data, SIZE_MAX, scratch, sizeof(scratch)),
        meshgw_hello_scan(data, 6, nullptr, 16)}) {
    CHECK(hello.status == bad);
    CHECK(hello.server_name_len == 0);
  }
  CHECK(meshgw_hello_inspect(nullptr, 6, nullptr, nullptr, 0, &details) == bad);
  CHECK(meshgw_hello_inspect(data, 6, nullptr, nullptr, 0, nullptr) == bad);
  CHECK(meshgw_hello_ja4(nullptr, 6, nullptr, nullptr, 0, ja4) == bad);
  CHECK(meshgw_hello_ja4(data, 6, nullptr, nullptr, 0, nullptr) == bad);
  details.struct_size = 8;
  CHECK(meshgw_hello_inspect(data, 6, nullptr, nullptr, 0, &details) == bad);
}

TEST_CASE("more records than can be counted are refused, not cut") {
  meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
  meshgw_hello_state state = {};
  for (const std::uint32_t records : {65535u, 65536u, UINT32_MAX}) {
    CAPTURE(records);
    options.max_records = records;
    const meshgw_status want =
        records == 65535 ? MESHGW_OK : MESHGW_ERR_INVALID_ARGUMENT;
    CHECK(meshgw_hello_state_init(&options, &state) == want);
  }
}

TEST_CASE("a switch of the hello's options is on or off") {
  using Options = meshgw_hello_options;
  for (std::uint8_t Options::*field :
       {&Options::allow_trailing_dot, &Options::allow_ip_address,
        &Options::allow_opaque, &Options::allow_empty_records}) {
    Options options = MESHGW_HELLO_OPTIONS_INIT;
    meshgw_hello_state state = {};
    options.*field = 1;
    CHECK(meshgw_hello_state_init(&options, &state) == MESHGW_OK);
    options.*field = 2;
    CHECK(meshgw_hello_state_init(&options, &state) ==
          MESHGW_ERR_INVALID_ARGUMENT);
  }
}

}  // namespace
}  // namespace meshgw::test
