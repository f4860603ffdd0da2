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
#include "cli/own_endpoints.h"
#include "config/diagnostics.h"
#include "gateway/socket_address.h"
#include "meshgw/catalog.h"
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

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

bool IsFilterError(const ConfigDiagnostics& diagnostics,
                   const SourceLocation& where) {
  return where.line > 0 && std::ranges::any_of(diagnostics.filter_errors,
                                               [&](const ConfigError& error) {
                                                 return error.where == where;
                                               });
}

// Gateways of one datacenter have most of their mistakes in common.
void AddTo(std::vector<ConfigError>* list, std::size_t* not_shown,
           ConfigError error) {
  const auto same = [&](const ConfigError& known) {
    return known.where == error.where && known.what == error.what;
  };
  if (std::ranges::any_of(*list, same)) return;
  internal::AddBounded(list, not_shown, std::move(error));
}

// Where the address is written, or the definition that it is of.
SourceLocation PlaceOf(const ListenAddress& listen,
                       const ServiceDefinition& gateway,
                       const MeshGatewayProxyConfig& options) {
  if (options.bind_addresses.has_value()) {
    const auto& binds = options.bind_addresses->value;
    const auto found = binds.find(listen.name);
    if (found != binds.end() &&
        found->second == ServiceAddress{listen.address, listen.port}) {
      return options.bind_addresses->where;
    }
  }
  return gateway.where;
}

// What `meshgw gateway` would say of its addresses before it asks the kernel.
std::vector<ConfigError> ListenErrors(const ServiceDefinition& gateway,
                                      const MeshGatewayProxyConfig& options) {
  std::vector<ConfigError> out;
  const auto addresses = ListenAddresses(gateway, options);
  for (const ListenAddress& listen : addresses) {
    const std::string address =
        internal::FormatEndpoint(listen.address, listen.port);
    if (internal::ParseListenAddress(address).ok()) continue;
    out.push_back(
        {PlaceOf(listen, gateway, options),
         absl::StrFormat("mesh gateway %s cannot listen on %s (%s)", gateway.id,
                         address, listen.name),
         "an IP address, or unix:/path with a path of at most 107 bytes"});
  }
  if (addresses.empty()) {
    out.push_back(
        {options.no_default_bind.has_value() ? options.no_default_bind->where
                                             : gateway.where,
         absl::StrFormat("mesh gateway %s has no address to listen on",
                         gateway.id),
         "some in envoy_gateway_bind_addresses, or its own"});
  }
  return out;
}

std::vector<std::string> ListenTexts(const ServiceDefinition& gateway,
                                     const MeshGatewayProxyConfig& options) {
  std::vector<std::string> out;
  for (const ListenAddress& listen : ListenAddresses(gateway, options)) {
    out.push_back(internal::FormatEndpoint(listen.address, listen.port));
  }
  return out;
}

// What one gateway would serve and where it would listen. Null: defaults.
void CheckGateway(const Catalog& catalog, const std::string& datacenter,
                  const ServiceDefinition* gateway, Result* result) {
  ConfigDiagnostics& found = result->diagnostics;
  const auto fail = [&](ConfigError error) {
    result->ok = false;
    error.what = absl::StrFormat("datacenter %s: %s", datacenter, error.what);
    AddTo(&found.errors, &found.errors_not_shown, std::move(error));
  };
  const auto snapshot = MakeSnapshot(catalog, datacenter, gateway);
  if (!snapshot.ok()) return fail({{}, Message(snapshot.status()), ""});
  ConfigDiagnostics served;
  const auto routes = BuildRoutes(*snapshot, &served);
  if (!routes.ok() && served.errors.empty()) {
    fail({{}, Message(routes.status()), ""});
  }
  for (ConfigError& error : served.errors) fail(std::move(error));
  for (ConfigError& warning : served.warnings) {
    // A filter's mistake is an error already, for all datacenters.
    if (IsFilterError(found, warning.where)) continue;
    warning.what =
        absl::StrFormat("datacenter %s: %s", datacenter, warning.what);
    AddTo(&found.warnings, &found.warnings_not_shown, std::move(warning));
  }
  found.warnings_not_shown += served.warnings_not_shown;
  if (gateway == nullptr) return;
  if (routes.ok()) {
    for (std::string& own :
         OwnEndpoints(**routes, ListenTexts(*gateway, snapshot->options))) {
      AddTo(&found.warnings, &found.warnings_not_shown,
            {gateway->where,
             absl::StrFormat("datacenter %s: %s", datacenter, own), ""});
    }
  }
  for (ConfigError& error : ListenErrors(*gateway, snapshot->options)) {
    fail(std::move(error));
  }
}

void CheckGateways(const Catalog& catalog, Result* result) {
  for (const auto& [name, config] : catalog.datacenters) {
    bool any = false;
    for (const ServiceDefinition& service : config.services) {
      if (service.kind != ServiceKind::kMeshGateway) continue;
      any = true;
      CheckGateway(catalog, name, &service, result);
    }
    if (!any) CheckGateway(catalog, name, nullptr, result);
  }
}

Result ValidateCatalog(const std::string& path) {
  Result result;
  result.kind = "catalog";
  const auto catalog = LoadCatalog(path, ConfigLimits(), &result.diagnostics);
  result.ok = catalog.ok();
  if (!catalog.ok()) {
    if (result.diagnostics.errors.empty()) {
      result.failure = Message(catalog.status());
    }
    return result;
  }
  for (const auto& [name, config] : catalog->datacenters) {
    result.datacenters.push_back(name);
  }
  CheckGateways(*catalog, &result);
  return result;
}

Result ValidateFiles(const std::string& path) {
  Result result;
  std::error_code ignored;
  result.kind = fs::is_directory(path, ignored) ? "agent" : "file";
  const auto files = ReadConfigFiles(path, ConfigLimits());
  if (!files.ok()) {
    result.failure = Message(files.status());
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
  // A gateway may run from the folder of the primary alone, with what is in it.
  if (result.ok && result.kind == "agent") {
    const auto catalog = LoadCatalog(path, ConfigLimits(), nullptr);
    if (catalog.ok()) CheckGateways(*catalog, &result);
  }
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
  ReportAll(result.diagnostics, ReportTo(&std::cerr));
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
