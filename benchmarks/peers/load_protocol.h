#ifndef MESHGW_BENCHMARKS_PEERS_LOAD_PROTOCOL_H_
#define MESHGW_BENCHMARKS_PEERS_LOAD_PROTOCOL_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshgw::load {

// What client and backend say to each other behind the hello: one Order, then
// bytes whose values do not matter.
enum class Action : std::uint8_t {
  kSink = 'u',    // The client sends, the backend drops.
  kSource = 'd',  // The backend sends, the client drops.
  kBoth = 'b',
  kEcho = 'e',  // Messages of Order::size, each answered by one of that size.
};

struct Order {
  Action action = Action::kEcho;
  std::uint8_t size[4] = {};  // Little-endian.

  void set_size(std::uint32_t value) {
    for (int i = 0; i < 4; ++i) {
      size[i] = static_cast<std::uint8_t>(value >> 8 * i);
    }
  }
  std::uint32_t get_size() const {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value |= std::uint32_t{size[i]} << 8 * i;
    return value;
  }
};
static_assert(sizeof(Order) == 5);

// Address is "ip:port", IPv4.
sockaddr_in ParseAddress(std::string_view text);

// Moves bytes from a file in memory to `fd` until it takes no more. False: the
// connection has ended.
bool SendBulk(int fd, std::uint64_t* sent);

// Drops what has come without copying it. False: the connection has ended.
bool DropAll(int fd, std::uint64_t* dropped);

[[noreturn]] void Die(const std::string& what);

}  // namespace meshgw::load

#endif  // MESHGW_BENCHMARKS_PEERS_LOAD_PROTOCOL_H_
