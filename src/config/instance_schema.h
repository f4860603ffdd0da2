#ifndef MESHGW_CONFIG_INSTANCE_SCHEMA_H_
#define MESHGW_CONFIG_INSTANCE_SCHEMA_H_

#include "config/bexpr.h"

namespace meshgw::internal {

// InstanceSchema is what a subset's filter may ask of an instance: the fields
// of Consul's CheckServiceNode, Service.*, Node.* and Checks.*. Source: Consul
// agent/structs (structs.go, connect_proxy_config.go), as go-bexpr reads them;
// structs_filtering_test.go has the same table with a few names misspelt.
FilterSchema InstanceSchema();

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_INSTANCE_SCHEMA_H_
