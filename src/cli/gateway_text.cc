#include "cli/gateway_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

std::string SourceText(const boost::json::object& source) {
  if (TextAt(source, "kind") != "control_plane") {
    return "catalog " + TextAt(source, "path");
  }
  std::string out = "control plane " + TextAt(source, "server");
  out += BoolAt(source, "connected") ? ", connected" : ", not connected";
  const std::int64_t age = NumberAt(source, "age_ms") / 1000;
  if (age > 0) out += ", what is served is " + UptimeText(age) + " old";
  return out;
}

}  // namespace

std::string UptimeText(std::int64_t seconds) {
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  const std::int64_t days = hours / 24;
  if (days > 0) return absl::StrFormat("%dd%dh", days, hours % 24);
  if (hours > 0) return absl::StrFormat("%dh%dm", hours, minutes % 60);
  if (minutes > 0) return absl::StrFormat("%dm%ds", minutes, seconds % 60);
  return absl::StrFormat("%ds", seconds);
}

std::string ByteText(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string FormatStatus(const boost::json::object& status) {
  const auto& connections = ObjectAt(status, "connections");
  const auto& bytes = ObjectAt(status, "bytes");
  const auto& config = ObjectAt(status, "config");
  std::string out = absl::StrFormat(
      "meshgw %s, %s, up %s\n", TextAt(status, "version"),
      TextAt(status, "state"), UptimeText(NumberAt(status, "uptime_s")));
  out += "source:      " + SourceText(ObjectAt(status, "source")) + "\n";
  for (const auto& value : ArrayAt(status, "listeners")) {
    const auto* listener = value.if_object();
    if (listener == nullptr) continue;
    out += "listener:    " + TextAt(*listener, "name") + " at " +
           TextAt(*listener, "address") + "\n";
  }
  absl::StrAppendFormat(&out,
                        "connections: %d, of which %d without a hello; %d "
                        "accepted so far\n",
                        NumberAt(connections, "active"),
                        NumberAt(connections, "pending_hellos"),
                        NumberAt(connections, "accepted"));
  absl::StrAppendFormat(
      &out, "bytes:       %s in, %s out, of connections that have ended\n",
      ByteText(NumberAt(bytes, "in")), ByteText(NumberAt(bytes, "out")));
  absl::StrAppendFormat(&out, "routes:      %d to %d clusters\n",
                        NumberAt(status, "routes"),
                        NumberAt(status, "clusters"));
  const std::string last = TextAt(config, "last_success");
  absl::StrAppendFormat(&out, "config:      %d applied, %d refused%s\n",
                        NumberAt(config, "applied"),
                        NumberAt(config, "refused"),
                        last.empty() ? "" : ", the last good at " + last);
  for (const auto& value : ArrayAt(status, "errors")) {
    const auto* error = value.if_object();
    if (error == nullptr) continue;
    out += "error:       " + TextAt(*error, "time") + " " +
           TextAt(*error, "message") + "\n";
  }
  return out;
}

std::string FormatConnections(
    const std::vector<boost::json::object>& connections) {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows = {{"SOURCE", "SNI", "ENDPOINT", "AGE", "IN", "OUT"}};
  for (const boost::json::object& one : connections) {
    rows.push_back({TextAt(one, "src"), TextAt(one, "sni"),
                    TextAt(one, "endpoint"),
                    UptimeText(NumberAt(one, "age_ms") / 1000),
                    ByteText(NumberAt(one, "bytes_in")),
                    ByteText(NumberAt(one, "bytes_out"))});
  }
  std::array<std::size_t, 6> widths{};
  for (Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].empty()) row[i] = "-";
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      out += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    }
    out += row.back() + "\n";
  }
  return out;
}

}  // namespace meshgw::cli
