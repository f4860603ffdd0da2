#ifndef MESHGW_CLI_JSON_H_
#define MESHGW_CLI_JSON_H_

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "meshgw/client_hello.h"
#include "meshgw/route_table.h"

namespace meshgw::cli {

// JsonText makes a JSON string of bytes that need not be UTF-8: what is none,
// and control characters, come out as \xNN, so that logs stay logs.
boost::json::string JsonText(std::string_view bytes);

// EscapeText is the same for text output.
std::string EscapeText(std::string_view bytes);

// AppendJsonText appends JsonText(bytes) as it stands in JSON, with its quotes.
void AppendJsonText(std::string* out, std::string_view bytes);

// EndpointJson is {address, port, weight, health}.
boost::json::object EndpointJson(const Endpoint& endpoint);

// What is under `key` of an object that may come from elsewhere: empty and 0
// where there is no such value. TextAt is escaped (EscapeText).
std::string TextAt(const boost::json::object& object, std::string_view key);
std::int64_t NumberAt(const boost::json::object& object, std::string_view key);
bool BoolAt(const boost::json::object& object, std::string_view key);
const boost::json::array& ArrayAt(const boost::json::object& object,
                                  std::string_view key);
const boost::json::object& ObjectAt(const boost::json::object& object,
                                    std::string_view key);

// VersionName names a TLS version: "1.0" to "1.3", "ssl3", else "0x" and hex.
std::string VersionName(std::uint16_t version);

// Timestamp is a time in UTC with milliseconds: 2026-01-31T23:59:59.999Z.
std::string Timestamp(std::chrono::system_clock::time_point time);

// PrintLine writes one object and a line feed to standard output.
void PrintLine(const boost::json::value& value);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_JSON_H_
