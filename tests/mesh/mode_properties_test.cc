#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "meshgw/mesh_gateway_mode.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

using Mode = MeshGatewayMode;

constexpr std::uint32_t kCombinations = 1u << (2 * kModeLayerCount);  // 4^7

// Two bits a layer.
ModeLayers LayersOf(std::uint32_t bits) {
  const auto mode = [&](int layer) {
    return static_cast<Mode>(bits >> (2 * layer) & 3);
  };
  return {mode(0), mode(1), mode(2), mode(3), mode(4), mode(5), mode(6)};
}

std::vector<ModeTarget> Targets() {
  std::vector<ModeTarget> out;
  for (const char* datacenter : {"dc1", "dc2"}) {
    for (const char* partition : {"", "p"}) {
      for (const char* peer : {"", "q"}) {
        for (const int flags : {0, 1, 2, 3}) {
          out.push_back({.source_datacenter = "dc1",
                         .source_partition = "default",
                         .datacenter = datacenter,
                         .partition = partition,
                         .peer = peer,
                         .has_external_sni = (flags & 1) != 0,
                         .is_prepared_query = (flags & 2) != 0});
        }
      }
    }
  }
  return out;
}

// The rules told as Consul's code does: from the lowest layer up, each one that
// is set overwrites what was there.
std::pair<Mode, ModeSource> LastWriterWins(const ModeLayers& layers,
                                           ModeRules rules) {
  std::pair<Mode, ModeSource> out = {Mode::kNone, ModeSource::kBuiltIn};
  const auto write = [&](Mode mode, ModeSource source) {
    if (mode != Mode::kDefault) out = {mode, source};
  };
  const bool latest = rules == ModeRules::kLatest;
  write(layers.destination_defaults, ModeSource::kDestinationDefaults);
  write(layers.proxy_defaults, ModeSource::kProxyDefaults);
  write(layers.service_defaults, ModeSource::kServiceDefaults);
  if (latest) write(layers.upstream_defaults, ModeSource::kUpstreamDefaults);
  write(layers.proxy_instance, ModeSource::kProxyInstance);
  if (latest) write(layers.upstream_override, ModeSource::kUpstreamOverride);
  write(layers.upstream, ModeSource::kUpstream);
  return out;
}

// What a sidecar dials, as a table by mode: peers, and the rest.
ModeDecision Oracle(const ModeLayers& layers, const ModeTarget& target,
                    ModeRules rules) {
  const auto [mode, source] = LastWriterWins(layers, rules);
  ModeDecision out{.mode = mode, .source = source};
  if (!target.peer.empty()) {
    const bool local = mode == Mode::kLocal;
    out.applies = true;
    out.dial = local ? Dial::kLocalGateway : Dial::kPeerGateway;
    out.wan_address = !local;
    out.none_taken_as_remote =
        mode == Mode::kNone && source != ModeSource::kBuiltIn;
    return out;
  }
  const bool same = target.datacenter == target.source_datacenter &&
                    (target.partition.empty() ? "default" : target.partition) ==
                        target.source_partition;
  const bool gateway = mode != Mode::kNone;
  if (gateway && target.is_prepared_query) {
    out.veto = ModeVeto::kPreparedQuery;
  } else if (gateway && target.has_external_sni) {
    out.veto = ModeVeto::kExternalSni;
  } else if (gateway && same) {
    out.veto = ModeVeto::kSameDatacenter;
  }
  out.applies = gateway && out.veto == ModeVeto::kNone;
  if (out.applies) {
    out.dial =
        mode == Mode::kLocal ? Dial::kLocalGateway : Dial::kRemoteGateway;
  }
  out.wan_address = !same && out.dial != Dial::kLocalGateway;
  return out;
}

// 16,384 combinations of layers, 32 targets, both rule sets: all of them, so a
// failing one is counted and the first is shown.
template <typename Property>
void ForAll(const Property& property) {
  std::uint64_t failures = 0;
  std::pair<std::uint32_t, std::size_t> first = {0, 0};
  const auto targets = Targets();
  for (std::uint32_t bits = 0; bits < kCombinations; ++bits) {
    const ModeLayers layers = LayersOf(bits);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (property(layers, targets[i])) continue;
      if (failures++ == 0) first = {bits, i};
    }
  }
  CAPTURE(first.first, first.second);
  CHECK(failures == 0);
}

TEST_CASE("every combination of layers and targets is decided as by oracle") {
  for (const ModeRules rules : {ModeRules::kLatest, ModeRules::kV1_6}) {
    ForAll([&](const ModeLayers& layers, const ModeTarget& target) {
      return ResolveMode(layers, target, rules) ==
             Oracle(layers, target, rules);
    });
  }
}

TEST_CASE("without UpstreamConfig today's rules are those of Consul 1.6") {
  ForAll([](ModeLayers layers, const ModeTarget& target) {
    layers.upstream_override = Mode::kDefault;
    layers.upstream_defaults = Mode::kDefault;
    return ResolveMode(layers, target, ModeRules::kLatest) ==
           ResolveMode(layers, target, ModeRules::kV1_6);
  });
}

TEST_CASE("an explanation decides as the resolution it explains") {
  const auto targets = Targets();
  std::uint64_t failures = 0;
  for (std::uint32_t bits = 0; bits < kCombinations; bits += 7) {
    const ModeLayers layers = LayersOf(bits);
    const ModeTarget& target = targets[bits % targets.size()];
    for (const ModeRules rules : {ModeRules::kLatest, ModeRules::kV1_6}) {
      const ModeExplanation explained = ExplainMode(layers, target, rules);
      const ModeDecision decision = ResolveMode(layers, target, rules);
      const auto winners =
          std::count_if(explained.layers.begin(), explained.layers.end(),
                        [](const auto& layer) { return layer.won; });
      const auto winner =
          std::find_if(explained.layers.begin(), explained.layers.end(),
                       [](const auto& layer) { return layer.won; });
      const bool built_in = decision.source == ModeSource::kBuiltIn;
      const bool agrees = explained.decision == decision &&
                          winners == (built_in ? 0 : 1) &&
                          (built_in || (winner->source == decision.source &&
                                        winner->value == decision.mode));
      if (!agrees) ++failures;
    }
  }
  CHECK(failures == 0);
}

}  // namespace
}  // namespace meshgw::test
