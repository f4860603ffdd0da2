#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "meshgw/config.h"

namespace meshgw::cli {
namespace {

namespace fs = std::filesystem;

// A folder of folders is a catalog; anything else is one agent's files.
bool IsCatalog(const std::string& path) {
  std::error_code error;
  bool folders = false;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".hcl") || name.ends_with(".json")) return false;
    folders |= entry.is_directory() && !name.starts_with('.');
  }
  return folders;
}

struct Result {
  ConfigDiagnostics diagnostics;
  std::string failure;  // Of something that has no place in a file.
  bool ok = false;
};

// Also the routes: a filter that cannot be read is a mistake in a file.
Result ValidateCatalog(const std::string& path) {
  Result result;
  const auto catalog = LoadCatalog(path, ConfigLimits(), &result.diagnostics);
  result.ok = catalog.ok();
  if (!catalog.ok()) {
    if (result.diagnostics.errors.empty()) {
      result.failure = std::string(catalog.status().message());
    }
    return result;
  }
  for (const auto& [name, config] : catalog->datacenters) {
    const auto snapshot = MakeSnapshot(*catalog, name, nullptr);
    std::vector<std::string> warnings;
    if (!snapshot.ok() || !BuildRoutes(*snapshot, &warnings).ok()) continue;
    for (const std::string& warning : warnings) {
      result.diagnostics.warnings.push_back(
          {{}, absl::StrFormat("datacenter %s: %s", name, warning), ""});
    }
  }
  return result;
}

Result ValidateFiles(const std::string& path) {
  Result result;
  const auto files = ReadConfigFiles(path, ConfigLimits());
  if (!files.ok()) {
    result.failure = std::string(files.status().message());
    return result;
  }
  result.ok = ParseConfig(*files, ConfigLimits(), &result.diagnostics).ok();
  return result;
}

boost::json::object ToJson(std::string_view level, const ConfigError& error) {
  return {
      {"level", std::string(level)},  {"file", JsonText(error.where.file)},
      {"line", error.where.line},     {"column", error.where.column},
      {"what", JsonText(error.what)}, {"expected", JsonText(error.expected)}};
}

bool Validate(const std::string& path, bool json) {
  const Result result =
      IsCatalog(path) ? ValidateCatalog(path) : ValidateFiles(path);
  ConfigDiagnostics found = result.diagnostics;
  if (!result.failure.empty()) {
    found.errors.push_back({{}, result.failure, ""});
  }
  for (const ConfigError& warning : found.warnings) {
    if (json) PrintLine(ToJson("warning", warning));
    if (!json) std::cerr << "warning: " << warning.Format() << '\n';
  }
  for (const ConfigError& error : found.errors) {
    if (json) PrintLine(ToJson("error", error));
    if (!json) std::cerr << "error: " << error.Format() << '\n';
  }
  if (found.errors_not_shown > 0 && !json) {
    std::cerr << "error: and " << found.errors_not_shown << " more errors\n";
  }
  if (result.ok && !json) std::cout << path << ": ok\n";
  return result.ok;
}

}  // namespace

void AddValidateVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "validate", "Read configuration and report every mistake");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto output = std::make_shared<std::string>("text");
  verb->add_option("PATH", *paths,
                   "A file, a folder of one agent's files, or a catalog")
      ->required();
  AddOutputFlag(verb, output.get());
  verb->footer("Example: meshgw validate /etc/meshgw/catalog");
  verb->callback([=] {
    bool ok = true;
    for (const std::string& path : *paths) {
      ok &= Validate(path, *output == "json");
    }
    *exit_code = ok ? kExitOk : kExitUsage;
  });
}

}  // namespace meshgw::cli
