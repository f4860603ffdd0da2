#include "cli/sni_hint.h"

#include <string>

#include "run_program.h"

namespace meshgw::test {
namespace {

Snapshot Known() {
  Snapshot snapshot;
  snapshot.datacenter = "dc1";
  snapshot.trust_domain = "11111111-2222-3333-4444-555555555555.consul";
  for (const std::string name : {"api", "web"}) {
    LocalService service;
    service.name = name;
    snapshot.services.push_back(service);
  }
  ServiceResolver resolver;
  resolver.name = "api";
  resolver.subsets["v1"];
  resolver.subsets["v2"];
  snapshot.resolvers.push_back(resolver);
  RemoteGateways dc2;
  dc2.datacenter = "dc2";
  dc2.gateways.resize(1);
  RemoteGateways dc3;
  dc3.datacenter = "dc3";
  snapshot.remote_gateways = {dc2, dc3};
  return snapshot;
}

TEST_CASE("what about a name is unknown is told, with what there is") {
  const std::string domain = ".internal." + Known().trust_domain;
  const struct {
    std::string name;
    std::string hint;
  } rows[] = {
      {"api.default.dc1" + domain, ""},
      {"v1.api.default.dc1" + domain, ""},
      {"anything.default.dc2" + domain, ""},
      {"v9.api.default.dc1" + domain,
       "service api has no subset v9; there is: v1, v2"},
      {"v1.web.default.dc1" + domain,
       "service web has no subset v1; it has none"},
      {"apl.default.dc1" + domain,
       "datacenter dc1 has no service apl with a sidecar; did you mean api?; "
       "there is: api, web"},
      {"api.other.dc1" + domain,
       "namespace other of datacenter dc1 has no service api with a sidecar; "
       "did you mean api?; there is: api, web"},
      {"api.default.dc9" + domain,
       "the catalog has no datacenter dc9; did you mean dc1?; there is: dc1, "
       "dc2, dc3"},
      {"api.default.dc3" + domain, "datacenter dc3 has no mesh gateway"},
      {"api.default.dc1.internal.other.consul",
       "the catalog's trust domain is " + Known().trust_domain +
           ", not other.consul"},
      {"dc1" + domain,
       "this is the name of datacenter dc1's own gateways, which go nowhere"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(cli::SniHint(row.name, Known()) == row.hint);
  }
  CHECK(cli::SniHint("www.example.com", Known())
            .starts_with("not a name of this mesh: "));
}

}  // namespace
}  // namespace meshgw::test
