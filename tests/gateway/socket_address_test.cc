// Addresses as text, beside the C library's inet_ntop.
#include "gateway/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <random>
#include <string>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

std::string ByTheLibrary(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6->sin6_port));
}

TEST_CASE("an address is written as inet_ntop writes it, and read back") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const int family = i % 2 == 0 ? AF_INET : AF_INET6;
    std::uint8_t host[16];
    // Small, large and zero bytes.
    for (std::uint8_t& byte : host) {
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 0u : random());
    }
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(family, host, text, sizeof(text));
    const auto port = static_cast<std::uint16_t>(
        i < 4 ? i * 21845 : static_cast<int>(random() % 65536));
    const auto address = FromEndpoint(text, port);
    REQUIRE(address.has_value());
    const std::string formatted = FormatAddress(*address);
    CHECK(formatted == ByTheLibrary(*address));
    CHECK(formatted == FormatEndpoint(text, port));
    const auto parsed = ParseListenAddress(formatted);
    REQUIRE(parsed.ok());
    CHECK(FormatAddress(*parsed) == formatted);
  }
}

TEST_CASE(
    "a connect reaches a listener of that address, or of any of this host") {
  struct Row {
    const char* target;
    const char* listening;
    const char* source;  // What the connecting socket has. Null: not asked for.
    bool reaches;
  };
  const Row rows[] = {
      {"127.0.0.1:80", "127.0.0.1:80", nullptr, true},
      {"127.0.0.1:80", "127.0.0.1:81", nullptr, false},
      {"127.0.0.2:80", "127.0.0.1:80", nullptr, false},
      {"127.0.0.2:80", "0.0.0.0:80", "127.0.0.1:5", true},
      {"127.0.0.2:80", "0.0.0.0:81", nullptr, false},
      {"10.0.0.5:80", "0.0.0.0:80", "10.0.0.5:5", true},
      {"10.0.0.6:80", "0.0.0.0:80", "10.0.0.5:5", false},
      {"10.0.0.5:80", "[::]:80", "10.0.0.5:5", true},
      {"0.0.0.0:80", "127.0.0.1:80", "127.0.0.1:5", true},
      {"0.0.0.0:80", "127.0.0.2:80", "127.0.0.1:5", false},
      {"0.0.0.0:80", "0.0.0.0:80", nullptr, true},
      {"[::1]:80", "[::1]:80", nullptr, true},
      {"[::1]:80", "[::]:80", "[::1]:5", true},
      {"[::1]:80", "[::2]:80", nullptr, false},
      {"[::ffff:10.0.0.5]:80", "10.0.0.5:80", nullptr, true},
      {"[2001:db8::1]:80", "[::]:80", "[2001:db8::2]:5", false},
      {"unix:/run/a", "unix:/run/a", nullptr, true},
      {"unix:/run/a", "unix:/run/b", nullptr, false},
      {"unix:/run/a", "127.0.0.1:80", nullptr, false},
      {"127.0.0.1:80", "unix:/run/a", nullptr, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target, row.listening);
    bool asked = false;
    const auto source = [&] {
      asked = true;
      return ParseListenAddress(row.source).value();
    };
    CHECK(Reaches(ParseListenAddress(row.target).value(),
                  ParseListenAddress(row.listening).value(),
                  source) == row.reaches);
    CHECK(asked == (row.source != nullptr));
  }
}

TEST_CASE("what has no name reaches nothing and is reached by nothing") {
  const SocketAddress none;
  const SocketAddress some = ParseListenAddress("127.0.0.1:80").value();
  const auto source = [&] { return none; };
  CHECK_FALSE(Reaches(some, none, source));
  CHECK_FALSE(Reaches(ParseListenAddress("127.0.0.2:80").value(),
                      ParseListenAddress("[::1]:80").value(), source));
}

TEST_CASE("a path is written with its scheme, a socket without one as unix") {
  const auto path = FromEndpoint("unix:/run/a.sock", 0);
  REQUIRE(path.has_value());
  CHECK(FormatAddress(*path) == "unix:/run/a.sock");
  SocketAddress unnamed;
  unnamed.storage.ss_family = AF_UNIX;
  unnamed.length = sizeof(sa_family_t);
  CHECK(FormatAddress(unnamed) == "unix");
}

}  // namespace
}  // namespace meshgw::internal
