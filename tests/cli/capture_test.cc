#include "cli/capture.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "capture_builder.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

// The streams of a capture as "source>destination=bytes", a space between.
std::string Read(const ByteVector& file,
                 const cli::CaptureLimits& limits = {}) {
  std::vector<cli::CaptureStream> streams;
  std::string error;
  if (!cli::ReadCapture(file, limits, &streams, &error)) {
    CHECK(!error.empty());
    return "error: " + error;
  }
  std::string out;
  for (const auto& stream : streams) {
    out += (out.empty() ? "" : " ") + stream.source + ">" + stream.destination +
           "=" + std::string(stream.bytes.begin(), stream.bytes.end());
  }
  return out;
}

// The bytes of a capture of one direction, whose packets come in this order.
std::string Assemble(const std::vector<Packet>& packets,
                     const cli::CaptureLimits& limits = {}) {
  Pcap file(kLinkRaw);
  for (const Packet& packet : packets) file.Add(Ipv4(packet));
  const std::string text = Read(file.bytes(), limits);
  const std::string ends = "10.0.0.1:1000>10.0.0.9:443=";
  if (text.empty()) return "";
  REQUIRE(text.starts_with(ends));
  return text.substr(ends.size());
}

Packet At(std::uint32_t sequence, std::string_view payload) {
  Packet packet;
  packet.sequence = sequence;
  packet.payload = payload;
  return packet;
}

Packet Syn(std::uint32_t sequence) {
  Packet packet = At(sequence, "");
  packet.flags = 0x02;
  return packet;
}

const Packet kPacket = At(1, "data");
const std::string kStream4 = "10.0.0.1:1000>10.0.0.9:443=data";
const std::string kStream6 = "[fd00::1]:1000>[fd00::9]:443=data";

TEST_CASE("a capture is known by how it begins") {
  CHECK(cli::IsCapture(Pcap(kLinkRaw).bytes()));
  CHECK(cli::IsCapture(Pcap(kLinkRaw, 0xa1b2c3d4, false).bytes()));
  CHECK(cli::IsCapture(Pcap(kLinkRaw, 0xa1b23c4d).bytes()));
  CHECK(cli::IsCapture(Pcap(kLinkRaw, 0xa1b23c4d, false).bytes()));
  CHECK(cli::IsCapture(PcapNg(kLinkRaw).bytes()));
  CHECK(!cli::IsCapture(ByteVector{}));
  CHECK(!cli::IsCapture(ByteVector{0xa1, 0xb2, 0xc3}));
  CHECK(!cli::IsCapture(ByteVector{0x16, 3, 1, 0, 1}));
  CHECK(!cli::IsCapture(ByteVector{'a', '1', 'b', '2'}));
}

TEST_CASE("each kind of link gives its packets") {
  const ByteVector v4 = Ipv4(kPacket);
  const ByteVector v6 = Ipv6(kPacket);
  const ByteVector cooked(14, 0);
  const ByteVector vlan = {0x81, 0, 0, 5};
  const ByteVector stacked = {0x88, 0xa8, 0, 5, 0x81, 0, 0, 6};
  const struct {
    std::string name;
    std::uint32_t link_type;
    ByteVector frame;
    std::string want;
  } rows[] = {
      {"ethernet", kLinkEthernet, Ethernet(v4), kStream4},
      {"ethernet v6", kLinkEthernet, Ethernet(v6, 0x86dd), kStream6},
      {"vlan", kLinkEthernet, Ethernet(v4, 0x800, vlan), kStream4},
      {"stacked vlan", kLinkEthernet, Ethernet(v6, 0x86dd, stacked), kStream6},
      {"ethernet arp", kLinkEthernet, Ethernet(v4, 0x806), ""},
      {"raw", kLinkRaw, v4, kStream4},
      {"raw v6", kLinkRaw, v6, kStream6},
      {"raw ipv4", kLinkIpv4, v4, kStream4},
      {"raw ipv6", kLinkIpv6, v6, kStream6},
      {"null", kLinkNull, Join({2, 0, 0, 0}, v4), kStream4},
      {"null v6", kLinkNull, Join({30, 0, 0, 0}, v6), kStream6},
      {"loop", kLinkLoop, Join({0, 0, 0, 24}, v6), kStream6},
      {"cooked", kLinkCooked, Join(Join(cooked, {8, 0}), v4), kStream4},
      {"cooked v6", kLinkCooked, Join(Join(cooked, {0x86, 0xdd}), v6),
       kStream6},
      {"cooked 2", kLinkCooked2, Join(Join({8, 0}, ByteVector(18, 0)), v4),
       kStream4},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(Read(Pcap(row.link_type).Add(row.frame).bytes()) == row.want);
    const auto short_type = static_cast<std::uint16_t>(row.link_type);
    CHECK(Read(PcapNg(short_type).Add(row.frame).bytes()) == row.want);
    // However much of a frame is missing, nothing is made up.
    for (std::size_t size = 0; size < row.frame.size(); ++size) {
      const ByteVector cut(row.frame.begin(),
                           row.frame.begin() + static_cast<int>(size));
      const std::string text = Read(Pcap(row.link_type).Add(cut).bytes());
      CHECK(row.want.starts_with(text));
    }
  }
}

TEST_CASE("a link that cannot be read is an error, not an empty capture") {
  CHECK(Read(Pcap(kLinkWifi).Add(Ipv4(kPacket)).bytes()) ==
        "error: link type IEEE802_11 is not one that is read here");
  CHECK(Read(PcapNg(kLinkWifi).bytes()).starts_with("error: link type "));
}

TEST_CASE("each form of file gives its packets") {
  for (const bool high_first : {true, false}) {
    for (const std::uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du}) {
      CHECK(
          Read(Pcap(kLinkRaw, magic, high_first).Add(Ipv4(kPacket)).bytes()) ==
          kStream4);
    }
  }
  CHECK(Read(PcapNg(kLinkRaw)
                 .AddUnknown()
                 .Add(Ipv4(kPacket))
                 .AddUnknown()
                 .bytes()) == kStream4);
  CHECK(Read(Pcap(kLinkRaw).bytes()) == "");
  CHECK(Read(PcapNg(kLinkRaw).bytes()) == "");
}

TEST_CASE("a file that was cut short gives what it has") {
  const ByteVector one = Pcap(kLinkRaw).Add(Ipv4(kPacket)).bytes();
  const ByteVector two =
      Pcap(kLinkRaw).Add(Ipv4(kPacket)).Add(Ipv4(At(5, "more"))).bytes();
  for (std::size_t size = 0; size < two.size(); ++size) {
    CAPTURE(size);
    const ByteVector cut(two.begin(), two.begin() + static_cast<int>(size));
    const std::string text = Read(cut);
    if (size >= one.size()) {
      CHECK(text == kStream4);
    } else {
      CHECK(text.starts_with("error: ") == (size != 24));
    }
  }
}

TEST_CASE("only whole TCP over IP is taken") {
  const ByteVector tcp = Tcp(kPacket);
  const auto read = [](const ByteVector& packet) {
    return Read(Pcap(kLinkRaw).Add(packet).bytes());
  };
  CHECK(read(Ipv4(1, tcp, 17)) == "");
  CHECK(read(Ipv6(1, tcp, 17)) == "");
  CHECK(read(Ipv4(1, tcp, 6, 10)) == kStream4);
  CHECK(read(Ipv4(1, Tcp(kPacket, 10))) == kStream4);
  CHECK(read(ByteVector{0x45}) == "");
  CHECK(read(ByteVector{}) == "");

  const auto changed = [&](std::size_t at, std::uint8_t value) {
    ByteVector packet = Ipv4(kPacket);
    packet[at] = value;
    return read(packet);
  };
  CHECK(changed(0, 0x55) == "");   // No version of IP.
  CHECK(changed(0, 0x44) == "");   // A header too short for one.
  CHECK(changed(7, 1) == "");      // A later fragment.
  CHECK(changed(32, 0x40) == "");  // The same of TCP.
  CHECK(changed(32, 0xf0) == "");  // Longer than the packet.
  CHECK(changed(3, 40) == "");     // No payload by the length,
  CHECK(changed(3, 42) == kStream4.substr(0, kStream4.size() - 2));
  CHECK(changed(3, 0) == kStream4);  // or none said: offload.
}

TEST_CASE("the padding of a short frame is no data") {
  CHECK(Read(Pcap(kLinkEthernet)
                 .Add(Join(Ethernet(Ipv4(kPacket)), ByteVector(20, 'p')))
                 .bytes()) == kStream4);
  CHECK(Read(Pcap(kLinkEthernet)
                 .Add(Join(Ethernet(Ipv6(kPacket), 0x86dd), ByteVector(9, 'p')))
                 .bytes()) == kStream6);
}

TEST_CASE("the extensions of IPv6 are passed over") {
  const ByteVector tcp = Tcp(kPacket);
  const auto read = [](const ByteVector& packet) {
    return Read(Pcap(kLinkRaw).Add(packet).bytes());
  };
  const ByteVector one = {6, 0, 0, 0, 0, 0, 0, 0};
  const ByteVector two = {60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(read(Ipv6(1, Join(one, tcp), 0)) == kStream6);
  CHECK(read(Ipv6(1, Join(one, tcp), 43)) == kStream6);
  CHECK(read(Ipv6(1, Join(Join(two, one), tcp), 0)) == kStream6);
  CHECK(read(Ipv6(1, Join(one, tcp), 51)) == "");
  CHECK(read(Ipv6(1, {6, 200, 0, 0, 0, 0, 0, 0}, 0)) == "");
  CHECK(read(Ipv6(1, {0}, 0)) == "");
}

TEST_CASE("a direction is put together from its segments") {
  const struct {
    std::string name;
    std::vector<Packet> packets;
    std::string want;
  } rows[] = {
      {"in order", {Syn(99), At(100, "ab"), At(102, "cd")}, "abcd"},
      {"out of order", {Syn(99), At(102, "cd"), At(100, "ab")}, "abcd"},
      {"backwards",
       {Syn(99), At(104, "ef"), At(102, "cd"), At(100, "ab")},
       "abcdef"},
      {"again", {Syn(99), At(100, "ab"), At(100, "ab"), At(102, "c")}, "abc"},
      {"again, longer", {Syn(99), At(100, "ab"), At(100, "abcd")}, "abcd"},
      {"again, shorter", {Syn(99), At(100, "abcd"), At(101, "bc")}, "abcd"},
      {"overlapping", {Syn(99), At(100, "abc"), At(102, "cde")}, "abcde"},
      {"overlapping, late",
       {Syn(99), At(103, "def"), At(102, "cde"), At(100, "ab")},
       "abcdef"},
      {"the first said stays", {Syn(99), At(100, "ab"), At(100, "XY")}, "ab"},
      {"a hole", {Syn(99), At(100, "ab"), At(103, "de")}, "ab"},
      {"nothing but a hole", {Syn(99), At(101, "bc")}, ""},
      {"SYN again", {Syn(99), Syn(99), At(100, "ab"), Syn(99)}, "ab"},
      {"without SYN", {At(100, "ab"), At(102, "cd")}, "abcd"},
      {"before the first seen", {At(102, "cd"), At(100, "ab")}, "cd"},
      {"across the first seen", {At(102, "c"), At(100, "abcd")}, "cd"},
      {"keep-alive", {Syn(99), At(99, "k"), At(100, "ab"), At(101, "k")}, "ab"},
      {"no data", {Syn(99), At(100, "")}, ""},
      {"numbers that wrap",
       {Syn(0xfffffffe), At(1, "cd"), At(0xffffffff, "ab")},
       "abcd"},
      {"only a SYN", {Syn(7)}, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(Assemble(row.packets) == row.want);
  }
}

TEST_CASE("segments in any order, whole or overlapping, give the same bytes") {
  std::mt19937 random(7);
  std::string text(400, 'x');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  for (int run = 0; run < 50; ++run) {
    std::vector<Packet> packets;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random() % 60;
      packets.push_back(At(static_cast<std::uint32_t>(100 + at),
                           std::string_view(text).substr(at, size)));
      at += 1 + random() % std::min<std::size_t>(size, text.size() - at);
    }
    std::shuffle(packets.begin(), packets.end(), random);
    packets.insert(packets.begin(), Syn(99));
    CAPTURE(run);
    CHECK(Assemble(packets) == text);
  }
}

TEST_CASE("each direction of each connection is one stream, oldest first") {
  const auto packet = [](std::uint16_t from, std::uint16_t to,
                         std::uint8_t host, std::string_view payload) {
    Packet out = At(1, payload);
    out.source_port = from;
    out.destination_port = to;
    out.host = host;
    return out;
  };
  Pcap file(kLinkRaw);
  Packet syn = packet(1, 443, 1, "");
  syn.sequence = 0;
  syn.flags = 0x02;
  file.Add(Ipv4(syn));
  file.Add(Ipv4(packet(2, 443, 1, "b")));
  file.Add(Ipv6(packet(1, 443, 1, "six")));
  file.Add(Ipv4(packet(1, 443, 1, "a")));
  file.Add(Ipv4(packet(443, 1, 9, "answer")));
  file.Add(Ipv4(packet(1, 443, 2, "c")));
  file.Add(Ipv4(packet(1, 444, 1, "d")));
  CHECK(Read(file.bytes()) ==
        "10.0.0.1:1>10.0.0.9:443=a 10.0.0.1:2>10.0.0.9:443=b "
        "[fd00::1]:1>[fd00::9]:443=six 10.0.0.9:443>10.0.0.9:1=answer "
        "10.0.0.2:1>10.0.0.9:443=c 10.0.0.1:1>10.0.0.9:444=d");
}

TEST_CASE("a SYN with another number starts another connection") {
  const std::string ends = "10.0.0.1:1000>10.0.0.9:443=";
  Pcap file(kLinkRaw);
  for (const Packet& packet : {Syn(99), At(100, "old"), Syn(5000), Syn(5000),
                               At(5001, "new"), At(5004, "er")}) {
    file.Add(Ipv4(packet));
  }
  CHECK(Read(file.bytes()) == ends + "old " + ends + "newer");
}

TEST_CASE("what is kept of a capture is bounded") {
  const std::string ten = "0123456789";
  CHECK(Assemble({At(0, ten)}, {.max_stream_bytes = 4}) == "0123");
  CHECK(Assemble({At(0, ten), At(10, ten)}, {.max_stream_bytes = 12}) ==
        "012345678901");
  CHECK(Assemble({Syn(0), At(2, ten), At(2, ten), At(2, ten), At(1, "x")},
                 {.max_stream_bytes = 12}) == "x0123456789");
  CHECK(Assemble({At(0, ten), At(10, ten), At(20, ten)},
                 {.max_total_bytes = 15}) == "0123456789");

  // What waits behind a hole: here twice the same, and then there is no room.
  CHECK(Assemble({Syn(0), At(5, "efghi"), At(5, "efghijk"), At(3, "cd"),
                  At(1, "ab")},
                 {.max_stream_bytes = 12}) == "ab");

  Pcap file(kLinkRaw);
  for (std::uint8_t host = 1; host < 5; ++host) {
    Packet packet = At(1, "x");
    packet.host = host;
    file.Add(Ipv4(packet));
  }
  CHECK(Read(file.bytes(), {.max_streams = 2}) ==
        "10.0.0.1:1000>10.0.0.9:443=x 10.0.0.2:1000>10.0.0.9:443=x");
}

}  // namespace
}  // namespace meshgw::test
