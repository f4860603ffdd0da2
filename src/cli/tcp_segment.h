#ifndef MESHGW_CLI_TCP_SEGMENT_H_
#define MESHGW_CLI_TCP_SEGMENT_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace meshgw::cli {

// Flow is one end-to-end direction.
struct Flow {
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  bool v6 = false;

  // NOLINTNEXTLINE(modernize-use-nullptr): the compiler's own comparison.
  auto operator<=>(const Flow&) const = default;
};

// FormatSource and FormatDestination give "ip:port" or "[ip]:port".
std::string FormatSource(const Flow& flow);
std::string FormatDestination(const Flow& flow);

// TcpSegment is what a captured frame carries; `payload` lies in the frame.
struct TcpSegment {
  Flow flow;
  std::uint32_t sequence = 0;
  bool syn = false;
  std::span<const std::uint8_t> payload;
};

// IsReadLinkType is true for the kinds of link (libpcap's DLT_) that ParseFrame
// knows.
bool IsReadLinkType(int link_type);

// ParseFrame finds the TCP segment in a frame. False for anything else, and for
// frames that are cut before their payload or odd.
bool ParseFrame(int link_type, std::span<const std::uint8_t> frame,
                TcpSegment* out);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_TCP_SEGMENT_H_
