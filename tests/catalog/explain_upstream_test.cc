#include <fstream>
#include <iterator>
#include <string>

#include "catalog_text.h"
#include "support/source_tree.h"

namespace meshgw::test {
namespace {

std::string Seed(const std::string& name) {
  std::ifstream in(SourceTree("testdata/seed/" + name));
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  REQUIRE_FALSE(text.empty());
  return text;
}

const std::string kSecondary =
    "services { name = \"gw\" kind = \"mesh-gateway\" port = 8443 address = "
    "\"10.2.0.1\" tagged_addresses { wan { address = \"1.2.3.4\" port = 443 } "
    "} }\n"
    "services { name = \"api\" address = \"10.2.0.2\" port = 80 connect { "
    "sidecar_service { } } }";
const std::string kPrimaryGateway =
    "services { name = \"gw\" kind = \"mesh-gateway\" port = 8443 address = "
    "\"10.1.0.1\" }\n";

UpstreamExplanation Explain(const Catalog& catalog, const std::string& upstream,
                            ModeRules rules = ModeRules::kLatest) {
  const auto found = ExplainUpstream(catalog, {.datacenter = "primary",
                                               .service = "web",
                                               .upstream = upstream,
                                               .rules = rules});
  INFO(found.status().message());
  REQUIRE(found.ok());
  return *found;
}

// "mode from source at file:line, dials endpoints".
std::string Told(const UpstreamExplanation& explained) {
  std::string where = "nowhere";
  for (const UpstreamLayer& layer : explained.layers) {
    if (layer.explanation.won) {
      where = absl::StrFormat("%s:%d", layer.where.file, layer.where.line);
    }
  }
  return absl::StrFormat("%s from %s at %s%s, dials %s",
                         MeshGatewayModeName(explained.decision.mode),
                         ModeSourceName(explained.decision.source), where,
                         explained.decision.applies ? "" : " (not applied)",
                         ToText(explained.dial));
}

std::string Told(const Catalog& catalog, const std::string& upstream,
                 ModeRules rules = ModeRules::kLatest) {
  return Told(Explain(catalog, upstream, rules));
}

constexpr ModeRules kBothRules[] = {ModeRules::kLatest, ModeRules::kV1_6};

TEST_CASE("seed 3 and 4: the instance's mode is remote") {
  for (const ModeRules rules : kBothRules) {
    const Catalog proxy =
        CatalogOf({{"primary", Seed("3-service-instance.hcl")},
                   {"secondary", kSecondary}});
    CHECK(Told(proxy, "api", rules) ==
          "remote from service_instance at primary.hcl:8, dials 1.2.3.4:443");
    const Catalog sidecar =
        CatalogOf({{"primary", Seed("4-sidecar-service.hcl")},
                   {"secondary", kSecondary}});
    CHECK(Told(sidecar, "api", rules) ==
          "remote from service_instance at primary.hcl:9, dials 1.2.3.4:443");
  }
}

TEST_CASE("seed 1 and 2: defaults hold where nothing nearer is set") {
  const std::string web =
      "services { name = \"web\" port = 1 connect { sidecar_service { proxy { "
      "upstreams { destination_name = \"api\" datacenter = \"secondary\" "
      "local_bind_port = 9191 } } } } }\n" +
      kPrimaryGateway;
  const auto entry = [](const std::string& name) {
    return "config_entries { bootstrap = [{ " + Seed(name) + " }] }\n";
  };
  for (const ModeRules rules : kBothRules) {
    CHECK(Told(CatalogOf({{"primary", web + entry("1-proxy-defaults.hcl")},
                          {"secondary", kSecondary}}),
               "api", rules) ==
          "local from proxy_defaults at primary.hcl:7, dials 10.1.0.1:8443");
    CHECK(Told(CatalogOf({{"primary", web + entry("2-service-defaults.hcl")},
                          {"secondary", kSecondary}}),
               "api", rules) ==
          "local from service_defaults at primary.hcl:7, dials 10.1.0.1:8443");
  }
}

TEST_CASE("seed 5: without a datacenter the three modes have no effect") {
  const Catalog catalog = CatalogOf(
      {{"primary", Seed("5-upstreams.hcl")}, {"secondary", kSecondary}});
  for (const ModeRules rules : kBothRules) {
    CHECK(Told(catalog, "api", rules) ==
          "remote from upstream at primary.hcl:12 (not applied), dials ");
    CHECK(Told(catalog, "db", rules) ==
          "local from upstream at primary.hcl:19 (not applied), dials ");
    CHECK(Told(catalog, "logging", rules) ==
          "none from upstream at primary.hcl:26 (not applied), dials ");
  }
}

TEST_CASE("seed 6: in another datacenter remote, local and none hold") {
  const std::string rest = [] {
    std::string out;
    for (const char* name : {"db", "logging"}) {
      out += absl::StrFormat(
          "\nservices { name = \"%s\" address = \"10.2.0.3\" port = 80 connect "
          "{ sidecar_service { port = 9 } } }",
          name);
    }
    return out;
  }();
  const Catalog catalog =
      CatalogOf({{"primary", Seed("6-sidecar-upstreams.hcl") + kPrimaryGateway},
                 {"secondary", kSecondary + rest}});
  for (const ModeRules rules : kBothRules) {
    CHECK(Told(catalog, "api", rules) ==
          "remote from upstream at primary.hcl:14, dials 1.2.3.4:443");
    CHECK(Told(catalog, "db", rules) ==
          "local from upstream at primary.hcl:22, dials 10.1.0.1:8443");
    CHECK(Told(catalog, "logging", rules) ==
          "none from upstream at primary.hcl:30 (not applied), dials "
          "10.2.0.3:9");
  }
  CHECK(Explain(catalog, "api").server_name ==
        "api.default.secondary.internal." + kTrustDomain);
}

std::string Web(const std::string& upstream, const std::string& more = "") {
  return "services { name = \"web\" port = 1 connect { sidecar_service { proxy "
         "{ upstreams { " +
         upstream + " local_bind_port = 9191 } " + more + " } } } }\n" +
         kPrimaryGateway;
}

std::string Entries(const std::string& entries) {
  return "config_entries { bootstrap = [" + entries + "] }\n";
}

const std::string kElsewhere =
    "destination_name = \"api\" datacenter = \"secondary\"";

TEST_CASE("UpstreamConfig decides today and is unknown to Consul 1.6") {
  const Catalog catalog = CatalogOf(
      {{"primary", Web(kElsewhere, "mesh_gateway { mode = \"remote\" }") +
                       Entries("{ Kind = \"service-defaults\" Name = \"web\" "
                               "UpstreamConfig { Overrides = [{ Name = \"api\" "
                               "MeshGateway { Mode = \"local\" } }] } }")},
       {"secondary", kSecondary}});
  CHECK(Told(catalog, "api") ==
        "local from upstream_override at primary.hcl:4, dials 10.1.0.1:8443");
  CHECK(Told(catalog, "api", ModeRules::kV1_6) ==
        "remote from service_instance at primary.hcl:2, dials 1.2.3.4:443");
}

TEST_CASE("an override is for the upstream that it names") {
  const auto mode = [](const std::string& override_text) {
    return Explain(
               CatalogOf({{"primary",
                           Web(kElsewhere) +
                               Entries("{ Kind = \"service-defaults\" Name = "
                                       "\"web\" UpstreamConfig { Overrides = "
                                       "[{ MeshGateway { Mode = \"local\" } " +
                                       override_text + " }] } }")},
                          {"secondary", kSecondary}}),
               "api")
        .decision.source;
  };
  CHECK(mode("Name = \"api\"") == ModeSource::kUpstreamOverride);
  CHECK(mode("Name = \"api\" Namespace = \"default\"") ==
        ModeSource::kUpstreamOverride);
  CHECK(mode("Name = \"db\"") == ModeSource::kBuiltIn);
  CHECK(mode("Name = \"api\" Namespace = \"n\"") == ModeSource::kBuiltIn);
  CHECK(mode("Name = \"api\" Peer = \"p\"") == ModeSource::kBuiltIn);
}

TEST_CASE("a resolver's redirect says where an upstream leads") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web("destination_name = \"old\" mesh_gateway { mode = \"remote\" }") +
            Entries("{ Kind = \"service-resolver\" Name = \"old\" Redirect { "
                    "Service = \"api\" Datacenter = \"secondary\" } }")},
       {"secondary", kSecondary}});
  const UpstreamExplanation explained = Explain(catalog, "old");
  CHECK(explained.target_service == "api");
  CHECK(explained.target_datacenter == "secondary");
  CHECK(Told(explained) ==
        "remote from upstream at primary.hcl:2, dials 1.2.3.4:443");
  CHECK(explained.server_name ==
        "api.default.secondary.internal." + kTrustDomain);
}

// The error that explaining upstream "a" ends with.
std::string Refused(const std::string& entries) {
  const Catalog catalog = CatalogOf(
      {{"primary", Web("destination_name = \"a\"") + Entries(entries)}});
  const auto found = ExplainUpstream(
      catalog, {.datacenter = "primary", .service = "web", .upstream = "a"});
  CHECK(found.status().code() == absl::StatusCode::kFailedPrecondition);
  return std::string(found.status().message());
}

std::string Resolver(const std::string& name, const std::string& text) {
  return "{ Kind = \"service-resolver\" Name = \"" + name + "\" " + text + " }";
}

TEST_CASE("resolvers that Consul would refuse are errors, in its words") {
  CHECK(Refused(Resolver("a", "Redirect { Service = \"b\" }") + "," +
                Resolver("b", "Redirect { Service = \"a\" }")) ==
        "detected circular resolver redirect: [a.default.default.primary -> "
        "b.default.default.primary -> a.default.default.primary]");
  CHECK(Refused(Resolver("a",
                         "Redirect { Service = \"b\" ServiceSubset = "
                         "\"v1\" }")) ==
        "service \"b\" does not have a subset named \"v1\"");
  const std::string external =
      "{ Kind = \"service-defaults\" Name = \"a\" ExternalSNI = "
      "\"a.example.com\" },";
  const auto refuses = [&](const std::string& resolver) {
    return Refused(external + Resolver("a", resolver));
  };
  CHECK(refuses("Redirect { Datacenter = \"secondary\" }") ==
        "service \"a\" has an external SNI set; cannot define redirects for "
        "external services");
  CHECK(refuses("Subsets { v1 { } }") ==
        "service \"a\" has an external SNI set; cannot define subsets for "
        "external services");
  CHECK(refuses("Failover { \"*\" { Service = \"b\" } }") ==
        "service \"a\" has an external SNI set; cannot define failover for "
        "external services");
}

TEST_CASE("a redirect to the same service elsewhere has its default subset") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web("destination_name = \"api\" mesh_gateway { mode = \"remote\" }") +
            Entries(Resolver("api",
                             "Redirect { Datacenter = \"secondary\" } "
                             "DefaultSubset = \"v1\" Subsets { v1 { } }"))},
       {"secondary", kSecondary}});
  CHECK(Explain(catalog, "api").server_name ==
        "v1.api.default.secondary.internal." + kTrustDomain);
}

TEST_CASE("a redirect to a subset is kept") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web("destination_name = \"old\"") +
            Entries(Resolver("old",
                             "Redirect { Service = \"api\" "
                             "ServiceSubset = \"v2\" }") +
                    "," +
                    Resolver("api",
                             "DefaultSubset = \"v1\" Subsets { v1 { } "
                             "v2 { } }"))}});
  CHECK(Explain(catalog, "old").server_name ==
        "v2.api.default.primary.internal." + kTrustDomain);
}

// Each failover as "server name: mode, dials endpoints".
std::vector<std::string> Failover(const Catalog& catalog,
                                  const std::string& upstream) {
  std::vector<std::string> out;
  for (const UpstreamFailover& next : Explain(catalog, upstream).failover) {
    out.push_back(absl::StrFormat("%s: %s%s, dials %s", next.server_name,
                                  MeshGatewayModeName(next.decision.mode),
                                  next.decision.applies ? "" : " (not applied)",
                                  ToText(next.dial)));
  }
  return out;
}

TEST_CASE("failovers are explained by the code that explains the target") {
  const std::string domain = ".internal." + kTrustDomain;
  const auto failover = [&](const std::string& text) {
    return Failover(
        CatalogOf(
            {{"primary", Web("destination_name = \"api\" mesh_gateway { mode = "
                             "\"local\" }") +
                             Entries(Resolver("api", text) + "," +
                                     Resolver("old",
                                              "Redirect { Service = \"api\" "
                                              "Datacenter = \"secondary\" }"))},
             {"secondary", kSecondary}}),
        "api");
  };
  using Lines = std::vector<std::string>;
  CHECK(failover("").empty());
  CHECK(
      failover("Failover { \"*\" { Datacenters = [\"primary\", \"secondary\"] "
               "} }") ==
      Lines{"api.default.secondary" + domain + ": local, dials 10.1.0.1:8443"});
  CHECK(
      failover("Failover { \"*\" { Targets = [{ Service = \"db\" }, { "
               "Datacenter = \"secondary\" }] } }") ==
      Lines{"db.default.primary" + domain + ": local (not applied), dials ",
            "api.default.secondary" + domain + ": local, dials 10.1.0.1:8443"});
  // A section for the subset wins over the one for all.
  CHECK(failover("DefaultSubset = \"v1\" Subsets { v1 { } v2 { } } Failover { "
                 "v1 { ServiceSubset = \"v2\" } \"*\" { Service = \"db\" } "
                 "}") == Lines{"v2.api.default.primary" + domain +
                               ": local (not applied), dials "});
  // Redirects of what is failed over to are followed.
  CHECK(
      failover("Failover { \"*\" { Service = \"old\" } }") ==
      Lines{"api.default.secondary" + domain + ": local, dials 10.1.0.1:8443"});
}

TEST_CASE("a default subset is part of the server name") {
  const Catalog catalog = CatalogOf(
      {{"primary", Web(kElsewhere) +
                       Entries("{ Kind = \"service-resolver\" Name = \"api\" "
                               "DefaultSubset = \"v1\" Subsets { v1 { Filter = "
                               "\"Service.Meta.v == 1\" } } }")},
       {"secondary", kSecondary}});
  const UpstreamExplanation explained = Explain(catalog, "api");
  CHECK(explained.server_name ==
        "v1.api.default.secondary.internal." + kTrustDomain);
  CHECK(explained.dial.empty());
}

TEST_CASE("an external SNI bypasses gateways and is sent") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web(kElsewhere, "mesh_gateway { mode = \"remote\" }") +
            Entries("{ Kind = \"service-defaults\" Name = \"api\" ExternalSNI "
                    "= \"api.example.com\" }")},
       {"secondary", kSecondary}});
  const UpstreamExplanation explained = Explain(catalog, "api");
  CHECK(explained.decision.veto == ModeVeto::kExternalSni);
  CHECK(explained.server_name == "api.example.com");
}

TEST_CASE("a peer's gateways are not in files") {
  const Catalog catalog =
      CatalogOf({{"primary", Web("destination_name = \"api\" destination_peer "
                                 "= \"east\"")}});
  const UpstreamExplanation explained = Explain(catalog, "api");
  CHECK(explained.decision.dial == Dial::kPeerGateway);
  CHECK(explained.dial.empty());
  CHECK(explained.server_name.empty());
}

TEST_CASE("a prepared query has a name of its own and dials what it finds") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web("destination_type = \"prepared_query\" destination_name = \"api\" "
            "datacenter = \"secondary\"",
            "mesh_gateway { mode = \"remote\" }") +
            Entries("{ Kind = \"service-defaults\" Name = \"api\" ExternalSNI "
                    "= \"api.example.com\" MeshGateway { Mode = \"local\" } "
                    "}")},
       {"secondary", kSecondary}});
  const UpstreamExplanation explained = Explain(catalog, "api");
  CHECK(explained.is_prepared_query);
  CHECK(explained.server_name == "api.default.secondary.query." + kTrustDomain);
  CHECK(Told(explained) ==
        "remote from service_instance at primary.hcl:2 (not applied), dials ");
  CHECK(
      explained.summary ==
      "mode remote from service_instance: not applied, prepared queries never "
      "use gateways; dials the instance itself, which the query finds when "
      "Consul runs it");
  CHECK(explained.layers.back().explanation.why == "not set");
}

TEST_CASE("a query and a service of one name are told apart as Consul does") {
  const std::string query =
      "destination_type = \"prepared_query\" destination_name = \"api\" "
      "local_bind_port = 9192";
  const Catalog both = CatalogOf(
      {{"primary", Web("destination_name = \"api\" local_bind_port = 9190 } "
                       "upstreams { " +
                       query + " } upstreams { destination_name = \"db\"")}});
  CHECK(Explain(both, "api").server_name ==
        "api.default.primary.internal." + kTrustDomain);
  CHECK(Explain(both, "prepared_query:api").server_name ==
        "api.default.primary.query." + kTrustDomain);
  const Catalog alone =
      CatalogOf({{"primary", Web(query + " } upstreams { destination_name = "
                                         "\"db\"")}});
  for (const char* name : {"api", "prepared_query:api"}) {
    CHECK(Explain(alone, name).is_prepared_query);
  }
  const auto missing = ExplainUpstream(
      alone,
      {.datacenter = "primary", .service = "web", .upstream = "service:api"});
  CHECK(missing.status().message() ==
        "proxy web-sidecar-proxy has no upstream \"service:api\"; it has: "
        "prepared_query:api, db");
}

TEST_CASE("what cannot be found is answered with what there is") {
  const Catalog catalog = CatalogOf(
      {{"primary",
        Web(kElsewhere) +
            "services { name = \"web-2\" kind = \"connect-proxy\" port = 1 "
            "proxy { destination_service_name = \"twice\" } }\n"
            "services { name = \"web-3\" kind = \"connect-proxy\" port = 1 "
            "proxy { destination_service_name = \"twice\" } }"},
       {"secondary", kSecondary}});
  const auto message = [&](UpstreamQuery query) {
    return std::string(ExplainUpstream(catalog, query).status().message());
  };
  CHECK(message({.datacenter = "x", .service = "web", .upstream = "api"}) ==
        "no datacenter \"x\" in the catalog; there are: primary, secondary");
  CHECK(message({.datacenter = "primary", .service = "x", .upstream = "api"}) ==
        "service \"x\" has no proxy in datacenter primary; services that have "
        "one: twice, web");
  CHECK(message({.datacenter = "primary", .service = "web", .upstream = "x"}) ==
        "proxy web-sidecar-proxy has no upstream \"x\"; it has: api in "
        "secondary");
  CHECK(message({.datacenter = "primary",
                 .service = "web",
                 .upstream = "api",
                 .upstream_datacenter = "third"}) ==
        "proxy web-sidecar-proxy has no upstream \"api\" in datacenter third; "
        "it has: api in secondary");
  CHECK(message(
            {.datacenter = "primary", .service = "twice", .upstream = "api"}) ==
        "service \"twice\" has several proxies, name one of: web-2, web-3");
  CHECK(message({.datacenter = "primary",
                 .service = "twice",
                 .upstream = "api",
                 .proxy_id = "x"}) ==
        "service \"twice\" has no proxy with id \"x\" in datacenter primary; "
        "there are: web-2, web-3");
}

}  // namespace
}  // namespace meshgw::test
