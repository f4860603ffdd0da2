#include "catalog/instance_fields.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace meshgw::internal {
namespace {

using Path = std::span<const std::string>;
using Texts = std::vector<std::string>;

FilterField Text(std::string_view value) {
  return {.missing = false, .elements = {{std::string(value)}}};
}
FilterField Number(std::uint64_t value) { return Text(std::to_string(value)); }
FilterField Flag(bool value) { return Text(value ? "true" : "false"); }
FilterField Collection(Texts texts) {
  return {.missing = false, .elements = {std::move(texts)}};
}
FilterField Count(std::size_t count) { return Collection(Texts(count)); }
FilterField Missing() { return {.missing = true, .elements = {}}; }

// The field of the name that `path` begins with, by a table of getters.
template <typename Object>
struct Getter {
  std::string_view name;
  FilterField (*get)(const Object& object, Path rest);
};
template <typename Object, std::size_t kCount>
FilterField Find(const Getter<Object> (&getters)[kCount], const Object& object,
                 Path path) {
  if (path.empty()) return {};
  for (const Getter<Object>& getter : getters) {
    if (getter.name == path[0]) return getter.get(object, path.subspan(1));
  }
  return {};
}

// A list by itself, or a field of each of its objects.
template <typename Object, std::size_t kCount>
FilterField Each(const Getter<Object> (&getters)[kCount],
                 const std::vector<Object>& list, Path path) {
  if (path.empty()) return Count(list.size());
  FilterField out;
  for (const Object& object : list) {
    for (Texts& texts : Find(getters, object, path).elements) {
      out.elements.push_back(std::move(texts));
    }
  }
  return out;
}

// A map's keys, or `value` of what is at a key.
template <typename Map, typename Value>
FilterField MapField(const Map& map, Path path, const Value& value) {
  if (path.empty()) {
    Texts keys;
    keys.reserve(map.size());
    for (const auto& [key, unused] : map) keys.push_back(key);
    return Collection(std::move(keys));
  }
  const auto found = map.find(path[0]);
  return found == map.end() ? Missing() : value(found->second);
}

FilterField TextMap(const std::map<std::string, std::string>& map, Path path) {
  return MapField(map, path,
                  [](const std::string& value) { return Text(value); });
}

std::string_view CheckStatusName(CheckStatus status) {
  switch (status) {
    case CheckStatus::kPassing:
      return "passing";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kCritical:
      return "critical";
  }
  return "";
}

// One upstream of a proxy. As Consul registers it, an unset type is "service".
constexpr Getter<UpstreamDefinition> kUpstream[] = {
    {"DestinationType",
     [](const UpstreamDefinition& u, Path) {
       return Text(u.is_prepared_query ? "prepared_query" : "service");
     }},
    {"DestinationNamespace",
     [](const UpstreamDefinition& u, Path) {
       return Text(u.destination_namespace);
     }},
    {"DestinationPartition",
     [](const UpstreamDefinition& u, Path) {
       return Text(u.destination_partition);
     }},
    {"DestinationPeer", [](const UpstreamDefinition& u,
                           Path) { return Text(u.destination_peer); }},
    {"DestinationName", [](const UpstreamDefinition& u,
                           Path) { return Text(u.destination_name); }},
    {"Datacenter",
     [](const UpstreamDefinition& u, Path) { return Text(u.datacenter); }},
    {"LocalBindAddress", [](const UpstreamDefinition& u,
                            Path) { return Text(u.local_bind_address); }},
    {"LocalBindPort", [](const UpstreamDefinition& u,
                         Path) { return Number(u.local_bind_port); }},
    {"LocalBindSocketPath",
     [](const UpstreamDefinition& u, Path) {
       return Text(u.local_bind_socket_path);
     }},
    {"LocalBindSocketMode",
     [](const UpstreamDefinition& u, Path) {
       return Text(u.local_bind_socket_mode);
     }},
    {"MeshGateway",
     [](const UpstreamDefinition& u, Path) {
       return Text(MeshGatewayModeName(u.mesh_gateway.value));
     }},
};

constexpr Getter<ExposedPath> kExposedPath[] = {
    {"ListenerPort",
     [](const ExposedPath& p, Path) { return Number(p.listener_port); }},
    {"Path", [](const ExposedPath& p, Path) { return Text(p.path); }},
    {"LocalPathPort",
     [](const ExposedPath& p, Path) { return Number(p.local_path_port); }},
    {"Protocol", [](const ExposedPath& p, Path) { return Text(p.protocol); }},
    {"ParsedFromCheck", [](const ExposedPath&, Path) { return Flag(false); }},
};

FilterField Expose(const ProxyDefinition& proxy, Path path) {
  if (path[0] == "Checks") return Flag(proxy.expose_checks);
  return Each(kExposedPath, proxy.exposed_paths, path.subspan(1));
}

FilterField TransparentProxy(const ProxyDefinition& proxy, Path path) {
  return path[0] == "DialedDirectly" ? Flag(proxy.dialed_directly)
                                     : Number(proxy.outbound_listener_port);
}

// Not for agent files to set.
FilterField AccessLogs(const ProxyDefinition& /*proxy*/, Path path) {
  const bool flag = path[0] == "Enabled" || path[0] == "DisableListenerLogs";
  return flag ? Flag(false) : Text("");
}

constexpr Getter<ProxyDefinition> kProxy[] = {
    // Neither are these: there are none.
    {"EnvoyExtensions",
     [](const ProxyDefinition&, Path rest) {
       return rest.empty() ? Count(0) : FilterField();
     }},
    {"DestinationServiceName",
     [](const ProxyDefinition& p, Path) {
       return Text(p.destination_service_name);
     }},
    {"DestinationServiceID",
     [](const ProxyDefinition& p, Path) {
       return Text(p.destination_service_id);
     }},
    {"LocalServiceAddress", [](const ProxyDefinition& p,
                               Path) { return Text(p.local_service_address); }},
    {"LocalServicePort", [](const ProxyDefinition& p,
                            Path) { return Number(p.local_service_port); }},
    {"LocalServiceSocketPath",
     [](const ProxyDefinition& p, Path) {
       return Text(p.local_service_socket_path);
     }},
    {"Mode", [](const ProxyDefinition& p, Path) { return Text(p.mode); }},
    {"Upstreams", [](const ProxyDefinition& p,
                     Path rest) { return Each(kUpstream, p.upstreams, rest); }},
    {"MeshGateway",
     [](const ProxyDefinition& p, Path) {
       return Text(MeshGatewayModeName(p.mesh_gateway.value));
     }},
    {"Expose", Expose},
    {"TransparentProxy", TransparentProxy},
    {"AccessLogs", AccessLogs},
};

FilterField Proxy(const ServiceInstance& instance, Path path) {
  static const ProxyDefinition kNone;
  return Find(kProxy, instance.proxy.has_value() ? *instance.proxy : kNone,
              path);
}

FilterField TaggedAddresses(const ServiceInstance& instance, Path path) {
  return MapField(
      instance.tagged_addresses, path, [&](const ServiceAddress& address) {
        return path[1] == "Port" ? Number(address.port) : Text(address.address);
      });
}

constexpr Getter<ServiceInstance> kService[] = {
    {"Kind", [](const ServiceInstance& i,
                Path) { return Text(ServiceKindName(i.kind)); }},
    {"ID", [](const ServiceInstance& i, Path) { return Text(i.id); }},
    {"Service", [](const ServiceInstance& i, Path) { return Text(i.service); }},
    {"Tags", [](const ServiceInstance& i, Path) { return Collection(i.tags); }},
    {"Address",
     [](const ServiceInstance& i, Path) { return Text(i.service_address); }},
    {"TaggedAddresses", TaggedAddresses},
    {"Meta",
     [](const ServiceInstance& i, Path rest) { return TextMap(i.meta, rest); }},
    {"Port",
     [](const ServiceInstance& i, Path) { return Number(i.service_port); }},
    {"SocketPath",
     [](const ServiceInstance& i, Path) { return Text(i.socket_path); }},
    {"Weights",
     [](const ServiceInstance& i, Path rest) {
       return Number(rest[0] == "Passing" ? i.weights.passing
                                          : i.weights.warning);
     }},
    {"EnableTagOverride", [](const ServiceInstance& i,
                             Path) { return Flag(i.enable_tag_override); }},
    {"Proxy", Proxy},
    {"Connect",
     [](const ServiceInstance& i, Path) { return Flag(i.connect_native); }},
    {"PeerName", [](const ServiceInstance&, Path) { return Text(""); }},
};

constexpr Getter<Node> kNode[] = {
    {"ID", [](const Node& n, Path) { return Text(n.id); }},
    {"Node", [](const Node& n, Path) { return Text(n.name); }},
    {"Address", [](const Node& n, Path) { return Text(n.address); }},
    {"Datacenter", [](const Node& n, Path) { return Text(n.datacenter); }},
    {"Partition", [](const Node& n, Path) { return Text(n.partition); }},
    {"PeerName", [](const Node&, Path) { return Text(""); }},
    {"TaggedAddresses",
     [](const Node& n, Path rest) {
       return TextMap(n.tagged_addresses, rest);
     }},
    {"Meta", [](const Node& n, Path rest) { return TextMap(n.meta, rest); }},
};

const Node& NodeOf(const ServiceInstance& instance) {
  static const Node* const kNone = new Node;
  return instance.node != nullptr ? *instance.node : *kNone;
}

// A check of the node has no service.
FilterField CheckField(const ServiceInstance& instance,
                       const CheckDefinition& check, std::string_view name) {
  const bool of_service = !check.service_id.empty();
  if (name == "Node") return Text(NodeOf(instance).name);
  if (name == "CheckID") return Text(check.id);
  if (name == "Name") return Text(check.name);
  if (name == "Status") return Text(CheckStatusName(check.status));
  if (name == "Notes") return Text(check.notes);
  if (name == "ServiceID") return Text(check.service_id);
  if (name == "ServiceName") return Text(of_service ? instance.service : "");
  if (name == "ServiceTags") {
    return Collection(of_service ? instance.tags : Texts());
  }
  if (name == "Type") return Text(check.type);
  if (name == "Interval") return Text(check.interval);
  if (name == "Timeout") return Text(check.timeout);
  if (name == "ExposedPort") return Number(0);
  return Text("");  // Output, PeerName: nothing runs here.
}

FilterField Checks(const ServiceInstance& instance, Path path) {
  const std::vector<CheckDefinition>& of_node = NodeOf(instance).checks;
  if (path.empty()) return Count(instance.checks.size() + of_node.size());
  FilterField out;
  for (const auto* checks : {&instance.checks, &of_node}) {
    for (const CheckDefinition& check : *checks) {
      FilterField field = CheckField(instance, check, path[0]);
      out.elements.push_back(std::move(field.elements[0]));
    }
  }
  return out;
}

}  // namespace

FilterField InstanceFields::Get(Path path) const {
  const Path rest = path.subspan(1);
  if (path[0] == "Service") return Find(kService, instance_, rest);
  if (path[0] == "Node") return Find(kNode, NodeOf(instance_), rest);
  return Checks(instance_, rest);
}

}  // namespace meshgw::internal
