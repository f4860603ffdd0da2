#ifndef MESHGW_BENCHMARKS_PEERS_LOAD_CLIENT_H_
#define MESHGW_BENCHMARKS_PEERS_LOAD_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "load_protocol.h"

namespace meshgw::load {

class Backend;

// Task is one workload.
struct Task {
  std::string relay;  // ip:port
  std::string server_name;
  Action action = Action::kEcho;
  std::uint32_t size = 1;       // Of an echo.
  std::size_t connections = 1;  // At once.
  bool reconnect = false;       // After each echo.
  bool once = false;            // One echo; then the connection idles.
  double seconds = 2;           // Measured; as long before that again / 4.
  std::vector<int> relay_pids;  // Whose CPU is counted.
};

// Figures are what came out between the start and the end of the measurement.
struct Figures {
  double seconds = 0;
  std::uint64_t bytes = 0;     // Received, by both ends.
  std::uint64_t requests = 0;  // Echoes, or connections.
  double relay_cpu_seconds = 0;
  double load_cpu_seconds = 0;  // Of clients and backend.
  double busy_seconds = 0;      // Of all CPUs, whoever used them.
  double p50_us = 0;  // Of an echo; with `reconnect` from the hello on.
  double p99_us = 0;
  // Connections that ended by themselves, at either end.
  std::uint64_t errors = 0;
  // Connections that got no answer from the start to the end.
  std::uint64_t stalled = 0;
};

// Measure runs the workload.
Figures Measure(const Task& task, const Backend& backend);

// HoldIdle opens the connections, has a byte echoed on each, says "ready" and
// holds them until standard input ends. Returns how many failed.
std::size_t HoldIdle(const Task& task);

}  // namespace meshgw::load

#endif  // MESHGW_BENCHMARKS_PEERS_LOAD_CLIENT_H_
