#ifndef MESHGW_CAPI_MODE_EXPLANATION_H_
#define MESHGW_CAPI_MODE_EXPLANATION_H_

#include <string>
#include <vector>

#include "boundary.h"
#include "meshgw/catalog.h"

// With places where a catalog was asked, without them where layers were given.
struct meshgw_mode_explanation : meshgw::capi::Handle {
  meshgw::ModeDecision decision;
  std::vector<meshgw::UpstreamLayer> layers;
  std::string summary;
};

namespace meshgw::capi {

meshgw_mode_decision ToDecision(const ModeDecision& decision) noexcept;

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_MODE_EXPLANATION_H_
