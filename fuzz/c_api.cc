// Calls of the C API in any order that it allows, on objects that are made,
// used and freed as the input says, with wrong arguments among them: whatever a
// caller can check must be refused, never crash. Each step is a byte that
// chooses the call, and what its arguments take from the input.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "c_api_input.h"
#include "meshgw.h"

namespace {

using fuzz::Input;
using fuzz::Require;
using fuzz::Slots;

constexpr std::size_t kMostSteps = 200;

class Caller {
 public:
  explicit Caller(Input input) : input_(input) {}

  void Run() {
    constexpr void (Caller::*kCalls[])() = {
        &Caller::Hello,       &Caller::Feed,        &Caller::ParseName,
        &Caller::FormatName,  &Caller::Resolve,     &Caller::MakeBuilder,
        &Caller::AddCluster,  &Caller::AddRule,     &Caller::Build,
        &Caller::Lookup,      &Caller::UseRoutes,   &Caller::ParseConfig,
        &Caller::UseConfig,   &Caller::MakeCatalog, &Caller::CatalogRoutes,
        &Caller::ExplainMode, &Caller::Free,        &Caller::StaticNames};
    for (std::size_t i = 0; i < kMostSteps && !input_.empty(); ++i) {
      const std::size_t call = input_.Byte() % std::size(kCalls);
      (this->*kCalls[call])();
    }
  }

 private:
  template <typename Call>
  bool Try(Call call) {
    return fuzz::Try(&input_, call,
                     [this](const meshgw_error* error) { ReadDetails(error); });
  }

  static std::size_t Sum(meshgw_str text) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < text.len; ++i) {
      sum += static_cast<unsigned char>(text.data[i]);
    }
    return sum;
  }

  void ReadDetails(const meshgw_error* error) {
    const std::size_t count = meshgw_error_detail_count(error);
    Require(count <= 100);
    for (std::size_t i = 0; i <= count; ++i) {
      meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
      const meshgw_status status = meshgw_error_detail_at(error, i, &detail);
      Require((status == MESHGW_OK) == (i < count));
      read_ += Sum(detail.file) + Sum(detail.what) + Sum(detail.expected);
    }
  }

  meshgw_hello_options HelloOptions() {
    meshgw_hello_options options = MESHGW_HELLO_OPTIONS_INIT;
    options.struct_size = input_.StructSize(sizeof(options));
    options.max_message_bytes = static_cast<std::uint32_t>(input_.Value());
    options.max_records = static_cast<std::uint32_t>(input_.Value());
    const std::uint8_t flags = input_.Byte();
    options.allow_trailing_dot = flags & 1;
    options.allow_ip_address = flags & 2;
    options.allow_opaque = flags & 4;
    options.allow_empty_records = flags & 8;
    return options;
  }

  // A hello says a name only inside what it was given.
  void CheckHello(const meshgw_hello& hello, std::size_t size,
                  std::size_t scratch) {
    if (hello.status != MESHGW_OK) {
      Require(hello.server_name_len == 0 && hello.flags == 0);
      return;
    }
    Require(hello.position <= size && hello.reason == 0);
    const bool in_scratch = (hello.flags & MESHGW_HELLO_NAME_IN_SCRATCH) != 0;
    Require(std::size_t{hello.server_name_offset} + hello.server_name_len <=
            (in_scratch ? scratch : size));
  }

  void Hello() {
    const meshgw_hello_options options = HelloOptions();
    const std::size_t scratch = input_.Byte() * std::size_t{16};
    const meshgw_str text = input_.Text();
    const auto* data = reinterpret_cast<const std::uint8_t*>(text.data);
    const meshgw_hello hello =
        meshgw_hello_scan(data, text.len, scratch_.data(), scratch);
    CheckHello(hello, text.len, scratch);
    meshgw_hello_details details = {};
    details.struct_size = sizeof(details);
    const meshgw_status status = meshgw_hello_inspect(
        data, text.len, &options, scratch_.data(), scratch, &details);
    if (status == MESHGW_OK) {
      CheckHello(details.hello, text.len, scratch);
      read_ += Sum(details.server_name);
    }
    char ja4[MESHGW_JA4_BYTES];
    Require(meshgw_hello_ja4(data, text.len, &options, scratch_.data(), scratch,
                             ja4) == status);
    if (status == MESHGW_OK) Require(std::strlen(ja4) == sizeof(ja4) - 1);
  }

  // Bytes that do not grow from call to call as they should, too.
  void Feed() {
    if (input_.Byte() % 2 == 0) {
      const meshgw_hello_options options = HelloOptions();
      (void)meshgw_hello_state_init(&options, &state_);
    }
    const std::size_t scratch = input_.Byte() * std::size_t{16};
    const meshgw_str text = input_.Text();
    const auto* data = reinterpret_cast<const std::uint8_t*>(text.data);
    if (text.len > 65536 || data == nullptr) {
      Require(
          meshgw_hello_feed(&state_, data, text.len, scratch_.data(), scratch)
              .status == MESHGW_ERR_INVALID_ARGUMENT);
      return;
    }
    meshgw_hello_state twin = state_;
    CheckHello(
        meshgw_hello_feed(&state_, data, text.len, scratch_.data(), scratch),
        text.len, scratch);
    const std::size_t cut = text.len / 2;
    const meshgw_buffer buffers[] = {
        {data, cut}, {nullptr, 0}, {data + cut, text.len - cut}};
    CheckHello(meshgw_hello_feed_buffers(&twin, buffers, std::size(buffers),
                                         scratch_.data(), scratch),
               text.len, scratch);
  }

  void ParseName() {
    const meshgw_str text = input_.Text();
    const meshgw_str domain = input_.Text();
    meshgw_name* name = nullptr;
    if (!Try([&](meshgw_error** err) {
          return meshgw_name_parse(text, domain, &name, err);
        })) {
      Require(name == nullptr);
      return;
    }
    meshgw_name_parts parts = {};
    parts.struct_size = sizeof(parts);
    Require(meshgw_name_get(name, &parts) == MESHGW_OK);
    meshgw_string* again = nullptr;
    Require(meshgw_name_format(&parts, &again, nullptr) == MESHGW_OK);
    read_ += Sum(meshgw_string_view(again));
    meshgw_string_free(again);
    names_.Put(input_.Byte(), name);
  }

  void FormatName() {
    meshgw_name_parts parts = {};
    parts.struct_size = input_.StructSize(sizeof(parts));
    parts.kind = input_.Value();
    for (meshgw_str* part :
         {&parts.subset, &parts.service, &parts.name_space, &parts.partition,
          &parts.datacenter, &parts.peer, &parts.node, &parts.trust_domain}) {
      *part = input_.Text();
    }
    meshgw_string* text = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_name_format(&parts, &text, err);
        })) {
      read_ += Sum(meshgw_string_view(text));
    }
    meshgw_string_free(text);
  }

  void Resolve() {
    meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
    layers.struct_size = input_.StructSize(sizeof(layers));
    for (std::int32_t* layer :
         {&layers.upstream, &layers.upstream_override, &layers.proxy_instance,
          &layers.upstream_defaults, &layers.service_defaults,
          &layers.proxy_defaults, &layers.destination_defaults}) {
      *layer = input_.Byte() % 16 == 0 ? input_.Value() : input_.Byte() % 4;
    }
    meshgw_mode_target target = {};
    target.struct_size = input_.StructSize(sizeof(target));
    target.source_datacenter = input_.Text();
    target.datacenter = input_.Text();
    target.peer = input_.Text();
    target.has_external_sni = input_.Byte() % 3;
    target.is_prepared_query = input_.Byte() % 3;
    const std::int32_t rules = input_.Value() % 3;
    meshgw_mode_decision decision = {};
    const bool good = Try([&](meshgw_error** err) {
      return meshgw_mode_resolve(&layers, &target, rules, &decision, err);
    });
    meshgw_mode_explanation* explanation = nullptr;
    Require(good == Try([&](meshgw_error** err) {
              return meshgw_mode_explain(&layers, &target, rules, &explanation,
                                         err);
            }));
    if (!good) return;
    meshgw_mode_decision explained = {};
    Require(meshgw_mode_explanation_decision(explanation, &explained) ==
            MESHGW_OK);
    Require(std::memcmp(&decision, &explained, sizeof(decision)) == 0);
    KeepExplanation(explanation);
  }

  void KeepExplanation(meshgw_mode_explanation* explanation) {
    read_ += Sum(meshgw_mode_explanation_summary(explanation));
    const std::size_t count = meshgw_mode_explanation_layer_count(explanation);
    for (std::size_t i = 0; i <= count; ++i) {
      meshgw_mode_layer layer = {};
      layer.struct_size = sizeof(layer);
      const meshgw_status status =
          meshgw_mode_explanation_layer_at(explanation, i, &layer);
      Require((status == MESHGW_OK) == (i < count));
      read_ += Sum(layer.file) + Sum(layer.why);
    }
    meshgw_upstream_target target = MESHGW_UPSTREAM_TARGET_INIT;
    Require(meshgw_mode_explanation_target(explanation, &target) == MESHGW_OK);
    read_ += Sum(target.datacenter) + Sum(target.server_name);
    for (std::size_t i = 0; i < meshgw_mode_explanation_dial_count(explanation);
         ++i) {
      meshgw_endpoint endpoint = MESHGW_ENDPOINT_INIT;
      Require(meshgw_mode_explanation_dial_at(explanation, i, &endpoint) ==
              MESHGW_OK);
      read_ += Sum(endpoint.address);
    }
    explanations_.Put(input_.Byte(), explanation);
  }

  void MakeBuilder() {
    meshgw_routes_builder* builder = nullptr;
    Require(meshgw_routes_builder_create(&builder, nullptr) == MESHGW_OK);
    builders_.Put(input_.Byte(), builder);
  }

  void AddCluster() {
    meshgw_routes_builder* builder = builders_[input_.Byte()];
    std::array<meshgw_endpoint, 2> endpoints = {};
    for (meshgw_endpoint& endpoint : endpoints) {
      endpoint.struct_size = input_.StructSize(sizeof(endpoint));
      endpoint.address = input_.Text();
      endpoint.port = static_cast<std::uint32_t>(input_.Value());
      endpoint.weight = static_cast<std::uint32_t>(input_.Value());
      endpoint.health = input_.Value();
    }
    const meshgw_str failover[] = {input_.Text()};
    meshgw_cluster cluster = {};
    cluster.struct_size = input_.StructSize(sizeof(cluster));
    cluster.name = input_.Text();
    cluster.endpoints = endpoints.data();
    cluster.endpoint_count = input_.Byte() % 3;
    cluster.failover = input_.Byte() % 16 == 0 ? nullptr : failover;
    cluster.failover_count = input_.Byte() % 2;
    cluster.kind = input_.Value();
    cluster.load_balancing = input_.Value();
    (void)Try([&](meshgw_error** err) {
      return meshgw_routes_builder_add_cluster(builder, &cluster, err);
    });
  }

  void AddRule() {
    meshgw_routes_builder* builder = builders_[input_.Byte()];
    const std::int32_t kind = input_.Value();
    const meshgw_str match = input_.Text();
    const meshgw_str cluster = input_.Text();
    const meshgw_str origin = input_.Text();
    (void)Try([&](meshgw_error** err) {
      return meshgw_routes_builder_add(builder, kind, match, cluster, origin,
                                       err);
    });
  }

  void Build() {
    meshgw_routes_builder* builder = builders_[input_.Byte()];
    meshgw_routes* routes = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_routes_builder_build(builder, &routes, err);
        })) {
      KeepRoutes(routes);
    }
  }

  void KeepRoutes(meshgw_routes* routes) {
    Require(routes != nullptr);
    routes_.Put(input_.Byte(), routes);
    // A second reference now and then.
    if (input_.Byte() % 2 == 0) {
      routes_.Put(input_.Byte(), meshgw_routes_ref(routes_[input_.Byte()]));
    }
  }

  void Lookup() {
    const meshgw_routes* routes = routes_[input_.Byte()];
    const meshgw_str name = input_.Text();
    const meshgw_route_match match = meshgw_routes_lookup(routes, name);
    Require((match.kind == MESHGW_ROUTE_NONE) == (match.cluster == -1));
    Require(match.cluster <
            static_cast<std::int64_t>(meshgw_routes_cluster_count(routes)));
    meshgw_route_explanation* explanation = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_routes_explain(routes, name, &explanation, err);
        })) {
      const meshgw_route_match explained =
          meshgw_route_explanation_match(explanation);
      Require(explained.kind == match.kind &&
              explained.cluster == match.cluster);
      route_explanations_.Put(input_.Byte(), explanation);
    }
  }

  void UseRoutes() {
    const meshgw_routes* routes = routes_[input_.Byte()];
    const std::size_t clusters = meshgw_routes_cluster_count(routes);
    for (std::size_t i = 0; i <= clusters; ++i) {
      meshgw_cluster cluster = {};
      cluster.struct_size = sizeof(cluster);
      const bool there =
          meshgw_routes_cluster_at(routes, i, &cluster) == MESHGW_OK;
      Require(there == (i < clusters));
      read_ += Sum(cluster.name);
      meshgw_endpoint endpoint = {};
      endpoint.struct_size = sizeof(endpoint);
      for (std::size_t j = 0; j < cluster.endpoint_count; ++j) {
        Require(meshgw_routes_endpoint_at(routes, i, j, &endpoint) ==
                MESHGW_OK);
        read_ += Sum(endpoint.address) + Sum(endpoint.id);
      }
      std::size_t other = 0;
      for (std::size_t j = 0; j < cluster.failover_count; ++j) {
        Require(meshgw_routes_failover_at(routes, i, j, &other) == MESHGW_OK);
        Require(other < clusters);
      }
    }
    for (std::size_t i = 0; i < meshgw_routes_rule_count(routes); ++i) {
      meshgw_route route = {};
      route.struct_size = sizeof(route);
      Require(meshgw_routes_rule_at(routes, i, &route) == MESHGW_OK);
      Require(route.cluster >= 0 &&
              static_cast<std::size_t>(route.cluster) < clusters);
      read_ += Sum(route.match) + Sum(route.cluster_name) + Sum(route.origin);
    }
  }

  void ParseConfig() {
    std::array<meshgw_config_file, 2> files = {};
    for (meshgw_config_file& file : files) {
      file.struct_size = input_.StructSize(sizeof(file));
      file.name = input_.Text();
      file.contents = input_.Text();
      file.format = input_.Value();
    }
    const std::size_t count = input_.Byte() % 3;
    meshgw_config* config = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_config_parse(files.data(), count, &config, err);
        })) {
      configs_.Put(input_.Byte(), config);
    }
  }

  void UseConfig() {
    const meshgw_config* config = configs_[input_.Byte()];
    read_ += Sum(meshgw_config_datacenter(config)) +
             meshgw_config_service_count(config);
    for (std::size_t i = 0; i < meshgw_config_warning_count(config); ++i) {
      meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
      Require(meshgw_config_warning_at(config, i, &detail) == MESHGW_OK);
      read_ += Sum(detail.file) + Sum(detail.what);
    }
  }

  void MakeCatalog() {
    const meshgw_config* configs[] = {configs_[input_.Byte()],
                                      configs_[input_.Byte()]};
    const std::size_t count = input_.Byte() % 3;
    meshgw_catalog* catalog = nullptr;
    if (!Try([&](meshgw_error** err) {
          return meshgw_catalog_create(configs, count, &catalog, err);
        })) {
      return;
    }
    Require(meshgw_catalog_datacenter_count(catalog) == count);
    for (std::size_t i = 0; i < meshgw_catalog_warning_count(catalog); ++i) {
      meshgw_error_detail detail = MESHGW_ERROR_DETAIL_INIT;
      Require(meshgw_catalog_warning_at(catalog, i, &detail) == MESHGW_OK);
      read_ += Sum(detail.file) + Sum(detail.what);
    }
    read_ += Sum(meshgw_catalog_primary(catalog));
    catalogs_.Put(input_.Byte(), catalog);
  }

  // One of the catalog's datacenters, or what the input says.
  meshgw_str Datacenter(const meshgw_catalog* catalog) {
    if (input_.Byte() % 4 == 0) return input_.Text();
    return meshgw_catalog_datacenter_at(catalog, input_.Byte() % 2);
  }

  void CatalogRoutes() {
    const meshgw_catalog* catalog = catalogs_[input_.Byte()];
    const meshgw_str datacenter = Datacenter(catalog);
    const meshgw_str gateway = input_.Text();
    meshgw_routes* routes = nullptr;
    meshgw_string* warnings = nullptr;
    const bool wanted = input_.Byte() % 2 == 0;
    const bool good = Try([&](meshgw_error** err) {
      return meshgw_catalog_routes(catalog, datacenter, gateway, &routes,
                                   wanted ? &warnings : nullptr, err);
    });
    Require((warnings != nullptr) == (good && wanted));
    meshgw_string_free(warnings);
    if (good) KeepRoutes(routes);
  }

  void ExplainMode() {
    const meshgw_catalog* catalog = catalogs_[input_.Byte()];
    meshgw_upstream_query query = {};
    query.struct_size = input_.StructSize(sizeof(query));
    query.datacenter = Datacenter(catalog);
    query.service = input_.Text();
    query.upstream = input_.Text();
    query.upstream_datacenter = input_.Text();
    query.proxy_id = input_.Text();
    query.rules = input_.Value() % 3;
    meshgw_mode_explanation* explanation = nullptr;
    if (Try([&](meshgw_error** err) {
          return meshgw_catalog_explain_mode(catalog, &query, &explanation,
                                             err);
        })) {
      KeepExplanation(explanation);
    }
  }

  void Free() {
    const std::uint8_t slot = input_.Byte();
    switch (input_.Byte() % 7) {
      case 0:
        return names_.Put(slot, nullptr);
      case 1:
        return explanations_.Put(slot, nullptr);
      case 2:
        return builders_.Put(slot, nullptr);
      case 3:
        return routes_.Put(slot, nullptr);
      case 4:
        return route_explanations_.Put(slot, nullptr);
      case 5:
        return configs_.Put(slot, nullptr);
      default:
        return catalogs_.Put(slot, nullptr);
    }
  }

  void StaticNames() {
    const std::int32_t value = input_.Value();
    for (const char* name :
         {meshgw_status_name(value), meshgw_hello_reason_name(value),
          meshgw_name_kind_name(value), meshgw_mode_name(value),
          meshgw_source_name(value), meshgw_veto_name(value),
          meshgw_dial_name(value), meshgw_health_name(value),
          meshgw_cluster_kind_name(value), meshgw_balance_name(value),
          meshgw_format_name(value), meshgw_splice_end_name(value),
          meshgw_reason_name(value), meshgw_route_kind_name(value)}) {
      Require(name != nullptr);
      read_ += std::strlen(name);
    }
  }

  Input input_;
  std::size_t read_ = 0;  // So that every view is read.
  std::array<std::uint8_t, 16 * 256> scratch_ = {};
  meshgw_hello_state state_ = {};
  Slots<meshgw_name, meshgw_name_free> names_;
  Slots<meshgw_mode_explanation, meshgw_mode_explanation_free> explanations_;
  Slots<meshgw_routes_builder, meshgw_routes_builder_free> builders_;
  Slots<meshgw_routes, meshgw_routes_free> routes_;
  Slots<meshgw_route_explanation, meshgw_route_explanation_free>
      route_explanations_;
  Slots<meshgw_config, meshgw_config_free> configs_;
  Slots<meshgw_catalog, meshgw_catalog_free> catalogs_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  Caller(Input(data, size)).Run();
  return 0;
}
