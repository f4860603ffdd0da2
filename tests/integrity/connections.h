#ifndef MESHGW_BENCHMARKS_PEERS_INTEGRITY_CONNECTIONS_H_
#define MESHGW_BENCHMARKS_PEERS_INTEGRITY_CONNECTIONS_H_

#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "integrity/stream_end.h"

namespace meshgw::integrity {

// What both ends of one connection are to do.
struct Script {
  Plan client;
  Plan server;
  bool cut_hello = false;  // At random places, also into records.
};

// What became of a workload's connections.
struct Tally {
  std::size_t connections = 0;
  std::size_t ok = 0;
  std::size_t lost = 0;       // Bytes or an end did not arrive.
  std::size_t reordered = 0;  // Bytes at the wrong place.
  std::size_t hung = 0;
  std::size_t reset_as_fin = 0;  // Cut off, but looked like an orderly end.
};

// Setup says where relay and backend are.
struct Setup {
  sockaddr_in relay{};
  sockaddr_in backend{};  // Where this program listens.
  std::string server_name;
  std::uint64_t seed = 1;
  std::size_t at_once = 64;
  std::chrono::milliseconds patience{20000};
};

// RunConnections makes `count` connections through the relay, connection i with
// script_of(i), and compares what both ends saw.
Tally RunConnections(const Setup& setup, std::size_t count,
                     const std::function<Script(std::size_t)>& script_of);

// Stalled is what a reader that stops does to the relay.
struct Stalled {
  std::uint64_t offered = 0;
  std::uint64_t absorbed = 0;     // Taken by sockets and relay until it stood.
  std::uint64_t grown_bytes = 0;  // Of the relay's resident memory.
  bool whole = false;             // All arrived once the reader went on.
};
// `pid`: the relay's, 0 when not known.
Stalled RunStalled(const Setup& setup, std::uint64_t bytes, int pid);

}  // namespace meshgw::integrity

#endif  // MESHGW_BENCHMARKS_PEERS_INTEGRITY_CONNECTIONS_H_
