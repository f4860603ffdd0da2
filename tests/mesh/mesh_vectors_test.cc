#include <optional>
#include <string>
#include <string_view>

#include "meshgw/mesh_gateway_mode.h"
#include "meshgw/mesh_name.h"
#include "support/catch.h"
#include "support/vectors.h"

// The vectors that the bindings of other languages read too.
namespace meshgw::test {
namespace {

namespace json = boost::json;

std::string Field(const json::object& object, std::string_view key,
                  std::string otherwise = "") {
  const json::value* value =
      object.if_contains(json::string_view(key.data(), key.size()));
  return value == nullptr ? otherwise : Text(*value);
}

bool Flag(const json::object& object, std::string_view key) {
  const json::value* value =
      object.if_contains(json::string_view(key.data(), key.size()));
  return value != nullptr && value->as_bool();
}

MeshName NameOf(const json::object& vector) {
  const json::object& parts = vector.at("parts").as_object();
  MeshName name;
  for (int kind = 1; kind <= 6; ++kind) {
    const auto candidate = static_cast<MeshNameKind>(kind);
    if (MeshNameKindName(candidate) == Text(vector.at("kind"))) {
      name.kind = candidate;
    }
  }
  REQUIRE(MeshNameKindName(name.kind) == Text(vector.at("kind")));
  name.subset = Field(parts, "subset");
  name.service = Field(parts, "service");
  name.name_space = Field(parts, "namespace", "default");
  name.partition = Field(parts, "partition", "default");
  name.datacenter = Field(parts, "datacenter");
  name.peer = Field(parts, "peer");
  name.node = Field(parts, "node");
  name.trust_domain = Field(parts, "trust_domain");
  return name;
}

TEST_CASE("the vectors of names are read and written alike") {
  const json::value file = LoadVectors("names.json");
  REQUIRE(file.at("names").as_array().size() >= 13);
  for (const json::value& vector : file.at("names").as_array()) {
    const std::string text = Text(vector.at("text"));
    CAPTURE(text);
    const MeshName want = NameOf(vector.as_object());
    const auto parsed = MeshName::Parse(text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == want);
    CHECK(*want.Format() == text);
  }
  for (const json::value& vector : file.at("spellings").as_array()) {
    const auto parsed = MeshName::Parse(Text(vector.at("text")));
    REQUIRE(parsed.ok());
    CHECK(*parsed->Format() == Text(vector.at("canonical")));
  }
  for (const json::value& vector : file.at("refused").as_array()) {
    const auto parsed = MeshName::Parse(Text(vector.at("text")));
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(std::string(parsed.status().message()),
               Catch::Matchers::EndsWith("\": " + Text(vector.at("reason"))));
  }
}

MeshGatewayMode ModeOf(const json::object& layers, ModeSource source) {
  const auto mode = ParseMeshGatewayMode(Field(layers, ModeSourceName(source)));
  REQUIRE(mode.ok());
  return *mode;
}

std::string VetoName(ModeVeto veto) {
  switch (veto) {
    case ModeVeto::kNone:
      return "none";
    case ModeVeto::kSameDatacenter:
      return "same_datacenter";
    case ModeVeto::kExternalSni:
      return "external_sni";
    case ModeVeto::kPreparedQuery:
      return "prepared_query";
  }
  return "unknown";
}

TEST_CASE("the vectors of modes are decided as they say") {
  const json::value file = LoadVectors("modes.json");
  REQUIRE(file.at("modes").as_array().size() >= 20);
  for (const json::value& vector : file.at("modes").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const json::object& said = vector.at("layers").as_object();
    const ModeLayers layers = {ModeOf(said, ModeSource::kUpstream),
                               ModeOf(said, ModeSource::kUpstreamOverride),
                               ModeOf(said, ModeSource::kProxyInstance),
                               ModeOf(said, ModeSource::kUpstreamDefaults),
                               ModeOf(said, ModeSource::kServiceDefaults),
                               ModeOf(said, ModeSource::kProxyDefaults),
                               ModeOf(said, ModeSource::kDestinationDefaults)};
    const json::object& where = vector.at("target").as_object();
    const std::string source_datacenter = Field(where, "source_datacenter");
    const std::string datacenter = Field(where, "datacenter");
    const std::string partition = Field(where, "partition");
    const std::string peer = Field(where, "peer");
    const ModeTarget target = {
        .source_datacenter = source_datacenter,
        .datacenter = datacenter,
        .partition = partition,
        .peer = peer,
        .has_external_sni = Flag(where, "has_external_sni"),
        .is_prepared_query = Flag(where, "is_prepared_query")};
    const ModeDecision decision =
        ResolveMode(layers, target,
                    Text(vector.at("rules")) == "v1.6" ? ModeRules::kV1_6
                                                       : ModeRules::kLatest);
    const json::object& want = vector.at("want").as_object();
    CHECK(MeshGatewayModeName(decision.mode) == Field(want, "mode"));
    CHECK(ModeSourceName(decision.source) == Field(want, "source"));
    CHECK(decision.applies == Flag(want, "applies"));
    CHECK(VetoName(decision.veto) == Field(want, "veto"));
    CHECK(DialName(decision.dial) == Field(want, "dial"));
    CHECK(decision.wan_address == Flag(want, "wan_address"));
  }
}

}  // namespace
}  // namespace meshgw::test
