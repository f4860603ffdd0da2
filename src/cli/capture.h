#ifndef MESHGW_CLI_CAPTURE_H_
#define MESHGW_CLI_CAPTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshgw::cli {

// CaptureLimits bounds what is kept of a capture.
struct CaptureLimits {
  // Of one direction, from its start.
  std::size_t max_stream_bytes = std::size_t{160} << 10;
  std::size_t max_streams = 65536;
  std::size_t max_total_bytes = std::size_t{256} << 20;
};

// CaptureStream is the first bytes of one direction of a TCP connection, in
// order, retransmissions taken once.
struct CaptureStream {
  std::string source;  // "ip:port", "[ip]:port"
  std::string destination;
  std::vector<std::uint8_t> bytes;
};

// IsCapture says whether `contents` begin as a pcap or pcapng file does.
bool IsCapture(std::span<const std::uint8_t> contents);

// ReadCapture returns the TCP directions in a pcap or pcapng file, in the order
// of their first packet, those without data left out. Ethernet, VLAN, Linux
// cooked, loopback and raw IP; IPv4 and IPv6. Cut or odd packets are skipped.
// False, with the cause in `*error`, when the file or its kind of link cannot
// be read. A file that ends inside a packet gives what it had: true, and
// `*error` says so.
bool ReadCapture(std::span<const std::uint8_t> contents,
                 const CaptureLimits& limits, std::vector<CaptureStream>* out,
                 std::string* error);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CAPTURE_H_
