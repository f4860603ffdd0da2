#ifndef MESHGW_CONFIG_DECODE_H_
#define MESHGW_CONFIG_DECODE_H_

#include <string>
#include <vector>

#include "config/object_reader.h"
#include "config/value.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// Decoders of one concept each: they read a Value, report every mistake to the
// context, and give back what could be read.

// An agent's file: services, datacenter, connect, config_entries, ...
void DecodeAgentConfig(DecodeContext* context, const Value& root, Config* out);
// A stand-alone or bootstrap config entry, by its Kind.
void DecodeConfigEntry(DecodeContext* context, const Value& entry, Config* out);
// The keys of a service-resolver entry, its name and place already read.
void DecodeServiceResolver(ObjectReader* reader, ServiceResolver entry,
                           Config* out);
void DecodeLoadBalancer(DecodeContext* context, const Value& block,
                        ServiceResolver* out);
// What entries say to sidecars: read for its mistakes only.
void CheckServiceDefaultsSettings(ObjectReader* entry);
void CheckProxyDefaultsSettings(ObjectReader* entry);
void CheckMeshSettings(ObjectReader* entry);
// Of UpstreamConfig's Defaults and Overrides.
void CheckUpstreamSettings(ObjectReader* reader);
// The Policy of a failover; `prefix` stands in front of its mistakes.
void CheckFailoverPolicy(ObjectReader* owner, const ObjectReader::Names& names,
                         const std::string& prefix);
void CheckEntryMeta(ObjectReader* entry);
// A service block; a sidecar_service in it becomes a service of its own.
void DecodeService(DecodeContext* context, const Value& block,
                   const std::string& path, Config* out);
// Gives the sidecars without a port the first ones that are free, once all
// services are known.
void AssignSidecarPorts(DecodeContext* context, Config* config);
// Whether it is one of Consul's gateways, of whatever kind.
bool IsGateway(ServiceKind kind);
CheckDefinition DecodeCheck(DecodeContext* context, const Value& block,
                            const std::string& path);
ProxyDefinition DecodeProxy(DecodeContext* context, const Value& block,
                            const std::string& path, ServiceKind kind);
// Reports the upstreams of a Connect proxy of `partition` that Consul refuses,
// or would take for one: the same destination, or the same listener.
void CheckUpstreams(DecodeContext* context,
                    const std::vector<UpstreamDefinition>& upstreams,
                    std::string_view partition);
// The `config` of a mesh gateway's proxy block, or of proxy-defaults, where
// keys that mean nothing to a gateway are the sidecars' and need no word.
MeshGatewayProxyConfig DecodeGatewayOptions(DecodeContext* context,
                                            const Value& block,
                                            const std::string& path,
                                            bool shared_with_sidecars);

// mesh_gateway { mode = "..." }
Located<MeshGatewayMode> DecodeMeshGateway(ObjectReader* reader,
                                           const ObjectReader::Names& names);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_DECODE_H_
