#ifndef MESHGW_BENCHMARKS_PEERS_LOAD_BACKEND_H_
#define MESHGW_BENCHMARKS_PEERS_LOAD_BACKEND_H_

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

namespace meshgw::load {

// Backend is the service behind the relay: it skips the hello of every
// connection and does what its Order says, on a thread of its own.
class Backend {
 public:
  explicit Backend(std::string_view address);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  std::uint64_t dropped() const { return dropped_; }
  // Connections that were reset or could not be accepted.
  std::uint64_t errors() const { return errors_; }

 private:
  struct Connection;
  void Run();
  void Accept();
  bool OnEvent(Connection* connection, std::uint32_t events);

  int listener_ = -1;
  int epoll_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::thread thread_;
};

}  // namespace meshgw::load

#endif  // MESHGW_BENCHMARKS_PEERS_LOAD_BACKEND_H_
