#include "meshgw/catalog.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "base/files.h"
#include "base/str_format.h"
#include "config/datacenter_name.h"
#include "config/diagnostics.h"
#include "mesh/go_quote.h"
#include "meshgw/mesh_name.h"

namespace meshgw {
namespace {

namespace fs = std::filesystem;

void AddError(ConfigDiagnostics* diagnostics, SourceLocation where,
              std::string what, std::string expected) {
  diagnostics->errors.push_back(
      {std::move(where), std::move(what), std::move(expected)});
}

bool IsConfigFile(const internal::FolderEntry& entry) {
  return !entry.is_folder &&
         (entry.name.ends_with(".hcl") || entry.name.ends_with(".json"));
}

bool HoldsConfigFiles(const std::string& folder) {
  const auto entries = internal::ListFolder(folder);
  return entries.ok() && std::ranges::any_of(*entries, IsConfigFile);
}

// The folders of datacenters, by name; `directory` itself when it holds files.
absl::StatusOr<std::vector<std::string>> DatacenterFolders(
    const std::string& directory) {
  const auto entries = internal::ListFolder(directory);
  if (!entries.ok()) return entries.status();
  std::vector<std::string> folders;
  const std::string* file = nullptr;
  for (const internal::FolderEntry& entry : *entries) {
    if (entry.name.starts_with('.')) continue;
    if (entry.is_folder) {
      folders.push_back(internal::JoinPath(directory, entry.name));
    } else if (IsConfigFile(entry) && file == nullptr) {
      file = &entry.name;
    }
  }
  if (file != nullptr) {
    // One of the two would be read, the other silently not.
    const auto other = std::ranges::find_if(folders, HoldsConfigFiles);
    if (other == folders.end()) return std::vector<std::string>{directory};
    return absl::InvalidArgumentError(internal::StrFormat(
        "%s: holds the file %s and the folder %s with files of its own; "
        "expected the files of one datacenter, or a folder for each",
        directory, *file, other->substr(other->rfind('/') + 1)));
  }
  if (folders.empty()) {
    return absl::NotFoundError(
        directory +
        ": no datacenter in it; expected a folder a datacenter with the .hcl "
        "and .json files of a Consul agent");
  }
  return folders;
}

// The last part of a path that may end in '/' or be ".".
std::string FolderName(const fs::path& folder) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(folder, error);
  return (error ? folder : absolute).filename().string();
}

void Append(ConfigDiagnostics part, ConfigDiagnostics* all) {
  std::move(part.errors.begin(), part.errors.end(),
            std::back_inserter(all->errors));
  std::move(part.warnings.begin(), part.warnings.end(),
            std::back_inserter(all->warnings));
  std::move(part.filter_errors.begin(), part.filter_errors.end(),
            std::back_inserter(all->filter_errors));
  all->errors_not_shown += part.errors_not_shown;
  all->warnings_not_shown += part.warnings_not_shown;
  all->filter_errors_not_shown += part.filter_errors_not_shown;
}

// Which datacenter's entries and cluster id hold: the one that all name, else
// the only one, else the only one with a cluster id.
std::string FindPrimary(const std::vector<Config>& configs,
                        ConfigDiagnostics* diagnostics) {
  const Located<std::string>* named = nullptr;
  std::vector<std::string> with_id;
  for (const Config& config : configs) {
    if (!config.cluster_id.value.empty()) {
      with_id.push_back(LowerCase(config.datacenter.value));
    }
    const Located<std::string>& primary = config.primary_datacenter;
    if (primary.value.empty()) continue;
    if (named == nullptr) {
      named = &primary;
    } else if (LowerCase(named->value) != LowerCase(primary.value)) {
      AddError(
          diagnostics, primary.where,
          internal::StrFormat("primary_datacenter is \"%s\" here and \"%s\" "
                              "at %s:%d",
                              primary.value, named->value, named->where.file,
                              named->where.line),
          "the same one in all datacenters");
    }
  }
  if (named != nullptr) return LowerCase(named->value);
  if (configs.size() == 1) return LowerCase(configs[0].datacenter.value);
  if (with_id.size() == 1) return with_id[0];
  AddError(diagnostics, {}, "no file names the primary datacenter",
           "primary_datacenter = \"<name>\" in an agent file");
  return {};
}

void CheckClusterId(const std::map<std::string, Config>& datacenters,
                    const std::string& primary,
                    ConfigDiagnostics* diagnostics) {
  const auto found = datacenters.find(primary);
  if (found == datacenters.end()) {
    if (primary.empty()) return;  // Said already.
    AddError(diagnostics, {},
             internal::StrFormat(
                 "primary datacenter \"%s\" is not in the catalog", primary),
             "a folder for it");
    return;
  }
  const Located<std::string>& id = found->second.cluster_id;
  if (id.value.empty()) {
    AddError(diagnostics, {},
             internal::StrFormat("datacenter %s has no cluster_id, which every "
                                 "server name ends in",
                                 primary),
             "connect { ca_config { cluster_id = \"<uuid>\" } } in an agent "
             "file of the primary datacenter (see TrustDomain in "
             "/v1/agent/connect/ca/roots)");
    return;
  }
  for (const auto& [name, config] : datacenters) {
    if (config.cluster_id.value.empty() ||
        LowerCase(config.cluster_id.value) == LowerCase(id.value)) {
      continue;
    }
    AddError(diagnostics, config.cluster_id.where,
             internal::StrFormat("cluster_id of %s differs from that of the "
                                 "primary datacenter %s",
                                 name, primary),
             id.value);
  }
}

// What Consul's replication does: the primary's entries hold everywhere.
void ReplicateEntries(const Config& primary, Config* config,
                      ConfigDiagnostics* diagnostics) {
  const auto drop = [&](const SourceLocation& where, std::string_view kind) {
    diagnostics->warnings.push_back(
        {where,
         internal::StrFormat(
             "this %s entry has no effect: config entries hold in "
             "every datacenter and come from the primary",
             kind),
         "it in the primary's folder"});
  };
  if (config->proxy_defaults.has_value()) {
    drop(config->proxy_defaults->where, "proxy-defaults");
  }
  for (const auto& entry : config->service_defaults) {
    drop(entry.where, "service-defaults");
  }
  for (const auto& entry : config->service_resolvers) {
    drop(entry.where, "service-resolver");
  }
  if (config->mesh.has_value()) drop(config->mesh->where, "mesh");
  config->proxy_defaults = primary.proxy_defaults;
  config->service_defaults = primary.service_defaults;
  config->service_resolvers = primary.service_resolvers;
  config->mesh = primary.mesh;
}

absl::StatusOr<Catalog> Finish(absl::StatusOr<Catalog> catalog,
                               ConfigDiagnostics found,
                               const absl::Status& unread,
                               ConfigDiagnostics* diagnostics) {
  const absl::Status status = internal::StatusOf(found, unread);
  if (diagnostics != nullptr) *diagnostics = std::move(found);
  if (!status.ok()) return status;
  return catalog;
}

Catalog Join(std::vector<Config> configs, ConfigDiagnostics* diagnostics) {
  Catalog catalog;
  catalog.primary_datacenter = FindPrimary(configs, diagnostics);
  for (Config& config : configs) {
    const std::string name = LowerCase(config.datacenter.value);
    if (!internal::IsDatacenterName(name)) {
      // Of a folder: what files say was checked where it was read.
      AddError(diagnostics, config.datacenter.where,
               internal::StrFormat("datacenter %s. received: %s",
                                   internal::kDatacenterNameRule,
                                   internal::GoQuote(config.datacenter.value)),
               "a folder of such a name, or datacenter = \"<name>\" in an "
               "agent file");
    }
    if (catalog.datacenters.contains(name)) {
      AddError(
          diagnostics, config.datacenter.where,
          internal::StrFormat("datacenter %s is in the catalog twice", name),
          "one folder for each datacenter");
      continue;
    }
    catalog.datacenters.emplace(name, std::move(config));
  }
  CheckClusterId(catalog.datacenters, catalog.primary_datacenter, diagnostics);
  const auto primary = catalog.datacenters.find(catalog.primary_datacenter);
  if (primary == catalog.datacenters.end()) return catalog;
  for (auto& [name, config] : catalog.datacenters) {
    if (name == catalog.primary_datacenter) continue;
    ReplicateEntries(primary->second, &config, diagnostics);
  }
  return catalog;
}

}  // namespace

absl::StatusOr<Catalog> MakeCatalog(std::vector<Config> configs,
                                    ConfigDiagnostics* diagnostics) {
  ConfigDiagnostics found;
  Catalog catalog = Join(std::move(configs), &found);
  return Finish(std::move(catalog), std::move(found), {}, diagnostics);
}

absl::StatusOr<Catalog> LoadCatalog(const std::string& directory,
                                    const ConfigLimits& limits,
                                    ConfigDiagnostics* diagnostics) {
  if (diagnostics != nullptr) *diagnostics = {};
  const auto folders = DatacenterFolders(directory);
  if (!folders.ok()) return folders.status();
  ConfigDiagnostics found;
  std::vector<Config> configs;
  absl::Status unread;
  for (const std::string& folder : *folders) {
    auto files = ReadConfigFiles(folder, limits);
    if (files.ok() && files->empty()) {
      // Were it a datacenter, one whose files are gone would drop its routes.
      files = absl::NotFoundError(
          folder +
          ": no configuration in it; expected the .hcl and .json files of a "
          "Consul agent");
    }
    if (!files.ok()) {  // Among the mistakes of the other folders.
      files = std::vector<ConfigFile>{
          {folder, "", ConfigFormat::kByExtension, files.status()}};
    }
    ConfigDiagnostics part;
    auto config = ParseConfig(*files, limits, &part);
    Append(std::move(part), &found);
    if (!config.ok()) {
      unread.Update(config.status());
      continue;
    }
    if (config->datacenter.value.empty()) {
      config->datacenter = {FolderName(folder), {folder, 0, 0}};
    }
    configs.push_back(*std::move(config));
  }
  // What is missing can be judged only when everything could be read.
  if (!internal::StatusOf(found).ok()) {
    return Finish(Catalog(), std::move(found), unread, diagnostics);
  }
  Catalog catalog = Join(std::move(configs), &found);
  return Finish(std::move(catalog), std::move(found), {}, diagnostics);
}

absl::StatusOr<const ServiceDefinition*> FindGateway(
    const Catalog& catalog, std::string_view datacenter, std::string_view id) {
  const auto found = catalog.datacenters.find(LowerCase(datacenter));
  if (found == catalog.datacenters.end()) {
    return absl::NotFoundError(
        internal::StrFormat("no datacenter \"%s\" in the catalog", datacenter));
  }
  std::vector<const ServiceDefinition*> gateways;
  std::string ids;
  for (const ServiceDefinition& service : found->second.services) {
    if (service.kind != ServiceKind::kMeshGateway) continue;
    if (!id.empty() && service.id == id) return &service;
    gateways.push_back(&service);
    ids += (ids.empty() ? "" : ", ") + service.id;
  }
  if (gateways.empty()) {
    return absl::NotFoundError(internal::StrFormat(
        "datacenter %s has no service of kind \"mesh-gateway\"", datacenter));
  }
  if (!id.empty()) {
    return absl::NotFoundError(
        internal::StrFormat("datacenter %s has no mesh gateway with id \"%s\"; "
                            "there are: %s",
                            datacenter, id, ids));
  }
  if (gateways.size() > 1) {
    return absl::FailedPreconditionError(internal::StrFormat(
        "datacenter %s has several mesh gateways, name one of: %s", datacenter,
        ids));
  }
  return gateways[0];
}

std::vector<ListenAddress> ListenAddresses(
    const ServiceDefinition& gateway, const MeshGatewayProxyConfig& options) {
  const auto is_set = [](const std::optional<Located<bool>>& option) {
    return option.has_value() && option->value;
  };
  std::vector<ListenAddress> all;
  if (!is_set(options.no_default_bind)) {
    all.push_back({"default",
                   gateway.address.empty() ? "0.0.0.0" : gateway.address,
                   gateway.port});
  }
  if (is_set(options.bind_tagged_addresses)) {
    for (const auto& [name, tagged] : gateway.tagged_addresses) {
      all.push_back({name, tagged.address,
                     tagged.port != 0 ? tagged.port : gateway.port});
    }
  }
  if (options.bind_addresses.has_value()) {
    for (const auto& [name, bind] : options.bind_addresses->value) {
      all.push_back({name, bind.address, bind.port});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const ListenAddress& a, const ListenAddress& b) {
                     return a.name < b.name;
                   });
  std::set<std::pair<std::string, std::uint16_t>> seen;
  std::vector<ListenAddress> out;
  for (ListenAddress& address : all) {
    if (seen.emplace(address.address, address.port).second) {
      out.push_back(std::move(address));
    }
  }
  return out;
}

}  // namespace meshgw
