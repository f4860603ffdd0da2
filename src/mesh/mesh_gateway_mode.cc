#include "meshgw/mesh_gateway_mode.h"

#include <span>

#include "absl/status/status.h"
#include "base/ascii.h"
#include "base/str_format.h"
#include "mesh/go_quote.h"

namespace meshgw {
namespace {

using internal::GoQuote;

// One layer of an order of precedence: where its value is, in which rules.
struct Layer {
  ModeSource source;
  MeshGatewayMode ModeLayers::*value;
  bool in_v1_6;
};

// Highest precedence first. Consul 1.6 has the same order without the two
// UpstreamConfig layers, so one list serves both rule sets.
constexpr std::array<Layer, kModeLayerCount> kOrder = {{
    {ModeSource::kUpstream, &ModeLayers::upstream, true},
    {ModeSource::kUpstreamOverride, &ModeLayers::upstream_override, false},
    {ModeSource::kProxyInstance, &ModeLayers::proxy_instance, true},
    {ModeSource::kUpstreamDefaults, &ModeLayers::upstream_defaults, false},
    {ModeSource::kServiceDefaults, &ModeLayers::service_defaults, true},
    {ModeSource::kProxyDefaults, &ModeLayers::proxy_defaults, true},
    {ModeSource::kDestinationDefaults, &ModeLayers::destination_defaults, true},
}};

bool Considered(const Layer& layer, ModeRules rules) {
  return rules == ModeRules::kLatest || layer.in_v1_6;
}

std::string_view OrDefault(std::string_view partition) {
  return partition.empty() ? "default" : partition;
}

bool SameDatacenter(const ModeTarget& target) {
  return internal::EqualIgnoringCase(target.source_datacenter,
                                     target.datacenter) &&
         internal::EqualIgnoringCase(OrDefault(target.source_partition),
                                     OrDefault(target.partition));
}

// What a mode means for a target reached by cluster peering. Consul
// agent/xds/endpoints.go: empty and remote dial the peer's gateways, local the
// own one, none is taken as remote with a warning.
void DialPeer(ModeDecision* decision) {
  decision->applies = true;
  decision->wan_address = true;
  decision->dial = Dial::kPeerGateway;
  if (decision->mode == MeshGatewayMode::kLocal) {
    decision->dial = Dial::kLocalGateway;
    decision->wan_address = false;
  } else if (decision->source != ModeSource::kBuiltIn &&
             decision->mode == MeshGatewayMode::kNone) {
    decision->none_taken_as_remote = true;
  }
}

void DialDatacenter(const ModeTarget& target, ModeDecision* decision) {
  const bool same = SameDatacenter(target);
  decision->wan_address = !same;
  if (target.is_prepared_query) {
    decision->veto = ModeVeto::kPreparedQuery;
  } else if (target.has_external_sni) {
    decision->veto = ModeVeto::kExternalSni;
  } else if (same) {
    decision->veto = ModeVeto::kSameDatacenter;
  }
  if (decision->mode == MeshGatewayMode::kNone)
    decision->veto = ModeVeto::kNone;
  if (decision->veto != ModeVeto::kNone) return;
  if (decision->mode == MeshGatewayMode::kLocal) {
    decision->applies = true;
    decision->dial = Dial::kLocalGateway;
    decision->wan_address = false;
  } else if (decision->mode == MeshGatewayMode::kRemote) {
    decision->applies = true;
    decision->dial = Dial::kRemoteGateway;
  }
}

std::string Loser(const Layer& layer, MeshGatewayMode value, ModeRules rules,
                  ModeSource winner) {
  if (!Considered(layer, rules)) {
    return "not considered: Consul 1.6 does not know this layer";
  }
  if (value == MeshGatewayMode::kDefault) return "not set";
  return internal::StrFormat("lost: %s comes first", ModeSourceName(winner));
}

std::string Summary(const ModeDecision& decision) {
  std::string text = internal::StrFormat(
      "mode %s from %s: ", MeshGatewayModeName(decision.mode),
      ModeSourceName(decision.source));
  switch (decision.veto) {
    case ModeVeto::kSameDatacenter:
      return text +
             "not applied, the target is in the same datacenter and "
             "partition; dials the instance itself";
    case ModeVeto::kExternalSni:
      return text +
             "not applied, the target has an external SNI; dials the "
             "instance itself";
    case ModeVeto::kPreparedQuery:
      return text +
             "not applied, prepared queries never use gateways; dials "
             "the instance itself";
    case ModeVeto::kNone:
      break;
  }
  if (decision.none_taken_as_remote) {
    text += "invalid for a peer, taken as remote; ";
  }
  switch (decision.dial) {
    case Dial::kInstance:
      return text + (decision.wan_address
                         ? "dials the instance itself, at its WAN address"
                         : "dials the instance itself");
    case Dial::kLocalGateway:
      return text + "dials a gateway of the own datacenter";
    case Dial::kRemoteGateway:
      return text + "dials a gateway of the target's datacenter";
    case Dial::kPeerGateway:
      return text + "dials the gateways that the peer advertises";
  }
  return text;
}

}  // namespace

std::string_view MeshGatewayModeName(MeshGatewayMode mode) noexcept {
  switch (mode) {
    case MeshGatewayMode::kDefault:
      return "";
    case MeshGatewayMode::kNone:
      return "none";
    case MeshGatewayMode::kLocal:
      return "local";
    case MeshGatewayMode::kRemote:
      return "remote";
  }
  return "unknown";
}

absl::StatusOr<MeshGatewayMode> ParseMeshGatewayMode(std::string_view text) {
  for (const auto mode : {MeshGatewayMode::kDefault, MeshGatewayMode::kNone,
                          MeshGatewayMode::kLocal, MeshGatewayMode::kRemote}) {
    if (text == MeshGatewayModeName(mode)) return mode;
  }
  return absl::InvalidArgumentError("Invalid Mesh Gateway Mode: " +
                                    GoQuote(text));
}

std::string_view ModeSourceName(ModeSource source) noexcept {
  switch (source) {
    case ModeSource::kBuiltIn:
      return "built_in";
    case ModeSource::kUpstream:
      return "upstream";
    case ModeSource::kUpstreamOverride:
      return "upstream_override";
    case ModeSource::kProxyInstance:
      return "service_instance";
    case ModeSource::kUpstreamDefaults:
      return "upstream_defaults";
    case ModeSource::kServiceDefaults:
      return "service_defaults";
    case ModeSource::kProxyDefaults:
      return "proxy_defaults";
    case ModeSource::kDestinationDefaults:
      return "destination_service_defaults";
  }
  return "unknown";
}

std::string_view DialName(Dial dial) noexcept {
  switch (dial) {
    case Dial::kInstance:
      return "instance";
    case Dial::kLocalGateway:
      return "local_gateway";
    case Dial::kRemoteGateway:
      return "remote_gateway";
    case Dial::kPeerGateway:
      return "peer_gateway";
  }
  return "unknown";
}

ModeDecision ResolveMode(const ModeLayers& layers, const ModeTarget& target,
                         ModeRules rules) noexcept {
  ModeDecision decision;
  for (const Layer& layer : kOrder) {
    const MeshGatewayMode value = layers.*layer.value;
    if (value == MeshGatewayMode::kDefault || !Considered(layer, rules)) {
      continue;
    }
    decision.mode = value;
    decision.source = layer.source;
    break;
  }
  if (!target.peer.empty()) {
    DialPeer(&decision);
  } else {
    DialDatacenter(target, &decision);
  }
  return decision;
}

ModeExplanation ExplainMode(const ModeLayers& layers, const ModeTarget& target,
                            ModeRules rules) {
  ModeExplanation explanation;
  explanation.decision = ResolveMode(layers, target, rules);
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    const Layer& layer = kOrder[i];
    ModeLayerExplanation& out = explanation.layers[i];
    out.source = layer.source;
    out.value = layers.*layer.value;
    out.considered = Considered(layer, rules);
    out.won = layer.source == explanation.decision.source;
    out.why = out.won
                  ? "won: the first layer that is set"
                  : Loser(layer, out.value, rules, explanation.decision.source);
  }
  explanation.summary = Summary(explanation.decision);
  return explanation;
}

}  // namespace meshgw
