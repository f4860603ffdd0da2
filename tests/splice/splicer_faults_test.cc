// Each system call fails at each of its uses: nothing hangs, leaks or is lost
// without a word.
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>

#include "meshgw/splicer.h"
#include "splice/peer.h"
#include "splice/relay.h"
#include "splice/splice_pool.h"
#include "support/catch.h"
#include "support/failing_syscalls.h"

namespace meshgw {
namespace {

using test::Call;
using test::FailingSyscalls;
using test::HashOf;
using test::OpenDescriptors;
using test::Relay;
using test::StreamEnd;

constexpr std::size_t kUp = 300'000;
constexpr std::size_t kDown = 200'000;

bool IsTransient(int error) { return error == EINTR || error == EAGAIN; }

// How a conversation must end in which `call` failed with `error`.
void CheckEnd(Relay& relay, Call call, int error) {
  const Splicer& splicer = relay.splicer();
  const bool carries =
      call == Call::kRecv || call == Call::kSend || call == Call::kSplice;
  const bool harmless = !carries || IsTransient(error) ||
                        (call == Call::kSplice && error == EINVAL);
  if (harmless && call != Call::kShutdown) {
    CHECK(splicer.end() == SpliceEnd::kFinished);
    CHECK(splicer.error() == 0);
    CHECK(relay.server().end() == StreamEnd::kFin);
    CHECK(relay.client().end() == StreamEnd::kFin);
    CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kUp));
    CHECK(relay.client().hash() == HashOf(Relay::kServerSeed, kDown));
    return;
  }
  CHECK(splicer.error() == error);
  CHECK_FALSE(splicer.has_pending());
  if (error == EPIPE || error == ECONNRESET) {
    CHECK((splicer.end() == SpliceEnd::kClientReset ||
           splicer.end() == SpliceEnd::kServerReset));
  } else {
    CHECK(splicer.end() == SpliceEnd::kFailed);
  }
}

// False when the conversation needed fewer than `nth` of these calls.
bool ConverseWithFault(Call call, int error, int nth) {
  const std::size_t before = OpenDescriptors();
  bool failed = false;
  {
    SplicePool pool({.max_pipes = 2});
    SplicePoolAccess::UseSyscalls(&pool, FailingSyscalls::Table());
    Relay relay(&pool);
    relay.client().Send(kUp);
    relay.client().Finish();
    relay.server().Send(kDown);
    relay.server().Finish();
    FailingSyscalls::Fail(call, error, nth, 1);
    int seen = 0;
    const bool done = relay.Until([&] {
      if (FailingSyscalls::failed() != seen) {
        seen = FailingSyscalls::failed();
        relay.Wake();
      }
      return relay.splicer().end() != SpliceEnd::kRunning &&
             relay.client().ended() && relay.server().ended();
    });
    FailingSyscalls::Heal();
    REQUIRE(done);
    failed = seen > 0;
    if (failed) CheckEnd(relay, call, error);
    CHECK(pool.counters().pipes_idle == pool.counters().pipes_open);
  }
  CHECK(OpenDescriptors() == before);
  return failed;
}

TEST_CASE("a call that fails at its n-th use costs what it must, not more") {
  const Call call = GENERATE(Call::kRecv, Call::kSend, Call::kSplice,
                             Call::kPipe2, Call::kFcntl, Call::kShutdown);
  const int error =
      GENERATE(EINTR, EAGAIN, ENOMEM, EMFILE, EPIPE, ECONNRESET, EINVAL);
  // The kernel's shutdown neither waits nor is interrupted.
  if (call == Call::kShutdown && IsTransient(error)) return;
  CAPTURE(std::string(CallName(call)), error);
  // Only the first splice finds out that a socket cannot do it.
  const int most = call == Call::kSplice && error == EINVAL ? 1 : 12;
  int nth = 1;
  while (nth <= most && ConverseWithFault(call, error, nth)) ++nth;
  CHECK(nth > 1);
}

// Fails every other time.
template <int kError>
internal::Syscalls Stuttering() {
  static bool fail = false;
  internal::Syscalls table = internal::System();
  table.recv = [](int fd, void* buffer, std::size_t size, int flags) {
    fail = !fail;
    errno = kError;
    return fail ? ssize_t{-1}
                : internal::System().recv(fd, buffer, size, flags);
  };
  table.send = [](int fd, const void* buffer, std::size_t size, int flags) {
    fail = !fail;
    errno = kError;
    return fail ? ssize_t{-1}
                : internal::System().send(fd, buffer, size, flags);
  };
  table.splice = [](int in, int out, std::size_t size, unsigned flags) {
    fail = !fail;
    errno = kError;
    return fail ? ssize_t{-1} : internal::System().splice(in, out, size, flags);
  };
  return table;
}

TEST_CASE("calls that are interrupted or have to wait all the time") {
  const bool interrupted = GENERATE(false, true);
  const internal::Syscalls table =
      interrupted ? Stuttering<EINTR>() : Stuttering<EAGAIN>();
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &table);
  Relay relay(&pool, {.small_buffers = true});
  relay.client().Send(1 << 20);
  relay.client().Finish();
  relay.server().Send(1 << 20);
  relay.server().Finish();
  const auto deadline = std::chrono::steady_clock::now() + test::kPatience;
  REQUIRE(relay.Until([&] {
    if (!interrupted) relay.Wake();
    return (relay.client().ended() && relay.server().ended()) ||
           std::chrono::steady_clock::now() > deadline;
  }));
  CHECK(relay.splicer().end() == SpliceEnd::kFinished);
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, 1 << 20));
  CHECK(relay.client().hash() == HashOf(Relay::kServerSeed, 1 << 20));
}

// Sends and splices that take one byte less than they could, or one byte.
TEST_CASE("calls that do less than asked") {
  internal::Syscalls table = internal::System();
  table.send = [](int fd, const void* buffer, std::size_t size, int flags) {
    return internal::System().send(fd, buffer, (size + 2) / 3, flags);
  };
  table.splice = [](int in, int out, std::size_t size, unsigned flags) {
    return internal::System().splice(in, out, std::min(size, kDown / 9), flags);
  };
  SplicePool pool({.max_pipes = GENERATE(std::size_t{0}, 1)});
  SplicePoolAccess::UseSyscalls(&pool, &table);
  Relay relay(&pool);
  relay.client().Send(kUp);
  relay.client().Finish();
  relay.server().Send(kDown);
  relay.server().Finish();
  REQUIRE(relay.UntilPeersEnd());
  CHECK(relay.splicer().end() == SpliceEnd::kFinished);
  CHECK(relay.server().hash() == HashOf(Relay::kClientSeed, kUp));
  CHECK(relay.client().hash() == HashOf(Relay::kServerSeed, kDown));
}

// The descriptor whose reads or writes fail.
int broken_fd = -1;

TEST_CASE("a failing call ends the side whose descriptor it was") {
  const SpliceSide side = GENERATE(SpliceSide::kClient, SpliceSide::kServer);
  const bool reading = GENERATE(false, true);
  CAPTURE(static_cast<int>(side), reading);
  internal::Syscalls table = internal::System();
  if (reading) {
    table.recv = [](int fd, void* buffer, std::size_t size, int flags) {
      errno = ECONNRESET;
      return fd == broken_fd ? ssize_t{-1}
                             : internal::System().recv(fd, buffer, size, flags);
    };
  } else {
    table.send = [](int fd, const void* buffer, std::size_t size, int flags) {
      errno = ETIMEDOUT;
      return fd == broken_fd ? ssize_t{-1}
                             : internal::System().send(fd, buffer, size, flags);
    };
  }
  SplicePool pool;
  SplicePoolAccess::UseSyscalls(&pool, &table);
  Relay relay(&pool);
  broken_fd = relay.inner(side);
  relay.client().Send(100);
  relay.server().Send(100);
  REQUIRE(relay.UntilEnd());
  CHECK(relay.splicer().end() == (side == SpliceSide::kClient
                                      ? SpliceEnd::kClientReset
                                      : SpliceEnd::kServerReset));
  CHECK(relay.splicer().error() == (reading ? ECONNRESET : ETIMEDOUT));
}

}  // namespace
}  // namespace meshgw
