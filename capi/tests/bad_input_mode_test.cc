// What a caller can do wrong with modes: calls that must be refused.
#include "bad_input.h"

namespace meshgw::test {
namespace {

TEST_CASE("bad arguments of modes are refused and named") {
  Outputs out;
  const meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
  const auto target = Sized<meshgw_mode_target>();
  using Layers = meshgw_mode_layers;
  using Target = meshgw_mode_target;
  for (const bool explain : {false, true}) {
    const auto ask = [&out, explain](const Layers* l, const Target* t,
                                     std::int32_t rules, meshgw_error** err) {
      return explain ? meshgw_mode_explain(l, t, rules, &out.explanation, err)
                     : meshgw_mode_resolve(l, t, rules, &out.decision, err);
    };
    const auto layer = [&](auto member, std::int32_t value) {
      return [&, member, value](meshgw_error** err) {
        Layers bad = layers;
        bad.*member = value;
        return ask(&bad, &target, 0, err);
      };
    };
    const auto place = [&](auto member, auto value) {
      return [&, member, value](meshgw_error** err) {
        Target bad = target;
        bad.*member = value;
        return ask(&layers, &bad, 0, err);
      };
    };
    Check(
        &out,
        {{"rules 2", [&](auto err) { return ask(&layers, &target, 2, err); },
          "rules"},
         {"rules -1", [&](auto err) { return ask(&layers, &target, -1, err); },
          "rules"},
         {"upstream", layer(&Layers::upstream, 4), "layers.upstream"},
         {"override", layer(&Layers::upstream_override, -1),
          "layers.upstream_override"},
         {"instance", layer(&Layers::proxy_instance, INT32_MIN),
          "layers.proxy_instance"},
         {"upstream defaults", layer(&Layers::upstream_defaults, 99),
          "layers.upstream_defaults"},
         {"service defaults", layer(&Layers::service_defaults, 4),
          "layers.service_defaults"},
         {"proxy defaults", layer(&Layers::proxy_defaults, 4),
          "layers.proxy_defaults"},
         {"destination", layer(&Layers::destination_defaults, INT32_MAX),
          "layers.destination_defaults"},
         {"reserved", layer(&Layers::reserved, 1), "layers.reserved"},
         {"source", place(&Target::source_datacenter, kNullText),
          "target.source_datacenter"},
         {"source partition", place(&Target::source_partition, kNullText),
          "target.source_partition"},
         {"datacenter", place(&Target::datacenter, kTooLong),
          "target.datacenter"},
         {"partition", place(&Target::partition, kNullText),
          "target.partition"},
         {"peer", place(&Target::peer, kNullText), "target.peer"},
         {"external SNI 2", place(&Target::has_external_sni, 2u),
          "target.has_external_sni"},
         {"prepared query 2", place(&Target::is_prepared_query, 2u),
          "target.is_prepared_query"},
         {"NULL out",
          [&](auto err) {
            return explain
                       ? meshgw_mode_explain(&layers, &target, 0, nullptr, err)
                       : meshgw_mode_resolve(&layers, &target, 0, nullptr, err);
          },
          "out"}});
    Check(&out, BadStruct("layers", layers, [&](auto in, auto err) {
      return ask(in, &target, 0, err);
    }));
    Check(&out, BadStruct("target", target, [&](auto in, auto err) {
      return ask(&layers, in, 0, err);
    }));
  }
  Check(
      &out,
      {{"NULL text",
        [&](auto err) { return meshgw_mode_parse(kNullText, &out.mode, err); },
        "text"},
       {"NULL out",
        [&](auto err) { return meshgw_mode_parse(Str("local"), nullptr, err); },
        "out"}});
  meshgw_mode_layer one = {};
  CHECK(meshgw_mode_explanation_decision(nullptr, &out.decision) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_layer_at(nullptr, 0, &one) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_layer_count(nullptr) == 0);
  auto upstream = Sized<meshgw_upstream_target>();
  auto endpoint = Sized<meshgw_endpoint>();
  CHECK(meshgw_mode_explanation_target(nullptr, &upstream) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_dial_at(nullptr, 0, &endpoint) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_dial_count(nullptr) == 0);
  auto failover = Sized<meshgw_upstream_failover>();
  CHECK(meshgw_mode_explanation_failover_count(nullptr) == 0);
  CHECK(meshgw_mode_explanation_failover_at(nullptr, 0, &failover) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_mode_explanation_failover_dial_at(nullptr, 0, 0, &endpoint) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  meshgw_mode_explanation_free(nullptr);
  CHECK(meshgw_mode_explanation_summary(nullptr).len == 0);
}

}  // namespace
}  // namespace meshgw::test
