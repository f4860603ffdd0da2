#include "meshgw/config.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "base/ascii.h"
#include "base/str_format.h"
#include "config/agent_address.h"
#include "config/decode.h"
#include "config/diagnostics.h"
#include "config/object_reader.h"
#include "config/value.h"

namespace meshgw {
namespace {

using internal::DecodeContext;
using internal::ParseError;
using internal::ParseLimits;
using internal::Value;

// hashicorp/hcl reads what begins with a brace as JSON, also in a .hcl file.
bool IsJson(const ConfigFile& file) {
  const std::string_view text = file.contents;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return file.format == ConfigFormat::kJson ||
         (file.format == ConfigFormat::kByExtension &&
          file.name.ends_with(".json")) ||
         (start != text.npos && text[start] == '{');
}

// A file with a Kind at its top is a config entry, any other an agent's.
bool IsConfigEntry(const Value& root) {
  return root.Find("Kind") != nullptr || root.Find("kind") != nullptr;
}

// Decoders find things in an order of their own; people read a file downwards.
void SortByPlace(std::span<const ConfigFile> files,
                 std::vector<ConfigError>* list) {
  std::map<std::string_view, std::size_t> order;
  for (const ConfigFile& file : files) order.emplace(file.name, order.size());
  const auto place = [&](const ConfigError& error) {
    return std::tuple(order[error.where.file], error.where.line,
                      error.where.column);
  };
  std::stable_sort(list->begin(), list->end(),
                   [&](const ConfigError& a, const ConfigError& b) {
                     return place(a) < place(b);
                   });
}

// Why a file could not be read, without its name in front.
std::string WithoutName(const ConfigFile& file) {
  std::string message(file.status.message());
  const std::string name = file.name + ": ";
  if (message.starts_with(name)) message.erase(0, name.size());
  return message;
}

void ParseFile(const ConfigFile& file, const ParseLimits& limits,
               DecodeContext* context, Config* out) {
  Value root;
  ParseError error;
  const bool parsed = IsJson(file)
                          ? ParseJson(file.contents, limits, &root, &error)
                          : ParseHcl(file.contents, limits, &root, &error);
  if (!parsed) {
    context->Error(error.where, error.what, error.expected);
  } else if (root.kind != Value::Kind::kObject) {
    context->Error(
        root.where,
        internal::StrFormat("the file holds %s", KindName(root.kind)),
        "an object");
  } else if (IsConfigEntry(root)) {
    DecodeConfigEntry(context, root, out);
  } else {
    DecodeAgentConfig(context, root, out);
  }
}

// Checks at the top of a file that name a service are that service's.
void AttachChecks(DecodeContext* context, Config* config) {
  std::map<std::string_view, ServiceDefinition*> by_id;
  for (ServiceDefinition& service : config->services) {
    by_id[service.id] = &service;
  }
  std::vector<CheckDefinition> node_checks;
  for (CheckDefinition& check : config->node_checks) {
    if (check.service_id.empty()) {
      node_checks.push_back(std::move(check));
      continue;
    }
    const auto owner = by_id.find(check.service_id);
    if (owner == by_id.end()) {
      context->file = check.where.file;
      context->Error(
          {check.where.line, check.where.column},
          internal::StrFormat("check names service_id \"%s\", which is "
                              "not defined",
                              check.service_id),
          "the id of a service");
      continue;
    }
    owner->second->checks.push_back(std::move(check));
  }
  config->node_checks = std::move(node_checks);
}

// Consul's agent finds an alias of nothing critical (agent/checks/alias.go
// processChecks).
void CheckAliases(DecodeContext* context, Config* config) {
  std::set<std::string_view> ids;
  for (const ServiceDefinition& service : config->services) {
    ids.insert(service.id);
  }
  const auto check_all = [&](std::vector<CheckDefinition>* checks) {
    for (CheckDefinition& check : *checks) {
      if (!check.alias_node.empty() &&
          !internal::EqualIgnoringCase(check.alias_node, config->node_name)) {
        check.alias_service.clear();
      }
      if (check.alias_service.empty() || ids.contains(check.alias_service)) {
        continue;
      }
      context->file = check.where.file;
      context->Warn({check.where.line, check.where.column},
                    internal::StrFormat("check is an alias of service \"%s\", "
                                        "which is not defined: it is critical",
                                        check.alias_service),
                    "the id of a service of this node");
    }
  };
  for (ServiceDefinition& service : config->services) {
    check_all(&service.checks);
  }
  check_all(&config->node_checks);
}

}  // namespace

absl::StatusOr<Config> ParseConfig(std::span<const ConfigFile> files,
                                   const ConfigLimits& limits,
                                   ConfigDiagnostics* diagnostics) {
  ConfigDiagnostics found;
  DecodeContext context;
  context.max_errors = limits.max_errors;
  context.diagnostics = &found;
  std::size_t values_left = limits.max_values;
  const ParseLimits parse_limits{limits.max_depth, &values_left};
  Config config;
  absl::Status unread;
  for (const ConfigFile& file : files) {
    context.file = file.name;
    if (!file.status.ok()) {
      context.Error({0, 0}, WithoutName(file));
      unread.Update(file.status);
      continue;
    }
    if (file.contents.size() > limits.max_file_bytes) {
      context.Error(
          {0, 0},
          internal::StrFormat("the file has %d bytes", file.contents.size()),
          internal::StrFormat("at most %d", limits.max_file_bytes));
      continue;
    }
    ParseFile(file, parse_limits, &context, &config);
  }
  config.node_address = internal::NodeAddress(&context);
  internal::AssignSidecarPorts(&context, &config);
  AttachChecks(&context, &config);
  CheckAliases(&context, &config);
  SortByPlace(files, &found.errors);
  SortByPlace(files, &found.warnings);
  SortByPlace(files, &found.filter_errors);
  const absl::Status status = internal::StatusOf(found, unread);
  if (diagnostics != nullptr) *diagnostics = std::move(found);
  if (!status.ok()) return status;
  return config;
}

}  // namespace meshgw
