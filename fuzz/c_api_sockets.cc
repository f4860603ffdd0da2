// Calls of the C API that open or take over descriptors, in any order that it
// allows, with descriptors of the wrong kind, closed ones and twice the same
// among them: what is refused stays the caller's, and nothing crashes. No
// gateway is started, and no loop waits.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "c_api_input.h"
#include "meshgw.h"

namespace {

using fuzz::Input;
using fuzz::Require;
using fuzz::Slots;

constexpr std::size_t kMostSteps = 60;

// Descriptors of a caller: some of them connections, each at most once the
// library's.
class Descriptors {
 public:
  Descriptors() {
    for (int kind : {SOCK_STREAM, SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM}) {
      int pair[2] = {-1, -1};
      if (::socketpair(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) !=
          0) {
        continue;
      }
      Add(pair[0]);
      Add(pair[1]);
    }
    Add(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Add(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr any = {.sa_family = AF_UNIX, .sa_data = {}};
    ::bind(listening, &any, sizeof(any.sa_family));
    ::listen(listening, 1);
    Add(listening);
  }
  ~Descriptors() {
    for (const int fd : fds_) {
      if (fd >= 0) Require(::close(fd) == 0);
    }
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  int* Choose(std::uint8_t byte) {
    if (byte >= 240) {
      odd_ = byte % 2 == 0 ? -1 : 1 << 20;
      return &odd_;
    }
    return &fds_[byte % fds_.size()];
  }
  // After a call: `taken` ones are the library's, others are open still.
  static void Settle(int* fd, bool taken) {
    if (taken) {
      *fd = -1;
    } else if (*fd >= 0 && *fd != 1 << 20) {
      Require(::fcntl(*fd, F_GETFD) >= 0);
    }
  }

 private:
  void Add(int fd) { fds_[count_++] = fd; }

  std::array<int, 11> fds_ = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  std::size_t count_ = 0;
  int odd_ = -1;
};

class Caller {
 public:
  explicit Caller(Input input) : input_(input) {}

  void Run() {
    constexpr void (Caller::*kCalls[])() = {
        &Caller::MakePool,    &Caller::MakeSplicer, &Caller::UseSplicer,
        &Caller::FreePool,    &Caller::MakeLoop,    &Caller::AddPair,
        &Caller::UseLoop,     &Caller::MakeGateway, &Caller::Listen,
        &Caller::ListenFd,    &Caller::ServeFd,     &Caller::UseGateway,
        &Caller::FreeGateway, &Caller::Exchange};
    for (std::size_t i = 0; i < kMostSteps && !input_.empty(); ++i) {
      (this->*kCalls[input_.Byte() % std::size(kCalls)])();
    }
  }

 private:
  template <typename Call>
  bool Try(Call call) {
    return fuzz::Try(&input_, call, [](const meshgw_error*) {});
  }

  meshgw_splice_options SpliceOptions() {
    meshgw_splice_options options = MESHGW_SPLICE_OPTIONS_INIT;
    options.struct_size = input_.StructSize(sizeof(options));
    options.max_kept_bytes = static_cast<std::uint64_t>(input_.Value());
    // Buffers of any size are made, so they are kept small.
    options.copy_bytes = static_cast<std::uint32_t>(input_.Byte()) * 256;
    options.pipe_bytes = static_cast<std::uint32_t>(input_.Value());
    options.max_pipes = input_.Byte() < 250 ? input_.Byte() % 4u : UINT32_MAX;
    options.reserved = input_.Byte() < 250 ? 0 : 1;
    return options;
  }

  void MakePool() {
    const meshgw_splice_options options = SpliceOptions();
    meshgw_splice_pool* pool = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_splice_pool_create(&options, &pool, err);
        })) {
      pools_.Put(input_.Byte(), pool);
    }
  }

  // Splicers go before the descriptors that they use.
  void MakeSplicer() {
    meshgw_splice_pool* pool = pools_[input_.Byte()];
    const int client = *fds_.Choose(input_.Byte());
    const int server = *fds_.Choose(input_.Byte());
    meshgw_splicer* splicer = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_splicer_create(pool, client, server, &splicer, err);
        })) {
      Require(client != server);
      UseNew(splicer);
      meshgw_splicer_free(splicer);
    }
  }

  void UseNew(meshgw_splicer* splicer) {
    const meshgw_str text = input_.Text();
    (void)Try([&](meshgw_error** err) {
      return meshgw_splicer_send_first(
          splicer, reinterpret_cast<const std::uint8_t*>(text.data), text.len,
          err);
    });
    const std::uint8_t turns = input_.Byte() % 8;
    for (std::uint8_t i = 0; i < turns; ++i) {
      const std::int32_t side = input_.Byte() % 3;
      const std::int32_t more = meshgw_splicer_run(
          splicer, side, static_cast<std::uint32_t>(input_.Value()));
      Require((more == -1) == (side == 2));
    }
    meshgw_splice_state state = {};
    Require(meshgw_splicer_get(splicer, &state) == MESHGW_OK);
    Require(state.end >= MESHGW_SPLICE_RUNNING &&
            state.end <= MESHGW_SPLICE_FAILED);
  }

  void UseSplicer() {
    meshgw_splice_state state = {};
    Require(meshgw_splicer_get(nullptr, &state) == MESHGW_ERR_INVALID_ARGUMENT);
    Require(meshgw_splicer_run(nullptr, 0, 0) == -1);
    meshgw_reset_on_close(*fds_.Choose(input_.Byte()));
  }

  void FreePool() { pools_.Put(input_.Byte(), nullptr); }

  void MakeLoop() {
    const meshgw_splice_options options = SpliceOptions();
    meshgw_splice_loop* loop = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_splice_loop_create(&options, &loop, err);
        })) {
      loops_.Put(input_.Byte(), loop);
    }
  }

  void AddPair() {
    meshgw_splice_loop* loop = loops_[input_.Byte()];
    int* client = fds_.Choose(input_.Byte());
    int* server = fds_.Choose(input_.Byte());
    const std::size_t before = meshgw_splice_loop_size(loop);
    const meshgw_str text = input_.Text();
    const bool taken = Try([&](meshgw_error** err) {
      return meshgw_splice_loop_add(
          loop, *client, *server,
          reinterpret_cast<const std::uint8_t*>(text.data), text.len,
          input_.Byte() % 4, err);
    });
    Require(!taken || client != server);
    Require(meshgw_splice_loop_size(loop) == before + (taken ? 1 : 0));
    Descriptors::Settle(client, taken);
    Descriptors::Settle(server, taken);
  }

  void UseLoop() {
    meshgw_splice_loop* loop = loops_[input_.Byte()];
    if (input_.Byte() % 2 == 0) {
      Require((meshgw_splice_loop_cancel(loop, input_.Byte() % 4) ==
               MESHGW_OK) == (loop != nullptr));
    }
    // It does a turn, and then stops instead of waiting.
    meshgw_splice_loop_stop(loop);
    (void)meshgw_splice_loop_run(loop);
    meshgw_splice_result results[4] = {};
    const std::size_t count = input_.Byte() % 5;
    Require(meshgw_splice_loop_next(loop, results, count) <= count);
    if (input_.Byte() % 8 == 0) loops_.Put(input_.Byte(), nullptr);
  }

  void MakeGateway() {
    meshgw_gateway_options options = MESHGW_GATEWAY_OPTIONS_INIT;
    options.struct_size = input_.StructSize(sizeof(options));
    options.workers = input_.Byte() < 240 ? 1 + input_.Byte() % 2u : 1025;
    options.max_connections = static_cast<std::uint32_t>(input_.Value());
    options.max_connect_attempts = static_cast<std::uint32_t>(input_.Value());
    options.max_pipes = static_cast<std::uint32_t>(input_.Byte());
    options.hello_timeout_ms = static_cast<std::uint32_t>(input_.Value());
    options.max_kept_bytes = static_cast<std::uint64_t>(input_.Value());
    options.max_events = input_.Byte() % 3;
    options.route_not_tls = input_.Byte() % 3;
    options.hello.struct_size = input_.StructSize(sizeof(options.hello));
    options.hello.max_records = static_cast<std::uint32_t>(input_.Value());
    meshgw_gateway* gateway = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_gateway_create(&options, nullptr, &gateway, err);
        })) {
      gateways_.Put(input_.Byte(), gateway);
    }
  }

  // Nothing but ports of this host, and what is no address.
  void Listen() {
    meshgw_gateway* gateway = gateways_[input_.Byte()];
    const meshgw_str text = input_.Text();
    std::string address;
    if (text.data != nullptr && text.len < 200) {
      address.assign(text.data, text.len);
    }
    address.insert(0, input_.Byte() % 2 == 0 ? "127.0.0.1:" : "?");
    meshgw_string* bound = nullptr;
    const bool good = Try([&](meshgw_error** err) {
      return meshgw_gateway_listen(gateway, input_.Text(),
                                   {address.data(), address.size()}, &bound,
                                   err);
    });
    Require((bound != nullptr) == good);
    meshgw_string_free(bound);
  }

  void ListenFd() {
    meshgw_gateway* gateway = gateways_[input_.Byte()];
    int* fd = fds_.Choose(input_.Byte());
    const meshgw_str name = input_.Text();
    Descriptors::Settle(fd, Try([&](meshgw_error** err) {
                          return meshgw_gateway_listen_fd(gateway, name, *fd,
                                                          err);
                        }));
  }

  // None is started, so none is taken.
  void ServeFd() {
    meshgw_gateway* gateway = gateways_[input_.Byte()];
    int* fd = fds_.Choose(input_.Byte());
    const meshgw_str name = input_.Text();
    const bool taken = Try([&](meshgw_error** err) {
      return meshgw_gateway_serve_fd(gateway, name, *fd, err);
    });
    Require(!taken);
    Descriptors::Settle(fd, false);
  }

  void UseGateway() {
    meshgw_gateway* gateway = gateways_[input_.Byte()];
    meshgw_gateway_stats stats = MESHGW_GATEWAY_STATS_INIT;
    stats.struct_size = input_.StructSize(sizeof(stats));
    (void)meshgw_gateway_get_stats(gateway, &stats);
    (void)meshgw_gateway_event_fd(gateway);
    (void)meshgw_gateway_set_routes(gateway, nullptr);
    meshgw_events* events = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_gateway_next_events(gateway, input_.Byte(), &events,
                                            err);
        })) {
      Require(meshgw_events_at(events, meshgw_events_count(events)) == nullptr);
    }
    meshgw_events_free(events);
    std::size_t closed = 7;
    if (input_.Byte() % 8 == 0) {
      (void)meshgw_gateway_drain(gateway, 0, &closed);
    }
    if (input_.Byte() % 8 == 0) meshgw_gateway_stop(gateway);
  }

  void FreeGateway() { gateways_.Put(input_.Byte(), nullptr); }

  // Bytes for whoever carries them, and ends of streams.
  void Exchange() {
    const int fd = *fds_.Choose(input_.Byte());
    const std::uint8_t what = input_.Byte() % 3;
    const char bytes[100] = {};
    if (what == 0) (void)::send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
    if (what == 1) ::shutdown(fd, SHUT_WR);
    char received[100];
    if (what == 2) (void)::recv(fd, received, sizeof(received), MSG_DONTWAIT);
  }

  Input input_;
  Descriptors fds_;  // Outlive those who use them.
  Slots<meshgw_splice_pool, meshgw_splice_pool_free> pools_;
  Slots<meshgw_splice_loop, meshgw_splice_loop_free> loops_;
  Slots<meshgw_gateway, meshgw_gateway_free> gateways_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  Caller(Input(data, size)).Run();
  return 0;
}
