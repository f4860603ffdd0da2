// Names with several addresses. The test has a hosts file of its own: a bind
// mount that only its thread sees, for which it has to be root.
#include <netdb.h>
#include <sched.h>
#include <sys/mount.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temporary_folder.h"
#include "support/test_socket.h"
#include "transport/connection_end.h"

namespace meshgw::test {
namespace {

constexpr char kName[] = "several.example";
constexpr char kHosts[] =
    "127.0.0.1 several.example\n127.0.0.2 several.example\n";

// Runs a test in a thread that knows the name. False: not allowed to.
template <typename Test>
bool WithName(Test test) {
  const TemporaryFolder folder;
  const std::string hosts = folder.Write("hosts", kHosts);
  bool known = false;
  std::thread thread([&] {
    known =
        ::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount(hosts.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
    if (known) test();
  });
  thread.join();
  if (!known) WARN("not run: this needs root");
  return known;
}

// The addresses of the name in the order in which they are tried.
std::vector<std::string> Addresses() {
  addrinfo* found = nullptr;
  const addrinfo hints{.ai_socktype = SOCK_STREAM};
  CHECK(::getaddrinfo(kName, "1", &hints, &found) == 0);
  std::vector<std::string> out;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char text[NI_MAXHOST];
    CHECK(::getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text),
                        nullptr, 0, NI_NUMERICHOST) == 0);
    out.emplace_back(text);
  }
  if (found != nullptr) ::freeaddrinfo(found);
  CHECK(out.size() == 2);
  return out;
}

// SilentServer never answers: a queue that is full takes no connection.
struct SilentServer {
  explicit SilentServer(const std::string& host, std::uint16_t port = 0)
      : server(host + ":" + std::to_string(port), 0),
        first(TestSocket::Connect(host + ":" + std::to_string(server.port()))) {
  }

  TestServer server;
  TestSocket first;
};

TEST_CASE("of a name with several addresses each is tried in its turn") {
  WithName([] {
    TestServer server(Addresses().back() + ":0");
    ConnectionEnd end({.address = {.host = kName, .port = server.port()}});
    CHECK(end.Opened());
    CHECK(server.Accept().valid());
  });
}

TEST_CASE("an address that never answers leaves time for the next") {
  WithName([] {
    const std::vector<std::string> addresses = Addresses();
    const SilentServer silent(addresses.front());
    const std::uint16_t port = silent.server.port();
    TestServer server(addresses.back() + ":" + std::to_string(port));
    CHECK(server.valid());
    ConnectionEnd end({.address = {.host = kName, .port = port},
                       .open_timeout = std::chrono::milliseconds(4000)});
    CHECK(end.Opened());
    CHECK(server.Accept().valid());
  });
}

TEST_CASE("the last of several addresses that never answer ends the attempt") {
  WithName([] {
    const std::vector<std::string> addresses = Addresses();
    const SilentServer first(addresses.front());
    const std::uint16_t port = first.server.port();
    const SilentServer second(addresses.back(), port);
    ConnectionEnd end({.address = {.host = kName, .port = port},
                       .open_timeout = std::chrono::milliseconds(100)});
    CHECK(absl::IsDeadlineExceeded(end.Closed()));
    CHECK(end.closed->message() == "several.example:" + std::to_string(port) +
                                       ": not connected within 100 ms");
  });
}

}  // namespace
}  // namespace meshgw::test
