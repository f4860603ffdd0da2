#include "meshgw/catalog.h"

#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "boundary.h"
#include "config.h"
#include "mode_explanation.h"
#include "routes.h"

namespace capi = meshgw::capi;
using meshgw::Catalog;
using meshgw::ConfigDiagnostics;

struct meshgw_catalog : capi::Handle {
  Catalog catalog;
  std::vector<meshgw::ConfigError> warnings;
  std::vector<meshgw::ConfigError> filter_errors;
};

namespace meshgw::capi {
namespace {

void Append(const std::vector<ConfigError>& from,
            std::vector<ConfigError>* to) {
  to->insert(to->end(), from.begin(), from.end());
}

// `object` has what was found out about its configs before.
meshgw_status Make(std::unique_ptr<meshgw_catalog> object,
                   absl::StatusOr<Catalog> catalog,
                   const ConfigDiagnostics& diagnostics, meshgw_catalog** out,
                   meshgw_error** err) {
  if (!catalog.ok()) return Fail(err, catalog.status(), diagnostics);
  object->catalog = *std::move(catalog);
  Append(diagnostics.warnings, &object->warnings);
  Append(diagnostics.filter_errors, &object->filter_errors);
  *out = object.release();
  return MESHGW_OK;
}

// The gateway to make routes for; null: there is none and none is named.
absl::StatusOr<const ServiceDefinition*> GatewayOf(const Catalog& catalog,
                                                   std::string_view datacenter,
                                                   std::string_view id) {
  auto gateway = FindGateway(catalog, datacenter, id);
  if (gateway.ok() || !id.empty() ||
      gateway.status().code() != absl::StatusCode::kNotFound) {
    return gateway;
  }
  return nullptr;
}

// A line each, and how many more there are.
std::string WarningsText(const ConfigDiagnostics& found) {
  std::vector<std::string> lines;
  for (const ConfigError& warning : found.warnings) {
    lines.push_back(warning.Format());
  }
  if (found.warnings_not_shown > 0) {
    lines.push_back(
        internal::StrFormat("and %d more warnings", found.warnings_not_shown));
  }
  return absl::StrJoin(lines, "\n");
}

meshgw_status MakeRoutes(const Catalog& catalog, std::string_view datacenter,
                         std::string_view gateway_id, meshgw_routes** out,
                         meshgw_string** warnings, meshgw_error** err) {
  const auto gateway = GatewayOf(catalog, datacenter, gateway_id);
  if (!gateway.ok()) return Fail(err, gateway.status());
  const auto snapshot = MakeSnapshot(catalog, datacenter, *gateway);
  if (!snapshot.ok()) return Fail(err, snapshot.status());
  ConfigDiagnostics found;
  auto table = BuildRoutes(*snapshot, &found);
  if (!table.ok()) return Fail(err, table.status(), found);
  auto routes = std::make_unique<meshgw_routes>(*std::move(table));
  if (warnings != nullptr) {
    *warnings = new meshgw_string(WarningsText(found));
  }
  *out = routes.release();
  return MESHGW_OK;
}

// Copies of the configs, and what was `found` out about them; each must say
// which datacenter it is of.
meshgw_status ReadConfigs(const meshgw_config* const* configs,
                          std::size_t count, std::vector<Config>* out,
                          meshgw_catalog* found, meshgw_error** err) {
  Arguments arguments(err);
  arguments.Array(configs, count, "configs");
  if (arguments.bad()) return arguments.status();
  if (count == 0) {
    return Fail(err, MESHGW_ERR_INVALID_ARGUMENT,
                "count is 0; expected a config for each datacenter");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = internal::StrFormat("configs[%d]", i);
    if (arguments.Object(configs[i], name.c_str()).bad()) break;
    const Config& config = configs[i]->config;
    if (config.datacenter.value.empty()) {
      return Fail(err, MESHGW_ERR_INVALID_ARGUMENT,
                  name +
                      " names no datacenter; expected datacenter = "
                      "\"<name>\" in one of its files");
    }
    out->push_back(config);
    Append(configs[i]->warnings, &found->warnings);
    Append(configs[i]->filter_errors, &found->filter_errors);
  }
  return arguments.status();
}

meshgw_status ReadQuery(const meshgw_upstream_query* query, UpstreamQuery* out,
                        meshgw_error** err) {
  meshgw_upstream_query in = {};
  meshgw_status bad = ReadStruct(query, "query", &in, err);
  if (bad != MESHGW_OK) return bad;
  bad = Arguments(err)
            .Text(in.datacenter, "query.datacenter")
            .Text(in.service, "query.service")
            .Text(in.upstream, "query.upstream")
            .Text(in.upstream_datacenter, "query.upstream_datacenter")
            .Text(in.proxy_id, "query.proxy_id")
            .Enumerator(in.rules, MESHGW_RULES_V1_6, "query.rules")
            .Reserved(in.reserved, "query.reserved")
            .status();
  if (bad != MESHGW_OK) return bad;
  out->datacenter = View(in.datacenter);
  out->service = View(in.service);
  out->upstream = View(in.upstream);
  out->upstream_datacenter = View(in.upstream_datacenter);
  out->proxy_id = View(in.proxy_id);
  out->rules = static_cast<ModeRules>(in.rules);
  return MESHGW_OK;
}

}  // namespace
}  // namespace meshgw::capi

meshgw_status meshgw_catalog_load(meshgw_str directory, meshgw_catalog** out,
                                  meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Path(directory, "directory")
                                  .Pointer(out, "out")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    ConfigDiagnostics diagnostics;
    auto catalog = meshgw::LoadCatalog(std::string(capi::View(directory)),
                                       meshgw::ConfigLimits(), &diagnostics);
    return capi::Make(std::make_unique<meshgw_catalog>(), std::move(catalog),
                      diagnostics, out, err);
  });
}

meshgw_status meshgw_catalog_create(const meshgw_config* const* configs,
                                    size_t count, meshgw_catalog** out,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    std::vector<meshgw::Config> copies;
    auto object = std::make_unique<meshgw_catalog>();
    meshgw_status bad =
        capi::ReadConfigs(configs, count, &copies, object.get(), err);
    if (bad == MESHGW_OK) {
      bad = capi::Arguments(err).Pointer(out, "out").status();
    }
    if (bad != MESHGW_OK) return bad;
    ConfigDiagnostics diagnostics;
    auto catalog = meshgw::MakeCatalog(std::move(copies), &diagnostics);
    return capi::Make(std::move(object), std::move(catalog), diagnostics, out,
                      err);
  });
}

size_t meshgw_catalog_datacenter_count(const meshgw_catalog* catalog) {
  return capi::Usable(catalog) ? catalog->catalog.datacenters.size() : 0;
}

meshgw_str meshgw_catalog_datacenter_at(const meshgw_catalog* catalog,
                                        size_t index) {
  if (index >= meshgw_catalog_datacenter_count(catalog)) return {};
  return capi::View(std::next(catalog->catalog.datacenters.begin(),
                              static_cast<std::ptrdiff_t>(index))
                        ->first);
}

meshgw_str meshgw_catalog_primary(const meshgw_catalog* catalog) {
  if (!capi::Usable(catalog)) return {};
  return capi::View(catalog->catalog.primary_datacenter);
}

size_t meshgw_catalog_warning_count(const meshgw_catalog* catalog) {
  return capi::Usable(catalog) ? catalog->warnings.size() : 0;
}

meshgw_status meshgw_catalog_warning_at(const meshgw_catalog* catalog,
                                        size_t index,
                                        meshgw_error_detail* out) {
  if (!capi::Usable(catalog)) return MESHGW_ERR_INVALID_ARGUMENT;
  return capi::DetailAt(catalog->warnings, index, out);
}

size_t meshgw_catalog_filter_error_count(const meshgw_catalog* catalog) {
  return capi::Usable(catalog) ? catalog->filter_errors.size() : 0;
}

meshgw_status meshgw_catalog_filter_error_at(const meshgw_catalog* catalog,
                                             size_t index,
                                             meshgw_error_detail* out) {
  if (!capi::Usable(catalog)) return MESHGW_ERR_INVALID_ARGUMENT;
  return capi::DetailAt(catalog->filter_errors, index, out);
}

void meshgw_catalog_free(meshgw_catalog* catalog) { capi::Release(catalog); }

meshgw_status meshgw_catalog_routes(const meshgw_catalog* catalog,
                                    meshgw_str datacenter,
                                    meshgw_str gateway_id, meshgw_routes** out,
                                    meshgw_string** warnings,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(catalog, "catalog")
                                  .Text(datacenter, "datacenter")
                                  .Text(gateway_id, "gateway_id")
                                  .Pointer(out, "out")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    return capi::MakeRoutes(catalog->catalog, capi::View(datacenter),
                            capi::View(gateway_id), out, warnings, err);
  });
}

meshgw_status meshgw_catalog_explain_mode(const meshgw_catalog* catalog,
                                          const meshgw_upstream_query* query,
                                          meshgw_mode_explanation** out,
                                          meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw_status bad =
        capi::Arguments(err).Object(catalog, "catalog").status();
    if (bad != MESHGW_OK) return bad;
    meshgw::UpstreamQuery read;
    bad = capi::ReadQuery(query, &read, err);
    if (bad != MESHGW_OK) return bad;
    bad = capi::Arguments(err).Pointer(out, "out").status();
    if (bad != MESHGW_OK) return bad;
    auto explained = meshgw::ExplainUpstream(catalog->catalog, read);
    if (!explained.ok()) return capi::Fail(err, explained.status());
    auto object = std::make_unique<meshgw_mode_explanation>();
    static_cast<meshgw::UpstreamExplanation&>(*object) = *std::move(explained);
    *out = object.release();
    return meshgw_status{MESHGW_OK};
  });
}
