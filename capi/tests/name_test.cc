#include <string>
#include <utility>
#include <vector>

#include "c_objects.h"
#include "support/vectors.h"

namespace meshgw::test {
namespace {

namespace json = boost::json;

NamePtr ParseName(const std::string& text, const std::string& domain = "") {
  meshgw_name* name = nullptr;
  REQUIRE(meshgw_name_parse(Str(text), Str(domain), &name, nullptr) ==
          MESHGW_OK);
  return NamePtr(name);
}

meshgw_name_parts PartsOf(const NamePtr& name) {
  auto parts = Sized<meshgw_name_parts>();
  REQUIRE(meshgw_name_get(name.get(), &parts) == MESHGW_OK);
  return parts;
}

std::string Format(const meshgw_name_parts& parts) {
  meshgw_string* text = nullptr;
  REQUIRE(meshgw_name_format(&parts, &text, nullptr) == MESHGW_OK);
  return Text(StringPtr(text));
}

// The member of each key of a vector.
const std::vector<std::pair<const char*, meshgw_str meshgw_name_parts::*>>
    kMembers = {{"subset", &meshgw_name_parts::subset},
                {"service", &meshgw_name_parts::service},
                {"namespace", &meshgw_name_parts::name_space},
                {"partition", &meshgw_name_parts::partition},
                {"datacenter", &meshgw_name_parts::datacenter},
                {"peer", &meshgw_name_parts::peer},
                {"node", &meshgw_name_parts::node},
                {"trust_domain", &meshgw_name_parts::trust_domain}};

TEST_CASE("every vector's name comes apart and together as it says") {
  const json::value file = LoadVectors("names.json");
  REQUIRE(file.at("names").as_array().size() >= 13);
  for (const json::value& vector : file.at("names").as_array()) {
    const std::string text = Text(vector.at("text"));
    CAPTURE(text);
    const NamePtr name = ParseName(text);
    const meshgw_name_parts parts = PartsOf(name);
    CHECK(meshgw_name_kind_name(parts.kind) == Text(vector.at("kind")));
    for (const auto& [key, member] : kMembers) {
      const json::value* want = vector.at("parts").as_object().if_contains(key);
      CAPTURE(key);
      if (want != nullptr) {
        CHECK(Text(parts.*member) == Text(*want));
      } else {
        CHECK(
            (Text(parts.*member).empty() || Text(parts.*member) == "default"));
      }
    }
    CHECK(Format(parts) == text);
  }
}

TEST_CASE("other spellings of a name come together in Consul's") {
  const json::value file = LoadVectors("names.json");
  REQUIRE_FALSE(file.at("spellings").as_array().empty());
  for (const json::value& vector : file.at("spellings").as_array()) {
    const NamePtr name = ParseName(Text(vector.at("text")));
    CHECK(Format(PartsOf(name)) == Text(vector.at("canonical")));
  }
}

TEST_CASE("names of no known form are refused with a message") {
  const json::value file = LoadVectors("names.json");
  REQUIRE_FALSE(file.at("refused").as_array().empty());
  for (const json::value& vector : file.at("refused").as_array()) {
    const std::string text = Text(vector.at("text"));
    CAPTURE(text);
    Error error;
    meshgw_name* name = nullptr;
    CHECK(meshgw_name_parse(Str(text), Str(""), &name, error.out()) ==
          MESHGW_ERR_INVALID_ARGUMENT);
    CHECK(error.status() == MESHGW_ERR_INVALID_ARGUMENT);
    CHECK_FALSE(error.message().empty());
    CHECK(name == nullptr);
  }
}

TEST_CASE("a name's parts do not depend on the text that it was read from") {
  std::string text = "API.default.dc2.internal.td.consul";
  const NamePtr name = ParseName(text);
  text.assign(text.size(), '#');
  const meshgw_name_parts parts = PartsOf(name);
  CHECK(Text(parts.service) == "api");
  CHECK(Text(parts.trust_domain) == "td.consul");
}

TEST_CASE("the agents' domain is consul unless said") {
  CHECK(PartsOf(ParseName("server.dc1.consul")).kind == MESHGW_NAME_SERVER);
  CHECK(PartsOf(ParseName("server.dc1.example", "example")).kind ==
        MESHGW_NAME_SERVER);
  meshgw_name* name = nullptr;
  CHECK(meshgw_name_parse(Str("server.dc1.example"), Str(""), &name, nullptr) ==
        MESHGW_ERR_INVALID_ARGUMENT);
}

TEST_CASE("empty namespace and partition are taken as default") {
  auto parts = Sized<meshgw_name_parts>();
  parts.kind = MESHGW_NAME_SERVICE;
  parts.service = Str("api");
  parts.datacenter = Str("dc1");
  parts.trust_domain = Str("td.consul");
  CHECK(Format(parts) == "api.default.dc1.internal.td.consul");
}

TEST_CASE("a part that the kind needs must not be empty") {
  for (int kind = MESHGW_NAME_SERVICE; kind <= MESHGW_NAME_PEERING_SERVER;
       ++kind) {
    CAPTURE(kind);
    auto parts = Sized<meshgw_name_parts>();
    parts.kind = kind;
    Error error;
    meshgw_string* text = nullptr;
    CHECK(meshgw_name_format(&parts, &text, error.out()) ==
          MESHGW_ERR_INVALID_ARGUMENT);
    CHECK_FALSE(error.message().empty());
    CHECK(text == nullptr);
  }
}

}  // namespace
}  // namespace meshgw::test
