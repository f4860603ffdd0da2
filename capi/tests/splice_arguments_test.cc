// What pools and splicers of the C API refuse, and by which name.
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "c_api.h"
#include "carried.h"

namespace meshgw::test {
namespace {

TEST_CASE("a splicer names the descriptor that it cannot use") {
  const Pool pool = MakePool();
  const Ends good = TcpEnds();
  const Ends blocking = TcpEnds();
  MakeNonBlocking(good.first.fd());
  const WrongDescriptors wrong;
  meshgw_splicer* out = nullptr;
  std::vector<BadCall> calls;
  const auto add = [&](const char* what, int client, int server,
                       const char* names) {
    calls.push_back({what,
                     [&out, &pool, client, server](meshgw_error** err) {
                       return meshgw_splicer_create(pool.get(), client, server,
                                                    &out, err);
                     },
                     names});
  };
  for (const auto& [what, fd] : wrong.all()) {
    add(what, fd, good.first.fd(), "client_fd is ");
    add(what, good.first.fd(), fd, "server_fd is ");
  }
  TestServer server;
  const TestSocket listening(server.Release());
  add("a listener", listening.fd(), good.first.fd(), "expected a connected");
  add("a blocking socket", good.first.fd(), blocking.first.fd(), "O_NONBLOCK");
  add("one socket twice", good.first.fd(), good.first.fd(), "server_fd is ");
  CheckBadCalls(calls);
  CHECK(out == nullptr);
  Error error;
  CHECK(meshgw_splicer_create(pool.get(), 1 << 20, good.first.fd(), &out,
                              error.out()) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(error.number() == EBADF);
}

TEST_CASE("bad arguments of pools and splicers are refused by name") {
  const Pool pool = MakePool();
  const Carried pair(pool.get());
  meshgw_splicer* splicer = pair.splicer.get();
  meshgw_splice_pool* made = nullptr;
  meshgw_splicer* out = nullptr;
  const std::uint8_t byte = 0;
  CheckBadCalls({
      {"a pool goes nowhere",
       [](auto err) {
         return meshgw_splice_pool_create(nullptr, nullptr, err);
       },
       "out is NULL"},
      {"no pool",
       [&](auto err) {
         return meshgw_splicer_create(nullptr, 0, 1, &out, err);
       },
       "pool is NULL"},
      {"a splicer goes nowhere",
       [&](auto err) {
         return meshgw_splicer_create(pool.get(), 0, 1, nullptr, err);
       },
       "out is NULL"},
      {"no splicer",
       [&](auto err) {
         return meshgw_splicer_send_first(nullptr, &byte, 1, err);
       },
       "splicer is NULL"},
      {"no bytes",
       [&](auto err) {
         return meshgw_splicer_send_first(splicer, nullptr, 1, err);
       },
       "data is NULL and 1 long"},
      {"too many bytes",
       [&](auto err) {
         return meshgw_splicer_send_first(splicer, &byte, SIZE_MAX, err);
       },
       "data is longer than memory"},
  });
  CHECK(made == nullptr);
  CHECK(out == nullptr);
  CHECK(meshgw_splicer_run(nullptr, MESHGW_SIDE_CLIENT, 0) == -1);
  CHECK(meshgw_splicer_run(splicer, 2, 0) == -1);
  CHECK(meshgw_splicer_run(splicer, -1, 0) == -1);
  meshgw_splice_state state = {};
  CHECK(meshgw_splicer_get(nullptr, &state) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splicer_get(splicer, nullptr) == MESHGW_ERR_INVALID_ARGUMENT);
  meshgw_splice_pool_free(nullptr);
  meshgw_splicer_free(nullptr);
  meshgw_reset_on_close(-1);
  meshgw_reset_on_close(1 << 20);
}

TEST_CASE("no loop is no crash") {
  meshgw_splice_result result = {};
  CHECK(meshgw_splice_loop_run(nullptr) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splice_loop_run_until_empty(nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splice_loop_cancel(nullptr, 1) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splice_loop_size(nullptr) == 0);
  CHECK(meshgw_splice_loop_event_fd(nullptr) == -1);
  CHECK(meshgw_splice_loop_next(nullptr, &result, 1) == 0);
  meshgw_splice_loop_stop(nullptr);
  meshgw_splice_loop_free(nullptr);
}

TEST_CASE("a splicer tells a connection that has ended from none") {
  const Pool pool = MakePool();
  const Ends good = TcpEnds();
  Ends ended = TcpEnds();
  ended.second.Reset();
  REQUIRE(GetsReadable(ended.first.fd()));
  MakeNonBlocking(good.first.fd());
  MakeNonBlocking(ended.first.fd());
  meshgw_splicer* out = nullptr;
  Error error;
  CHECK(meshgw_splicer_create(pool.get(), ended.first.fd(), good.first.fd(),
                              &out, error.out()) == MESHGW_ERR_UNAVAILABLE);
  CHECK_THAT(error.message(), Catch::Matchers::StartsWith("client_fd is "));
  CHECK(error.number() == ECONNRESET);
  CHECK(out == nullptr);
}

TEST_CASE("bad splice options are refused by the name of the field") {
  struct Larger {
    meshgw_splice_options known;
    std::uint64_t unknown;
  };
  Larger larger = {.known = SpliceOptions(), .unknown = 0};
  larger.known.struct_size = sizeof(larger);
  CHECK(MakePool(&larger.known) != nullptr);
  larger.unknown = 1;
  const auto with = [](auto change) {
    meshgw_splice_options options = SpliceOptions();
    change(&options);
    return options;
  };
  const std::vector<std::pair<meshgw_splice_options, const char*>> table = {
      {with([](auto* o) { o->struct_size = 0; }), "options.struct_size is 0"},
      {with([](auto* o) { o->struct_size = sizeof(size_t); }),
       "options.struct_size is 8"},
      {with([](auto* o) { o->struct_size = SIZE_MAX; }), "options.struct_size"},
      {with([](auto* o) { o->copy_bytes = 1u << 31; }), "options.copy_bytes"},
      {with([](auto* o) { o->pipe_bytes = 1u << 31; }), "options.pipe_bytes"},
      {with([](auto* o) { o->max_pipes = 1u << 31; }), "options.max_pipes"},
      {with([](auto* o) { o->reserved = 1; }), "options.reserved"},
  };
  meshgw_splice_pool* pool = nullptr;
  meshgw_splice_loop* loop = nullptr;
  std::vector<BadCall> calls = {{"a field of a later version",
                                 [&](auto err) {
                                   return meshgw_splice_pool_create(
                                       &larger.known, &pool, err);
                                 },
                                 "options has a field"}};
  for (const auto& [options, names] : table) {
    calls.push_back({names,
                     [&pool, &options = options](auto err) {
                       return meshgw_splice_pool_create(&options, &pool, err);
                     },
                     names});
    calls.push_back({names,
                     [&loop, &options = options](auto err) {
                       return meshgw_splice_loop_create(&options, &loop, err);
                     },
                     names});
  }
  CheckBadCalls(calls);
  CHECK(pool == nullptr);
  CHECK(loop == nullptr);
  // One of an older version, and every field set.
  meshgw_splice_options older = SpliceOptions();
  older.struct_size = offsetof(meshgw_splice_options, copy_bytes);
  older.copy_bytes = 1u << 31;
  CHECK(MakePool(&older) != nullptr);
  meshgw_splice_options all = SpliceOptions();
  all.max_kept_bytes = 1;
  all.copy_bytes = 1;
  all.pipe_bytes = 4096;
  all.max_pipes = 1;
  CHECK(MakePool(&all) != nullptr);
}

TEST_CASE("ends of a splice have stable names") {
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_RUNNING)) ==
        "running");
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_FINISHED)) ==
        "finished");
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_CLIENT_RESET)) ==
        "client_reset");
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_SERVER_RESET)) ==
        "server_reset");
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_FAILED)) == "failed");
  CHECK(std::string(meshgw_splice_end_name(MESHGW_SPLICE_CANCELLED)) ==
        "cancelled");
  CHECK(std::string(meshgw_splice_end_name(6)) == "unknown");
  CHECK(std::string(meshgw_splice_end_name(-1)) == "unknown");
}

TEST_CASE("a debug build refuses splicers that two threads use at once") {
  if (!kDebugBuild) return;
  const Pool pool = MakePool();
  const Carried one(pool.get());
  const Carried two(pool.get());
  std::atomic<bool> done{false};
  // Another splicer of the same pool: the two share a buffer.
  std::thread other([&] {
    while (!done) {
      (void)meshgw_splicer_run(two.splicer.get(), MESHGW_SIDE_CLIENT, EPOLLIN);
    }
  });
  CHECK(WaitUntil([&] {
    for (int i = 0; i < 10000; ++i) {
      if (meshgw_splicer_run(one.splicer.get(), MESHGW_SIDE_CLIENT, EPOLLIN) <
          0) {
        return true;
      }
    }
    return false;
  }));
  done = true;
  other.join();
}

TEST_CASE("a debug build refuses pools, splicers and loops that were freed") {
  if (!kDebugBuild) return;
  Pool owner = MakePool();
  meshgw_splice_pool* pool = owner.release();
  const Ends ends = TcpEnds();
  MakeNonBlocking(ends.first.fd());
  MakeNonBlocking(ends.second.fd());
  meshgw_splicer* splicer = nullptr;
  REQUIRE(meshgw_splicer_create(pool, ends.first.fd(), ends.second.fd(),
                                &splicer, nullptr) == MESHGW_OK);
  meshgw_splicer_free(splicer);
  meshgw_splicer_free(splicer);
  meshgw_splice_pool_free(pool);
  meshgw_splice_pool_free(pool);
  meshgw_splice_loop* loop = nullptr;
  REQUIRE(meshgw_splice_loop_create(nullptr, &loop, nullptr) == MESHGW_OK);
  meshgw_splice_loop_free(loop);
  meshgw_splice_loop_free(loop);
  const std::uint8_t byte = 0;
  meshgw_splicer* out = nullptr;
  CheckBadCalls({
      {"the pool",
       [&](auto err) { return meshgw_splicer_create(pool, 0, 1, &out, err); },
       "pool was freed"},
      {"the splicer",
       [&](auto err) {
         return meshgw_splicer_send_first(splicer, &byte, 1, err);
       },
       "splicer was freed"},
      {"the loop",
       [&](auto err) {
         return meshgw_splice_loop_add(loop, 0, 1, nullptr, 0, 0, err);
       },
       "loop was freed"},
  });
  meshgw_splice_state state = {};
  CHECK(meshgw_splicer_get(splicer, &state) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splicer_run(splicer, MESHGW_SIDE_CLIENT, 0) == -1);
  CHECK(meshgw_splice_loop_run(loop) == MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_splice_loop_event_fd(loop) == -1);
}

}  // namespace
}  // namespace meshgw::test
