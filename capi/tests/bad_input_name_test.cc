// What a caller can do wrong with names: calls that must be refused.
#include "bad_input.h"

namespace meshgw::test {
namespace {

TEST_CASE("bad arguments of names are refused and named") {
  Outputs out;
  auto parts = Sized<meshgw_name_parts>();
  parts.kind = MESHGW_NAME_SERVER;
  parts.datacenter = Str("dc1");
  parts.trust_domain = Str("consul");
  const auto format = [&out](const meshgw_name_parts* in, meshgw_error** err) {
    return meshgw_name_format(in, &out.string, err);
  };
  const auto with = [&parts, &format](auto member, auto value) {
    return [&parts, &format, member, value](meshgw_error** err) {
      meshgw_name_parts bad = parts;
      bad.*member = value;
      return format(&bad, err);
    };
  };
  using Parts = meshgw_name_parts;
  Check(
      &out,
      {{"NULL text",
        [&](auto err) {
          return meshgw_name_parse(kNullText, Str(""), &out.name, err);
        },
        "name"},
       {"text longer than memory",
        [&](auto err) {
          return meshgw_name_parse(kTooLong, Str(""), &out.name, err);
        },
        "name"},
       {"NULL domain",
        [&](auto err) {
          return meshgw_name_parse(Str("a"), kNullText, &out.name, err);
        },
        "server_domain"},
       {"NULL out",
        [&](auto err) {
          return meshgw_name_parse(Str("a"), Str(""), nullptr, err);
        },
        "out"},
       {"format to NULL",
        [&](auto err) { return meshgw_name_format(&parts, nullptr, err); },
        "out"},
       {"kind 0", with(&Parts::kind, 0), "parts.kind"},
       {"kind 7", with(&Parts::kind, 7), "parts.kind"},
       {"kind -1", with(&Parts::kind, -1), "parts.kind"},
       {"reserved", with(&Parts::reserved, 1u), "parts.reserved"},
       {"subset", with(&Parts::subset, kNullText), "parts.subset"},
       {"service", with(&Parts::service, kNullText), "parts.service"},
       {"namespace", with(&Parts::name_space, kNullText), "parts.name_space"},
       {"partition", with(&Parts::partition, kNullText), "parts.partition"},
       {"datacenter", with(&Parts::datacenter, kNullText), "parts.datacenter"},
       {"peer", with(&Parts::peer, kNullText), "parts.peer"},
       {"node", with(&Parts::node, kNullText), "parts.node"},
       {"trust domain", with(&Parts::trust_domain, kTooLong),
        "parts.trust_domain"}});
  Check(&out, BadStruct("parts", parts, format));
  CHECK(meshgw_name_get(nullptr, &parts) == MESHGW_ERR_INVALID_ARGUMENT);
  meshgw_name_free(nullptr);
}

}  // namespace
}  // namespace meshgw::test
