#include "cli/tcp_segment.h"

#include <arpa/inet.h>
#include <pcap/dlt.h>

#include <algorithm>

#include "base/byte_reader.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

using Bytes = std::span<const std::uint8_t>;
using internal::ByteReader;

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint8_t kTcp = 6;

std::string Format(const std::array<std::uint8_t, 16>& host, bool v6,
                   std::uint16_t port) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, host.data(), text, sizeof(text));
  return internal::FormatEndpoint(text, port);
}

bool ParseTcp(ByteReader reader, std::size_t size, TcpSegment* out) {
  std::uint16_t skip16 = 0;
  std::uint32_t high = 0;
  std::uint8_t low = 0;
  std::uint8_t data_offset = 0;
  std::uint8_t flags = 0;
  if (!reader.GetU16(&out->flow.source_port) ||
      !reader.GetU16(&out->flow.destination_port) || !reader.GetU24(&high) ||
      !reader.GetU8(&low) || !reader.Skip(4) || !reader.GetU8(&data_offset) ||
      !reader.GetU8(&flags) || !reader.GetU16(&skip16)) {
    return false;
  }
  out->sequence = high << 8 | low;
  out->syn = (flags & 0x02) != 0;
  const std::size_t header = std::size_t{data_offset} >> 4 << 2;
  constexpr std::size_t kRead = 16;
  if (header < 20 || header > size || !reader.Skip(header - kRead)) {
    return false;
  }
  out->payload = reader.rest();
  if (out->payload.size() > size - header) {  // Padding of a short frame.
    out->payload = out->payload.first(size - header);
  }
  return true;
}

bool ParseIpv4(Bytes packet, TcpSegment* out) {
  ByteReader reader(packet);
  std::uint8_t version = 0;
  std::uint8_t protocol = 0;
  std::uint16_t total = 0;
  std::uint16_t fragment = 0;
  Bytes source;
  Bytes destination;
  if (!reader.GetU8(&version) || !reader.Skip(1) || !reader.GetU16(&total) ||
      !reader.Skip(2) || !reader.GetU16(&fragment) || !reader.Skip(1) ||
      !reader.GetU8(&protocol) || !reader.Skip(2) ||
      !reader.GetBytes(4, &source) || !reader.GetBytes(4, &destination)) {
    return false;
  }
  const std::size_t header = std::size_t{version & 0x0fu} * 4;
  // Offload may leave the total at 0.
  const std::size_t size = total != 0 ? total : packet.size();
  if (version >> 4 != 4 || header < 20 || protocol != kTcp || size < header ||
      (fragment & 0x1fff) != 0 || !reader.Skip(header - 20)) {
    return false;
  }
  std::copy(source.begin(), source.end(), out->flow.source.begin());
  std::copy(destination.begin(), destination.end(),
            out->flow.destination.begin());
  return ParseTcp(reader, size - header, out);
}

bool ParseIpv6(Bytes packet, TcpSegment* out) {
  ByteReader reader(packet);
  std::uint8_t version = 0;
  std::uint16_t length = 0;
  std::uint8_t next = 0;
  Bytes source;
  Bytes destination;
  if (!reader.GetU8(&version) || !reader.Skip(3) || !reader.GetU16(&length) ||
      !reader.GetU8(&next) || !reader.Skip(1) ||
      !reader.GetBytes(16, &source) || !reader.GetBytes(16, &destination) ||
      version >> 4 != 6) {
    return false;
  }
  std::size_t size = length != 0 ? length : reader.remaining();
  // Hop-by-hop, routing and destination options are skipped.
  while (next == 0 || next == 43 || next == 60) {
    std::uint8_t units = 0;
    if (!reader.GetU8(&next) || !reader.GetU8(&units)) return false;
    const std::size_t extension = (std::size_t{units} + 1) * 8;
    if (size < extension || !reader.Skip(extension - 2)) return false;
    size -= extension;
  }
  if (next != kTcp) return false;
  out->flow.v6 = true;
  std::copy(source.begin(), source.end(), out->flow.source.begin());
  std::copy(destination.begin(), destination.end(),
            out->flow.destination.begin());
  return ParseTcp(reader, size, out);
}

bool ParseByEtherType(ByteReader reader, std::uint16_t type, TcpSegment* out) {
  // VLAN tags, also stacked ones.
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    if (!reader.Skip(2) || !reader.GetU16(&type)) return false;
  }
  if (type == kIpv4) return ParseIpv4(reader.rest(), out);
  if (type == kIpv6) return ParseIpv6(reader.rest(), out);
  return false;
}

bool ParseRaw(Bytes packet, TcpSegment* out) {
  if (packet.empty()) return false;
  return packet[0] >> 4 == 6 ? ParseIpv6(packet, out) : ParseIpv4(packet, out);
}

}  // namespace

std::string FormatSource(const Flow& flow) {
  return Format(flow.source, flow.v6, flow.source_port);
}

std::string FormatDestination(const Flow& flow) {
  return Format(flow.destination, flow.v6, flow.destination_port);
}

bool IsReadLinkType(int link_type) {
  switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return true;
    default:
      return false;
  }
}

bool ParseFrame(int link_type, Bytes frame, TcpSegment* out) {
  ByteReader reader(frame);
  std::uint16_t type = 0;
  switch (link_type) {
    case DLT_EN10MB:
      return reader.Skip(12) && reader.GetU16(&type) &&
             ParseByEtherType(reader, type, out);
    case DLT_LINUX_SLL:
      return reader.Skip(14) && reader.GetU16(&type) &&
             ParseByEtherType(reader, type, out);
    case DLT_LINUX_SLL2:
      return reader.GetU16(&type) && reader.Skip(18) &&
             ParseByEtherType(reader, type, out);
    case DLT_NULL:
    case DLT_LOOP:  // The family's number differs by system: look inside.
      return reader.Skip(4) && ParseRaw(reader.rest(), out);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return ParseRaw(frame, out);
    default:
      return false;
  }
}

}  // namespace meshgw::cli
