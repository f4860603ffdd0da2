#ifndef MESHGW_CAPI_MODE_EXPLANATION_H_
#define MESHGW_CAPI_MODE_EXPLANATION_H_

#include "boundary.h"
#include "meshgw/catalog.h"

// With places and a target where a catalog was asked, without them where layers
// were given.
struct meshgw_mode_explanation : meshgw::capi::Handle,
                                 meshgw::UpstreamExplanation {};

namespace meshgw::capi {

meshgw_mode_decision ToDecision(const ModeDecision& decision) noexcept;

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_MODE_EXPLANATION_H_
