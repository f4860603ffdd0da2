#ifndef MESHGW_CAPI_TESTS_CARRIED_H_
#define MESHGW_CAPI_TESTS_CARRIED_H_

#include <sys/epoll.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <utility>

#include "c_api.h"
#include "splice/peer.h"

namespace meshgw::test {

using Pool =
    std::unique_ptr<meshgw_splice_pool, Freed<meshgw_splice_pool_free>>;
using SplicerPtr = std::unique_ptr<meshgw_splicer, Freed<meshgw_splicer_free>>;

inline Pool MakePool(const meshgw_splice_options* options = nullptr) {
  meshgw_splice_pool* pool = nullptr;
  CHECK(meshgw_splice_pool_create(options, &pool, nullptr) == MESHGW_OK);
  return Pool(pool);
}

inline meshgw_splice_options SpliceOptions() {
  meshgw_splice_options options = {};
  options.struct_size = sizeof(options);
  return options;
}

// A client and a server with a splicer between them, and the loop that a host
// would have.
class Carried {
 public:
  static constexpr std::uint32_t kClientSeed = 3;
  static constexpr std::uint32_t kServerSeed = 4;

  explicit Carried(meshgw_splice_pool* pool, Ends up = TcpEnds(),
                   Ends down = TcpEnds())
      : client(std::move(up.first), kClientSeed),
        server(std::move(down.second), kServerSeed),
        inner_{std::move(up.second), std::move(down.first)},
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    std::signal(SIGPIPE, SIG_IGN);
    for (TestSocket& socket : inner_) MakeNonBlocking(socket.fd());
    meshgw_splicer* made = nullptr;
    REQUIRE(meshgw_splicer_create(pool, inner_[0].fd(), inner_[1].fd(), &made,
                                  nullptr) == MESHGW_OK);
    splicer.reset(made);
    const int fds[] = {inner_[0].fd(), inner_[1].fd(), client.fd(),
                       server.fd()};
    for (std::uint32_t i = 0; i < 4; ++i) {
      epoll_event event{.events = MESHGW_SPLICE_EVENTS, .data = {.u32 = i}};
      ::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fds[i], &event);
    }
  }

  meshgw_splice_state State() const {
    meshgw_splice_state state = {};
    CHECK(meshgw_splicer_get(splicer.get(), &state) == MESHGW_OK);
    return state;
  }

  // Turns the loop until `done`; false when nothing more happens before.
  template <typename Done>
  bool Until(Done done) {
    while (!done()) {
      if (!Turn()) return done();
    }
    return true;
  }
  bool UntilEnd() {
    return Until([this] { return State().end != MESHGW_SPLICE_RUNNING; });
  }
  bool UntilPeersEnd() {
    return Until([this] { return client.ended() && server.ended(); });
  }

  Peer client;
  Peer server;
  SplicerPtr splicer;
  int budgets = 0;  // How often one ran out.

 private:
  bool Turn() {
    bool busy = client.Turn();
    busy = server.Turn() || busy || again_[0] || again_[1];
    epoll_event events[8];
    const int count = ::epoll_wait(
        epoll_.fd(), events, 8, busy ? 0 : static_cast<int>(kPatience.count()));
    std::uint32_t masks[2] = {0, 0};
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u32 < 2) masks[events[i].data.u32] |= events[i].events;
    }
    for (std::int32_t side = 0; side < 2; ++side) {
      if (masks[side] == 0 && !again_[side]) continue;
      const int32_t more = meshgw_splicer_run(splicer.get(), side, masks[side]);
      CHECK(more >= 0);
      again_[side] = more == 1;
      budgets += more;
    }
    Close();
    return busy || count > 0;
  }
  // As the header tells a host to.
  void Close() {
    const std::int32_t end = State().end;
    if (end == MESHGW_SPLICE_RUNNING) return;
    for (TestSocket& socket : inner_) {
      if (end != MESHGW_SPLICE_FINISHED) meshgw_reset_on_close(socket.fd());
      socket.Close();
    }
    again_[0] = again_[1] = false;
  }

  TestSocket inner_[2];
  TestSocket epoll_;
  bool again_[2] = {true, true};
};

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_CARRIED_H_
