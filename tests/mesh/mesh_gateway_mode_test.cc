#include "meshgw/mesh_gateway_mode.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using Mode = MeshGatewayMode;

const ModeTarget kElsewhere = {.source_datacenter = "dc1", .datacenter = "dc2"};

TEST_CASE("the four modes are read and written as Consul spells them") {
  const std::vector<std::pair<std::string, Mode>> rows = {
      {"", Mode::kDefault},
      {"none", Mode::kNone},
      {"local", Mode::kLocal},
      {"remote", Mode::kRemote}};
  for (const auto& [text, mode] : rows) {
    const auto parsed = ParseMeshGatewayMode(text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == mode);
    CHECK(MeshGatewayModeName(mode) == text);
  }
}

TEST_CASE("any other mode is refused in Consul's words") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"Local", "Invalid Mesh Gateway Mode: \"Local\""},
      {" local", "Invalid Mesh Gateway Mode: \" local\""},
      {"default", "Invalid Mesh Gateway Mode: \"default\""},
      {"a\"b\n\xff", "Invalid Mesh Gateway Mode: \"a\\\"b\\n\\xff\""},
  };
  for (const auto& [text, message] : rows) {
    const auto parsed = ParseMeshGatewayMode(text);
    CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(parsed.status().message() == message);
  }
}

// Each layer against the one below it: the higher one decides.
TEST_CASE("a layer wins over every layer below it") {
  struct Row {
    ModeSource source;
    Mode ModeLayers::*layer;
    bool in_v1_6;
  };
  const std::vector<Row> order = {
      {ModeSource::kUpstream, &ModeLayers::upstream, true},
      {ModeSource::kUpstreamOverride, &ModeLayers::upstream_override, false},
      {ModeSource::kProxyInstance, &ModeLayers::proxy_instance, true},
      {ModeSource::kUpstreamDefaults, &ModeLayers::upstream_defaults, false},
      {ModeSource::kServiceDefaults, &ModeLayers::service_defaults, true},
      {ModeSource::kProxyDefaults, &ModeLayers::proxy_defaults, true},
      {ModeSource::kDestinationDefaults, &ModeLayers::destination_defaults,
       true}};
  for (const ModeRules rules : {ModeRules::kLatest, ModeRules::kV1_6}) {
    for (std::size_t high = 0; high < order.size(); ++high) {
      if (rules == ModeRules::kV1_6 && !order[high].in_v1_6) continue;
      ModeLayers layers;
      layers.*order[high].layer = Mode::kRemote;
      for (std::size_t low = high + 1; low < order.size(); ++low) {
        layers.*order[low].layer = Mode::kLocal;
      }
      const ModeDecision decision = ResolveMode(layers, kElsewhere, rules);
      CAPTURE(ModeSourceName(order[high].source));
      CHECK(decision.mode == Mode::kRemote);
      CHECK(decision.source == order[high].source);
    }
  }
}

TEST_CASE("Consul 1.6 knows no UpstreamConfig") {
  ModeLayers layers;
  layers.upstream_override = Mode::kRemote;
  layers.upstream_defaults = Mode::kRemote;
  layers.service_defaults = Mode::kLocal;
  CHECK(ResolveMode(layers, kElsewhere, ModeRules::kLatest).source ==
        ModeSource::kUpstreamOverride);
  CHECK(ResolveMode(layers, kElsewhere, ModeRules::kV1_6).source ==
        ModeSource::kServiceDefaults);
}

TEST_CASE("each mode dials what Consul's sidecar dials in another datacenter") {
  struct Row {
    Mode mode;
    bool applies;
    Dial dial;
    bool wan;
  };
  const std::vector<Row> rows = {
      {Mode::kDefault, false, Dial::kInstance, true},
      {Mode::kNone, false, Dial::kInstance, true},
      {Mode::kLocal, true, Dial::kLocalGateway, false},
      {Mode::kRemote, true, Dial::kRemoteGateway, true}};
  for (const Row& row : rows) {
    CAPTURE(MeshGatewayModeName(row.mode));
    const ModeDecision decision =
        ResolveMode({.upstream = row.mode}, kElsewhere);
    CHECK(decision.applies == row.applies);
    CHECK(decision.dial == row.dial);
    CHECK(decision.wan_address == row.wan);
    CHECK(decision.veto == ModeVeto::kNone);
    // What nobody set is none, and nothing else.
    CHECK(decision.mode ==
          (row.mode == Mode::kDefault ? Mode::kNone : row.mode));
    CHECK(decision.source == (row.mode == Mode::kDefault
                                  ? ModeSource::kBuiltIn
                                  : ModeSource::kUpstream));
  }
}

TEST_CASE("modes are not applied where Consul does not apply them") {
  struct Row {
    std::string name;
    ModeTarget target;
    ModeVeto veto;
    bool wan;
  };
  const std::vector<Row> rows = {
      {"same datacenter",
       {.source_datacenter = "dc1", .datacenter = "dc1"},
       ModeVeto::kSameDatacenter,
       false},
      {"same datacenter in another case",
       {.source_datacenter = "dc1", .datacenter = "DC1"},
       ModeVeto::kSameDatacenter,
       false},
      {"the default partition by name",
       {.source_datacenter = "dc1",
        .datacenter = "dc1",
        .partition = "default"},
       ModeVeto::kSameDatacenter,
       false},
      {"another partition",
       {.source_datacenter = "dc1", .datacenter = "dc1", .partition = "p"},
       ModeVeto::kNone,
       true},
      {"the same partition elsewhere",
       {.source_datacenter = "dc1",
        .source_partition = "p",
        .datacenter = "dc2",
        .partition = "p"},
       ModeVeto::kNone,
       true},
      {"an external SNI",
       {.source_datacenter = "dc1",
        .datacenter = "dc2",
        .has_external_sni = true},
       ModeVeto::kExternalSni,
       true},
      {"a prepared query",
       {.source_datacenter = "dc1",
        .datacenter = "dc2",
        .is_prepared_query = true},
       ModeVeto::kPreparedQuery,
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const ModeDecision decision =
        ResolveMode({.proxy_defaults = Mode::kRemote}, row.target);
    CHECK(decision.mode == Mode::kRemote);
    CHECK(decision.veto == row.veto);
    CHECK(decision.applies == (row.veto == ModeVeto::kNone));
    CHECK(decision.dial == (row.veto == ModeVeto::kNone ? Dial::kRemoteGateway
                                                        : Dial::kInstance));
    CHECK(decision.wan_address == row.wan);
  }
}

TEST_CASE("peers are dialled through their gateways unless local is set") {
  struct Row {
    Mode mode;
    Dial dial;
    bool wan;
    bool none_taken_as_remote;
  };
  const std::vector<Row> rows = {
      {Mode::kDefault, Dial::kPeerGateway, true, false},
      {Mode::kRemote, Dial::kPeerGateway, true, false},
      {Mode::kNone, Dial::kPeerGateway, true, true},
      {Mode::kLocal, Dial::kLocalGateway, false, false}};
  for (const Row& row : rows) {
    CAPTURE(MeshGatewayModeName(row.mode));
    // A peer may have a datacenter of the same name.
    const ModeDecision decision = ResolveMode(
        {.service_defaults = row.mode},
        {.source_datacenter = "dc1", .datacenter = "dc1", .peer = "other"});
    CHECK(decision.applies);
    CHECK(decision.dial == row.dial);
    CHECK(decision.wan_address == row.wan);
    CHECK(decision.none_taken_as_remote == row.none_taken_as_remote);
    CHECK(decision.veto == ModeVeto::kNone);
  }
}

TEST_CASE("an explanation says of every layer why it won or lost") {
  const ModeLayers layers = {.upstream_override = Mode::kNone,
                             .proxy_instance = Mode::kRemote,
                             .service_defaults = Mode::kLocal};
  const ModeExplanation latest = ExplainMode(layers, kElsewhere);
  const std::vector<std::string> why = {"not set",
                                        "won: the first layer that is set",
                                        "lost: upstream_override comes first",
                                        "not set",
                                        "lost: upstream_override comes first",
                                        "not set",
                                        "not set"};
  for (std::size_t i = 0; i < kModeLayerCount; ++i) {
    CHECK(latest.layers[i].why == why[i]);
    CHECK(latest.layers[i].won == (i == 1));
    CHECK(latest.layers[i].considered);
  }
  CHECK(latest.summary ==
        "mode none from upstream_override: dials the instance itself, at its "
        "WAN address");

  const ModeExplanation old = ExplainMode(layers, kElsewhere, ModeRules::kV1_6);
  CHECK(old.layers[1].why ==
        "not considered: Consul 1.6 does not know this layer");
  CHECK_FALSE(old.layers[1].considered);
  CHECK(old.layers[2].won);
  CHECK(old.summary ==
        "mode remote from service_instance: dials a gateway of the target's "
        "datacenter");
}

TEST_CASE("names of sources and dials are stable") {
  std::string names;
  for (int i = 0; i <= 7; ++i) {
    names += std::string(ModeSourceName(static_cast<ModeSource>(i))) + " ";
  }
  CHECK(names ==
        "built_in upstream upstream_override service_instance "
        "upstream_defaults service_defaults proxy_defaults "
        "destination_service_defaults ");
  names.clear();
  for (int i = 0; i <= 3; ++i) {
    names += std::string(DialName(static_cast<Dial>(i))) + " ";
  }
  CHECK(names == "instance local_gateway remote_gateway peer_gateway ");
}

}  // namespace
}  // namespace meshgw::test
