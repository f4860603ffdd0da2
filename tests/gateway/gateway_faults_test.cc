// A gateway whose system calls fail.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "base/system_error.h"
#include "gateway/live_gateway.h"
#include "gateway/socket_address.h"
#include "gateway/tcp_options.h"
#include "support/catch.h"
#include "support/failing_syscalls.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

using std::chrono::milliseconds;

std::size_t OpenDescriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

// Ends the failing at the end of a test, whatever the test's end is.
struct HealAtEnd {
  HealAtEnd() = default;
  HealAtEnd(const HealAtEnd&) = delete;
  HealAtEnd& operator=(const HealAtEnd&) = delete;
  ~HealAtEnd() { FailingSyscalls::Heal(); }
};

constexpr std::size_t kBulk = 200000;

// One client that sends a hello and kBulk bytes and gets the same back, if the
// gateway lets it. True: it did, unharmed. False: it saw the end.
bool Exchange(LiveGateway& gateway, TestServer& backend) {
  static std::uint8_t exchange = 0;
  ++exchange;
  ByteVector sent = HelloFor(kName);
  const std::size_t start = sent.size() + 1;
  sent.push_back(exchange);
  for (std::size_t i = 0; i < kBulk; ++i) {
    sent.push_back(static_cast<std::uint8_t>(i * 31 >> 4));
  }
  TestSocket client = gateway.Connect();
  client.Send(sent);
  // The backend is reached, perhaps by those before it first, or the client
  // sees its end: one of the two.
  TestSocket server;
  ByteVector got;
  WaitUntil([&] {
    server = backend.Accept(milliseconds(0));
    if (server.valid()) got = server.Receive(start);
    return (got.size() == start && got.back() == exchange) ||
           client.Readable(milliseconds(0));
  });
  if (!server.valid()) return false;
  const ByteVector rest = server.Receive(sent.size() - start);
  got.insert(got.end(), rest.begin(), rest.end());
  if (got != sent) return false;
  server.Send(got);
  server.Finish();
  const bool back = client.Receive(sent.size()) == sent;
  client.Finish();
  return back && client.End() == StreamEnd::kFin &&
         server.End() == StreamEnd::kFin;
}

struct Fault {
  Call call;
  int error;
  int nth;
  ConnectionReason reason;
};

}  // namespace

TEST_CASE("a failing system call ends the connection for the right reason") {
  using Reason = ConnectionReason;
  // Which call is the n-th: epoll_ctl 1 is the worker's own, 2 the listener's,
  // 3 the client's, 4 the server's; recv 1 finds the hello, send 1 is that of
  // the hello right after connect, setsockopt 1 the server's.
  const Fault fault = GENERATE(values<Fault>({
      {Call::kAccept4, EINTR, 1, Reason::kOk},
      {Call::kAccept4, ECONNABORTED, 1, Reason::kOk},
      {Call::kAccept4, EMFILE, 1, Reason::kOk},
      {Call::kAccept4, ENFILE, 1, Reason::kOk},
      {Call::kAccept4, ENOMEM, 1, Reason::kOk},
      {Call::kSocket, EMFILE, 1, Reason::kFailed},
      {Call::kSocket, ENOBUFS, 1, Reason::kFailed},
      {Call::kSocket, EAFNOSUPPORT, 1, Reason::kConnectFailed},
      {Call::kConnect, ECONNREFUSED, 1, Reason::kConnectFailed},
      {Call::kConnect, ENETUNREACH, 1, Reason::kConnectFailed},
      {Call::kConnect, ETIMEDOUT, 1, Reason::kConnectTimeout},
      {Call::kConnect, ENOBUFS, 1, Reason::kFailed},
      {Call::kConnect, EINTR, 1, Reason::kOk},
      {Call::kSetsockopt, ENOMEM, 1, Reason::kOk},
      {Call::kRecv, ECONNRESET, 1, Reason::kReset},
      {Call::kRecv, ENOMEM, 1, Reason::kFailed},
      {Call::kRecv, EINTR, 1, Reason::kOk},
      {Call::kSend, EPIPE, 1, Reason::kConnectFailed},
      {Call::kSend, ECONNREFUSED, 1, Reason::kConnectFailed},
      {Call::kSend, ENOBUFS, 1, Reason::kOk},
      {Call::kSend, EAGAIN, 1, Reason::kOk},
      {Call::kSend, EINTR, 1, Reason::kOk},
      {Call::kSplice, EINVAL, 1, Reason::kOk},
      {Call::kPipe2, EMFILE, 1, Reason::kOk},
      {Call::kFcntl, EPERM, 1, Reason::kOk},
      {Call::kEpollCtl, ENOMEM, 1, Reason::kOk},
      {Call::kEpollCtl, ENOSPC, 2, Reason::kFailed},
      {Call::kEpollCtl, ENOMEM, 3, Reason::kFailed},
      {Call::kEpollWait, EINTR, 1, Reason::kOk},
      {Call::kEpollWait, ENOMEM, 2, Reason::kOk},
  }));
  const HealAtEnd heal;
  TestServer backend;
  FailingSyscalls::Fail(fault.call, fault.error, fault.nth, 1);
  CAPTURE(CallName(fault.call), fault.error, fault.nth);
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = FailingSyscalls::Table()});
  const bool passed = Exchange(gateway, backend);
  CHECK(passed == (fault.reason == Reason::kOk));
  CHECK(gateway.Reason() == ConnectionReasonName(fault.reason));
  CHECK(FailingSyscalls::failed() == 1);
  if (fault.reason != Reason::kOk) {
    CHECK(gateway.Records()[0].of.error == fault.error);
  }
  // The next one is served.
  CHECK(Exchange(gateway, backend));
}

TEST_CASE("whatever fails, no descriptor is lost and others are served after") {
  const Call call = static_cast<Call>(GENERATE(range(0, kCallCount)));
  const int error = GENERATE(EINTR, ENOMEM, EMFILE, ECONNRESET, EPIPE, EINVAL);
  const int times = GENERATE(1, 0);
  // Not a call that fails and fails with "try again".
  if (error == EINTR && times == 0) return;
  // What no kernel answers, and what says that the listener is none.
  if (call == Call::kAccept4 && error == EINVAL) return;
  const HealAtEnd heal;
  for (const int nth : {1, 2, 3, 5, 8}) {
    CAPTURE(CallName(call), error, nth, times);
    const std::size_t before = OpenDescriptors();
    {
      TestServer backend;
      GatewayOptions options;
      // Connections whose end was not noticed must end all the same.
      options.limits.hello_timeout = milliseconds(300);
      options.limits.idle_timeout = milliseconds(300);
      LiveGateway gateway(
          {.options = options,
           .routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
           .syscalls = FailingSyscalls::Table()});
      FailingSyscalls::Fail(call, error, nth, times);
      TestSocket client = gateway.Hello();
      client.Send(ByteVector(50000));
      TestSocket server = backend.Accept(milliseconds(20));
      if (server.valid()) server.Send(ByteVector(50000));
      client.Finish();
      client.Readable(milliseconds(20));
      FailingSyscalls::Heal();
      CHECK(Exchange(gateway, backend));
      client.Close();
      server.Close();
      CHECK(WaitUntil([&] { return gateway->stats().active == 0; }));
      const GatewayStats stats = gateway->stats();
      std::uint64_t ended = 0;
      for (const std::uint64_t count : stats.by_reason) ended += count;
      CHECK(ended == stats.accepted);
      CHECK(stats.pending_hellos == 0);
      gateway->Stop();
    }
    CHECK(OpenDescriptors() == before);
  }
}

TEST_CASE("a gateway that cannot even wait for events still stops") {
  const HealAtEnd heal;
  FailingSyscalls::Fail(Call::kEpollWait, EBADF, 1, 0);
  LiveGateway gateway({.syscalls = FailingSyscalls::Table()});
  TestSocket client = gateway.Hello();
  CHECK_FALSE(client.Readable(milliseconds(20)));
  gateway->Stop();
  CHECK(client.End() != StreamEnd::kNothingCame);
}

TEST_CASE("accepting pauses when there are no descriptors, and comes back") {
  const HealAtEnd heal;
  TestServer backend;
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = FailingSyscalls::Table()});
  Pair established = Pair::Through(gateway, backend);
  REQUIRE(established.valid());
  FailingSyscalls::Fail(Call::kAccept4, EMFILE, 1, 0);
  TestSocket waiting = gateway.Hello();
  REQUIRE(WaitUntil([&] { return gateway->stats().accept_pauses >= 3; }));
  CHECK_FALSE(waiting.Readable(milliseconds(0)));  // Not refused: it waits.
  REQUIRE(established.client.Send("still"));
  CHECK(established.server.ReceiveText(5) == "still");
  FailingSyscalls::Heal();
  TestSocket server = backend.Accept();
  CHECK(server.valid());
  CHECK(WaitUntil([&] { return gateway.Logged("accepting again"); }));
  // Once a shortage, not once a try.
  std::size_t warnings = 0;
  for (const std::string& line : gateway.log()) {
    warnings += line.starts_with("warn: accepting is paused");
  }
  CHECK(warnings == 1);
}

TEST_CASE(
    "a listener that listens no more is given up, with a word in the log") {
  TestServer other;
  TestServer listener;
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(1)})}), .listen = ""});
  const int fd = listener.Release();
  REQUIRE(gateway->ListenOn("given", fd).ok());
  TestSocket::Connect(address).Close();
  REQUIRE(gateway.Reason() == "client_closed");
  ::shutdown(fd, SHUT_RDWR);
  CHECK(WaitUntil([&] { return gateway.Logged("listener given: accept:"); }));
}

TEST_CASE("a gateway that cannot have its descriptors says so") {
  const HealAtEnd heal;
  for (const Call call : {Call::kEpollCreate1, Call::kEventfd}) {
    CAPTURE(CallName(call));
    const std::size_t before = OpenDescriptors();
    FailingSyscalls::Fail(call, EMFILE, 2, 1);
    GatewayOptions options;
    options.workers = 2;
    const auto gateway =
        GatewayAccess::Create(options, nullptr, FailingSyscalls::Table());
    CHECK(gateway.status().code() == absl::StatusCode::kResourceExhausted);
    CHECK(internal::ErrnoOf(gateway.status()) == EMFILE);
    CHECK(OpenDescriptors() == before);
  }
}

TEST_CASE("a listener that cannot be unwatched is not watched twice") {
  // Of the listener the first call adds, the next, for the pause, removes.
  const HealAtEnd heal;
  TestServer backend;
  internal::Syscalls table = *FailingSyscalls::Table();
  table.epoll_ctl = [](int epoll, int operation, int fd, epoll_event* event) {
    errno = EINVAL;
    return operation == EPOLL_CTL_DEL
               ? -1
               : internal::System().epoll_ctl(epoll, operation, fd, event);
  };
  LiveGateway gateway(
      {.routes = TableOf({ClusterOf({EndpointAt(backend.port())})}),
       .syscalls = &table});
  FailingSyscalls::Fail(Call::kAccept4, EMFILE, 1, 1);
  CHECK(Exchange(gateway, backend));
  CHECK(gateway->stats().accept_pauses == 1);
}

TEST_CASE("without its own address a socket is not taken for a local one") {
  static std::atomic<int> asked{0};
  static std::atomic<bool> fails{false};
  asked = 0;
  internal::Syscalls table = internal::System();
  table.getsockname = [](int fd, sockaddr* address, socklen_t* length) {
    ++asked;
    errno = ENOBUFS;
    return fails ? -1 : internal::System().getsockname(fd, address, length);
  };
  TcpOptions options;
  options.local_congestion_control = "reno";
  const TestSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Unbound: its own address is 0.0.0.0, and so is the "peer" here.
  const auto peer = *internal::FromEndpoint("0.0.0.0", 1);
  static std::atomic<int> set{0};
  set = 0;
  table.setsockopt = [](int, int, int, const void*, socklen_t) {
    ++set;
    return 0;
  };
  for (const bool failing : {true, false}) {
    fails = failing;
    internal::SetLocalCongestionControl(table, socket.fd(), peer, options);
    CHECK(set == (failing ? 0 : 1));
  }
  CHECK(asked == 2);
}

}  // namespace meshgw::test
