#include "cli/json.h"

#include <iostream>

#include "config/utf8.h"

namespace meshgw::cli {

std::string EscapeText(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!bytes.empty()) {
    std::uint32_t rune = 0;
    const std::size_t size = internal::DecodeUtf8(bytes, &rune);
    // C1 controls and bidirectional overrides confuse terminals too.
    const bool hostile = rune < 0x20 || (rune >= 0x7f && rune < 0xa0) ||
                         (rune >= 0x202a && rune <= 0x202e) ||
                         (rune >= 0x2066 && rune <= 0x2069);
    const std::size_t step = size == 0 ? 1 : size;
    if (size == 0 || hostile) {
      for (const char c : bytes.substr(0, step)) {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      }
    } else {
      out += bytes.substr(0, step);
    }
    bytes.remove_prefix(step);
  }
  return out;
}

boost::json::string JsonText(std::string_view bytes) {
  const std::string text = EscapeText(bytes);
  return boost::json::string(text.data(), text.size());
}

boost::json::object EndpointJson(const Endpoint& endpoint) {
  return {{"address", endpoint.address},
          {"port", endpoint.port},
          {"weight", endpoint.weight},
          {"health", std::string(EndpointHealthName(endpoint.health))}};
}

void PrintLine(const boost::json::value& value) {
  std::cout << boost::json::serialize(value) << '\n' << std::flush;
}

}  // namespace meshgw::cli
