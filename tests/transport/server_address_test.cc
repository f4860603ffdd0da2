#include "transport/server_address.h"

#include <string>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::FormatAuthority;
using internal::FormatServerAddress;
using internal::ParseServerAddress;
using internal::ServerAddress;

TEST_CASE("an address is read in each form that Consul's tools take") {
  const struct {
    std::string text;
    bool tls;  // Without a scheme.
    ServerAddress read;
  } rows[] = {
      {"10.0.0.1:8502", false, {.host = "10.0.0.1", .port = 8502}},
      {"10.0.0.1", false, {.host = "10.0.0.1", .port = 8500}},
      {"10.0.0.1", true, {.host = "10.0.0.1", .port = 8500, .tls = true}},
      {"consul.example.com:1",
       false,
       {.host = "consul.example.com", .port = 1}},
      {"localhost", false, {.host = "localhost", .port = 8500}},
      {"a_b-c.consul.", false, {.host = "a_b-c.consul.", .port = 8500}},
      {"[::1]:8500", false, {.host = "::1", .port = 8500}},
      {"[::1]", false, {.host = "::1", .port = 8500}},
      {"::1", false, {.host = "::1", .port = 8500}},
      {"2001:db8::1", false, {.host = "2001:db8::1", .port = 8500}},
      {"http://10.0.0.1:80", true, {.host = "10.0.0.1", .port = 80}},
      {"http://10.0.0.1/", true, {.host = "10.0.0.1", .port = 8500}},
      {"https://10.0.0.1:8501//",
       false,
       {.host = "10.0.0.1", .port = 8501, .tls = true}},
      {"HTTPS://[2001:db8::1]:65535",
       false,
       {.host = "2001:db8::1", .port = 65535, .tls = true}},
      {"unix:///run/consul.sock", false, {.path = "/run/consul.sock"}},
      {"unix://relative.sock", false, {.path = "relative.sock"}},
      {"UNIX:///a b", false, {.path = "/a b"}},
      {"unix:///run/tls.sock", true, {.path = "/run/tls.sock", .tls = true}},
      {"unix://" + std::string(107, 'x'),
       false,
       {.path = std::string(107, 'x')}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto read = ParseServerAddress(row.text, 8500, row.tls);
    REQUIRE(read.ok());
    CHECK(*read == row.read);
    // What is written is read as the same.
    CHECK(*ParseServerAddress(FormatServerAddress(*read), 1, read->tls) ==
          *read);
  }
}

TEST_CASE("what is no address is refused with what was expected") {
  const struct {
    std::string text;
    std::string why;
  } rows[] = {
      {"", "there is no host"},
      {":8500", "there is no host"},
      {"http://", "there is no host"},
      {"https:///", "there is no host"},
      {"unix://", "there is no path"},
      {"unix://" + std::string(108, 'x'),
       "the path has 108 bytes, a unix socket's at most 107"},
      {"ftp://10.0.0.1", "the scheme is unknown"},
      {"dns:///consul:8502", "the scheme is unknown"},
      {"unix:/run/consul.sock", "the port is not 1 to 65535"},
      {"10.0.0.1:", "the port is not 1 to 65535"},
      {"10.0.0.1:0", "the port is not 1 to 65535"},
      {"10.0.0.1:65536", "the port is not 1 to 65535"},
      {"10.0.0.1:+1", "the port is not 1 to 65535"},
      {"10.0.0.1:-1", "the port is not 1 to 65535"},
      {"10.0.0.1: 1", "the port is not 1 to 65535"},
      {"10.0.0.1:8500x", "the port is not 1 to 65535"},
      {"10.0.0.1:http", "the port is not 1 to 65535"},
      {"[::1]:", "the port is not 1 to 65535"},
      {"[::1", "the brackets are not those of an IPv6 address"},
      {"[::1]8500", "the brackets are not those of an IPv6 address"},
      {"[10.0.0.1]:8500", "the brackets are not those of an IPv6 address"},
      {"[host]:8500", "the brackets are not those of an IPv6 address"},
      {"[]:8500", "the brackets are not those of an IPv6 address"},
      {"[fe80::1%eth0]:8500", "the host is no name and no IP address"},
      {"fe80::1%eth0", "the host is no name and no IP address"},
      {"10.0.0.256", "the host is no name and no IP address"},
      {"10.0.0.1/prefix", "the host is no name and no IP address"},
      {"user@host:8500", "the host is no name and no IP address"},
      {"a b", "the host is no name and no IP address"},
      {"-h\n", "the host is no name and no IP address"},
      {std::string("a\0b", 3), "the host is no name and no IP address"},
      {"a..b", "the host is no name and no IP address"},
      {std::string(254, 'a'), "the host is no name and no IP address"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto read = ParseServerAddress(row.text, 8500, false);
    REQUIRE(absl::IsInvalidArgument(read.status()));
    CHECK(std::string(read.status().message()) ==
          "address \"" + row.text + "\": " + row.why +
              "; expected host:port, http://host:port, https://host:port or "
              "unix:///path");
  }
}

TEST_CASE("an address is written as a URL has it") {
  const struct {
    ServerAddress address;
    std::string authority;
    std::string text;
  } rows[] = {
      {{.host = "10.0.0.1", .port = 8502}, "10.0.0.1:8502", "10.0.0.1:8502"},
      {{.host = "::1", .port = 8503, .tls = true},
       "[::1]:8503",
       "https://[::1]:8503"},
      {{.host = "consul", .port = 1}, "consul:1", "consul:1"},
      {{.path = "/run/consul.sock"}, "localhost", "unix:///run/consul.sock"},
  };
  for (const auto& row : rows) {
    CHECK(FormatAuthority(row.address) == row.authority);
    CHECK(FormatServerAddress(row.address) == row.text);
  }
}

}  // namespace
}  // namespace meshgw::test
