#include "config.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "boundary.h"
#include "meshgw/config.h"
#include "same.h"

namespace capi = meshgw::capi;
using meshgw::ConfigFile;
using meshgw::ConfigFormat;

namespace meshgw::capi {
namespace {

static_assert(Same(ConfigFormat::kByExtension, MESHGW_FORMAT_BY_EXTENSION));
static_assert(Same(ConfigFormat::kHcl, MESHGW_FORMAT_HCL));
static_assert(Same(ConfigFormat::kJson, MESHGW_FORMAT_JSON));

meshgw_status ReadFiles(const meshgw_config_file* files, std::size_t count,
                        std::vector<ConfigFile>* out, meshgw_error** err) {
  Arguments arguments(err);
  if (arguments.Array(files, count, "files").bad()) return arguments.status();
  for (std::size_t i = 0; i < count; ++i) {
    meshgw_config_file file = {};
    meshgw_status bad = ReadElement(files, i, "files", &file, err);
    if (bad != MESHGW_OK) return bad;
    bad = Arguments(err)
              .Text(file.name, "file.name")
              .Text(file.contents, "file.contents")
              .Enumerator(file.format, MESHGW_FORMAT_JSON, "file.format")
              .Reserved(file.reserved, "file.reserved")
              .status();
    if (bad != MESHGW_OK) return bad;
    out->push_back({.name = std::string(View(file.name)),
                    .contents = std::string(View(file.contents)),
                    .format = static_cast<ConfigFormat>(file.format)});
  }
  return MESHGW_OK;
}

meshgw_status Parse(std::span<const ConfigFile> files, meshgw_config** out,
                    meshgw_error** err) {
  ConfigDiagnostics diagnostics;
  auto config = ParseConfig(files, ConfigLimits(), &diagnostics);
  if (!config.ok()) return Fail(err, config.status(), diagnostics);
  auto object = std::make_unique<meshgw_config>();
  object->config = *std::move(config);
  object->warnings = std::move(diagnostics.warnings);
  object->filter_errors = std::move(diagnostics.filter_errors);
  *out = object.release();
  return MESHGW_OK;
}

}  // namespace
}  // namespace meshgw::capi

const char* meshgw_format_name(int32_t format) {
  switch (format) {
    case MESHGW_FORMAT_BY_EXTENSION:
      return "by_extension";
    case MESHGW_FORMAT_HCL:
      return "hcl";
    case MESHGW_FORMAT_JSON:
      return "json";
    default:
      return "unknown";
  }
}

meshgw_status meshgw_config_parse(const meshgw_config_file* files, size_t count,
                                  meshgw_config** out, meshgw_error** err) {
  return capi::Guard(err, [&] {
    std::vector<ConfigFile> read;
    meshgw_status bad = capi::ReadFiles(files, count, &read, err);
    if (bad == MESHGW_OK) {
      bad = capi::Arguments(err).Pointer(out, "out").status();
    }
    return bad != MESHGW_OK ? bad : capi::Parse(read, out, err);
  });
}

meshgw_status meshgw_config_load(meshgw_str path, meshgw_config** out,
                                 meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad =
        capi::Arguments(err).Path(path, "path").Pointer(out, "out").status();
    if (bad != MESHGW_OK) return bad;
    const auto files = meshgw::ReadConfigFiles(std::string(capi::View(path)),
                                               meshgw::ConfigLimits());
    if (!files.ok()) return capi::Fail(err, files.status());
    return capi::Parse(*files, out, err);
  });
}

meshgw_str meshgw_config_datacenter(const meshgw_config* config) {
  if (!capi::Usable(config)) return {};
  return capi::View(config->config.datacenter.value);
}

size_t meshgw_config_service_count(const meshgw_config* config) {
  return capi::Usable(config) ? config->config.services.size() : 0;
}

size_t meshgw_config_warning_count(const meshgw_config* config) {
  return capi::Usable(config) ? config->warnings.size() : 0;
}

meshgw_status meshgw_config_warning_at(const meshgw_config* config,
                                       size_t index, meshgw_error_detail* out) {
  if (!capi::Usable(config)) return MESHGW_ERR_INVALID_ARGUMENT;
  return capi::DetailAt(config->warnings, index, out);
}

size_t meshgw_config_filter_error_count(const meshgw_config* config) {
  return capi::Usable(config) ? config->filter_errors.size() : 0;
}

meshgw_status meshgw_config_filter_error_at(const meshgw_config* config,
                                            size_t index,
                                            meshgw_error_detail* out) {
  if (!capi::Usable(config)) return MESHGW_ERR_INVALID_ARGUMENT;
  return capi::DetailAt(config->filter_errors, index, out);
}

void meshgw_config_free(meshgw_config* config) { capi::Release(config); }
