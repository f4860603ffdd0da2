#ifndef MESHGW_TESTS_CLI_CAPTURE_BUILDER_H_
#define MESHGW_TESTS_CLI_CAPTURE_BUILDER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/hello_builder.h"

// Packets and the files that hold them, byte by byte.
namespace meshgw::test {

struct Packet {
  std::uint16_t source_port = 1000;
  std::uint16_t destination_port = 443;
  std::uint32_t sequence = 0;
  std::string_view payload;
  std::uint8_t flags = 0x18;  // PSH and ACK; 0x02 is SYN.
  std::uint8_t host = 1;      // Last byte of the source's address.
};

inline void AppendU32(ByteVector& to, std::uint32_t value) {
  AppendU16(to, value >> 16);
  AppendU16(to, value & 0xffff);
}

inline ByteVector Tcp(const Packet& packet, std::size_t option_words = 0) {
  ByteVector out;
  AppendU16(out, packet.source_port);
  AppendU16(out, packet.destination_port);
  AppendU32(out, packet.sequence);
  AppendU32(out, 0);
  out.push_back(static_cast<std::uint8_t>((5 + option_words) << 4));
  out.push_back(packet.flags);
  out.insert(out.end(), 6 + option_words * 4, 1);
  Append(out, packet.payload);
  return out;
}

// An IPv4 packet from 10.0.0.<host> to 10.0.0.9.
inline ByteVector Ipv4(std::uint8_t host, const ByteVector& inner,
                       std::uint8_t protocol = 6,
                       std::size_t option_words = 0) {
  const std::size_t header = 20 + option_words * 4;
  ByteVector out = {static_cast<std::uint8_t>(0x45 + option_words), 0};
  AppendU16(out, header + inner.size());
  Append(out, ByteVector{0, 0, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, host, 10,
                         0, 0, 9});
  out.insert(out.end(), option_words * 4, 1);
  Append(out, inner);
  return out;
}
inline ByteVector Ipv4(const Packet& packet) {
  return Ipv4(packet.host, Tcp(packet));
}

// An IPv6 packet from fd00::<host> to fd00::9; `next` is its first header.
inline ByteVector Ipv6(std::uint8_t host, const ByteVector& inner,
                       std::uint8_t next = 6) {
  ByteVector out = {0x60, 0, 0, 0};
  AppendU16(out, inner.size());
  out.push_back(next);
  out.push_back(64);
  for (const std::uint8_t last : {host, std::uint8_t{9}}) {
    out.push_back(0xfd);
    out.insert(out.end(), 14, 0);
    out.push_back(last);
  }
  Append(out, inner);
  return out;
}
inline ByteVector Ipv6(const Packet& packet) {
  return Ipv6(packet.host, Tcp(packet));
}

inline ByteVector Join(ByteVector first, const ByteVector& second) {
  Append(first, second);
  return first;
}

inline ByteVector Ethernet(const ByteVector& inner, std::uint16_t type = 0x800,
                           const ByteVector& tags = {}) {
  ByteVector out(12, 2);
  Append(out, tags);
  AppendU16(out, type);
  return Join(std::move(out), inner);
}

// Numbers of link types in files.
inline constexpr std::uint32_t kLinkNull = 0;
inline constexpr std::uint32_t kLinkEthernet = 1;
inline constexpr std::uint32_t kLinkRaw = 101;
inline constexpr std::uint32_t kLinkWifi = 105;
inline constexpr std::uint32_t kLinkLoop = 108;
inline constexpr std::uint32_t kLinkCooked = 113;
inline constexpr std::uint32_t kLinkIpv4 = 228;
inline constexpr std::uint32_t kLinkIpv6 = 229;
inline constexpr std::uint32_t kLinkCooked2 = 276;

// Pcap writes a capture file, the numbers with their high byte first or last.
class Pcap {
 public:
  explicit Pcap(std::uint32_t link_type, std::uint32_t magic = 0xa1b2c3d4,
                bool high_first = true)
      : high_first_(high_first) {
    Put(magic, 4);
    Put(2, 2);
    Put(4, 2);
    Put(0, 4);
    Put(0, 4);
    Put(262144, 4);
    Put(link_type, 4);
  }
  Pcap& Add(const ByteVector& frame) {
    Put(1, 4);
    Put(0, 4);
    Put(frame.size(), 4);
    Put(frame.size(), 4);
    Append(bytes_, frame);
    return *this;
  }
  const ByteVector& bytes() const { return bytes_; }

 private:
  void Put(std::size_t value, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (high_first_ ? size - 1 - i : i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
    }
  }

  bool high_first_;
  ByteVector bytes_;
};

// PcapNg writes a pcapng file of one section and one interface.
class PcapNg {
 public:
  explicit PcapNg(std::uint16_t link_type) {
    ByteVector section;
    AppendU32(section, 0x1a2b3c4d);
    AppendU16(section, 1);
    AppendU16(section, 0);
    AppendU32(section, 0xffffffff);
    AppendU32(section, 0xffffffff);
    Block(0x0a0d0d0a, section);
    ByteVector interface;
    AppendU16(interface, link_type);
    AppendU16(interface, 0);
    AppendU32(interface, 262144);
    Block(1, interface);
  }
  PcapNg& Add(const ByteVector& frame) {
    ByteVector packet(12, 0);  // Interface 0, time 0.
    AppendU32(packet, static_cast<std::uint32_t>(frame.size()));
    AppendU32(packet, static_cast<std::uint32_t>(frame.size()));
    Append(packet, frame);
    packet.resize((packet.size() + 3) / 4 * 4);
    Block(6, packet);
    return *this;
  }
  // A block of a type that nobody knows, which readers pass over.
  PcapNg& AddUnknown() {
    Block(0x0bad, ByteVector(8, 7));
    return *this;
  }
  const ByteVector& bytes() const { return bytes_; }

 private:
  void Block(std::uint32_t type, const ByteVector& body) {
    const auto size = static_cast<std::uint32_t>(body.size() + 12);
    AppendU32(bytes_, type);
    AppendU32(bytes_, size);
    Append(bytes_, body);
    AppendU32(bytes_, size);
  }

  ByteVector bytes_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CLI_CAPTURE_BUILDER_H_
