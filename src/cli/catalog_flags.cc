#include "cli/catalog_flags.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/json.h"

namespace meshgw::cli {

namespace fs = std::filesystem;

void AddCatalogFlags(CLI::App* verb, CatalogFlags* flags, bool with_gateway) {
  verb->add_option("--catalog", flags->directory,
                   "Folder with a folder a datacenter in it")
      ->required()
      ->type_name("DIR");
  verb->add_option("--datacenter", flags->datacenter, "The datacenter")
      ->required()
      ->type_name("NAME");
  if (!with_gateway) return;
  verb->add_option("--service-id,--proxy-id", flags->service_id,
                   "Id of the gateway's service definition, if there are "
                   "several")
      ->type_name("ID");
}

Report ReportTo(std::ostream* stream) {
  return [stream](std::string_view level, std::string_view message) {
    *stream << (level == "warn" ? "warning: " : "error: ")
            << EscapeText(message) << '\n';
  };
}

namespace {

void ReportList(std::string_view level, const std::vector<ConfigError>& list,
                std::size_t not_shown, const Report& report) {
  const std::size_t shown =
      std::min<std::size_t>(list.size(), ConfigLimits().max_errors);
  for (std::size_t i = 0; i < shown; ++i) report(level, list[i].Format());
  not_shown += list.size() - shown;
  if (not_shown == 0) return;
  report(level, "and " + std::to_string(not_shown) + " more " +
                    (level == "warn" ? "warnings" : "errors"));
}

}  // namespace

void ReportAll(const ConfigDiagnostics& found, const Report& report) {
  ReportList("warn", found.warnings, found.warnings_not_shown, report);
  ReportList("error", found.errors, found.errors_not_shown, report);
}

bool IsCatalogFolder(const std::string& path) {
  const auto holds_files = [](const fs::path& folder) {
    const auto files = ReadConfigFiles(folder.string(), ConfigLimits());
    return !files.ok() || !files->empty();
  };
  std::error_code error;
  bool files = false;
  std::vector<fs::path> folders;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code unknown;
    if (name.starts_with('.')) continue;
    if (entry->is_directory(unknown)) {
      folders.push_back(entry->path());
    } else {
      files |= name.ends_with(".hcl") || name.ends_with(".json");
    }
  }
  return files ? std::ranges::any_of(folders, holds_files) : !folders.empty();
}

std::optional<Catalog> LoadCatalogOrReport(const std::string& directory,
                                           const Report& report) {
  ConfigDiagnostics found;
  auto catalog = LoadCatalog(directory, ConfigLimits(), &found);
  ReportAll(found, report);
  if (catalog.ok()) return *std::move(catalog);
  if (found.errors.empty()) {
    report("error", std::string(catalog.status().message()));
  }
  return std::nullopt;
}

std::optional<Served> LoadServed(const CatalogFlags& flags, bool needs_gateway,
                                 const Report& report) {
  const auto fail = [&](const absl::Status& status) {
    report("error", std::string(status.message()));
    return std::nullopt;
  };
  const auto catalog = LoadCatalogOrReport(flags.directory, report);
  if (!catalog.has_value()) return std::nullopt;
  const auto gateway =
      FindGateway(*catalog, flags.datacenter, flags.service_id);
  if (absl::IsFailedPrecondition(gateway.status())) {
    report("error", std::string(gateway.status().message()) +
                        "; expected -service-id ID");
    return std::nullopt;
  }
  if (!gateway.ok() && (needs_gateway || !flags.service_id.empty())) {
    return fail(gateway.status());
  }
  const ServiceDefinition* definition = gateway.ok() ? *gateway : nullptr;
  auto snapshot = MakeSnapshot(*catalog, flags.datacenter, definition);
  if (!snapshot.ok()) return fail(snapshot.status());
  ConfigDiagnostics found;
  auto routes = BuildRoutes(*snapshot, &found);
  ReportAll(found, report);
  if (!found.errors.empty()) return std::nullopt;
  if (!routes.ok()) return fail(routes.status());
  Served served;
  served.routes = *std::move(routes);
  if (definition != nullptr) {
    served.listen = ListenAddresses(*definition, snapshot->options);
    served.gateway_id = definition->id;
  }
  served.snapshot = *std::move(snapshot);
  return served;
}

}  // namespace meshgw::cli
