#include "cli/capture.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "base/byte_reader.h"
#include "cli/tcp_segment.h"

namespace meshgw::cli {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Puts one direction together as its segments come.
class Assembler {
 public:
  void Add(const TcpSegment& segment, std::size_t limit) {
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
  bool IsOfAnother(const TcpSegment& segment) const {
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

std::string LinkTypeName(int link_type) {
  const char* name = pcap_datalink_val_to_name(link_type);
  return name != nullptr ? name : std::to_string(link_type);
}

// All directions of a capture.
class Streams {
 public:
  explicit Streams(const CaptureLimits& limits) : limits_(limits) {}

  void Add(const TcpSegment& segment) {
    if (segment.payload.size() > limits_.max_total_bytes - total_) return;
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
      out->push_back({FormatSource(flow), FormatDestination(flow),
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
  internal::ByteReader reader(contents);
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
  if (!IsReadLinkType(link_type)) {
    *error = "link type " + LinkTypeName(link_type) +
             " is not one that is read here";
    return false;
  }
  Streams streams(limits);
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(pcap.get(), &header, &data)) == 1) {
    TcpSegment segment;
    if (ParseFrame(link_type, {data, header->caplen}, &segment)) {
      streams.Add(segment);
    }
  }
  if (result == -1) {
    *error = pcap_geterr(pcap.get());
    if (streams.empty()) return false;
  }
  streams.MoveTo(out);
  return true;
}

}  // namespace meshgw::cli
