#include "cli/watchdog.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/unique_fd.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace meshgw::test {
namespace {

using std::chrono::microseconds;

TEST_CASE("a watchdog's time is that which the service manager set for us") {
  const struct {
    std::map<std::string, std::string> variables;
    std::int64_t expected;
  } rows[] = {
      {{}, 0},
      {{{"WATCHDOG_USEC", "30000000"}}, 30000000},
      {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "42"}}, 30000000},
      {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "43"}}, 0},
      {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", ""}}, 0},
      {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "42x"}}, 0},
      {{{"WATCHDOG_PID", "42"}}, 0},
      {{{"WATCHDOG_USEC", "0"}}, 0},
      {{{"WATCHDOG_USEC", "-5"}}, 0},
      {{{"WATCHDOG_USEC", ""}}, 0},
      {{{"WATCHDOG_USEC", "30s"}}, 0},
      {{{"WATCHDOG_USEC", "99999999999999999999"}}, 0},
      // So that it can be added to any time.
      {{{"WATCHDOG_USEC", "9223372036854775807"}}, 86400000000},
  };
  for (const auto& row : rows) {
    CAPTURE(row.variables);
    const auto environment = [&row](const std::string& name) -> const char* {
      const auto found = row.variables.find(name);
      return found == row.variables.end() ? nullptr : found->second.c_str();
    };
    CHECK(cli::WatchdogTimeout(environment, 42) == microseconds(row.expected));
  }
}

// ServiceManager hears what this process tells, for as long as it lives.
class ServiceManager {
 public:
  ServiceManager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const std::string path = folder_.Path("notify");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof(address.sun_path));
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceManager() { ::unsetenv("NOTIFY_SOCKET"); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // What was told and not taken yet: one message, or none.
  std::optional<std::string> Take() {
    char text[256];
    const auto size = ::recv(fd_.get(), text, sizeof(text), 0);
    if (size < 0) return std::nullopt;
    return std::string(text, static_cast<std::size_t>(size));
  }

 private:
  TemporaryFolder folder_;
  internal::UniqueFd fd_;
};

TEST_CASE(
    "a sign of life is given after the workers have answered, each time") {
  ServiceManager manager;
  boost::asio::io_context context{1};
  int asked = 0;
  cli::Watchdog watchdog(&context, microseconds(3000), [&] {
    ++asked;
    CHECK(manager.Take() == std::nullopt);
  });
  watchdog.Start();
  for (int i = 1; i <= 3; ++i) {
    context.run_one();
    CHECK(asked == i);
    CHECK(manager.Take() == "WATCHDOG=1");
    CHECK(manager.Take() == std::nullopt);
  }
}

TEST_CASE("workers that could not be asked give no sign, and are asked again") {
  ServiceManager manager;
  boost::asio::io_context context{1};
  bool fails = true;
  cli::Watchdog watchdog(&context, microseconds(3000), [&] {
    if (fails) throw std::runtime_error("no memory");
  });
  watchdog.Start();
  CHECK_THROWS(context.run_one());
  CHECK(manager.Take() == std::nullopt);
  fails = false;
  context.run_one();
  CHECK(manager.Take() == "WATCHDOG=1");
}

TEST_CASE("without a time to keep nobody is asked") {
  boost::asio::io_context context{1};
  bool asked = false;
  cli::Watchdog watchdog(&context, microseconds(0), [&] { asked = true; });
  watchdog.Start();
  CHECK(context.run() == 0);
  CHECK(!asked);
}

}  // namespace
}  // namespace meshgw::test
