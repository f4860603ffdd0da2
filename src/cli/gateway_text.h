#ifndef MESHGW_CLI_GATEWAY_TEXT_H_
#define MESHGW_CLI_GATEWAY_TEXT_H_

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace meshgw::cli {

// What a running gateway tells of itself, as text. Its answers are not trusted
// to be whole.

// UptimeText: "3d4h", "2h5m", "1m30s", "5s".
std::string UptimeText(std::int64_t seconds);
// ByteText: "512 B", "1.5 KiB", "20.0 GiB".
std::string ByteText(std::int64_t bytes);

// FormatStatus makes lines of the object of /v1/status.
std::string FormatStatus(const boost::json::object& status);
// FormatConnections makes a table of the objects of /v1/connections.
std::string FormatConnections(
    const std::vector<boost::json::object>& connections);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_GATEWAY_TEXT_H_
