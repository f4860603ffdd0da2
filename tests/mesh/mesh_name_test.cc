#include "meshgw/mesh_name.h"

#include <random>
#include <string>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using Kind = MeshNameKind;

const std::string kTrustDomain = "11111111-2222-3333-4444-555555555555.consul";

struct Row {
  std::string text;  // Without the trust domain, where one follows.
  MeshName name;
};

MeshName Name(Kind kind, MeshName parts) {
  parts.kind = kind;
  if (parts.trust_domain.empty()) parts.trust_domain = kTrustDomain;
  return parts;
}

// Every form of Consul's agent/connect/sni.go and tlsutil/config.go.
std::vector<Row> Forms() {
  return {
      {"api.default.dc2.internal." + kTrustDomain,
       Name(Kind::kService, {.service = "api", .datacenter = "dc2"})},
      {"v2.api.default.dc2.internal." + kTrustDomain,
       Name(Kind::kService,
            {.subset = "v2", .service = "api", .datacenter = "dc2"})},
      {"api.team.dc2.internal." + kTrustDomain,
       Name(Kind::kService,
            {.service = "api", .name_space = "team", .datacenter = "dc2"})},
      {"api.team.part.dc2.internal-v1." + kTrustDomain,
       Name(Kind::kService, {.service = "api",
                             .name_space = "team",
                             .partition = "part",
                             .datacenter = "dc2"})},
      {"v2.api.team.part.dc2.internal-v1." + kTrustDomain,
       Name(Kind::kService, {.subset = "v2",
                             .service = "api",
                             .name_space = "team",
                             .partition = "part",
                             .datacenter = "dc2"})},
      {"dc2.internal." + kTrustDomain,
       Name(Kind::kGateway, {.datacenter = "dc2"})},
      {"part.dc2.internal-v1." + kTrustDomain,
       Name(Kind::kGateway, {.partition = "part", .datacenter = "dc2"})},
      {"geo.default.dc2.query." + kTrustDomain,
       Name(Kind::kPreparedQuery, {.service = "geo", .datacenter = "dc2"})},
      {"api.default.default.east.external." + kTrustDomain,
       Name(Kind::kExported, {.service = "api", .peer = "east"})},
      {"api.team.part.east.external." + kTrustDomain,
       Name(Kind::kExported, {.service = "api",
                              .name_space = "team",
                              .partition = "part",
                              .peer = "east"})},
      {"server.dc2.consul",
       Name(Kind::kServer, {.datacenter = "dc2", .trust_domain = "consul"})},
      {"node-1.server.dc2.consul",
       Name(Kind::kServer,
            {.datacenter = "dc2", .node = "node-1", .trust_domain = "consul"})},
      {"server.dc2.peering." + kTrustDomain,
       Name(Kind::kPeeringServer, {.datacenter = "dc2"})},
  };
}

TEST_CASE("every form of Consul's server names is read and written") {
  for (const Row& row : Forms()) {
    CAPTURE(row.text);
    const auto parsed = MeshName::Parse(row.text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == row.name);
    const auto formatted = row.name.Format();
    REQUIRE(formatted.ok());
    CHECK(*formatted == row.text);
  }
}

TEST_CASE("names are read in any case and with one trailing dot") {
  for (const Row& row : Forms()) {
    std::string upper = row.text;
    for (char& c : upper) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    const auto parsed = MeshName::Parse(upper + ".");
    REQUIRE(parsed.ok());
    CHECK(*parsed == row.name);
  }
}

TEST_CASE("names keep the case of their parts, but for the trust domain") {
  const MeshName name = Name(
      Kind::kService,
      {.service = "Web", .datacenter = "DC2", .trust_domain = "ABCD.CONSUL"});
  CHECK(*name.Format() == "Web.default.DC2.internal.abcd.consul");
  CHECK(TrustDomain("ABCD-1") == "abcd-1.consul");
  CHECK(LowerCase("AZ-az.É") == "az-az.É");
}

TEST_CASE("empty namespaces and partitions are the default ones") {
  CHECK(*Name(Kind::kService, {.service = "a",
                               .name_space = "",
                               .partition = "",
                               .datacenter = "d"})
             .Format() == "a.default.d.internal." + kTrustDomain);
  CHECK(*Name(Kind::kExported,
              {.service = "a", .name_space = "", .partition = "", .peer = "p"})
             .Format() == "a.default.default.p.external." + kTrustDomain);
}

TEST_CASE("labels beyond those of the form go to the service's name") {
  const auto service =
      MeshName::Parse("v1.a.b.default.dc2.internal." + kTrustDomain);
  REQUIRE(service.ok());
  CHECK(service->subset == "v1");
  CHECK(service->service == "a.b");
  const auto exported =
      MeshName::Parse("a.b.default.default.p.external." + kTrustDomain);
  REQUIRE(exported.ok());
  CHECK(exported->service == "a.b");
  const auto query = MeshName::Parse("a.b.default.dc.query." + kTrustDomain);
  REQUIRE(query.ok());
  CHECK(query->service == "a.b");
}

TEST_CASE("servers are named in the agent's own domain") {
  const auto found =
      MeshName::Parse("n.server.dc1.mesh.example", "Mesh.Example");
  REQUIRE(found.ok());
  CHECK(found->kind == Kind::kServer);
  CHECK(found->node == "n");
  CHECK(found->trust_domain == "mesh.example");
  CHECK_FALSE(MeshName::Parse("n.server.dc1.mesh.example", "other").ok());
  CHECK_FALSE(MeshName::Parse("n.server.dc1.xconsul", "consul").ok());
  // As an agent's file may write it.
  CHECK(MeshName::Parse("n.server.dc1.mesh.example", "Mesh.Example.")->node ==
        "n");
  // A domain with the label of a marker in it.
  const auto marked = MeshName::Parse("n.server.dc1.internal.mesh.example",
                                      "internal.mesh.example");
  REQUIRE(marked.ok());
  CHECK(marked->kind == MeshNameKind::kServer);
  CHECK(marked->datacenter == "dc1");
}

TEST_CASE("names of no known form are refused with what was expected") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "server name \"\": has an empty label"},
      {".", "server name \".\": has an empty label"},
      {"a..b", "server name \"a..b\": has an empty label"},
      {"example.com",
       "server name \"example.com\": has 2 labels; the shortest form is "
       "datacenter.internal.<cluster id>.consul"},
      {"www.shop.example.com",
       "server name \"www.shop.example.com\": label \"shop\" before the trust "
       "domain \"example.com\"; expected internal, internal-v1, external, "
       "query or peering"},
      {"a.dc2.internal.x.consul",
       "server name \"a.dc2.internal.x.consul\": 2 labels before "
       "\"internal\"; expected datacenter or "
       "[subset.]service.namespace.datacenter"},
      {"dc2.internal-v1.x.consul",
       "server name \"dc2.internal-v1.x.consul\": 1 labels before "
       "\"internal-v1\"; expected partition.datacenter or "
       "[subset.]service.namespace.partition.datacenter"},
      {"a.default.dc2.internal-v2.x.consul",
       "server name \"a.default.dc2.internal-v2.x.consul\": label "
       "\"internal-v2\" before the trust domain \"x.consul\"; expected "
       "internal, internal-v1, external, query or peering"},
      {"a.b.c.external.x.consul",
       "server name \"a.b.c.external.x.consul\": 3 labels before "
       "\"external\"; expected service.namespace.partition.peer"},
      {"a.other.dc.query.x.consul",
       "server name \"a.other.dc.query.x.consul\": before \"query\" expected "
       "name.default.datacenter"},
      {"a.server.dc.peering.x.consul",
       "server name \"a.server.dc.peering.x.consul\": before \"peering\" "
       "expected server.datacenter"},
  };
  for (const auto& [text, message] : rows) {
    const auto parsed = MeshName::Parse(text);
    CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(parsed.status().message() == message);
  }
}

TEST_CASE("a name without a part that it needs is not written") {
  for (const Row& row : Forms()) {
    MeshName name = row.name;
    name.trust_domain.clear();
    CHECK_FALSE(name.Format().ok());
    name = row.name;
    (name.kind == Kind::kExported ? name.peer : name.datacenter).clear();
    CHECK_FALSE(name.Format().ok());
  }
  CHECK(MeshName{.datacenter = "d", .trust_domain = "t"}
            .Format()
            .status()
            .message() == "a service name needs a service, which is empty");
}

// Labels without dots, in lower case: then nothing is ambiguous.
std::string Label(std::mt19937* random) {
  constexpr std::string_view kLetters = "abcxyz0189-_";
  std::string out(1 + (*random)() % 12, 'a');
  for (char& c : out) c = kLetters[(*random)() % kLetters.size()];
  return out;
}

TEST_CASE("what is written is read back, for names of any parts") {
  std::mt19937 random(20191123);
  for (int i = 0; i < 20000; ++i) {
    MeshName name;
    name.kind = static_cast<Kind>(1 + random() % 6);
    name.trust_domain = Label(&random) + ".consul";
    if (name.kind != Kind::kExported) name.datacenter = Label(&random);
    const auto maybe = [&](std::string* part) {
      if (random() % 2 == 0) *part = Label(&random);
    };
    switch (name.kind) {
      case Kind::kService:
        name.service = Label(&random);
        maybe(&name.subset);
        maybe(&name.name_space);
        maybe(&name.partition);
        break;
      case Kind::kGateway:
        maybe(&name.partition);
        break;
      case Kind::kPreparedQuery:
        name.service = Label(&random);
        break;
      case Kind::kExported:
        name.service = Label(&random);
        name.peer = Label(&random);
        maybe(&name.name_space);
        maybe(&name.partition);
        break;
      case Kind::kServer:
        name.trust_domain = "consul";
        maybe(&name.node);
        break;
      case Kind::kPeeringServer:
        break;
    }
    const auto text = name.Format();
    REQUIRE(text.ok());
    const auto parsed = MeshName::Parse(*text);
    CAPTURE(*text);
    REQUIRE(parsed.ok());
    REQUIRE(*parsed == name);
    REQUIRE(*parsed->Format() == *text);
  }
}

}  // namespace
}  // namespace meshgw::test
