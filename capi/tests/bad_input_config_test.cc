// What a caller can do wrong with configurations and catalogs: calls that must
// be refused.
#include <cstdint>

#include "bad_input.h"

namespace meshgw::test {
namespace {

TEST_CASE("bad arguments of configurations are refused and named") {
  const World world;
  Outputs out;
  auto file = Sized<meshgw_config_file>();
  file.name = Str("a.hcl");
  const auto parse = [&](const meshgw_config_file* in, meshgw_error** err) {
    return meshgw_config_parse(in, 1, &out.config, err);
  };
  const auto with = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_config_file bad = file;
      bad.*member = value;
      return parse(&bad, err);
    };
  };
  const auto query = Sized<meshgw_upstream_query>();
  const auto ask = [&](const meshgw_upstream_query* in, meshgw_error** err) {
    return meshgw_catalog_explain_mode(world.catalog, in, &out.explanation,
                                       err);
  };
  const auto asked = [&](auto member, auto value) {
    return [&, member, value](meshgw_error** err) {
      meshgw_upstream_query bad = query;
      bad.*member = value;
      return ask(&bad, err);
    };
  };
  using File = meshgw_config_file;
  using Query = meshgw_upstream_query;
  const meshgw_config* configs[] = {world.config, nullptr};
  const meshgw_str nul = {"a\0b", 3};
  Check(
      &out,
      {{"name", with(&File::name, kNullText), "file.name"},
       {"contents", with(&File::contents, kTooLong), "file.contents"},
       {"format 3", with(&File::format, 3), "file.format"},
       {"reserved", with(&File::reserved, 1u), "file.reserved"},
       {"files longer than memory",
        [&](auto err) {
          return meshgw_config_parse(&file, SIZE_MAX / 8, &out.config, err);
        },
        "files"},
       {"parse to NULL",
        [&](auto err) { return meshgw_config_parse(&file, 1, nullptr, err); },
        "out"},
       {"NULL path",
        [&](auto err) {
          return meshgw_config_load(kNullText, &out.config, err);
        },
        "path"},
       {"NUL in path",
        [&](auto err) { return meshgw_config_load(nul, &out.config, err); },
        "path"},
       {"load to NULL",
        [&](auto err) { return meshgw_config_load(Str("/"), nullptr, err); },
        "out"},
       {"NULL directory",
        [&](auto err) {
          return meshgw_catalog_load(kNullText, &out.catalog, err);
        },
        "directory"},
       {"NUL in directory",
        [&](auto err) { return meshgw_catalog_load(nul, &out.catalog, err); },
        "directory"},
       {"catalog to NULL",
        [&](auto err) { return meshgw_catalog_load(Str("/"), nullptr, err); },
        "out"},
       {"no configs",
        [&](auto err) {
          return meshgw_catalog_create(nullptr, 0, &out.catalog, err);
        },
        "count"},
       {"NULL configs",
        [&](auto err) {
          return meshgw_catalog_create(nullptr, 2, &out.catalog, err);
        },
        "configs"},
       {"a NULL config",
        [&](auto err) {
          return meshgw_catalog_create(configs, 2, &out.catalog, err);
        },
        "configs[1]"},
       {"create to NULL",
        [&](auto err) {
          return meshgw_catalog_create(configs, 1, nullptr, err);
        },
        "out"},
       {"routes of NULL",
        [&](auto err) {
          return meshgw_catalog_routes(nullptr, Str("dc1"), Str(""),
                                       &out.routes, &out.string, err);
        },
        "catalog"},
       {"routes of a NULL datacenter",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, kNullText, Str(""),
                                       &out.routes, &out.string, err);
        },
        "datacenter"},
       {"routes of a NULL gateway",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, Str("dc1"), kNullText,
                                       &out.routes, &out.string, err);
        },
        "gateway_id"},
       {"routes to NULL",
        [&](auto err) {
          return meshgw_catalog_routes(world.catalog, Str("dc1"), Str(""),
                                       nullptr, &out.string, err);
        },
        "out"},
       {"explain of NULL",
        [&](auto err) {
          return meshgw_catalog_explain_mode(nullptr, &query, &out.explanation,
                                             err);
        },
        "catalog"},
       {"explain to NULL",
        [&](auto err) {
          return meshgw_catalog_explain_mode(world.catalog, &query, nullptr,
                                             err);
        },
        "out"},
       {"datacenter", asked(&Query::datacenter, kNullText), "query.datacenter"},
       {"service", asked(&Query::service, kNullText), "query.service"},
       {"upstream", asked(&Query::upstream, kNullText), "query.upstream"},
       {"other datacenter", asked(&Query::upstream_datacenter, kNullText),
        "query.upstream_datacenter"},
       {"proxy", asked(&Query::proxy_id, kNullText), "query.proxy_id"},
       {"rules", asked(&Query::rules, 2), "query.rules"},
       {"reserved", asked(&Query::reserved, 1u), "query.reserved"}});
  Check(&out, BadStruct("files", file, parse));
  Check(&out, BadStruct("query", query, ask));
  auto detail = Sized<meshgw_error_detail>();
  for (const meshgw_status status :
       {meshgw_config_warning_at(nullptr, 0, &detail),
        meshgw_config_filter_error_at(nullptr, 0, &detail),
        meshgw_config_warning_at(world.config, 0, nullptr),
        meshgw_catalog_warning_at(nullptr, 0, &detail),
        meshgw_catalog_filter_error_at(nullptr, 0, &detail)}) {
    CHECK((status == MESHGW_ERR_INVALID_ARGUMENT ||
           status == MESHGW_ERR_NOT_FOUND));
  }
  CHECK(meshgw_config_datacenter(nullptr).len == 0);
  CHECK(meshgw_config_service_count(nullptr) == 0);
  CHECK(meshgw_config_warning_count(nullptr) == 0);
  CHECK(meshgw_config_filter_error_count(nullptr) == 0);
  CHECK(meshgw_catalog_datacenter_count(nullptr) == 0);
  CHECK(meshgw_catalog_datacenter_at(nullptr, 0).len == 0);
  CHECK(meshgw_catalog_primary(nullptr).len == 0);
  CHECK(meshgw_catalog_warning_count(nullptr) == 0);
  CHECK(meshgw_catalog_filter_error_count(nullptr) == 0);
  meshgw_config_free(nullptr);
  meshgw_catalog_free(nullptr);
}

}  // namespace
}  // namespace meshgw::test
