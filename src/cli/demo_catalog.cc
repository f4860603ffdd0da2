#include "cli/demo_catalog.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/unique_fd.h"

namespace meshgw::cli {
namespace {

// `port` of `address` when it is free, else a free one; 0 when none can be
// bound, with errno set.
std::uint16_t FreePort(const std::string& address, std::uint16_t port) {
  for (const std::uint16_t wanted : {port, std::uint16_t{0}}) {
    const internal::UniqueFd fd(
        ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in bind{};
    bind.sin_family = AF_INET;
    bind.sin_port = htons(wanted);
    inet_pton(AF_INET, address.c_str(), &bind.sin_addr);
    socklen_t length = sizeof(bind);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&bind),
               sizeof(bind)) == 0 &&
        ::listen(fd.get(), 1) == 0 &&
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bind), &length) ==
            0) {
      return ntohs(bind.sin_port);
    }
    if (errno != EADDRINUSE) return 0;
  }
  return 0;
}

class PortChooser {
 public:
  PortChooser(std::vector<std::string>* notes, std::string* error)
      : notes_(notes), error_(error) {}

  // The same address and port get the same answer.
  bool Choose(const std::string& address, std::uint16_t* port) {
    const auto [at, is_new] = chosen_.try_emplace({address, *port});
    if (is_new) {
      at->second = FreePort(address, *port);
      if (at->second == 0) {
        *error_ = absl::StrFormat("cannot listen on %s: %s", address,
                                  std::strerror(errno));
        return false;
      }
      if (at->second != *port) {
        notes_->push_back(absl::StrFormat("%s:%d is taken, using port %d",
                                          address, *port, at->second));
      }
    }
    *port = at->second;
    return true;
  }

 private:
  std::vector<std::string>* notes_;
  std::string* error_;
  std::map<std::pair<std::string, std::uint16_t>, std::uint16_t> chosen_;
};

// What will listen: gateways and sidecars.
bool ChoosePorts(Config* config, PortChooser* chooser) {
  for (ServiceDefinition& service : config->services) {
    if (service.kind == ServiceKind::kMeshGateway) {
      if (!chooser->Choose(service.address, &service.port)) return false;
      for (auto& [name, tagged] : service.tagged_addresses) {
        if (!chooser->Choose(tagged.address, &tagged.port)) return false;
      }
    } else if (!service.sidecar_of.empty()) {
      for (const ServiceDefinition& parent : config->services) {
        if (parent.id == service.sidecar_of) service.address = parent.address;
      }
      if (!chooser->Choose(service.address, &service.port)) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Catalog> MakeDemoCatalog(std::vector<std::string>* notes,
                                       std::string* error) {
  std::map<std::string, std::vector<ConfigFile>> folders;
  for (const ConfigFile& file : DemoCatalogFiles()) {
    folders[file.name.substr(0, file.name.find('/'))].push_back(file);
  }
  std::vector<Config> configs;
  PortChooser chooser(notes, error);
  for (const auto& [folder, files] : folders) {
    auto config = ParseConfig(files, ConfigLimits(), nullptr);
    if (!config.ok()) {
      *error = std::string(config.status().message());
      return std::nullopt;
    }
    if (!ChoosePorts(&*config, &chooser)) return std::nullopt;
    configs.push_back(*std::move(config));
  }
  auto catalog = MakeCatalog(std::move(configs), nullptr);
  if (!catalog.ok()) {
    *error = std::string(catalog.status().message());
    return std::nullopt;
  }
  return *std::move(catalog);
}

}  // namespace meshgw::cli
