#ifndef MESHGW_CONFIG_AGENT_ADDRESS_H_
#define MESHGW_CONFIG_AGENT_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>

#include "config/object_reader.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// The addresses of a node. Each is an IP address: Consul takes no host name for
// it. It also takes templates of go-sockaddr ("{{ GetPrivateIP }}"), which are
// not evaluated here. Source: Consul agent/config/builder.go expandAddrs.

// ReadAdvertiseAddress reads the address that others dial at `key`; `name`
// ("Advertise address") is Consul's for it in messages. Nothing where it is not
// given or was reported.
std::optional<std::string> ReadAdvertiseAddress(ObjectReader* reader,
                                                std::string_view key,
                                                std::string_view name);

// ReadBindAddress reads `bind_addr` into the context. A template is kept: only
// a node without an advertised address needs its value.
void ReadBindAddress(ObjectReader* reader);

// NodeAddress returns the address that the node advertises once all files are
// read: `advertise_addr`, else `bind_addr` unless it is for all interfaces.
std::string NodeAddress(DecodeContext* context);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_AGENT_ADDRESS_H_
