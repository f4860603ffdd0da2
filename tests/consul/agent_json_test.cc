#include "consul/agent_json.h"

#include <functional>
#include <string>
#include <vector>

#include "consul_answer.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::AgentSelf;
using internal::AgentService;

TEST_CASE("what a real agent says of itself is read") {
  const auto self = internal::ParseAgentSelf(Real("self.json"));
  REQUIRE(self.ok());
  CHECK(self->datacenter == "dc1");
  CHECK(self->node_name == "n1");
  CHECK(self->version == "1.22.5");
  CHECK(self->grpc_port == 8502);
  CHECK(self->grpc_tls_port == 8503);
}

TEST_CASE("the gRPC ports are those of the agent's version") {
  const struct {
    std::string json;
    std::uint16_t plain;
    std::uint16_t tls;
  } rows[] = {
      {R"({"xDS":{"Port":8503,"Ports":{"Plaintext":8502,"TLS":8503}}})", 8502,
       8503},
      // Not offered.
      {R"({"xDS":{"Port":8503,"Ports":{"Plaintext":-1,"TLS":8503}}})", 0, 8503},
      {R"({"xDS":{"Port":-1,"Ports":{"Plaintext":-1,"TLS":-1}}})", 0, 0},
      {R"({"xDS":{"Port":8502,"Ports":{"Plaintext":8502,"TLS":0}}})", 8502, 0},
      {R"({"xDS":{"Ports":{}}})", 0, 0},
      // Before 1.14.
      {R"({"xDS":{"Port":8502}})", 8502, 0},
      {R"({"xDS":{"Port":8502,"Ports":null}})", 8502, 0},
      {R"({"xDS":{"Port":-1},"DebugConfig":{"GRPCPort":-1}})", 0, 0},
      // Before 1.8 or so: xDS is not there.
      {R"({"DebugConfig":{"GRPCPort":8502}})", 8502, 0},
      {R"({"xDS":null,"DebugConfig":{"GRPCPort":8502}})", 8502, 0},
      {"{}", 0, 0},
      {R"({"xDS":{"Ports":{"Plaintext":65535,"TLS":8503.0}}})", 65535, 8503},
      // The last of several counts.
      {R"({"xDS":{"Ports":{"TLS":1,"TLS":2}}})", 0, 2},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json);
    const auto self = internal::ParseAgentSelf(row.json);
    REQUIRE(self.ok());
    CHECK(self->grpc_port == row.plain);
    CHECK(self->grpc_tls_port == row.tls);
  }
}

TEST_CASE("an agent's answer with another type is refused with its place") {
  const struct {
    std::string json;
    std::string said;
  } rows[] = {
      {R"({"Config":{"Datacenter":1}})",
       "Config.Datacenter: expected a string"},
      {R"({"Config":{"NodeName":["a"]}})",
       "Config.NodeName: expected a string"},
      {R"({"Config":{"Version":{}}})", "Config.Version: expected a string"},
      {R"({"Config":"x"})", "Config: expected an object"},
      {R"({"Config":[]})", "Config: expected an object"},
      {R"({"xDS":false})", "xDS: expected an object"},
      {R"({"xDS":{"Ports":8502}})", "xDS.Ports: expected an object"},
      {R"({"xDS":{"Ports":{"TLS":"8503"}}})",
       "xDS.Ports.TLS: expected a port, at most 65535"},
      {R"({"xDS":{"Ports":{"TLS":65536}}})",
       "xDS.Ports.TLS: expected a port, at most 65535"},
      {R"({"xDS":{"Ports":{"TLS":8503.5}}})",
       "xDS.Ports.TLS: expected a port, at most 65535"},
      {R"({"xDS":{"Ports":{"TLS":1e300}}})",
       "xDS.Ports.TLS: expected a port, at most 65535"},
      {R"({"xDS":{"Ports":{"TLS":18446744073709551615}}})",
       "xDS.Ports.TLS: expected a port, at most 65535"},
      {R"({"xDS":{"Ports":{"Plaintext":true}}})",
       "xDS.Ports.Plaintext: expected a port, at most 65535"},
      {R"({"xDS":{"Port":99999}})", "xDS.Port: expected a port, at most 65535"},
      {R"({"DebugConfig":{"GRPCPort":[]}})",
       "DebugConfig.GRPCPort: expected a port, at most 65535"},
      {"[]", "the answer: expected an object"},
      {"null", "the answer: expected an object"},
      {"\"x\"", "the answer: expected an object"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.json);
    CHECK(Error(internal::ParseAgentSelf(row.json)) == row.said);
  }
}

TEST_CASE("what is no JSON is refused") {
  const std::string rows[] = {
      "",
      " ",
      "unknown service ID: gw",
      "<html></html>",
      "{",
      "{}{}",
      "{} x",
      R"({"a":1,})",
      R"({'a':1})",
      R"({"a":NaN})",
      R"({"a":01})",
      "{\"a\":\"\xFF\xFE\"}",
      "{\"a\":\"\n\"}",
      std::string("{\0}", 3),
      std::string(100000, '['),
      R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}",
  };
  for (const std::string& json : rows) {
    CAPTURE(json.substr(0, 100));
    for (const absl::Status& status :
         {internal::ParseAgentSelf(json).status(),
          internal::ParseAgentService(json).status(),
          internal::ParseAgentServices(json).status(),
          internal::MaintenanceReason(json, "a").status()}) {
      CHECK(absl::IsInvalidArgument(status));
      CHECK(std::string(status.message()).substr(0, 8) == "no JSON:");
    }
  }
}

TEST_CASE("services are read, and what is not known of them is passed over") {
  const auto service = internal::ParseAgentService(Real("service.json"));
  REQUIRE(service.ok());
  CHECK(service->id == "gw-1");
  CHECK(service->name == "mesh-gateway");
  CHECK(service->kind == "mesh-gateway");

  const auto services = internal::ParseAgentServices(Real("services.json"));
  REQUIRE(services.ok());
  REQUIRE(services->size() == 2);
  CHECK(services->at(0).id == "gw-1");
  CHECK(services->at(0).kind == "mesh-gateway");
  CHECK(services->at(1).id == "web");
  CHECK(services->at(1).name == "web");
  CHECK(services->at(1).kind == "");
  CHECK(internal::ParseAgentServices("{}")->empty());

  const auto more = internal::ParseAgentServices(
      R"({"z":{"ID":"b"},"a":{"ID":"c","Kind":null},"b":{"ID":"a","New":[{}]}})");
  REQUIRE(more.ok());
  CHECK(more->at(0).id == "a");
  CHECK(more->at(1).id == "b");
  CHECK(more->at(2).id == "c");

  CHECK(Error(internal::ParseAgentServices(R"({"gw":{"Kind":1}})")) ==
        "gw.Kind: expected a string");
  CHECK(Error(internal::ParseAgentServices(R"({"gw":[]})")) ==
        "gw: expected an object");
  CHECK(Error(internal::ParseAgentService(R"({"ID":{}})")) ==
        "ID: expected a string");
}

TEST_CASE("maintenance is the reason of its check, of this service alone") {
  const std::string real = Real("checks.json");
  CHECK(*internal::MaintenanceReason(real, "gw-1") == "meshgw is draining");
  // The node's, and other services'.
  CHECK(*internal::MaintenanceReason(real, "gw-2") == "");
  CHECK(*internal::MaintenanceReason(real, "") == "");
  CHECK(*internal::MaintenanceReason("{}", "gw-1") == "");
  const std::string id = "\"_service_maintenance:a b\"";
  CHECK(*internal::MaintenanceReason("{" + id + ":{\"Notes\":\"x\"}}", "a b") ==
        "x");
  CHECK(*internal::MaintenanceReason("{" + id + ":null}", "a b") == "");
  CHECK(Error(internal::MaintenanceReason("{" + id + ":1}", "a b")) ==
        "_service_maintenance:a b: expected an object");
  CHECK(
      Error(internal::MaintenanceReason("{" + id + ":{\"Notes\":1}}", "a b")) ==
      "_service_maintenance:a b.Notes: expected a string");
}

TEST_CASE("an answer that is cut off is an error at every byte") {
  const struct {
    std::string file;
    std::function<absl::Status(std::string_view)> parse;
  } rows[] = {
      {"self.json",
       [](std::string_view text) {
         return internal::ParseAgentSelf(text).status();
       }},
      {"service.json",
       [](std::string_view text) {
         return internal::ParseAgentService(text).status();
       }},
      {"services.json",
       [](std::string_view text) {
         return internal::ParseAgentServices(text).status();
       }},
      {"checks.json",
       [](std::string_view text) {
         return internal::MaintenanceReason(text, "gw-1").status();
       }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.file);
    const std::string text = Real(row.file);
    const std::size_t end = text.rfind('}');
    std::size_t refused = 0;
    for (std::size_t size = 0; size <= end; ++size) {
      refused += absl::IsInvalidArgument(
                     row.parse(std::string_view(text).substr(0, size)))
                     ? 1
                     : 0;
    }
    CHECK(refused == end + 1);
    CHECK(row.parse(std::string_view(text).substr(0, end + 1)).ok());
  }
}

}  // namespace
}  // namespace meshgw::test
