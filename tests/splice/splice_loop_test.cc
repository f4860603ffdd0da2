// Pairs of connections carried by a loop on a thread of its own.
#include "meshgw/splice_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/system_error.h"
#include "splice/relay.h"
#include "splice/splice_loop_access.h"
#include "support/catch.h"
#include "support/failing_syscalls.h"
#include "support/test_socket.h"

namespace meshgw {
namespace {

using test::Call;
using test::CallName;
using test::FailingSyscalls;
using test::StreamEnd;
using test::TestSocket;

// A client and a server, with a pair of a loop between them.
struct Carried {
  TestSocket client;
  TestSocket server;
  std::future<SpliceResult> result;

  explicit Carried(SpliceLoop* loop, const std::string& first = "",
                   std::uint64_t tag = 0) {
    auto up = test::TcpPair();
    auto down = test::TcpPair();
    client = std::move(up.first);
    server = std::move(down.second);
    auto promise = std::make_shared<std::promise<SpliceResult>>();
    result = promise->get_future();
    const std::vector<std::uint8_t> bytes(first.begin(), first.end());
    REQUIRE(loop->Add(
                    up.second.Release(), down.first.Release(), bytes,
                    [promise](const SpliceResult& ended) {
                      promise->set_value(ended);
                    },
                    tag)
                .ok());
  }
};

// A loop and the thread that runs it.
class LiveLoop {
 public:
  LiveLoop()
      : loop_(*SpliceLoop::Create()), thread_([this] { loop_->Run(); }) {}
  ~LiveLoop() { StopAndJoin(); }
  LiveLoop(const LiveLoop&) = delete;
  LiveLoop& operator=(const LiveLoop&) = delete;
  void StopAndJoin() {
    if (!thread_.joinable()) return;
    loop_->Stop();
    thread_.join();
  }
  SpliceLoop* get() { return loop_.get(); }
  void Destroy() { loop_.reset(); }

 private:
  std::unique_ptr<SpliceLoop> loop_;
  std::thread thread_;
};

TEST_CASE("a loop carries pairs both ways and tells how each ended") {
  LiveLoop loop;
  std::vector<std::unique_ptr<Carried>> pairs;
  for (int i = 0; i < 20; ++i) {
    pairs.push_back(std::make_unique<Carried>(loop.get(), "hello "));
  }
  CHECK(loop.get()->size() == 20);
  for (const auto& pair : pairs) {
    REQUIRE(pair->client.Send("there"));
    CHECK(pair->server.ReceiveText(11) == "hello there");
    REQUIRE(pair->server.Send("answer"));
    CHECK(pair->client.ReceiveText(6) == "answer");
    pair->client.Finish();
    CHECK(pair->server.End() == StreamEnd::kFin);
    pair->server.Close();
    CHECK(pair->client.End() == StreamEnd::kFin);
    const SpliceResult result = pair->result.get();
    CHECK(result.end == SpliceEnd::kFinished);
    CHECK(result.error == 0);
    CHECK(result.counters.bytes_to_server == 11);
    CHECK(result.counters.bytes_to_client == 6);
  }
  CHECK(loop.get()->size() == 0);
}

TEST_CASE("a loop carries bulk whole") {
  LiveLoop loop;
  Carried pair(loop.get());
  const std::string sent(8 << 20, 'x');
  std::thread sender([&] {
    pair.client.Send(sent);
    pair.client.Finish();
  });
  CHECK(pair.server.ReceiveText(sent.size()) == sent);
  sender.join();
  pair.server.Close();
  const SpliceResult result = pair.result.get();
  CHECK(result.counters.bytes_to_server == sent.size());
  CHECK(result.counters.spliced_bytes > 0);
}

TEST_CASE("RunUntilEmpty returns when the last pair has ended") {
  auto loop = *SpliceLoop::Create();
  loop->RunUntilEmpty();
  Carried one(loop.get(), "a");
  Carried two(loop.get(), "b");
  for (Carried* pair : {&one, &two}) {
    pair->client.Finish();
    pair->server.Finish();
  }
  loop->RunUntilEmpty();
  CHECK(loop->size() == 0);
  CHECK(one.server.ReceiveText(2) == "a");
  CHECK(two.result.get().end == SpliceEnd::kFinished);
}

TEST_CASE("a loop that was stopped goes on with its pairs when it runs again") {
  LiveLoop loop;
  Carried pair(loop.get(), "a");
  CHECK(pair.server.ReceiveText(1) == "a");
  loop.StopAndJoin();
  REQUIRE(pair.client.Send("b"));
  CHECK(loop.get()->size() == 1);
  std::thread again([&] { loop.get()->Run(); });
  CHECK(pair.server.ReceiveText(1) == "b");
  loop.get()->Stop();
  again.join();
}

TEST_CASE("the end of a loop resets its pairs and tells of them") {
  const std::size_t before = test::OpenDescriptors();
  {
    LiveLoop loop;
    Carried pair(loop.get(), "a");
    CHECK(pair.server.ReceiveText(1) == "a");
    loop.StopAndJoin();
    Carried never_begun(loop.get());
    loop.Destroy();
    CHECK(pair.server.End() == StreamEnd::kReset);
    CHECK(pair.client.End() == StreamEnd::kReset);
    CHECK(pair.result.get().end == SpliceEnd::kRunning);
    CHECK(never_begun.result.get().end == SpliceEnd::kRunning);
  }
  CHECK(test::OpenDescriptors() == before);
}

TEST_CASE("what is no connected stream socket stays the caller's") {
  auto loop = *SpliceLoop::Create();
  auto good = test::TcpPair();
  const internal::UniqueFd lonely(::socket(AF_INET, SOCK_STREAM, 0));
  int pipe[2] = {-1, -1};
  REQUIRE(::pipe(pipe) == 0);
  for (const int bad : {lonely.get(), pipe[0], -1}) {
    const absl::Status status = loop->Add(good.first.fd(), bad, {}, {});
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(std::string(status.message())
              .starts_with("descriptor " + std::to_string(bad)));
  }
  CHECK(loop->size() == 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  REQUIRE(good.second.Send("still open"));
  CHECK(good.first.ReceiveText(10) == "still open");
}

// Ends the failing at the end of a test, whatever the test's end is.
struct HealAtEnd {
  HealAtEnd() = default;
  HealAtEnd(const HealAtEnd&) = delete;
  HealAtEnd& operator=(const HealAtEnd&) = delete;
  ~HealAtEnd() { FailingSyscalls::Heal(); }
};

TEST_CASE("a loop that cannot have its descriptors says so") {
  const HealAtEnd heal;
  for (const Call call :
       {Call::kEpollCreate1, Call::kEventfd, Call::kEpollCtl}) {
    CAPTURE(std::string(CallName(call)));
    const std::size_t before = test::OpenDescriptors();
    FailingSyscalls::Fail(call, EMFILE, 1, 1);
    const auto loop = SpliceLoopAccess::Create({}, FailingSyscalls::Table());
    CHECK(loop.status().code() == absl::StatusCode::kResourceExhausted);
    CHECK(internal::ErrnoOf(loop.status()) == EMFILE);
    CHECK(test::OpenDescriptors() == before);
  }
}

TEST_CASE("a pair that cannot be made ready stays the caller's") {
  const HealAtEnd heal;
  auto loop = *SpliceLoopAccess::Create({}, FailingSyscalls::Table());
  auto up = test::TcpPair();
  auto down = test::TcpPair();
  for (const Call call :
       {Call::kGetsockopt, Call::kGetpeername, Call::kFcntl}) {
    for (const int nth : {1, 2}) {
      CAPTURE(std::string(CallName(call)), nth);
      FailingSyscalls::Fail(call, ENOMEM, nth, 1);
      const absl::Status status =
          loop->Add(up.second.fd(), down.first.fd(), {}, {});
      CHECK(status.code() == absl::StatusCode::kInvalidArgument);
      CHECK(internal::ErrnoOf(status) == ENOMEM);
    }
  }
  CHECK(loop->size() == 0);
  FailingSyscalls::Heal();
  REQUIRE(up.second.Send("still open"));
  CHECK(up.first.ReceiveText(10) == "still open");
}

TEST_CASE("a pair that cannot be watched ends as failed, and resets both") {
  const HealAtEnd heal;
  const int nth = GENERATE(1, 2);
  auto loop = *SpliceLoopAccess::Create({}, FailingSyscalls::Table());
  Carried pair(loop.get());
  FailingSyscalls::Fail(Call::kEpollCtl, ENOSPC, nth, 1);
  loop->RunUntilEmpty();
  const SpliceResult result = pair.result.get();
  CHECK(result.end == SpliceEnd::kFailed);
  CHECK(result.error == ENOSPC);
  CHECK(pair.client.End() == StreamEnd::kReset);
  CHECK(pair.server.End() == StreamEnd::kReset);
}

TEST_CASE("a loop whose wait fails goes on when it no longer does") {
  const HealAtEnd heal;
  auto loop = *SpliceLoopAccess::Create({}, FailingSyscalls::Table());
  Carried pair(loop.get(), "a");
  FailingSyscalls::Fail(Call::kEpollWait, ENOMEM, 1, 3);
  std::thread runs([&] { loop->RunUntilEmpty(); });
  CHECK(test::WaitUntil([] { return FailingSyscalls::failed() == 3; }));
  pair.client.Finish();
  pair.server.Finish();
  runs.join();
  CHECK(pair.result.get().end == SpliceEnd::kFinished);
}

TEST_CASE("a pair that cannot be reset is closed all the same") {
  const HealAtEnd heal;
  auto loop = *SpliceLoopAccess::Create({}, FailingSyscalls::Table());
  Carried pair(loop.get());
  FailingSyscalls::Fail(Call::kSetsockopt, ENOMEM, 1, 0);
  loop.reset();
  CHECK(FailingSyscalls::failed() == 2);
  CHECK(pair.client.End() == StreamEnd::kFin);
  CHECK(pair.server.End() == StreamEnd::kFin);
}

TEST_CASE("a loop that is destroyed takes no more pairs, also from OnEnd") {
  auto loop = *SpliceLoop::Create();
  auto up = test::TcpPair();
  auto down = test::TcpPair();
  auto next_up = test::TcpPair();
  auto next_down = test::TcpPair();
  absl::Status added;
  REQUIRE(loop->Add(up.second.Release(), down.first.Release(), {},
                    [&, raw = loop.get()](const SpliceResult&) {
                      added = raw->Add(next_up.second.fd(),
                                       next_down.first.fd(), {}, {});
                    })
              .ok());
  loop.reset();
  CHECK(added.code() == absl::StatusCode::kFailedPrecondition);
  REQUIRE(next_up.second.Send("mine"));
  CHECK(next_up.first.ReceiveText(4) == "mine");
}

TEST_CASE("pairs that are cancelled are reset, and no others") {
  LiveLoop loop;
  Carried kept(loop.get(), "kept", 1);
  Carried one(loop.get(), "one", 2);
  Carried two(loop.get(), "two", 2);
  CHECK(kept.server.ReceiveText(4) == "kept");
  CHECK(one.server.ReceiveText(3) == "one");
  loop.get()->Cancel(2);
  loop.get()->Cancel(7);  // Nobody's.
  for (Carried* cancelled : {&one, &two}) {
    const SpliceResult result = cancelled->result.get();
    CHECK(result.end == SpliceEnd::kCancelled);
    CHECK(result.error == 0);
    CHECK(result.counters.bytes_to_server == 3);
    CHECK(cancelled->client.End() == StreamEnd::kReset);
  }
  CHECK(loop.get()->size() == 1);
  CHECK(kept.client.Send("more"));
  CHECK(kept.server.ReceiveText(4) == "more");
}

TEST_CASE("what is added and cancelled before the loop runs never starts") {
  auto loop = *SpliceLoop::Create();
  Carried early(loop.get(), "", 5);
  loop->Cancel(5);
  loop->RunUntilEmpty();
  CHECK(early.result.get().end == SpliceEnd::kCancelled);
  CHECK(early.client.End() == StreamEnd::kReset);
  CHECK(early.server.End() == StreamEnd::kReset);
}

}  // namespace
}  // namespace meshgw
