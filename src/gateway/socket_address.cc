#include "gateway/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>

#include "absl/status/status.h"
#include "base/fnv1a.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

constexpr std::string_view kUnix = "unix:";

std::optional<SocketAddress> FromPath(std::string_view path) {
  SocketAddress out;
  auto* address = reinterpret_cast<sockaddr_un*>(&out.storage);
  if (path.empty() || path.size() >= sizeof(address->sun_path) ||
      path.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  address->sun_family = AF_UNIX;
  path.copy(address->sun_path, path.size());
  out.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return out;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

// For every connection's record: inet_ntop would print through printf.
std::string FormatIpv4(const sockaddr_in& address) {
  std::uint8_t bytes[4];
  std::memcpy(bytes, &address.sin_addr, sizeof(bytes));
  char text[sizeof("255.255.255.255:65535")];
  char* at = text;
  for (const std::uint8_t byte : bytes) {
    at = std::to_chars(at, std::end(text), byte).ptr;
    *at++ = '.';
  }
  at[-1] = ':';
  at = std::to_chars(at, std::end(text), ntohs(address.sin_port)).ptr;
  return {text, at};
}

}  // namespace

CompactAddress::CompactAddress(const SocketAddress& address)
    : family_(static_cast<std::uint16_t>(address.family())) {
  if (family_ == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    std::memcpy(host_, &v4->sin_addr, sizeof(v4->sin_addr));
    port_ = v4->sin_port;
  } else if (family_ == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    port_ = v6->sin6_port;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      family_ = AF_INET;
      std::memcpy(host_, &v6->sin6_addr.s6_addr[12], sizeof(in_addr));
    } else {
      std::memcpy(host_, &v6->sin6_addr, sizeof(v6->sin6_addr));
    }
  }
}

SocketAddress CompactAddress::Expand() const {
  SocketAddress address;
  address.storage.ss_family = family_;
  if (family_ == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    std::memcpy(&v4->sin_addr, host_, sizeof(v4->sin_addr));
    v4->sin_port = port_;
    address.length = sizeof(sockaddr_in);
  } else if (family_ == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    std::memcpy(&v6->sin6_addr, host_, sizeof(v6->sin6_addr));
    v6->sin6_port = port_;
    address.length = sizeof(sockaddr_in6);
  }
  return address;
}

bool CompactAddress::is_any() const {
  return std::all_of(std::begin(host_), std::end(host_),
                     [](std::uint8_t byte) { return byte == 0; });
}

bool CompactAddress::is_loopback() const {
  if (family_ == AF_INET) return host_[0] == 127;
  return std::memcmp(host_, &in6addr_loopback, sizeof(host_)) == 0;
}

bool CompactAddress::HasHostOf(const CompactAddress& other) const {
  return family_ == other.family_ &&
         std::memcmp(host_, other.host_, sizeof(host_)) == 0;
}

std::optional<SocketAddress> FromEndpoint(std::string_view address,
                                          std::uint16_t port) {
  if (address.starts_with(kUnix)) return FromPath(address.substr(kUnix.size()));
  char text[INET6_ADDRSTRLEN] = {};
  if (address.size() >= sizeof(text)) return std::nullopt;
  address.copy(text, sizeof(text) - 1);
  SocketAddress out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out.length = sizeof(sockaddr_in);
    return out;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out.length = sizeof(sockaddr_in6);
    return out;
  }
  return std::nullopt;
}

absl::StatusOr<SocketAddress> ParseListenAddress(std::string_view text) {
  std::optional<SocketAddress> address;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with(kUnix)) {
    if (text.find('\0') != std::string_view::npos) {
      return absl::InvalidArgumentError(
          internal::StrFormat("listen address \"%s\": the path has a NUL in it",
                              text.substr(0, text.find('\0'))));
    }
    address = FromEndpoint(text, 0);
  } else if (colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto port = ParsePort(text.substr(colon + 1));
    // Without brackets the last colon of an IPv6 address would be taken.
    if (port && brackets == (host.find(':') != std::string_view::npos)) {
      address = FromEndpoint(host, *port);
    }
  }
  if (address) return *address;
  return absl::InvalidArgumentError(internal::StrFormat(
      "listen address \"%s\": expected ip:port, [ip]:port or "
      "unix:/path with a path of at most 107 bytes",
      text));
}

std::string FormatAddress(const SocketAddress& address) {
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return FormatIpv4(*v4);
  }
  if (address.family() == AF_INET6) {
    char text[INET6_ADDRSTRLEN] = {};
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
    return FormatEndpoint(text, ntohs(v6->sin6_port));
  }
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  if (address.length <= offsetof(sockaddr_un, sun_path) ||
      local->sun_path[0] == '\0') {
    return "unix";
  }
  return std::string(kUnix) + local->sun_path;
}

std::string FormatEndpoint(std::string_view address, std::uint16_t port) {
  if (IsUnixAddress(address)) return std::string(address);
  if (address.find(':') != std::string_view::npos) {
    return "[" + std::string(address) + "]:" + std::to_string(port);
  }
  return std::string(address) + ":" + std::to_string(port);
}

bool Reaches(const SocketAddress& target, const SocketAddress& listening,
             absl::FunctionRef<SocketAddress()> source) {
  if (target.is_unix() || listening.is_unix()) {
    return target.family() == listening.family() &&
           FormatAddress(target) == FormatAddress(listening);
  }
  const CompactAddress to(target);
  const CompactAddress at(listening);
  if (!at.is_ip() || !to.HasPortOf(at)) return false;
  if (to.HasHostOf(at)) return true;
  if (!to.is_any() && !at.is_any()) return false;
  // Linux takes the any-address as the loopback one. Who connects to another
  // address of this host does so from that address.
  const CompactAddress from(source());
  if (to.is_any()) return at.is_any() || from.HasHostOf(at);
  return to.is_loopback() || to.HasHostOf(from);
}

std::uint64_t HashHost(const SocketAddress& address) {
  std::span<const std::uint8_t> host;
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    host = {reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4};
  } else if (address.family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    host = {reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), 16};
  }
  Fnv1a hash;
  for (const std::uint8_t byte : host) hash.Add(byte);
  return hash.hash() ^ (hash.hash() >> 32);
}

}  // namespace meshgw::internal
