#ifndef MESHGW_CAPI_CONFIG_H_
#define MESHGW_CAPI_CONFIG_H_

#include <vector>

#include "boundary.h"
#include "meshgw/config.h"

struct meshgw_config : meshgw::capi::Handle {
  meshgw::Config config;
  std::vector<meshgw::ConfigError> warnings;
  std::vector<meshgw::ConfigError> filter_errors;
};

#endif  // MESHGW_CAPI_CONFIG_H_
