#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "meshgw/config.h"

namespace meshgw::cli {
namespace {

namespace fs = std::filesystem;

struct Result {
  ConfigDiagnostics diagnostics;
  std::string failure;  // Of something that has no place in a file.
  bool ok = false;
  std::string kind;                      // What the path was taken for.
  std::vector<std::string> datacenters;  // Of a catalog.
  std::size_t files = 0;                 // Of what is none.
};

bool IsFilterError(const ConfigDiagnostics& diagnostics,
                   const SourceLocation& where) {
  return where.line > 0 && std::ranges::any_of(diagnostics.filter_errors,
                                               [&](const ConfigError& error) {
                                                 return error.where == where;
                                               });
}

// Also the routes: what a gateway would warn of.
Result ValidateCatalog(const std::string& path) {
  Result result;
  result.kind = "catalog";
  const auto catalog = LoadCatalog(path, ConfigLimits(), &result.diagnostics);
  result.ok = catalog.ok();
  if (!catalog.ok()) {
    if (result.diagnostics.errors.empty()) {
      result.failure = std::string(catalog.status().message());
    }
    return result;
  }
  for (const auto& [name, config] : catalog->datacenters) {
    result.datacenters.push_back(name);
    const auto snapshot = MakeSnapshot(*catalog, name, nullptr);
    std::vector<ConfigError> warnings;
    if (!snapshot.ok() || !BuildRoutes(*snapshot, &warnings).ok()) continue;
    for (ConfigError& warning : warnings) {
      // A filter's mistake is an error already, for all datacenters.
      if (IsFilterError(result.diagnostics, warning.where)) continue;
      warning.what = absl::StrFormat("datacenter %s: %s", name, warning.what);
      result.diagnostics.warnings.push_back(std::move(warning));
    }
  }
  return result;
}

Result ValidateFiles(const std::string& path) {
  Result result;
  std::error_code ignored;
  result.kind = fs::is_directory(path, ignored) ? "agent" : "file";
  const auto files = ReadConfigFiles(path, ConfigLimits());
  if (!files.ok()) {
    result.failure = std::string(files.status().message());
    return result;
  }
  result.files = files->size();
  if (files->empty()) {
    result.failure =
        path + (result.kind == "agent"
                    ? ": no configuration; expected .hcl or .json files, or "
                      "folders that hold some"
                    : ": an empty file");
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

// "an agent's folder of 3 files".
std::string KindText(const Result& result) {
  if (result.kind == "file") return "one file";
  if (result.kind == "agent") {
    return absl::StrFormat("an agent's folder of %d %s", result.files,
                           result.files == 1 ? "file" : "files");
  }
  return absl::StrFormat(
      "a catalog of %d %s: %s", result.datacenters.size(),
      result.datacenters.size() == 1 ? "datacenter" : "datacenters",
      absl::StrJoin(result.datacenters, ", "));
}

void PrintText(const std::string& path, const Result& result) {
  const ConfigDiagnostics& found = result.diagnostics;
  for (const ConfigError& warning : found.warnings) {
    std::cerr << "warning: " << EscapeText(warning.Format()) << '\n';
  }
  if (found.warnings_not_shown > 0) {
    std::cerr << "warning: and " << found.warnings_not_shown
              << " more warnings\n";
  }
  for (const ConfigError& error : found.errors) {
    std::cerr << "error: " << EscapeText(error.Format()) << '\n';
  }
  if (found.errors_not_shown > 0) {
    std::cerr << "error: and " << found.errors_not_shown << " more errors\n";
  }
  if (result.ok) {
    std::cout << EscapeText(path + ": ok (" + KindText(result) + ")") << '\n';
  }
}

void PrintJson(const std::string& path, const Result& result) {
  const ConfigDiagnostics& found = result.diagnostics;
  for (const ConfigError& warning : found.warnings) {
    PrintLine(ToJson("warning", warning));
  }
  for (const ConfigError& error : found.errors) {
    PrintLine(ToJson("error", error));
  }
  boost::json::array datacenters;
  for (const std::string& name : result.datacenters) {
    datacenters.push_back(JsonText(name));
  }
  PrintLine(boost::json::object{
      {"path", JsonText(path)},
      {"result", result.ok ? "ok" : "error"},
      {"kind", result.kind},
      {"datacenters", std::move(datacenters)},
      {"errors", found.errors.size() + found.errors_not_shown},
      {"warnings", found.warnings.size() + found.warnings_not_shown}});
}

bool Validate(const std::string& path, bool json) {
  Result result =
      IsCatalogFolder(path) ? ValidateCatalog(path) : ValidateFiles(path);
  ConfigDiagnostics& found = result.diagnostics;
  if (!result.failure.empty()) found.errors.push_back({{}, result.failure, ""});
  // A gateway would serve the rest; the file is wrong all the same.
  result.ok = result.ok && found.filter_errors.empty();
  std::ranges::move(found.filter_errors, std::back_inserter(found.errors));
  found.errors_not_shown += found.filter_errors_not_shown;
  if (json) {
    PrintJson(path, result);
  } else {
    PrintText(path, result);
  }
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
