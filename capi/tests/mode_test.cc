#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "c_objects.h"
#include "support/vectors.h"

namespace meshgw::test {
namespace {

namespace json = boost::json;

std::string Field(const json::value& object, const char* key) {
  const json::value* value = object.as_object().if_contains(key);
  return value == nullptr ? "" : Text(*value);
}
bool Flag(const json::value& object, const char* key) {
  const json::value* value = object.as_object().if_contains(key);
  return value != nullptr && value->as_bool();
}

std::int32_t ModeOf(const std::string& text) {
  std::int32_t mode = -1;
  REQUIRE(meshgw_mode_parse(Str(text), &mode, nullptr) == MESHGW_OK);
  return mode;
}

meshgw_mode_layers LayersOf(const json::value& vector) {
  const json::value& said = vector.at("layers");
  const auto mode = [&said](std::int32_t source) {
    return ModeOf(Field(said, meshgw_source_name(source)));
  };
  meshgw_mode_layers layers = MESHGW_MODE_LAYERS_INIT;
  layers.upstream = mode(MESHGW_SOURCE_UPSTREAM);
  layers.upstream_override = mode(MESHGW_SOURCE_UPSTREAM_OVERRIDE);
  layers.proxy_instance = mode(MESHGW_SOURCE_PROXY_INSTANCE);
  layers.upstream_defaults = mode(MESHGW_SOURCE_UPSTREAM_DEFAULTS);
  layers.service_defaults = mode(MESHGW_SOURCE_SERVICE_DEFAULTS);
  layers.proxy_defaults = mode(MESHGW_SOURCE_PROXY_DEFAULTS);
  layers.destination_defaults = mode(MESHGW_SOURCE_DESTINATION_DEFAULTS);
  return layers;
}

const char* VetoName(std::int32_t veto) {
  static constexpr const char* kNames[] = {"none", "same_datacenter",
                                           "external_sni", "prepared_query"};
  return veto >= 0 && veto <= MESHGW_VETO_PREPARED_QUERY ? kNames[veto] : "";
}

// A vector as arguments.
struct Question {
  explicit Question(const json::value& vector)
      : layers(LayersOf(vector)),
        rules(Text(vector.at("rules")) == "v1.6" ? MESHGW_RULES_V1_6
                                                 : MESHGW_RULES_LATEST) {
    const json::value& where = vector.at("target");
    for (const char* key :
         {"source_datacenter", "datacenter", "partition", "peer"}) {
      texts.push_back(Field(where, key));
    }
    target.source_datacenter = Str(texts[0]);
    target.datacenter = Str(texts[1]);
    target.partition = Str(texts[2]);
    target.peer = Str(texts[3]);
    target.has_external_sni = Flag(where, "has_external_sni") ? 1 : 0;
    target.is_prepared_query = Flag(where, "is_prepared_query") ? 1 : 0;
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  meshgw_mode_decision Resolve() const {
    meshgw_mode_decision decision = {};
    REQUIRE(meshgw_mode_resolve(&layers, &target, rules, &decision, nullptr) ==
            MESHGW_OK);
    return decision;
  }
  ModeExplanationPtr Explain() const {
    meshgw_mode_explanation* explanation = nullptr;
    REQUIRE(meshgw_mode_explain(&layers, &target, rules, &explanation,
                                nullptr) == MESHGW_OK);
    return ModeExplanationPtr(explanation);
  }

  meshgw_mode_layers layers;
  meshgw_mode_target target = Sized<meshgw_mode_target>();
  std::int32_t rules;
  std::vector<std::string> texts;
};

TEST_CASE("every vector's mode is decided as it says") {
  const json::value file = LoadVectors("modes.json");
  REQUIRE(file.at("modes").as_array().size() >= 20);
  for (const json::value& vector : file.at("modes").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const meshgw_mode_decision decision = Question(vector).Resolve();
    const json::value& want = vector.at("want");
    CHECK(meshgw_mode_name(decision.mode) == Field(want, "mode"));
    CHECK(meshgw_source_name(decision.source) == Field(want, "source"));
    CHECK(VetoName(decision.veto) == Field(want, "veto"));
    CHECK(meshgw_dial_name(decision.dial) == Field(want, "dial"));
    CHECK((decision.applies != 0) == Flag(want, "applies"));
    CHECK((decision.wan_address != 0) == Flag(want, "wan_address"));
    CHECK(decision.reserved == 0);
  }
}

TEST_CASE("an explanation has the decision and says who won") {
  const json::value file = LoadVectors("modes.json");
  for (const json::value& vector : file.at("modes").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const Question question(vector);
    const meshgw_mode_decision want = question.Resolve();
    const ModeExplanationPtr explained = question.Explain();
    meshgw_mode_decision decision = {};
    REQUIRE(meshgw_mode_explanation_decision(explained.get(), &decision) ==
            MESHGW_OK);
    CHECK(std::memcmp(&decision, &want, sizeof(want)) == 0);
    const std::string summary =
        Text(meshgw_mode_explanation_summary(explained.get()));
    CHECK_THAT(summary,
               Catch::Matchers::ContainsSubstring(meshgw_mode_name(want.mode)));

    int winners = 0;
    const std::size_t count =
        meshgw_mode_explanation_layer_count(explained.get());
    CHECK(count >= 7);
    for (std::size_t i = 0; i < count; ++i) {
      auto layer = Sized<meshgw_mode_layer>();
      REQUIRE(meshgw_mode_explanation_layer_at(explained.get(), i, &layer) ==
              MESHGW_OK);
      CHECK(layer.struct_size == sizeof(layer));
      CHECK(layer.why.len > 0);
      CHECK(layer.file.len == 0);
      CHECK(layer.line == 0);
      if (layer.won == 0) continue;
      ++winners;
      CHECK(layer.considered == 1);
      CHECK(layer.source == want.source);
    }
    CHECK(winners == (want.source == MESHGW_SOURCE_BUILT_IN ? 0 : 1));
  }
}

TEST_CASE("there is no layer behind the last") {
  const json::value file = LoadVectors("modes.json");
  const ModeExplanationPtr explained =
      Question(file.at("modes").at(0)).Explain();
  const std::size_t count =
      meshgw_mode_explanation_layer_count(explained.get());
  auto layer = Sized<meshgw_mode_layer>();
  for (const std::size_t index : {count, count + 1, SIZE_MAX}) {
    CHECK(meshgw_mode_explanation_layer_at(explained.get(), index, &layer) ==
          MESHGW_ERR_NOT_FOUND);
  }
}

TEST_CASE("modes are read as Consul spells them") {
  for (int mode = MESHGW_MODE_DEFAULT; mode <= MESHGW_MODE_REMOTE; ++mode) {
    CHECK(ModeOf(meshgw_mode_name(mode)) == mode);
  }
  for (const char* text : {"Local", "local ", "locl", "unknown", "default"}) {
    CAPTURE(text);
    Error error;
    std::int32_t mode = -7;
    CHECK(meshgw_mode_parse(Str(text), &mode, error.out()) ==
          MESHGW_ERR_INVALID_ARGUMENT);
    CHECK(error.message() ==
          "Invalid Mesh Gateway Mode: \"" + std::string(text) + "\"");
    CHECK(mode == -7);
  }
}

TEST_CASE("a mode's name is compared to its whole length") {
  const char text[] = "localhost";
  std::int32_t mode = -7;
  CHECK(meshgw_mode_parse({text, 5}, &mode, nullptr) == MESHGW_OK);
  CHECK(mode == MESHGW_MODE_LOCAL);
}

}  // namespace
}  // namespace meshgw::test
