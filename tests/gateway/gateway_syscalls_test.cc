// The system calls that one connection costs, in order: docs/performance.md
// lists them for who compares.
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>

#include "gateway/live_gateway.h"
#include "support/catch.h"
#include "support/source_tree.h"

namespace meshgw::test {
namespace {

// The kernel's table, but every call of the data path is noted. Waiting is not:
// how many connections share one wake-up is the load's affair.
class NotedCalls {
  template <auto kMember, typename Result, typename... Arguments>
  static auto Wrap(const char* name, Result (*)(Arguments...)) {
    static const char* const kept = name;
    return +[](Arguments... arguments) -> Result {
      {
        const std::lock_guard lock(mutex_);
        calls_ += (calls_.empty() ? "" : " ") + std::string(kept);
      }
      return (internal::System().*kMember)(arguments...);
    };
  }
  template <auto kMember>
  static auto Noted(const char* name) {
    return Wrap<kMember>(name, internal::System().*kMember);
  }

  static inline std::mutex mutex_;
  static inline std::string calls_;

 public:
  static const internal::Syscalls* Table() {
    static const internal::Syscalls table = {
        .accept4 = Noted<&internal::Syscalls::accept4>("accept4"),
        .socket = Noted<&internal::Syscalls::socket>("socket"),
        .connect = Noted<&internal::Syscalls::connect>("connect"),
        .setsockopt = Noted<&internal::Syscalls::setsockopt>("setsockopt"),
        .getsockopt = Noted<&internal::Syscalls::getsockopt>("getsockopt"),
        .shutdown = Noted<&internal::Syscalls::shutdown>("shutdown"),
        .close = internal::System().close,
        .recv = Noted<&internal::Syscalls::recv>("recv"),
        .send = Noted<&internal::Syscalls::send>("send"),
        .read = Noted<&internal::Syscalls::read>("read"),
        .splice = Noted<&internal::Syscalls::splice>("splice"),
        .pipe2 = Noted<&internal::Syscalls::pipe2>("pipe2"),
        .fcntl = Noted<&internal::Syscalls::fcntl>("fcntl"),
        .epoll_ctl = Noted<&internal::Syscalls::epoll_ctl>("epoll_ctl"),
        .epoll_wait = internal::System().epoll_wait,
    };
    return &table;
  }
  static std::string Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }
};

// What docs/performance.md has between two lines of its own.
std::string DocumentedCalls() {
  std::ifstream file(SourceTree("docs/performance.md"));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::string start = "```calls\n";
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "no list of calls";
  const std::size_t from = at + start.size();
  std::string calls;
  for (const char c : text.substr(from, text.find("\n```", from) - from)) {
    calls += c == '\n' ? ' ' : c;
  }
  return calls;
}

}  // namespace

TEST_CASE("a connection costs the system calls that are documented") {
  TestServer backend;
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = NotedCalls::Table(),
       .start = false});
  // In the listener's queue with its hello, so that no wake-up comes between.
  TestSocket client = gateway.Hello();
  REQUIRE(client.valid());
  REQUIRE(gateway->Start().ok());
  TestSocket server = backend.Accept();
  REQUIRE(server.Receive(HelloFor(kName).size()) == HelloFor(kName));
  REQUIRE(server.Send("hello"));
  REQUIRE(client.ReceiveText(5) == "hello");
  REQUIRE(client.Send("request"));
  REQUIRE(server.ReceiveText(7) == "request");
  client.Finish();
  REQUIRE(server.End() == StreamEnd::kFin);
  server.Finish();
  REQUIRE(client.End() == StreamEnd::kFin);
  REQUIRE(gateway.Reason() == "ok");
  const std::string calls = NotedCalls::Take();
  const std::string own = "getsockopt epoll_ctl ";  // Of the listener.
  REQUIRE(calls.starts_with(own));
  CHECK(calls.substr(own.size()) == DocumentedCalls());
}

}  // namespace meshgw::test
