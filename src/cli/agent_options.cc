#include "cli/agent_options.h"

#include <cstdint>
#include <utility>

#include "transport/server_address.h"
#include "transport/tls_settings.h"

namespace meshgw::cli {
namespace {

constexpr std::uint16_t kHttpPort = 8500;
constexpr const char* kVersion = MESHGW_VERSION;

}  // namespace

absl::StatusOr<internal::TokenSource> MakeTokenSource(
    const ConsulFlags& flags) {
  internal::TokenSource token =
      flags.token_file.empty()
          ? internal::TokenSource::Fixed(flags.token)
          : internal::TokenSource::FromFile(flags.token_file);
  if (absl::Status read = token.Refresh(); !read.ok()) return read;
  return token;
}

absl::StatusOr<internal::AgentOptions> MakeAgentOptions(
    const ConsulFlags& flags, std::function<std::string()> token) {
  auto address =
      internal::ParseServerAddress(flags.http_address, kHttpPort, false);
  if (!address.ok()) return address.status();
  internal::AgentOptions options;
  options.address = *std::move(address);
  if (options.address.tls) {
    auto tls = internal::MakeTlsContext(flags.tls);
    if (!tls.ok()) return tls.status();
    options.tls = *std::move(tls);
    options.server_name = flags.tls.server_name;
  }
  options.token = std::move(token);
  options.name_space = flags.name_space;
  options.partition = flags.partition;
  options.user_agent = std::string("meshgw/") + kVersion;
  return options;
}

}  // namespace meshgw::cli
