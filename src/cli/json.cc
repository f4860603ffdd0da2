#include "cli/json.h"

#include <algorithm>
#include <ctime>
#include <iostream>

#include "absl/strings/str_format.h"
#include "base/utf8.h"

namespace meshgw::cli {

std::string EscapeText(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!bytes.empty()) {
    std::uint32_t rune = 0;
    const std::size_t size = internal::DecodeUtf8(bytes, &rune);
    const std::size_t step = size == 0 ? 1 : size;
    if (size == 0 || !internal::IsPrintable(rune)) {
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

void AppendJsonText(std::string* out, std::string_view bytes) {
  const bool plain = std::ranges::all_of(bytes, [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (plain) {
    out->append(1, '"').append(bytes).append(1, '"');
  } else {
    out->append(boost::json::serialize(JsonText(bytes)));
  }
}

boost::json::object EndpointJson(const Endpoint& endpoint) {
  return {{"address", JsonText(endpoint.address)},
          {"port", endpoint.port},
          {"weight", endpoint.weight},
          {"health", std::string(EndpointHealthName(endpoint.health))}};
}

std::string VersionName(std::uint16_t version) {
  if (version == 0x0300) return "ssl3";
  if (version > 0x0300 && version <= 0x0304) {
    return absl::StrFormat("1.%d", (version & 0xff) - 1);
  }
  return absl::StrFormat("0x%04x", version);
}

std::string Timestamp(std::chrono::system_clock::time_point time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(
          time.time_since_epoch());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                         parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                         parts.tm_hour, parts.tm_min, parts.tm_sec,
                         static_cast<int>(milliseconds.count() % 1000));
}

void PrintLine(const boost::json::value& value) {
  std::cout << boost::json::serialize(value) << '\n' << std::flush;
}

}  // namespace meshgw::cli
