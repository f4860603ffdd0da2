// Talks to a DeltaClient as any server might. The input is a list of steps: a
// byte that says what, and for most a length in two bytes and as many bytes.
// Whatever comes, what the client sends are whole requests, it holds no more
// than its limits, and its tables can be looked up in.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/delta_client.h"

namespace {

using namespace meshgw::internal;

void Require(bool condition) {
  if (!condition) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return left_.empty(); }
  std::size_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(left_[0]);
    left_.remove_prefix(1);
    return byte;
  }
  std::string_view Bytes() {
    const std::size_t high = Byte();
    const std::size_t size = std::min(high << 8 | Byte(), left_.size());
    const std::string_view out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }

 private:
  std::string_view left_;
};

class Talk {
 public:
  Talk() : client_(Options()) { Open(); }

  void Step(Input* input) {
    switch (input->Byte() % 6) {
      case 0:
        client_.OnData(input->Bytes(), now_);
        break;
      case 1: {
        std::string frame;
        AppendGrpcFrame(input->Bytes(), &frame);
        client_.OnData(frame, now_);
        break;
      }
      case 2:
        SendResource(input);
        break;
      case 3:
        now_ += std::chrono::seconds(input->Byte());
        client_.OnTime(now_);
        break;
      case 4:
        client_.EndStream({static_cast<GrpcCode>(input->Byte()), "ended"},
                          now_);
        break;
      default:
        if (client_.reconnect_at().has_value()) Open();
    }
    Check();
  }

 private:
  static DeltaClientOptions Options() {
    DeltaClientOptions options;
    options.node.id = "gateway";
    options.limits.max_message_bytes = 1 << 16;
    options.limits.max_clusters = 8;
    options.limits.max_listeners = 2;
    options.limits.max_endpoints = 16;
    return options;
  }

  void Open() {
    client_.Connect(12345);
    client_.OpenStream(now_);
    requests_ = GrpcFrameDecoder(1 << 24);
  }

  // A well-formed response with one resource, or the removal of one.
  void SendResource(Input* input) {
    const ResourceType type = kResourceTypes[input->Byte() % 3];
    const std::string_view bytes = input->Bytes();
    envoy::service::discovery::v3::DeltaDiscoveryResponse response;
    response.set_type_url(std::string(TypeUrl(type)));
    response.set_nonce("n");
    // The name of a resource is its first field: it must be that of the
    // message.
    std::string name;
    if (bytes.size() > 2 && bytes[0] == '\x0a') {
      name = bytes.substr(2, static_cast<std::uint8_t>(bytes[1]));
    }
    if (bytes.empty() || input->Byte() == 255) {
      response.add_removed_resources(name);
    } else {
      auto* resource = response.add_resources();
      resource->set_name(name);
      resource->set_version("1");
      resource->mutable_resource()->set_type_url(response.type_url());
      resource->mutable_resource()->set_value(std::string(bytes));
    }
    std::string message;
    if (!response.SerializeToString(&message)) return;
    std::string frame;
    AppendGrpcFrame(message, &frame);
    client_.OnData(frame, now_);
  }

  void Check() {
    for (const DeltaEvent& event : client_.TakeEvents()) {
      Require(event.text.size() < 4096);
      for (const char c : event.text) Require(c >= ' ' && c <= '~');
      if (event.kind != DeltaEventKind::kTable) continue;
      Require(event.table != nullptr);
      Require(event.table->clusters().size() <= 8 + 1);
      for (const meshgw::Route& route : event.table->routes()) {
        Require(event.table->FindCluster(route.cluster) != nullptr);
      }
      std::size_t endpoints = 0;
      for (const auto& cluster : event.table->clusters()) {
        endpoints += cluster->endpoints.size();
      }
      Require(endpoints <= std::size_t{16} * 8);
      table_ = event.table;
    }
    requests_.Feed(client_.TakeOutput());
    while (true) {
      const auto next = requests_.Next();
      Require(next.ok());
      if (!next->has_value()) break;
      envoy::service::discovery::v3::DeltaDiscoveryRequest request;
      Require(request.ParseFromString(std::string(**next)));
    }
    Require(!requests_.in_message());
    Require(!client_.complete() || table_ != nullptr);
  }

  DeltaClient client_;
  GrpcFrameDecoder requests_{1 << 24};
  DeltaClient::TimePoint now_{std::chrono::hours(1)};
  std::shared_ptr<const meshgw::RouteTable> table_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  Input input(data, size);
  Talk talk;
  while (!input.empty()) talk.Step(&input);
  return 0;
}
