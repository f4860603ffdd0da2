#include "cli/request_origin.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/ip_address.h"

namespace meshgw::cli {
namespace {

constexpr std::string_view kScheme = "http://";

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, internal::IsAsciiDigit);
}

// Without the port, and without the brackets of an IPv6 address. Nothing for
// what is no host and port.
std::optional<std::string_view> WithoutPort(std::string_view host) {
  const bool bracketed = host.starts_with('[');
  const std::size_t end = bracketed ? host.find(']') : host.find(':');
  if (bracketed && end == host.npos) return std::nullopt;
  const std::string_view rest =
      end == host.npos ? "" : host.substr(end + (bracketed ? 1 : 0));
  if (!rest.empty() && !(rest[0] == ':' && IsPort(rest.substr(1)))) {
    return std::nullopt;
  }
  return bracketed ? host.substr(1, end - 1) : host.substr(0, end);
}

}  // namespace

bool IsLocalHost(std::string_view host) {
  const auto name = WithoutPort(host);
  if (!name.has_value()) return false;
  const bool is_ip = internal::ClassifyIp(*name) != internal::IpKind::kNone;
  if (host.starts_with('[')) return is_ip;
  return is_ip || internal::EqualIgnoringCase(*name, "localhost");
}

bool IsSameOrigin(std::string_view origin, std::string_view host) {
  return origin.starts_with(kScheme) && !host.empty() &&
         internal::EqualIgnoringCase(origin.substr(kScheme.size()), host);
}

}  // namespace meshgw::cli
