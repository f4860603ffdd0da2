#include "consul/agent_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Reads any bytes as each of an agent's answers: a value or an error that is
// InvalidArgument.
namespace {

template <typename Value>
void Check(const absl::StatusOr<Value>& value) {
  if (!value.ok() && !absl::IsInvalidArgument(value.status())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(meshgw::internal::ParseAgentSelf(text));
  Check(meshgw::internal::ParseAgentService(text));
  Check(meshgw::internal::MaintenanceReason(text, "gw-1"));
  const auto services = meshgw::internal::ParseAgentServices(text);
  Check(services);
  if (!services.ok()) return 0;
  for (std::size_t i = 1; i < services->size(); ++i) {
    if ((*services)[i].id < (*services)[i - 1].id) std::abort();
  }
  return 0;
}
