#include <cstdint>
#include <set>
#include <string>

#include "base/str_format.h"
#include "config/decode.h"

namespace meshgw::internal {
namespace {

void NoPort(DecodeContext* context, const SourceLocation& where,
            std::int64_t least, std::int64_t most) {
  context->file = where.file;
  const std::string why =
      least < 1 || most < 1
          ? "auto-assignment disabled in config"
          : internal::StrFormat("none left in the configured range [%d, %d]",
                                least, most);
  context->Error({where.line, where.column},
                 "no port provided for sidecar_service and " + why,
                 "port = <number>");
}

}  // namespace

// Consul's agent goes through its services in this order as well and takes the
// lowest port that no service in front of it has (agent/sidecar_service.go).
void AssignSidecarPorts(DecodeContext* context, Config* config) {
  const std::int64_t least = context->sidecar_min_port.value;
  const std::int64_t most = context->sidecar_max_port.value;
  if (least > most) {
    const SourceLocation& where = context->sidecar_min_port.where.line > 0
                                      ? context->sidecar_min_port.where
                                      : context->sidecar_max_port.where;
    context->file = where.file;
    context->Error({where.line, where.column},
                   "sidecar_min_port cannot be greater than sidecar_max_port",
                   internal::StrFormat("%d to be at most %d", least, most));
    return;
  }
  std::set<std::int64_t> used;
  std::int64_t next = least;
  for (ServiceDefinition& service : config->services) {
    if (!service.sidecar_of.empty() && service.port == 0) {
      while (used.contains(next)) ++next;
      if (least >= 1 && next <= most) {
        service.port = static_cast<std::uint16_t>(next);
      } else {
        NoPort(context, service.where, least, most);
      }
    }
    used.insert(service.port);
  }
}

}  // namespace meshgw::internal
