// Reads any bytes as a JSON configuration: mistakes have their place in it.
#include <cstddef>
#include <cstdint>

#include "parse_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  meshgw::fuzz::ParseConfigText({reinterpret_cast<const char*>(data), size},
                                meshgw::ConfigFormat::kJson);
  return 0;
}
