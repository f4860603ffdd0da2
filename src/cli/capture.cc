#include "cli/capture.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "base/byte_reader.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

using Bytes = std::span<const std::uint8_t>;
using internal::ByteReader;

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint8_t kTcp = 6;

// One end-to-end direction.
struct Flow {
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  bool v6 = false;

  // NOLINTNEXTLINE(modernize-use-nullptr): the compiler's own comparison.
  auto operator<=>(const Flow&) const = default;
};

struct Segment {
  Flow flow;
  std::uint32_t sequence = 0;
  bool syn = false;
  Bytes payload;
};

std::string FormatHost(const Flow& flow, bool source) {
  char text[INET6_ADDRSTRLEN] = {};
  const auto& host = source ? flow.source : flow.destination;
  inet_ntop(flow.v6 ? AF_INET6 : AF_INET, host.data(), text, sizeof(text));
  return internal::FormatEndpoint(
      text, source ? flow.source_port : flow.destination_port);
}

// Puts one direction together as its segments come.
class Assembler {
 public:
  void Add(const Segment& segment, std::size_t limit) {
    if (segment.syn) {
      if (started_) return;
      Start(segment.sequence + 1);
      return;
    }
    // A capture may begin in the middle: then the first byte seen is the first.
    if (!started_) Start(segment.sequence);
    const auto offset = static_cast<std::int32_t>(segment.sequence - base_);
    Bytes payload = segment.payload;
    std::size_t at = 0;
    if (offset < 0) {  // Starts before what is known to be the start.
      const auto before = static_cast<std::size_t>(-std::int64_t{offset});
      if (before >= payload.size()) return;
      payload = payload.subspan(before);
    } else {
      at = static_cast<std::size_t>(offset);
    }
    if (payload.empty() || at >= limit) return;
    payload = payload.first(std::min(payload.size(), limit - at));
    if (at > bytes_.size()) {
      if (later_bytes_ + payload.size() <= limit) {
        later_bytes_ += payload.size();
        later_.emplace(
            at, std::vector<std::uint8_t>(payload.begin(), payload.end()));
      }
      return;
    }
    Append(at, payload);
    while (!later_.empty() && later_.begin()->first <= bytes_.size()) {
      const auto node = later_.extract(later_.begin());
      later_bytes_ -= node.mapped().size();
      Append(node.key(), node.mapped());
    }
  }

  // A SYN with another number starts another connection of the same ports.
  bool IsOfAnother(const Segment& segment) const {
    return segment.syn && started_ && segment.sequence + 1 != base_;
  }

  std::vector<std::uint8_t>& bytes() { return bytes_; }
  std::size_t held() const { return bytes_.size() + later_bytes_; }

 private:
  void Start(std::uint32_t sequence) {
    started_ = true;
    base_ = sequence;
  }
  // What came first stays: a retransmission says the same.
  void Append(std::size_t at, Bytes payload) {
    const std::size_t known = bytes_.size() - at;
    if (known >= payload.size()) return;
    payload = payload.subspan(known);
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
  }

  bool started_ = false;
  std::uint32_t base_ = 0;
  std::vector<std::uint8_t> bytes_;
  std::multimap<std::size_t, std::vector<std::uint8_t>> later_;
  std::size_t later_bytes_ = 0;
};

bool ParseTcp(ByteReader reader, std::size_t size, Segment* out) {
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

bool ParseIpv4(Bytes packet, Segment* out) {
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

bool ParseIpv6(Bytes packet, Segment* out) {
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

bool ParseByEtherType(ByteReader reader, std::uint16_t type, Segment* out) {
  // VLAN tags, also stacked ones.
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    if (!reader.Skip(2) || !reader.GetU16(&type)) return false;
  }
  if (type == kIpv4) return ParseIpv4(reader.rest(), out);
  if (type == kIpv6) return ParseIpv6(reader.rest(), out);
  return false;
}

bool ParseRaw(Bytes packet, Segment* out) {
  if (packet.empty()) return false;
  return packet[0] >> 4 == 6 ? ParseIpv6(packet, out) : ParseIpv4(packet, out);
}

bool ParseFrame(int link_type, Bytes frame, Segment* out) {
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

bool IsRead(int link_type) {
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

std::string LinkTypeName(int link_type) {
  const char* name = pcap_datalink_val_to_name(link_type);
  return name != nullptr ? name : std::to_string(link_type);
}

// All directions of a capture.
class Streams {
 public:
  explicit Streams(const CaptureLimits& limits) : limits_(limits) {}

  void Add(const Segment& segment) {
    if (total_ >= limits_.max_total_bytes) return;
    auto found = index_.find(segment.flow);
    if (found == index_.end() ||
        streams_[found->second].second.IsOfAnother(segment)) {
      if (streams_.size() >= limits_.max_streams) return;
      found = index_.insert_or_assign(segment.flow, streams_.size()).first;
      streams_.emplace_back(segment.flow, Assembler());
    }
    Assembler& assembler = streams_[found->second].second;
    const std::size_t before = assembler.held();
    assembler.Add(segment, limits_.max_stream_bytes);
    total_ += assembler.held() - before;
  }

  bool empty() const { return streams_.empty(); }

  void MoveTo(std::vector<CaptureStream>* out) {
    for (auto& [flow, assembler] : streams_) {
      if (assembler.bytes().empty()) continue;
      out->push_back({FormatHost(flow, true), FormatHost(flow, false),
                      std::move(assembler.bytes())});
    }
  }

 private:
  const CaptureLimits& limits_;
  std::map<Flow, std::size_t> index_;
  std::vector<std::pair<Flow, Assembler>> streams_;
  std::size_t total_ = 0;
};

struct CloseFile {
  void operator()(FILE* file) const { static_cast<void>(std::fclose(file)); }
};
struct ClosePcap {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};

}  // namespace

bool IsCapture(Bytes contents) {
  ByteReader reader(contents);
  std::uint16_t high = 0;
  std::uint16_t low = 0;
  if (!reader.GetU16(&high) || !reader.GetU16(&low)) return false;
  const std::uint32_t magic = std::uint32_t{high} << 16 | low;
  return magic == 0xa1b2c3d4 || magic == 0xd4c3b2a1 || magic == 0xa1b23c4d ||
         magic == 0x4d3cb2a1 || magic == 0x0a0d0d0a;
}

bool ReadCapture(Bytes contents, const CaptureLimits& limits,
                 std::vector<CaptureStream>* out, std::string* error) {
  // libpcap reads from files only.
  std::unique_ptr<FILE, CloseFile> file(fmemopen(
      const_cast<std::uint8_t*>(contents.data()), contents.size(), "rb"));
  char message[PCAP_ERRBUF_SIZE] = {};
  std::unique_ptr<pcap_t, ClosePcap> pcap(
      file != nullptr ? pcap_fopen_offline(file.get(), message) : nullptr);
  if (pcap == nullptr) {
    *error = message;
    return false;
  }
  static_cast<void>(file.release());  // pcap_close closes it.
  const int link_type = pcap_datalink(pcap.get());
  if (!IsRead(link_type)) {
    *error = "link type " + LinkTypeName(link_type) +
             " is not one that is read here";
    return false;
  }
  Streams streams(limits);
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(pcap.get(), &header, &data)) == 1) {
    Segment segment;
    if (ParseFrame(link_type, {data, header->caplen}, &segment)) {
      streams.Add(segment);
    }
  }
  // A file that was cut short has given what it had.
  if (result == -1 && streams.empty()) {
    *error = pcap_geterr(pcap.get());
    return false;
  }
  streams.MoveTo(out);
  return true;
}

}  // namespace meshgw::cli
