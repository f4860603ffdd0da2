#include "config/instance_schema.h"

namespace meshgw::internal {
namespace {

using Kind = FilterFieldSpec::Kind;

constexpr FilterFieldSpec kAnyText[] = {{"", Kind::kText, {}}};

constexpr FilterFieldSpec kAddress[] = {
    {"Address", Kind::kText, {}},
    {"Port", Kind::kInteger, {}},
};
constexpr FilterFieldSpec kAnyAddress[] = {{"", Kind::kObject, kAddress}};

constexpr FilterFieldSpec kWeights[] = {
    {"Passing", Kind::kInteger, {}},
    {"Warning", Kind::kInteger, {}},
};

constexpr FilterFieldSpec kMeshGatewayFields[] = {{"Mode", Kind::kText, {}}};

constexpr FilterFieldSpec kUpstreams[] = {
    {"DestinationType", Kind::kText, {}},
    {"DestinationNamespace", Kind::kText, {}},
    {"DestinationPartition", Kind::kText, {}},
    {"DestinationPeer", Kind::kText, {}},
    {"DestinationName", Kind::kText, {}},
    {"Datacenter", Kind::kText, {}},
    {"LocalBindAddress", Kind::kText, {}},
    {"LocalBindPort", Kind::kInteger, {}},
    {"LocalBindSocketPath", Kind::kText, {}},
    {"LocalBindSocketMode", Kind::kText, {}},
    {"MeshGateway", Kind::kObject, kMeshGatewayFields},
};

constexpr FilterFieldSpec kEnvoyExtensions[] = {
    {"Name", Kind::kText, {}},
    {"Required", Kind::kBool, {}},
    {"ConsulVersion", Kind::kText, {}},
    {"EnvoyVersion", Kind::kText, {}},
};

constexpr FilterFieldSpec kPaths[] = {
    {"ListenerPort", Kind::kInteger, {}},  {"Path", Kind::kText, {}},
    {"LocalPathPort", Kind::kInteger, {}}, {"Protocol", Kind::kText, {}},
    {"ParsedFromCheck", Kind::kBool, {}},
};

constexpr FilterFieldSpec kExpose[] = {
    {"Checks", Kind::kBool, {}},
    {"Paths", Kind::kObjects, kPaths},
};

constexpr FilterFieldSpec kTransparentProxy[] = {
    {"OutboundListenerPort", Kind::kInteger, {}},
    {"DialedDirectly", Kind::kBool, {}},
};

constexpr FilterFieldSpec kAccessLogs[] = {
    {"Enabled", Kind::kBool, {}},    {"DisableListenerLogs", Kind::kBool, {}},
    {"Type", Kind::kText, {}},       {"Path", Kind::kText, {}},
    {"JSONFormat", Kind::kText, {}}, {"TextFormat", Kind::kText, {}},
};

constexpr FilterFieldSpec kProxy[] = {
    {"EnvoyExtensions", Kind::kObjects, kEnvoyExtensions},
    {"DestinationServiceName", Kind::kText, {}},
    {"DestinationServiceID", Kind::kText, {}},
    {"LocalServiceAddress", Kind::kText, {}},
    {"LocalServicePort", Kind::kInteger, {}},
    {"LocalServiceSocketPath", Kind::kText, {}},
    {"Mode", Kind::kText, {}},
    {"Upstreams", Kind::kObjects, kUpstreams},
    {"MeshGateway", Kind::kObject, kMeshGatewayFields},
    {"Expose", Kind::kObject, kExpose},
    {"TransparentProxy", Kind::kObject, kTransparentProxy},
    {"AccessLogs", Kind::kObject, kAccessLogs},
};

constexpr FilterFieldSpec kConnect[] = {{"Native", Kind::kBool, {}}};

constexpr FilterFieldSpec kServiceFields[] = {
    {"Kind", Kind::kText, {}},
    {"ID", Kind::kText, {}},
    {"Service", Kind::kText, {}},
    {"Tags", Kind::kTexts, {}},
    {"Address", Kind::kText, {}},
    {"TaggedAddresses", Kind::kMap, kAnyAddress},
    {"Meta", Kind::kMap, kAnyText},
    {"Port", Kind::kInteger, {}},
    {"SocketPath", Kind::kText, {}},
    {"Weights", Kind::kObject, kWeights},
    {"EnableTagOverride", Kind::kBool, {}},
    {"Proxy", Kind::kObject, kProxy},
    {"Connect", Kind::kObject, kConnect},
    {"PeerName", Kind::kText, {}},
};

constexpr FilterFieldSpec kNode[] = {
    {"ID", Kind::kText, {}},
    {"Node", Kind::kText, {}},
    {"Address", Kind::kText, {}},
    {"Datacenter", Kind::kText, {}},
    {"Partition", Kind::kText, {}},
    {"PeerName", Kind::kText, {}},
    {"TaggedAddresses", Kind::kMap, kAnyText},
    {"Meta", Kind::kMap, kAnyText},
};

constexpr FilterFieldSpec kChecks[] = {
    {"Node", Kind::kText, {}},           {"CheckID", Kind::kText, {}},
    {"Name", Kind::kText, {}},           {"Status", Kind::kText, {}},
    {"Notes", Kind::kText, {}},          {"Output", Kind::kText, {}},
    {"ServiceID", Kind::kText, {}},      {"ServiceName", Kind::kText, {}},
    {"ServiceTags", Kind::kTexts, {}},   {"Type", Kind::kText, {}},
    {"Interval", Kind::kText, {}},       {"Timeout", Kind::kText, {}},
    {"ExposedPort", Kind::kInteger, {}}, {"PeerName", Kind::kText, {}},
};

constexpr FilterFieldSpec kInstance[] = {
    {"Node", Kind::kObject, kNode},
    {"Service", Kind::kObject, kServiceFields},
    {"Checks", Kind::kObjects, kChecks},
};

}  // namespace

FilterSchema InstanceSchema() { return kInstance; }

}  // namespace meshgw::internal
