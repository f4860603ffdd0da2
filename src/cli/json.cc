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

namespace {

const boost::json::value* Find(const boost::json::object& object,
                               std::string_view key) {
  return object.if_contains({key.data(), key.size()});
}

}  // namespace

std::string TextAt(const boost::json::object& object, std::string_view key) {
  const auto* value = Find(object, key);
  if (value == nullptr || !value->is_string()) return "";
  const auto& text = value->get_string();
  return EscapeText({text.data(), text.size()});
}

std::int64_t NumberAt(const boost::json::object& object, std::string_view key) {
  const auto* value = Find(object, key);
  boost::json::error_code error;
  if (value == nullptr || !value->is_number()) return 0;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool BoolAt(const boost::json::object& object, std::string_view key) {
  const auto* value = Find(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const boost::json::array& ArrayAt(const boost::json::object& object,
                                  std::string_view key) {
  static const boost::json::array kNone;
  const auto* value = Find(object, key);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

const boost::json::object& ObjectAt(const boost::json::object& object,
                                    std::string_view key) {
  static const boost::json::object kNone;
  const auto* value = Find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
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
