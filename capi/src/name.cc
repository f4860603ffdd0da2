#include <memory>
#include <string>
#include <string_view>

#include "boundary.h"
#include "meshgw/mesh_name.h"
#include "same.h"

using meshgw::MeshName;
using meshgw::MeshNameKind;

struct meshgw_name : meshgw::capi::Handle {
  MeshName name;
};

namespace meshgw::capi {
namespace {

static_assert(Same(MeshNameKind::kService, MESHGW_NAME_SERVICE));
static_assert(Same(MeshNameKind::kGateway, MESHGW_NAME_GATEWAY));
static_assert(Same(MeshNameKind::kPreparedQuery, MESHGW_NAME_PREPARED_QUERY));
static_assert(Same(MeshNameKind::kExported, MESHGW_NAME_EXPORTED));
static_assert(Same(MeshNameKind::kServer, MESHGW_NAME_SERVER));
static_assert(Same(MeshNameKind::kPeeringServer, MESHGW_NAME_PEERING_SERVER));

MeshName ToMeshName(const meshgw_name_parts& parts) {
  MeshName name;
  name.kind = static_cast<MeshNameKind>(parts.kind);
  name.subset = View(parts.subset);
  name.service = View(parts.service);
  name.name_space = View(parts.name_space);
  name.partition = View(parts.partition);
  name.datacenter = View(parts.datacenter);
  name.peer = View(parts.peer);
  name.node = View(parts.node);
  name.trust_domain = View(parts.trust_domain);
  return name;
}

}  // namespace
}  // namespace meshgw::capi

namespace capi = meshgw::capi;

const char* meshgw_name_kind_name(int32_t kind) {
  return meshgw::MeshNameKindName(static_cast<MeshNameKind>(kind)).data();
}

meshgw_status meshgw_name_parse(meshgw_str name, meshgw_str server_domain,
                                meshgw_name** out, meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Text(name, "name")
                                  .Text(server_domain, "server_domain")
                                  .Pointer(out, "out")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    const std::string_view domain =
        server_domain.len == 0 ? "consul" : capi::View(server_domain);
    auto parsed = MeshName::Parse(capi::View(name), domain);
    if (!parsed.ok()) return capi::Fail(err, parsed.status());
    auto object = std::make_unique<meshgw_name>();
    object->name = *std::move(parsed);
    *out = object.release();
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_name_get(const meshgw_name* name, meshgw_name_parts* out) {
  return capi::Guard(capi::kNoError, [&] {
    const meshgw_status bad =
        capi::Arguments(capi::kNoError).Object(name, "name").status();
    if (bad != MESHGW_OK) return bad;
    const MeshName& from = name->name;
    meshgw_name_parts parts = {};
    parts.kind = static_cast<int32_t>(from.kind);
    parts.subset = capi::View(from.subset);
    parts.service = capi::View(from.service);
    parts.name_space = capi::View(from.name_space);
    parts.partition = capi::View(from.partition);
    parts.datacenter = capi::View(from.datacenter);
    parts.peer = capi::View(from.peer);
    parts.node = capi::View(from.node);
    parts.trust_domain = capi::View(from.trust_domain);
    return capi::WriteStruct(parts, out);
  });
}

void meshgw_name_free(meshgw_name* name) { capi::Release(name); }

meshgw_status meshgw_name_format(const meshgw_name_parts* parts,
                                 meshgw_string** out, meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw_name_parts known = {};
    meshgw_status bad = capi::ReadStruct(parts, "parts", &known, err);
    if (bad != MESHGW_OK) return bad;
    bad = capi::Arguments(err)
              .Range(known.kind, MESHGW_NAME_SERVICE,
                     MESHGW_NAME_PEERING_SERVER, "parts.kind")
              .Reserved(known.reserved, "parts.reserved")
              .Text(known.subset, "parts.subset")
              .Text(known.service, "parts.service")
              .Text(known.name_space, "parts.name_space")
              .Text(known.partition, "parts.partition")
              .Text(known.datacenter, "parts.datacenter")
              .Text(known.peer, "parts.peer")
              .Text(known.node, "parts.node")
              .Text(known.trust_domain, "parts.trust_domain")
              .Pointer(out, "out")
              .status();
    if (bad != MESHGW_OK) return bad;
    auto text = capi::ToMeshName(known).Format();
    if (!text.ok()) return capi::Fail(err, text.status());
    *out = new meshgw_string(*std::move(text));
    return meshgw_status{MESHGW_OK};
  });
}
