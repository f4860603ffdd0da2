// Carrying bytes through the C API with the library's loop.
#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "c_api.h"
#include "splice/peer.h"

namespace meshgw::test {
namespace {

using Loop =
    std::unique_ptr<meshgw_splice_loop, Freed<meshgw_splice_loop_free>>;

Loop MakeLoop() {
  meshgw_splice_loop* loop = nullptr;
  CHECK(meshgw_splice_loop_create(nullptr, &loop, nullptr) == MESHGW_OK);
  return Loop(loop);
}

// A client and a server with a pair of a loop between them.
struct Looped {
  TestSocket client;
  TestSocket server;

  Looped(meshgw_splice_loop* loop, std::uint64_t tag,
         std::string_view first = "") {
    Ends up = TcpEnds();
    Ends down = TcpEnds();
    client = std::move(up.first);
    server = std::move(down.second);
    Error error;
    REQUIRE(meshgw_splice_loop_add(
                loop, up.second.fd(), down.first.fd(),
                reinterpret_cast<const std::uint8_t*>(first.data()),
                first.size(), tag, error.out()) == MESHGW_OK);
    CHECK_FALSE(error.set());
    (void)up.second.Release();
    (void)down.first.Release();
  }
  void Finish() {
    client.Finish();
    server.Finish();
  }
};

// Runs a loop on a thread.
class Running {
 public:
  explicit Running(meshgw_splice_loop* loop)
      : loop_(loop),
        thread_([this] { status_ = meshgw_splice_loop_run(loop_); }) {}
  ~Running() { Stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  meshgw_status Stop() {
    if (thread_.joinable()) {
      meshgw_splice_loop_stop(loop_);
      thread_.join();
    }
    return status_;
  }

 private:
  meshgw_splice_loop* loop_;
  meshgw_status status_ = MESHGW_ERR_INTERNAL;
  std::thread thread_;
};

// The result that comes next.
meshgw_splice_result Next(meshgw_splice_loop* loop) {
  CHECK(GetsReadable(meshgw_splice_loop_event_fd(loop)));
  meshgw_splice_result result = {};
  CHECK(meshgw_splice_loop_next(loop, &result, 1) == 1);
  return result;
}

TEST_CASE("a loop carries pairs and gives each result under its tag") {
  const std::size_t before = OpenDescriptors();
  {
    const Loop loop = MakeLoop();
    Running running(loop.get());
    std::vector<std::unique_ptr<Looped>> pairs;
    for (std::uint64_t tag = 0; tag < 20; ++tag) {
      pairs.push_back(std::make_unique<Looped>(loop.get(), tag, "hello "));
    }
    CHECK(meshgw_splice_loop_size(loop.get()) == 20);
    for (std::uint64_t tag = 0; tag < 20; ++tag) {
      Looped& pair = *pairs[tag];
      REQUIRE(pair.client.Send("there"));
      CHECK(pair.server.ReceiveText(11) == "hello there");
      REQUIRE(pair.server.Send("answer"));
      CHECK(pair.client.ReceiveText(6) == "answer");
      pair.client.Finish();
      CHECK(pair.server.End() == StreamEnd::kFin);
      pair.server.Close();
      CHECK(pair.client.End() == StreamEnd::kFin);
      const meshgw_splice_result result = Next(loop.get());
      CHECK(result.tag == tag);
      CHECK(result.state.end == MESHGW_SPLICE_FINISHED);
      CHECK(result.state.error == 0);
      CHECK(result.state.bytes_to_server == 11);
      CHECK(result.state.bytes_to_client == 6);
      CHECK(result.state.client_fin == 1);
      CHECK(result.state.server_fin == 1);
    }
    CHECK(meshgw_splice_loop_size(loop.get()) == 0);
    CHECK(running.Stop() == MESHGW_OK);
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("a loop's descriptor is readable exactly while results wait") {
  const Loop loop = MakeLoop();
  const int fd = meshgw_splice_loop_event_fd(loop.get());
  CHECK_FALSE(IsReadable(fd));
  meshgw_splice_result results[8] = {};
  CHECK(meshgw_splice_loop_next(loop.get(), results, 8) == 0);
  std::vector<std::unique_ptr<Looped>> pairs;
  for (std::uint64_t tag = 0; tag < 5; ++tag) {
    pairs.push_back(std::make_unique<Looped>(loop.get(), tag));
    pairs.back()->Finish();
  }
  CHECK(meshgw_splice_loop_run_until_empty(loop.get()) == MESHGW_OK);
  CHECK(IsReadable(fd));
  CHECK(meshgw_splice_loop_next(loop.get(), results, 0) == 0);
  CHECK(meshgw_splice_loop_next(loop.get(), nullptr, 3) == 0);
  CHECK(meshgw_splice_loop_next(loop.get(), results, 2) == 2);
  CHECK(IsReadable(fd));
  CHECK(meshgw_splice_loop_next(loop.get(), results + 2, 3) == 3);
  CHECK_FALSE(IsReadable(fd));
  std::uint64_t tags = 0;
  for (int i = 0; i < 5; ++i) tags |= std::uint64_t{1} << results[i].tag;
  CHECK(tags == 31);
  // Again, after it was empty.
  Looped more(loop.get(), 9);
  more.Finish();
  CHECK(meshgw_splice_loop_run_until_empty(loop.get()) == MESHGW_OK);
  CHECK(Next(loop.get()).tag == 9);
  CHECK_FALSE(IsReadable(fd));
}

TEST_CASE("a loop carries bulk whole, and passes RST on") {
  constexpr std::size_t kBytes = 8 << 20;
  const Loop loop = MakeLoop();
  Running running(loop.get());
  Looped pair(loop.get(), 1);
  const auto sent = Content(5).Next(kBytes);
  std::thread sender([&] { pair.client.Send(sent); });
  Fnv hash;
  hash.Add(pair.server.Receive(kBytes));
  sender.join();
  CHECK(hash.value() == HashOf(5, kBytes));
  pair.server.Reset();
  CHECK(pair.client.End() == StreamEnd::kReset);
  const meshgw_splice_result result = Next(loop.get());
  CHECK(result.state.end == MESHGW_SPLICE_SERVER_RESET);
  CHECK(result.state.error == ECONNRESET);
  CHECK(result.state.bytes_to_server == kBytes);
  CHECK(result.state.spliced_bytes > 0);
}

TEST_CASE("a loop is run by one thread at a time, and goes on after a stop") {
  const Loop loop = MakeLoop();
  Looped pair(loop.get(), 1, "a");
  {
    Running running(loop.get());
    CHECK(pair.server.ReceiveText(1) == "a");
    CHECK(meshgw_splice_loop_run(loop.get()) == MESHGW_ERR_FAILED_PRECONDITION);
    CHECK(meshgw_splice_loop_run_until_empty(loop.get()) ==
          MESHGW_ERR_FAILED_PRECONDITION);
    // Freeing what runs is refused.
    meshgw_splice_loop_free(loop.get());
    CHECK(meshgw_splice_loop_size(loop.get()) == 1);
  }
  REQUIRE(pair.client.Send("b"));
  Running again(loop.get());
  CHECK(pair.server.ReceiveText(1) == "b");
  CHECK(again.Stop() == MESHGW_OK);
  // Before the run.
  meshgw_splice_loop_stop(loop.get());
  CHECK(meshgw_splice_loop_run(loop.get()) == MESHGW_OK);
}

TEST_CASE("freeing a loop resets the pairs that are left") {
  const std::size_t before = OpenDescriptors();
  {
    Loop loop = MakeLoop();
    Looped pair(loop.get(), 1, "a");
    {
      Running running(loop.get());
      CHECK(pair.server.ReceiveText(1) == "a");
    }
    Looped never_begun(loop.get(), 2);
    loop.reset();
    CHECK(pair.server.End() == StreamEnd::kReset);
    CHECK(pair.client.End() == StreamEnd::kReset);
    CHECK(never_begun.server.End() == StreamEnd::kReset);
  }
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("what a loop refuses stays the caller's, as it was") {
  const Loop loop = MakeLoop();
  const Ends good = TcpEnds();
  const WrongDescriptors wrong;
  std::vector<BadCall> calls;
  const auto add = [&](const char* what, int client, int server,
                       const char* names) {
    calls.push_back({what,
                     [&loop, client, server](auto err) {
                       return meshgw_splice_loop_add(loop.get(), client, server,
                                                     nullptr, 0, 1, err);
                     },
                     names});
  };
  for (const auto& [what, fd] : wrong.all()) {
    add(what, fd, good.first.fd(), "take_client_fd is ");
    add(what, good.first.fd(), fd, "take_server_fd is ");
  }
  add("one socket twice", good.first.fd(), good.first.fd(),
      "take_server_fd is ");
  calls.push_back({"no bytes",
                   [&](auto err) {
                     return meshgw_splice_loop_add(loop.get(), good.first.fd(),
                                                   good.second.fd(), nullptr, 1,
                                                   1, err);
                   },
                   "data is NULL"});
  calls.push_back({"no loop",
                   [&](auto err) {
                     return meshgw_splice_loop_add(nullptr, good.first.fd(),
                                                   good.second.fd(), nullptr, 0,
                                                   1, err);
                   },
                   "loop is NULL"});
  calls.push_back({"a loop goes nowhere",
                   [](auto err) {
                     return meshgw_splice_loop_create(nullptr, nullptr, err);
                   },
                   "out is NULL"});
  CheckBadCalls(calls);
  for (const auto& [what, fd] : wrong.all()) {
    CHECK(IsOpen(fd) == (fd >= 0 && fd != 1 << 20));
  }
  CHECK(IsOpen(good.first.fd()));
  CHECK(Blocks(good.first.fd()));
  CHECK(meshgw_splice_loop_size(loop.get()) == 0);
  CHECK_FALSE(IsReadable(meshgw_splice_loop_event_fd(loop.get())));
}

TEST_CASE("what is cancelled is reset, and its result says so") {
  const Loop loop = MakeLoop();
  Looped kept(loop.get(), 1);
  Looped gone(loop.get(), 2, "hello");
  {
    Running running(loop.get());
    CHECK(gone.server.ReceiveText(5) == "hello");
    CHECK(meshgw_splice_loop_cancel(loop.get(), 2) == MESHGW_OK);
    CHECK(meshgw_splice_loop_cancel(loop.get(), 3) == MESHGW_OK);
    const meshgw_splice_result result = Next(loop.get());
    CHECK(result.tag == 2);
    CHECK(result.state.end == MESHGW_SPLICE_CANCELLED);
    CHECK(result.state.error == 0);
    CHECK(result.state.bytes_to_server == 5);
    CHECK(gone.client.End() == StreamEnd::kReset);
    CHECK(kept.client.Send("x"));
    CHECK(kept.server.ReceiveText(1) == "x");
  }
  CHECK(meshgw_splice_loop_size(loop.get()) == 1);
}

TEST_CASE("a connection that has ended is not taken, and said to have ended") {
  const Loop loop = MakeLoop();
  const Ends good = TcpEnds();
  Ends ended = TcpEnds();
  ended.second.Reset();
  REQUIRE(GetsReadable(ended.first.fd()));
  for (const int error_number : {ECONNRESET, ENOTCONN}) {
    Error error;
    CHECK(meshgw_splice_loop_add(loop.get(), good.first.fd(), ended.first.fd(),
                                 nullptr, 0, 1,
                                 error.out()) == MESHGW_ERR_UNAVAILABLE);
    CHECK_THAT(error.message(),
               Catch::Matchers::ContainsSubstring("its connection has ended"));
    CHECK_THAT(error.message(),
               Catch::Matchers::StartsWith("take_server_fd is "));
    CHECK(error.number() == error_number);
  }
  CHECK(IsOpen(ended.first.fd()));
}

TEST_CASE("a loop keeps SIGPIPE from its thread, and leaves the mask alone") {
  sigset_t none;
  sigemptyset(&none);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, &none, &before);
  void (*handler)(int) = std::signal(SIGPIPE, SIG_DFL);
  const Loop loop = MakeLoop();
  // Writes go on after the server is gone, some of them by splice(2).
  Looped pair(loop.get(), 1);
  const auto sent = Content(6).Next(32 << 20);
  std::thread client([&] {
    pair.client.Send(sent);
    pair.client.Close();
  });
  std::thread server([&] {
    pair.server.Receive(8 << 20);
    pair.server.Close();
  });
  CHECK(meshgw_splice_loop_run_until_empty(loop.get()) == MESHGW_OK);
  client.join();
  server.join();
  CHECK(Next(loop.get()).state.end == MESHGW_SPLICE_SERVER_RESET);
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  CHECK(sigismember(&now, SIGPIPE) == 0);
  sigpending(&now);
  CHECK(sigismember(&now, SIGPIPE) == 0);
  std::signal(SIGPIPE, handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace meshgw::test
