#include "transport/server_address.h"

#include <charconv>
#include <optional>

#include "absl/status/status.h"
#include "base/ascii.h"
#include "base/host_name.h"
#include "base/ip_address.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

// Linux: sizeof(sockaddr_un::sun_path), with the NUL.
constexpr std::size_t kMaxUnixPath = 107;

absl::Status Invalid(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      StrFormat("address \"%s\": %s; expected host:port, http://host:port, "
                "https://host:port or unix:///path",
                text, why));
}

// Takes `scheme` (with what parts it from the rest) off the front of `text`.
bool TakeScheme(std::string_view* text, std::string_view scheme) {
  if (text->size() < scheme.size() ||
      !EqualIgnoringCase(text->substr(0, scheme.size()), scheme)) {
    return false;
  }
  text->remove_prefix(scheme.size());
  return true;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

// Parts `text` into host and port; without a port it stays empty. False for
// brackets that do not match.
bool SplitPort(std::string_view text, std::string_view* host,
               std::optional<std::string_view>* port) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    *host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return ClassifyIp(*host) != IpKind::kNone;
    if (text[0] != ':') return false;
    *port = text.substr(1);
    return host->find(':') != std::string_view::npos;
  }
  const std::size_t colon = text.rfind(':');
  // Several colons: an IPv6 address without a port.
  if (colon == std::string_view::npos || text.find(':') != colon) {
    *host = text;
    return true;
  }
  *host = text.substr(0, colon);
  *port = text.substr(colon + 1);
  return true;
}

}  // namespace

absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view text,
                                                 std::uint16_t default_port,
                                                 bool tls) {
  ServerAddress out;
  out.tls = tls;
  std::string_view rest = text;
  if (TakeScheme(&rest, "unix://")) {
    if (rest.empty()) return Invalid(text, "there is no path");
    if (rest.size() > kMaxUnixPath) {
      return Invalid(text, StrFormat("the path has %d bytes, a unix socket's "
                                     "at most %d",
                                     rest.size(), kMaxUnixPath));
    }
    out.path = rest;
    return out;
  }
  if (TakeScheme(&rest, "https://")) {
    out.tls = true;
  } else if (TakeScheme(&rest, "http://")) {
    out.tls = false;
  } else if (rest.find("://") != std::string_view::npos) {
    return Invalid(text, "the scheme is unknown");
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view host;
  std::optional<std::string_view> port;
  if (!SplitPort(rest, &host, &port)) {
    return Invalid(text, "the brackets are not those of an IPv6 address");
  }
  if (ClassifyIp(host) == IpKind::kNone && !IsHostName(host)) {
    return Invalid(text, host.empty()
                             ? "there is no host"
                             : "the host is no name and no IP address");
  }
  out.host = host;
  out.port = default_port;
  if (port.has_value()) {
    const auto number = ParsePort(*port);
    if (!number.has_value()) return Invalid(text, "the port is not 1 to 65535");
    out.port = *number;
  }
  return out;
}

std::string FormatAuthority(const ServerAddress& address) {
  if (address.is_unix()) return "localhost";
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return StrFormat("%s%s%s:%d", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "",
                   address.port);
}

std::string FormatServerAddress(const ServerAddress& address) {
  if (address.is_unix()) return "unix://" + address.path;
  return (address.tls ? "https://" : "") + FormatAuthority(address);
}

}  // namespace meshgw::internal
