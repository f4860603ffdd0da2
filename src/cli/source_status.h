#ifndef MESHGW_CLI_SOURCE_STATUS_H_
#define MESHGW_CLI_SOURCE_STATUS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "consul/agent_client.h"

namespace meshgw::cli {

// ControlPlaneStatus is how a gateway stands with its control plane.
struct ControlPlaneStatus {
  std::string server;  // Of this attempt, or of the next.
  bool connected = false;
  // How long ago the control plane last stood behind what is served: 0 while it
  // is followed. Empty: nothing is served yet.
  std::optional<std::chrono::milliseconds> age;
  // Answers by internal::ResourceType.
  std::array<std::uint64_t, 3> accepted{};
  std::array<std::uint64_t, 3> rejected{};
  // Of the agent's HTTP API; null: it is not asked. Read at once.
  const internal::AgentClient::Counts* requests = nullptr;
};

// SourceStatus says where routes come from.
struct SourceStatus {
  std::string kind = "catalog";  // Or "control_plane".
  std::string path;              // The catalog's folder.
  std::optional<ControlPlaneStatus> control_plane = std::nullopt;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_SOURCE_STATUS_H_
