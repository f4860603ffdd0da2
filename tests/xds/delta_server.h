#ifndef MESHGW_TESTS_XDS_DELTA_SERVER_H_
#define MESHGW_TESTS_XDS_DELTA_SERVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/grpc_frame.h"
#include "xds/messages.h"
#include "xds/resource_type.h"

namespace meshgw::test {

using Request = envoy::service::discovery::v3::DeltaDiscoveryRequest;
using Response = envoy::service::discovery::v3::DeltaDiscoveryResponse;
using internal::ResourceType;

inline std::string Frame(const Response& response) {
  std::string out;
  internal::AppendGrpcFrame(response.SerializeAsString(), &out);
  return out;
}

// The server's end of delta xDS, as Consul and others have it: it remembers
// what a client was sent, answers with what differs, and tells of removals. It
// throws where a client breaks the protocol.
class DeltaServer {
 public:
  void Set(ResourceType type, const std::string& name, std::string bytes) {
    resources(type)[name] = {std::to_string(++versions_), std::move(bytes)};
  }
  void Set(const ClusterMessage& cluster) {
    Set(ResourceType::kCluster, cluster.name(), cluster.SerializeAsString());
  }
  void Set(const EndpointsMessage& endpoints) {
    Set(ResourceType::kEndpoints, endpoints.cluster_name(),
        endpoints.SerializeAsString());
  }
  void Set(const ListenerMessage& listener) {
    Set(ResourceType::kListener, listener.name(), listener.SerializeAsString());
  }
  void Remove(ResourceType type, const std::string& name) {
    resources(type).erase(name);
  }
  bool Has(ResourceType type, const std::string& name) {
    return resources(type).contains(name);
  }
  std::vector<std::string> Names(ResourceType type) {
    std::vector<std::string> out;
    for (const auto& [name, resource] : resources(type)) out.push_back(name);
    return out;
  }
  const std::string& Bytes(ResourceType type, const std::string& name) {
    return resources(type).at(name).bytes;
  }

  void OpenStream() {
    streams_ = {};
    node_seen_ = false;
    received_ = internal::GrpcFrameDecoder(std::size_t{1} << 26);
  }

  // Reads the client's frames and returns its requests.
  std::vector<Request> Receive(std::string_view bytes) {
    std::vector<Request> out;
    received_.Feed(bytes);
    while (true) {
      const auto next = received_.Next();
      if (!next.ok()) throw std::runtime_error("frame");
      if (!next->has_value()) return out;
      Request request;
      if (!request.ParseFromString(std::string(**next))) {
        throw std::runtime_error("request");
      }
      Take(request);
      out.push_back(request);
    }
  }

  // What the client lacks of `type`, at most `most` resources; empty when that
  // is nothing and an answer is not due.
  std::optional<Response> Respond(ResourceType type,
                                  std::size_t most = 1 << 20) {
    Stream& stream = streams_[static_cast<std::size_t>(type)];
    if (!stream.registered) return std::nullopt;
    Response out;
    out.set_type_url(std::string(internal::TypeUrl(type)));
    std::size_t count = 0;
    for (const auto& [name, resource] : resources(type)) {
      if (!stream.wildcard && !stream.names.contains(name)) continue;
      const auto known = stream.known.find(name);
      if (known != stream.known.end() && known->second == resource.version) {
        continue;
      }
      if (++count > most) break;
      auto* added = out.add_resources();
      added->set_name(name);
      added->set_version(resource.version);
      added->mutable_resource()->set_type_url(
          std::string(internal::TypeUrl(type)));
      added->mutable_resource()->set_value(resource.bytes);
      stream.known[name] = resource.version;
    }
    // Endpoints are never removed by name: Consul leaves that to the client.
    if (type != ResourceType::kEndpoints) {
      for (auto at = stream.known.begin(); at != stream.known.end();) {
        if (resources(type).contains(at->first) || ++count > most) {
          ++at;
          continue;
        }
        out.add_removed_resources(at->first);
        at = stream.known.erase(at);
      }
    }
    if (count == 0 && (stream.answered || !stream.wildcard))
      return std::nullopt;
    stream.answered = true;
    out.set_nonce(std::to_string(++nonces_));
    return out;
  }

  std::size_t nacks() const { return nacks_; }

 private:
  struct Held {
    std::string version, bytes;
  };
  struct Stream {
    bool registered = false, wildcard = false, answered = false;
    std::set<std::string> names;
    std::map<std::string, std::string> known;
  };

  std::map<std::string, Held>& resources(ResourceType type) {
    return resources_[static_cast<std::size_t>(type)];
  }

  void Take(const Request& request) {
    if (!node_seen_ && request.node().id().empty()) {
      throw std::runtime_error("the first request has no node");
    }
    node_seen_ = true;
    const auto type = internal::ParseTypeUrl(request.type_url());
    if (!type.has_value()) return;
    Stream& stream = streams_[static_cast<std::size_t>(*type)];
    if (!stream.registered) {
      stream.registered = true;
      stream.wildcard = request.resource_names_subscribe().empty();
      if (stream.wildcard == (*type == ResourceType::kEndpoints)) {
        throw std::runtime_error("wildcard");
      }
      for (const auto& [name, version] : request.initial_resource_versions()) {
        stream.known[name] = version;
      }
    } else if (request.initial_resource_versions_size() > 0) {
      throw std::runtime_error("versions twice");
    }
    for (const std::string& name : request.resource_names_subscribe()) {
      stream.names.insert(name);
      stream.known.erase(name);  // To be sent in any case.
    }
    for (const std::string& name : request.resource_names_unsubscribe()) {
      if (stream.names.erase(name) == 0)
        throw std::runtime_error("unsubscribe");
      stream.known.erase(name);
    }
    if (request.has_error_detail()) ++nacks_;
  }

  std::array<std::map<std::string, Held>, 3> resources_;
  std::array<Stream, 3> streams_;
  internal::GrpcFrameDecoder received_{std::size_t{1} << 26};
  bool node_seen_ = false;
  std::uint64_t versions_ = 0;
  std::uint64_t nonces_ = 0;
  std::size_t nacks_ = 0;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_DELTA_SERVER_H_
