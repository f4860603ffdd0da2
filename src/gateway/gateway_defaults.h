#ifndef MESHGW_GATEWAY_GATEWAY_DEFAULTS_H_
#define MESHGW_GATEWAY_GATEWAY_DEFAULTS_H_

#include "meshgw/gateway.h"

namespace meshgw::internal {

// WithDefaults fills in what GatewayOptions leave to the host: workers, pipes
// and the seed.
GatewayOptions WithDefaults(GatewayOptions options);

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_GATEWAY_DEFAULTS_H_
