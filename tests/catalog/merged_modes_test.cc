#include "catalog/merged_modes.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using Mode = MeshGatewayMode;

constexpr Mode kModes[] = {Mode::kDefault, Mode::kNone, Mode::kLocal,
                           Mode::kRemote};

Config Entries(const ModeLayers& layers) {
  Config config;
  config.proxy_defaults.emplace().mesh_gateway.value = layers.proxy_defaults;
  ServiceDefaults& web = config.service_defaults.emplace_back();
  web.name = "web";
  web.mesh_gateway.value = layers.service_defaults;
  web.upstream_defaults.value = layers.upstream_defaults;
  UpstreamConfigOverride& entry = web.upstream_overrides.emplace_back();
  entry.name = "api";
  entry.mesh_gateway.value = layers.upstream_override;
  return config;
}

ServiceDefinition Proxy(const ModeLayers& layers) {
  ServiceDefinition out;
  out.kind = ServiceKind::kConnectProxy;
  out.id = "web-proxy";
  ProxyDefinition& proxy = out.proxy.emplace();
  proxy.destination_service_name = "web";
  proxy.mesh_gateway.value = layers.proxy_instance;
  UpstreamDefinition& api = proxy.upstreams.emplace_back();
  api.destination_name = "api";
  api.mesh_gateway.value = layers.upstream;
  return out;
}

Mode Or(Mode mode, Mode otherwise) {
  return mode == Mode::kDefault ? otherwise : mode;
}

// What an agent makes of a registration, step by step as its code does.
ServiceDefinition Merged(const ModeLayers& layers) {
  ServiceDefinition out = Proxy(layers);
  const Mode resolved = Or(layers.service_defaults, layers.proxy_defaults);
  Mode wildcard = Or(layers.upstream_defaults, resolved);
  wildcard = Or(layers.proxy_instance, wildcard);
  const Mode central = Or(layers.upstream_override, wildcard);
  out.proxy->mesh_gateway.value = Or(layers.proxy_instance, resolved);
  out.proxy->upstreams[0].mesh_gateway.value = Or(layers.upstream, central);
  return out;
}

ModeLayers LayersOf(ModeLayers entries, const ServiceDefinition& proxy) {
  entries.proxy_instance = proxy.proxy->mesh_gateway.value;
  entries.upstream = proxy.proxy->upstreams[0].mesh_gateway.value;
  return entries;
}

template <typename Visit>
void ForAllLayers(Visit visit) {
  for (int i = 0; i < 4096; ++i) {
    ModeLayers layers;
    layers.upstream = kModes[i & 3];
    layers.upstream_override = kModes[(i >> 2) & 3];
    layers.proxy_instance = kModes[(i >> 4) & 3];
    layers.upstream_defaults = kModes[(i >> 6) & 3];
    layers.service_defaults = kModes[(i >> 8) & 3];
    layers.proxy_defaults = kModes[(i >> 10) & 3];
    visit(layers);
  }
}

constexpr ModeTarget kOtherDatacenter = {.source_datacenter = "dc1",
                                         .datacenter = "dc2"};

TEST_CASE("the mode that wins is the same before and after the merge") {
  ForAllLayers([](const ModeLayers& layers) {
    ServiceDefinition proxy = Merged(layers);
    internal::UndoModeMerge(Entries(layers), &proxy);
    const Mode want = ResolveMode(layers, kOtherDatacenter).mode;
    if (ResolveMode(LayersOf(layers, proxy), kOtherDatacenter).mode != want) {
      CAPTURE(layers.upstream, layers.upstream_override, layers.proxy_instance,
              layers.upstream_defaults, layers.service_defaults,
              layers.proxy_defaults);
      FAIL("another mode wins");
    }
  });
}

TEST_CASE(
    "a mode that only the entries set is not taken for a registered one") {
  ForAllLayers([](const ModeLayers& layers) {
    if (layers.upstream != Mode::kDefault ||
        layers.proxy_instance != Mode::kDefault) {
      return;
    }
    ServiceDefinition proxy = Merged(layers);
    internal::UndoModeMerge(Entries(layers), &proxy);
    if (proxy.proxy->mesh_gateway.value != Mode::kDefault ||
        proxy.proxy->upstreams[0].mesh_gateway.value != Mode::kDefault) {
      CAPTURE(layers.upstream_override, layers.upstream_defaults,
              layers.service_defaults, layers.proxy_defaults);
      FAIL("a mode is left");
    }
  });
}

TEST_CASE("a registration that no agent merged stays as it is") {
  const ModeLayers rows[] = {
      {.proxy_defaults = Mode::kRemote},
      {.proxy_instance = Mode::kLocal, .proxy_defaults = Mode::kRemote},
      {.proxy_instance = Mode::kLocal, .proxy_defaults = Mode::kLocal},
  };
  for (const ModeLayers& layers : rows) {
    ServiceDefinition proxy = Proxy(layers);
    internal::UndoModeMerge(Entries(layers), &proxy);
    CHECK(proxy.proxy->mesh_gateway.value == layers.proxy_instance);
    CHECK(proxy.proxy->upstreams[0].mesh_gateway.value == layers.upstream);
  }
}

TEST_CASE("prepared queries, which no entry is for, keep their mode") {
  const ModeLayers layers{.upstream = Mode::kRemote,
                          .proxy_defaults = Mode::kRemote};
  ServiceDefinition proxy = Merged(layers);
  proxy.proxy->upstreams[0].is_prepared_query = true;
  internal::UndoModeMerge(Entries(layers), &proxy);
  CHECK(proxy.proxy->upstreams[0].mesh_gateway.value == Mode::kRemote);
}

TEST_CASE("what is no proxy is left alone") {
  ServiceDefinition service;
  internal::UndoModeMerge(Config(), &service);
  CHECK_FALSE(service.proxy.has_value());
}

}  // namespace
}  // namespace meshgw::test
