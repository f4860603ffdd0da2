#include "cli/xds_server_finder.h"

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::AgentSelf;
using internal::ServerAddress;

TEST_CASE("the xDS server is at the port with TLS where it can be checked") {
  const ServerAddress plain{.host = "10.0.0.1", .port = 8500};
  const ServerAddress tls{.host = "10.0.0.1", .port = 8501, .tls = true};
  const ServerAddress socket{.path = "/run/consul.sock"};
  const struct {
    ServerAddress agent;
    std::uint16_t grpc_port;
    std::uint16_t grpc_tls_port;
    bool has_authority;
    std::string server;
    bool is_tls;
  } rows[] = {
      {plain, 8502, 8503, false, "10.0.0.1:8502", false},
      {plain, 8502, 8503, true, "10.0.0.1:8503", true},
      {plain, 8502, 0, true, "10.0.0.1:8502", false},
      {plain, 0, 8503, false, "10.0.0.1:8503", true},
      {tls, 8502, 8503, false, "10.0.0.1:8502", false},
      {tls, 8502, 8503, true, "10.0.0.1:8503", true},
      {socket, 8502, 0, false, "127.0.0.1:8502", false},
      {socket, 8502, 8503, true, "127.0.0.1:8503", true},
  };
  for (const auto& row : rows) {
    AgentSelf self;
    self.grpc_port = row.grpc_port;
    self.grpc_tls_port = row.grpc_tls_port;
    const auto server =
        cli::ChooseXdsServer(row.agent, self, row.has_authority);
    CAPTURE(row.server, row.has_authority);
    REQUIRE(server.ok());
    CHECK(server->host + ":" + std::to_string(server->port) == row.server);
    CHECK(server->tls == row.is_tls);
    CHECK_FALSE(server->is_unix());
  }
}

TEST_CASE("an agent without xDS server is told what it lacks") {
  const auto server =
      cli::ChooseXdsServer({.host = "10.0.0.1", .port = 8500}, {}, true);
  CHECK(absl::IsFailedPrecondition(server.status()));
  CHECK(server.status().message() ==
        "the agent has gRPC disabled; expected ports { grpc = 8502 } in its "
        "configuration");
}

}  // namespace
}  // namespace meshgw::test
