#ifndef MESHGW_CLI_XDS_SERVER_FINDER_H_
#define MESHGW_CLI_XDS_SERVER_FINDER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/program_log.h"
#include "consul/agent_client.h"
#include "consul/agent_json.h"
#include "transport/server_address.h"

namespace meshgw::cli {

// Where an agent's xDS server listens by default.
inline constexpr std::uint16_t kXdsPort = 8502;

// ChooseXdsServer says where the xDS server is of the agent at `agent`, as
// Consul's own command chooses: the port with TLS when there is something to
// check the server with (`has_authority`), or no other. FailedPrecondition: the
// agent has none.
absl::StatusOr<internal::ServerAddress> ChooseXdsServer(
    const internal::ServerAddress& agent, const internal::AgentSelf& self,
    bool has_authority);

// XdsServerFinder asks an agent where its xDS server is, until it says. It
// lives on the thread that runs `context`.
class XdsServerFinder {
 public:
  using OnFound = std::function<void(const internal::ServerAddress& server)>;

  // `agent` (to outlive this) is at `address`.
  XdsServerFinder(boost::asio::io_context* context,
                  internal::AgentClient* agent, internal::ServerAddress address,
                  bool has_authority, LogWriter log, OnFound on_found);

  void Ask();

 private:
  void HandleSelf(const absl::StatusOr<internal::AgentAnswer>& answer);
  void AskAgain(const absl::Status& status);

  internal::AgentClient* const agent_;
  const internal::ServerAddress address_;
  const bool has_authority_;
  const LogWriter log_;
  const OnFound on_found_;
  boost::asio::steady_timer timer_;
  std::string failure_;  // That was told last.
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_XDS_SERVER_FINDER_H_
