#include <memory>
#include <utility>

#include "boundary.h"
#include "meshgw/mesh_gateway_mode.h"
#include "mode_explanation.h"
#include "routes.h"
#include "same.h"

namespace meshgw::capi {
namespace {

using Mode = MeshGatewayMode;
static_assert(Same(Mode::kDefault, MESHGW_MODE_DEFAULT));
static_assert(Same(Mode::kNone, MESHGW_MODE_NONE));
static_assert(Same(Mode::kLocal, MESHGW_MODE_LOCAL));
static_assert(Same(Mode::kRemote, MESHGW_MODE_REMOTE));
static_assert(Same(ModeRules::kLatest, MESHGW_RULES_LATEST));
static_assert(Same(ModeRules::kV1_6, MESHGW_RULES_V1_6));
static_assert(Same(ModeSource::kBuiltIn, MESHGW_SOURCE_BUILT_IN));
static_assert(Same(ModeSource::kUpstream, MESHGW_SOURCE_UPSTREAM));
static_assert(Same(ModeSource::kUpstreamOverride,
                   MESHGW_SOURCE_UPSTREAM_OVERRIDE));
static_assert(Same(ModeSource::kProxyInstance, MESHGW_SOURCE_PROXY_INSTANCE));
static_assert(Same(ModeSource::kUpstreamDefaults,
                   MESHGW_SOURCE_UPSTREAM_DEFAULTS));
static_assert(Same(ModeSource::kServiceDefaults,
                   MESHGW_SOURCE_SERVICE_DEFAULTS));
static_assert(Same(ModeSource::kProxyDefaults, MESHGW_SOURCE_PROXY_DEFAULTS));
static_assert(Same(ModeSource::kDestinationDefaults,
                   MESHGW_SOURCE_DESTINATION_DEFAULTS));
static_assert(Same(ModeVeto::kNone, MESHGW_VETO_NONE));
static_assert(Same(ModeVeto::kSameDatacenter, MESHGW_VETO_SAME_DATACENTER));
static_assert(Same(ModeVeto::kExternalSni, MESHGW_VETO_EXTERNAL_SNI));
static_assert(Same(ModeVeto::kPreparedQuery, MESHGW_VETO_PREPARED_QUERY));
static_assert(Same(Dial::kInstance, MESHGW_DIAL_INSTANCE));
static_assert(Same(Dial::kLocalGateway, MESHGW_DIAL_LOCAL_GATEWAY));
static_assert(Same(Dial::kRemoteGateway, MESHGW_DIAL_REMOTE_GATEWAY));
static_assert(Same(Dial::kPeerGateway, MESHGW_DIAL_PEER_GATEWAY));

// The arguments that resolving and explaining share.
struct ModeInput {
  ModeLayers layers;
  ModeTarget target;
  ModeRules rules = ModeRules::kLatest;
};

meshgw_status ReadLayers(const meshgw_mode_layers* layers, ModeLayers* out,
                         meshgw_error** err) {
  meshgw_mode_layers in = {};
  const meshgw_status bad = ReadStruct(layers, "layers", &in, err);
  if (bad != MESHGW_OK) return bad;
  Arguments arguments(err);
  const auto read = [&arguments](std::int32_t value, const char* name) {
    arguments.Enumerator(value, MESHGW_MODE_REMOTE, name);
    return static_cast<Mode>(value);
  };
  out->upstream = read(in.upstream, "layers.upstream");
  out->upstream_override =
      read(in.upstream_override, "layers.upstream_override");
  out->proxy_instance = read(in.proxy_instance, "layers.proxy_instance");
  out->upstream_defaults =
      read(in.upstream_defaults, "layers.upstream_defaults");
  out->service_defaults = read(in.service_defaults, "layers.service_defaults");
  out->proxy_defaults = read(in.proxy_defaults, "layers.proxy_defaults");
  out->destination_defaults =
      read(in.destination_defaults, "layers.destination_defaults");
  return arguments.Reserved(in.reserved, "layers.reserved").status();
}

meshgw_status ReadTarget(const meshgw_mode_target* target, ModeTarget* out,
                         meshgw_error** err) {
  meshgw_mode_target in = {};
  meshgw_status bad = ReadStruct(target, "target", &in, err);
  if (bad != MESHGW_OK) return bad;
  bad = Arguments(err)
            .Text(in.source_datacenter, "target.source_datacenter")
            .Text(in.source_partition, "target.source_partition")
            .Text(in.datacenter, "target.datacenter")
            .Text(in.partition, "target.partition")
            .Text(in.peer, "target.peer")
            .Range(in.has_external_sni, 0, 1, "target.has_external_sni")
            .Range(in.is_prepared_query, 0, 1, "target.is_prepared_query")
            .status();
  if (bad != MESHGW_OK) return bad;
  *out = {.source_datacenter = View(in.source_datacenter),
          .source_partition = View(in.source_partition),
          .datacenter = View(in.datacenter),
          .partition = View(in.partition),
          .peer = View(in.peer),
          .has_external_sni = in.has_external_sni != 0,
          .is_prepared_query = in.is_prepared_query != 0};
  return MESHGW_OK;
}

meshgw_status ReadInput(const meshgw_mode_layers* layers,
                        const meshgw_mode_target* target, std::int32_t rules,
                        const void* out, ModeInput* input, meshgw_error** err) {
  meshgw_status bad = ReadLayers(layers, &input->layers, err);
  if (bad == MESHGW_OK) bad = ReadTarget(target, &input->target, err);
  if (bad == MESHGW_OK) {
    bad = Arguments(err)
              .Enumerator(rules, MESHGW_RULES_V1_6, "rules")
              .Pointer(out, "out")
              .status();
  }
  input->rules = static_cast<ModeRules>(rules);
  return bad;
}

}  // namespace

meshgw_mode_decision ToDecision(const ModeDecision& decision) noexcept {
  meshgw_mode_decision out = {};
  out.mode = static_cast<std::int32_t>(decision.mode);
  out.source = static_cast<std::int32_t>(decision.source);
  out.veto = static_cast<std::int32_t>(decision.veto);
  out.dial = static_cast<std::int32_t>(decision.dial);
  out.applies = decision.applies ? 1 : 0;
  out.wan_address = decision.wan_address ? 1 : 0;
  out.none_taken_as_remote = decision.none_taken_as_remote ? 1 : 0;
  return out;
}

}  // namespace meshgw::capi

namespace capi = meshgw::capi;

const char* meshgw_mode_name(int32_t mode) {
  return meshgw::MeshGatewayModeName(static_cast<meshgw::MeshGatewayMode>(mode))
      .data();
}
const char* meshgw_source_name(int32_t source) {
  return meshgw::ModeSourceName(static_cast<meshgw::ModeSource>(source)).data();
}
const char* meshgw_veto_name(int32_t veto) {
  switch (veto) {
    case MESHGW_VETO_NONE:
      return "none";
    case MESHGW_VETO_SAME_DATACENTER:
      return "same_datacenter";
    case MESHGW_VETO_EXTERNAL_SNI:
      return "external_sni";
    case MESHGW_VETO_PREPARED_QUERY:
      return "prepared_query";
    default:
      return "unknown";
  }
}
const char* meshgw_dial_name(int32_t dial) {
  return meshgw::DialName(static_cast<meshgw::Dial>(dial)).data();
}

meshgw_status meshgw_mode_parse(meshgw_str text, int32_t* out,
                                meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad =
        capi::Arguments(err).Text(text, "text").Pointer(out, "out").status();
    if (bad != MESHGW_OK) return bad;
    const auto mode = meshgw::ParseMeshGatewayMode(capi::View(text));
    if (!mode.ok()) return capi::Fail(err, mode.status());
    *out = static_cast<int32_t>(*mode);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_mode_resolve(const meshgw_mode_layers* layers,
                                  const meshgw_mode_target* target,
                                  int32_t rules, meshgw_mode_decision* out,
                                  meshgw_error** err) {
  return capi::Guard(err, [&] {
    capi::ModeInput input;
    const meshgw_status bad =
        capi::ReadInput(layers, target, rules, out, &input, err);
    if (bad != MESHGW_OK) return bad;
    *out = capi::ToDecision(
        meshgw::ResolveMode(input.layers, input.target, input.rules));
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_mode_explain(const meshgw_mode_layers* layers,
                                  const meshgw_mode_target* target,
                                  int32_t rules, meshgw_mode_explanation** out,
                                  meshgw_error** err) {
  return capi::Guard(err, [&] {
    capi::ModeInput input;
    const meshgw_status bad =
        capi::ReadInput(layers, target, rules, out, &input, err);
    if (bad != MESHGW_OK) return bad;
    meshgw::ModeExplanation explained =
        meshgw::ExplainMode(input.layers, input.target, input.rules);
    auto object = std::make_unique<meshgw_mode_explanation>();
    object->decision = explained.decision;
    object->summary = std::move(explained.summary);
    for (meshgw::ModeLayerExplanation& layer : explained.layers) {
      object->layers.push_back({.explanation = std::move(layer), .where = {}});
    }
    *out = object.release();
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_mode_explanation_decision(
    const meshgw_mode_explanation* explanation, meshgw_mode_decision* out) {
  const meshgw_status bad = capi::Arguments(capi::kNoError)
                                .Object(explanation, "explanation")
                                .Pointer(out, "out")
                                .status();
  if (bad != MESHGW_OK) return bad;
  *out = capi::ToDecision(explanation->decision);
  return MESHGW_OK;
}

meshgw_str meshgw_mode_explanation_summary(
    const meshgw_mode_explanation* explanation) {
  if (!capi::Usable(explanation)) return {};
  return capi::View(explanation->summary);
}

size_t meshgw_mode_explanation_layer_count(
    const meshgw_mode_explanation* explanation) {
  return capi::Usable(explanation) ? explanation->layers.size() : 0;
}

meshgw_status meshgw_mode_explanation_layer_at(
    const meshgw_mode_explanation* explanation, size_t index,
    meshgw_mode_layer* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (index >= explanation->layers.size()) return MESHGW_ERR_NOT_FOUND;
  const meshgw::UpstreamLayer& from = explanation->layers[index];
  meshgw_mode_layer layer = {};
  layer.source = static_cast<int32_t>(from.explanation.source);
  layer.value = static_cast<int32_t>(from.explanation.value);
  layer.considered = from.explanation.considered ? 1 : 0;
  layer.won = from.explanation.won ? 1 : 0;
  layer.line = static_cast<std::uint32_t>(from.where.line);
  layer.column = static_cast<std::uint32_t>(from.where.column);
  layer.file = capi::View(from.where.file);
  layer.why = capi::View(from.explanation.why);
  return capi::WriteStruct(layer, out);
}

meshgw_status meshgw_mode_explanation_target(
    const meshgw_mode_explanation* explanation, meshgw_upstream_target* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  meshgw_upstream_target target = {};
  target.source_datacenter = capi::View(explanation->source_datacenter);
  target.datacenter = capi::View(explanation->target_datacenter);
  target.service = capi::View(explanation->target_service);
  target.server_name = capi::View(explanation->server_name);
  return capi::WriteStruct(target, out);
}

size_t meshgw_mode_explanation_dial_count(
    const meshgw_mode_explanation* explanation) {
  return capi::Usable(explanation) ? explanation->dial.size() : 0;
}

meshgw_status meshgw_mode_explanation_dial_at(
    const meshgw_mode_explanation* explanation, size_t index,
    meshgw_endpoint* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (index >= explanation->dial.size()) return MESHGW_ERR_NOT_FOUND;
  return capi::WriteStruct(capi::ToEndpoint(explanation->dial[index]), out);
}

size_t meshgw_mode_explanation_failover_count(
    const meshgw_mode_explanation* explanation) {
  return capi::Usable(explanation) ? explanation->failover.size() : 0;
}

meshgw_status meshgw_mode_explanation_failover_at(
    const meshgw_mode_explanation* explanation, size_t index,
    meshgw_upstream_failover* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (index >= explanation->failover.size()) return MESHGW_ERR_NOT_FOUND;
  const meshgw::UpstreamFailover& from = explanation->failover[index];
  meshgw_upstream_failover failover = {};
  failover.datacenter = capi::View(from.datacenter);
  failover.partition = capi::View(from.partition);
  failover.service = capi::View(from.service);
  failover.subset = capi::View(from.subset);
  failover.peer = capi::View(from.peer);
  failover.server_name = capi::View(from.server_name);
  failover.decision = capi::ToDecision(from.decision);
  failover.dial_count = from.dial.size();
  return capi::WriteStruct(failover, out);
}

meshgw_status meshgw_mode_explanation_failover_dial_at(
    const meshgw_mode_explanation* explanation, size_t failover, size_t index,
    meshgw_endpoint* out) {
  if (!capi::Usable(explanation)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (failover >= explanation->failover.size()) return MESHGW_ERR_NOT_FOUND;
  const auto& dial = explanation->failover[failover].dial;
  if (index >= dial.size()) return MESHGW_ERR_NOT_FOUND;
  return capi::WriteStruct(capi::ToEndpoint(dial[index]), out);
}

void meshgw_mode_explanation_free(meshgw_mode_explanation* explanation) {
  capi::Release(explanation);
}
