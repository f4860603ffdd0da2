#ifndef MESHGW_CAPI_GATEWAY_OPTIONS_H_
#define MESHGW_CAPI_GATEWAY_OPTIONS_H_

#include <cstdint>

#include "meshgw.h"
#include "meshgw/gateway.h"

namespace meshgw::capi {

// ReadGatewayOptions reads a caller's options, null for the defaults.
meshgw_status ReadGatewayOptions(const meshgw_gateway_options* options,
                                 GatewayOptions* out, std::uint32_t* max_events,
                                 meshgw_error** err);

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_GATEWAY_OPTIONS_H_
