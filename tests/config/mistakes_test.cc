#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

TEST_CASE("a file with three mistakes lists three, downwards") {
  CHECK(
      MistakesIn(R"(service {
  name = "web"
  prot = 8080
  connect {
    sidecar_service {
      proxy {
        mesh_gateway { mode = "locl" }
        upstreams = [{ local_bind_port = "x" destination_name = "api" }]
      }
    }
  }
}
)") ==
      "3:3: invalid config key service.prot; did you mean port?\n"
      "7:31: Invalid Mesh Gateway Mode: \"locl\"; expected \"none\", \"local\" "
      "or \"remote\"\n"
      "8:42: service.connect.sidecar_service.proxy.upstreams.local_bind_port "
      "is the string \"x\"; expected an integer from 0 to 65535");
}

TEST_CASE("misspelt keys are named with the closest one that is known") {
  CheckMistakes({
      {"datacentre = \"x\"",
       "1:1: invalid config key datacentre; did you mean datacenter?"},
      {"servce { name = \"a\" }",
       "1:1: invalid config key servce; did you mean service?"},
      {"service { name = \"a\" meshgateway { } }",
       "1:22: invalid config key service.meshgateway"},
      {"service { name = \"a\" proxy { upstream { } } }",
       "1:30: invalid config key service.proxy.upstream; did you mean "
       "upstreams?"},
      // As in Consul: config entries know both spellings, agent files one.
      {"service { name = \"a\" proxy { MeshGateway { mode = \"local\" } } }",
       "1:30: invalid config key service.proxy.MeshGateway; did you mean "
       "mesh_gateway?"},
      {"qqqqqqqqqqqqqqqq = 1", "1:1: invalid config key qqqqqqqqqqqqqqqq"},
      {"Kind = \"service-resolver\"\nName = \"a\"\nSubset { }",
       "3:1: invalid config key Subset; did you mean Subsets?"},
  });
}

TEST_CASE("a value of the wrong kind is told from the one expected") {
  CheckMistakes({
      {"datacenter = 1", "1:14: datacenter is an integer; expected a string"},
      {"service { name = \"a\" port = \"x\" }",
       "1:29: service.port is the string \"x\"; expected an integer from 0 to "
       "65535"},
      {"service { name = \"a\" port = 65536 }",
       "1:29: service.port is 65536; expected an integer from 0 to 65535"},
      {"service { name = \"a\" port = -1 }",
       "1:29: service.port is -1; expected an integer from 0 to 65535"},
      {"service { name = \"a\" tags = \"x\" }",
       "1:29: service.tags is the string \"x\"; expected a list of strings"},
      {"service { name = \"a\" meta = 1 }",
       "1:29: service.meta is an integer; expected an object"},
      {"service = 1",
       "1:11: service is an integer; expected a list of objects"},
      {"connect = []", ""},
      {"service { name = \"a\" connect { native = \"yes\" } }",
       "1:41: service.connect.native is the string \"yes\"; expected true or "
       "false"},
      {"service { name = \"a\" tagged_addresses = 1 }",
       "1:41: service.tagged_addresses is an integer; expected an object"},
      {"service { name = \"a\" weights { passing = 0 } }",
       "1:42: service.weights.passing is 0; expected an integer from 1 to "
       "65535"},
  });
}

TEST_CASE("a mode where none belongs is told where it does") {
  CheckMistakes({
      {"service { name = \"a\" proxy { mode = \"local\" } }",
       "1:37: Invalid Proxy Mode: \"local\"; did you mean mesh_gateway { mode "
       "= "
       "\"local\" }?"},
      {"service { name = \"a\" proxy { mode = \"x\" } }",
       "1:37: Invalid Proxy Mode: \"x\"; expected \"\", \"direct\" or "
       "\"transparent\""},
      {"service { name = \"a\" proxy { mode = \"transparent\" } }", ""},
      {"service { name = \"a\" mesh_gateway { mode = \"local\" } }",
       "1:22: invalid config key service.mesh_gateway; did you mean proxy { "
       "mesh_gateway { mode = \"...\" } }?"},
  });
}

TEST_CASE("a cluster id is a UUID") {
  const auto id = [](const std::string& text) {
    return "connect { ca_config { cluster_id = \"" + text + "\" } }";
  };
  CheckMistakes(
      {{id("11111111-2222-3333-4444-55555555555F"), ""},
       {id("11111111-2222-3333-4444-55555555555g"),
        "1:36: connect.ca_config.cluster_id is "
        "\"11111111-2222-3333-4444-55555555555g\"; expected a UUID, as "
        "11111111-2222-3333-4444-555555555555"},
       {id("dc1"),
        "1:36: connect.ca_config.cluster_id is \"dc1\"; expected a UUID, as "
        "11111111-2222-3333-4444-555555555555"}});
}

TEST_CASE("a datacenter's name is one label of a server name") {
  CheckMistakes({
      {"datacenter = \"East-1_a\" primary_datacenter = \"\"", ""},
      {"datacenter = \"we ird\"",
       "1:14: datacenter can only contain lowercase alphanumeric, - or _ "
       "characters. received: \"we ird\""},
      {"datacenter = \"a.east\"",
       "1:14: datacenter can only contain lowercase alphanumeric, - or _ "
       "characters. received: \"a.east\""},
      {"datacenter = \"\"", "1:14: datacenter cannot be empty"},
      {"primary_datacenter = \"ü\"",
       "1:22: primary_datacenter can only contain lowercase alphanumeric, - or "
       "_ characters. received: \"ü\""},
  });
}

TEST_CASE("a node's addresses are refused as a Consul agent refuses them") {
  const std::string lan =
      "1:18: Advertise address cannot be 0.0.0.0, :: or [::]; expected an "
      "address that others can dial";
  const std::string wan =
      "1:22: Advertise WAN address cannot be 0.0.0.0, :: or [::]; expected an "
      "address that others can dial";
  CheckMistakes({
      {"advertise_addr = \"0.0.0.0\"", lan},
      {"advertise_addr = \"::\"", lan},
      {"advertise_addr = \"[::]\"", lan},
      {"advertise_addr = \"0:0::0\"", lan},
      {"advertise_addr_wan = \"0.0.0.0\"", wan},
      {"advertise_addr_wan = \"[::]\"", wan},
      {"advertise_addr = \"node.example\"",
       "1:18: advertise_addr: invalid ip address: node.example; expected an IP "
       "address"},
      {"advertise_addr_wan = \"[::1]\"",
       "1:22: advertise_addr_wan: invalid ip address: [::1]; expected an IP "
       "address"},
      {"bind_addr = \"10.0.0.1 10.0.0.2\"",
       "1:13: bind_addr: invalid ip address: 10.0.0.1 10.0.0.2; expected an IP "
       "address"},
      {"bind_addr = \"unix:///run/x\"",
       "1:13: bind_addr cannot be a unix socket; expected an IP address"},
      {"bind_addr = \"\"",
       "1:13: bind_addr cannot be empty; expected an IP address"},
      {"advertise_addr = \"{{ GetInterfaceIP \\\"eth0\\\" }}\"",
       "1:18: advertise_addr is the template \"{{ GetInterfaceIP "
       "\\\"eth0\\\" }}\"; expected the address itself: templates are not "
       "evaluated here"},
  });
}

TEST_CASE("an address to bind is one") {
  CheckMistakes(
      {{"service { name = \"g\" kind = \"mesh-gateway\" port = 1 proxy { "
        "config "
        "{ envoy_gateway_bind_addresses { x { port = 2 } } } } }",
        "1:101: service.proxy.config.envoy_gateway_bind_addresses.x has no "
        "address to listen on; expected address = \"<IP address>\""}});
  // Nobody knows the port that the kernel would choose.
  const std::string gateway =
      "service { name = \"g\" kind = \"mesh-gateway\" port = 1 proxy { config "
      "{\nenvoy_gateway_bind_addresses { x { ";
  const std::string without =
      "service.proxy.config.envoy_gateway_bind_addresses.x has no port to "
      "listen on; expected port = 8443, for example";
  CheckMistakes(
      gateway,
      {{"address = \"127.0.0.1\" } } } } }", "2:34: " + without},
       {"address = \"127.0.0.1\" port = 0 } } } } }", "2:65: " + without},
       {"address = \"unix:/run/gateway\" } } } } }", ""}});
}

// The filters' mistakes of a file, a line each.
std::string FilterErrorsIn(const std::string& text) {
  const ConfigFile file{"a.hcl", text};
  ConfigDiagnostics found;
  // They break their own subset only.
  REQUIRE(ParseConfig({&file, 1}, {}, &found).ok());
  std::string out;
  for (const ConfigError& error : found.filter_errors) {
    out += (out.empty() ? "" : "\n") + error.Format();
  }
  return out;
}

TEST_CASE("every filter is read, also of a service that nobody has") {
  CHECK(FilterErrorsIn("Kind = \"service-resolver\" Name = \"web\" Subsets {\n"
                       "a { Filter = \"Service.Meta.v =\" }\n"
                       "b { Filter = \"Service.Meta.v == 1\" }\n"
                       "c { Filter = \"Service.Mta.v == 1\" }\n"
                       "d { } }") ==
        "a.hcl:2:14: filter of subset a of service web: column 16: unexpected "
        "\"=\"; expected ==, !=, in, is empty, contains, matches, or not with "
        "one of them\n"
        "a.hcl:4:14: filter of subset c of service web: column 1: selector "
        "Service.Mta leads to no field; did you mean Service.Meta?");
}

TEST_CASE("config entries are refused with the reason") {
  CheckMistakes({
      {"Kind = \"service-default\"\nName = \"a\"",
       "1:8: invalid config entry kind: service-default; expected "
       "proxy-defaults, service-defaults, service-resolver or mesh"},
      {"Kind = \"\"",
       "1:1: Payload does not contain a kind/Kind key at the top level; "
       "expected Kind = \"service-defaults\", for example"},
      {"config_entries { bootstrap { Name = \"a\" } }",
       "1:28: Payload does not contain a kind/Kind key at the top level; "
       "expected Kind = \"service-defaults\", for example"},
      {"Kind = \"proxy-defaults\"\nName = \"web\"",
       "2:8: invalid name (\"web\") of proxy-defaults; expected Name = "
       "\"global\""},
      // Consul gives it the only name that it may have.
      {"Kind = \"proxy-defaults\"", ""},
      {"Kind = \"service-defaults\"",
       "1:1: a service-defaults entry has no Name; expected Name = "
       "\"<service>\""},
      {"Kind = \"service-defaults\"\nName = \"a\"\n"
       "MeshGateway = { Mode = \"both\" }",
       "3:24: Invalid Mesh Gateway Mode: \"both\"; expected \"none\", "
       "\"local\" "
       "or \"remote\""},
      {"Kind = \"service-defaults\"\nName = \"a\"\n"
       "UpstreamConfig { Overrides = [{ Protocol = \"tcp\" }] }",
       "3:31: an entry of UpstreamConfig.Overrides has no Name; expected Name "
       "= \"<service>\""},
  });
}

TEST_CASE("what may be there once only is refused the second time") {
  const auto twice = [](const std::string& entry) {
    return MistakesIn("config_entries { bootstrap = [\n{ " + entry + " },\n{ " +
                      entry + " }\n] }");
  };
  CHECK(twice("Kind = \"proxy-defaults\" Name = \"global\"") ==
        "3:1: proxy-defaults is given twice; first at a.hcl:2; expected one "
        "entry");
  CHECK(twice("Kind = \"service-defaults\" Name = \"a\"") ==
        "3:1: service-defaults \"a\" is given twice; first at a.hcl:2; "
        "expected one entry");
  CHECK(twice("Kind = \"service-resolver\" Name = \"a\"") ==
        "3:1: service-resolver \"a\" is given twice; first at a.hcl:2; "
        "expected one entry");
  CHECK(twice("Kind = \"mesh\"") ==
        "3:1: mesh is given twice; first at a.hcl:2; expected one entry");
  // The same name in two partitions is two entries.
  CHECK(MistakesIn("config_entries { bootstrap = [\n"
                   "{ Kind = \"service-defaults\" Name = \"a\" },\n"
                   "{ Kind = \"service-defaults\" Name = \"a\" "
                   "Partition = \"p\" }] }")
            .empty());
}

TEST_CASE("settings that two files give must agree") {
  const std::vector<ConfigFile> files = {
      {"a.hcl", "datacenter = \"one\""},
      {"b.hcl", "datacenter = \"one\""},
      {"c.json", "{\"datacenter\": \"two\"}"}};
  ConfigDiagnostics found;
  CHECK_FALSE(ParseConfig(files, {}, &found).ok());
  CHECK(found.Format() ==
        "c.json:1:16: datacenter is \"two\" here and \"one\" at a.hcl:1; "
        "expected one value\n");
}

TEST_CASE("mistakes that show at the end are listed in their files too") {
  const std::vector<ConfigFile> files = {
      {"z.hcl", "check { service_id = \"gone\" name = \"c\" }\nx = 1"},
      {"a.hcl", "y = 1"}};
  ConfigDiagnostics found;
  CHECK_FALSE(ParseConfig(files, {}, &found).ok());
  REQUIRE(found.errors.size() == 3);
  CHECK(found.errors[0].where == SourceLocation{"z.hcl", 1, 7});
  CHECK(found.errors[1].where == SourceLocation{"z.hcl", 2, 1});
  CHECK(found.errors[2].where == SourceLocation{"a.hcl", 1, 1});
}

TEST_CASE("mistakes of every file are found, up to the most that are shown") {
  const std::vector<ConfigFile> files = {
      {"a.hcl", "a b"}, {"b.json", "{"}, {"c.hcl", "x1 = 1 x2 = 2 x3 = 3"}};
  ConfigDiagnostics found;
  ConfigLimits limits;
  limits.max_errors = 3;
  const auto config = ParseConfig(files, limits, &found);
  CHECK(config.status().message() ==
        "a.hcl:1:4: key 'b' expected start of object ('{') or assignment "
        "('='); expected '{' or '=', not the end of the file (and 4 more "
        "errors)");
  CHECK(found.errors.size() == 3);
  CHECK(found.errors_not_shown == 2);
  CHECK(found.Format().ends_with("\nand 2 more errors\n"));
}

TEST_CASE("a byte order mark is told by its name") {
  const std::string mark = "\xef\xbb\xbf";
  const std::string want =
      "1:1: a byte order mark (BOM); expected UTF-8 without one";
  CHECK(MistakesIn(mark + "datacenter = \"a\"") == want);
  CHECK(MistakesIn(mark + "{\"datacenter\": \"a\"}") == want);
  CHECK(MistakesIn(mark + "{\"datacenter\": \"a\"}", "a.json") == want);
}

TEST_CASE("a file that is too large is refused by its name") {
  const ConfigFile file{"big.hcl", std::string(101, '\n')};
  ConfigLimits limits;
  limits.max_file_bytes = 100;
  ConfigDiagnostics found;
  CHECK_FALSE(ParseConfig({&file, 1}, limits, &found).ok());
  CHECK(found.Format() ==
        "big.hcl: the file has 101 bytes; expected at most 100\n");
}

TEST_CASE("keys that only an agent needs are warned about, not refused") {
  CHECK(WarningsIn("data_dir = \"/x\"") ==
        "1:1: data_dir has no effect here: it configures a Consul agent");
  CHECK(WarningsIn("Kind = \"service-router\"\nName = \"a\"\nRoutes = []") ==
        "1:8: a service-router entry does not matter to a mesh gateway");
  CHECK(WarningsIn("datacenter = \"x\"").empty());
}

TEST_CASE("an alias check of a service that is not defined is told") {
  const std::string web = "service { name = \"web\" port = 1 ";
  CHECK(WarningsIn(web + "check { alias_service = \"web\" } }").empty());
  CHECK(WarningsIn(web + "check { alias_service = \"wbe\" } }") ==
        "1:39: check is an alias of service \"wbe\", which is not defined: it "
        "is critical; expected the id of a service of this node");
  CHECK(WarningsIn("check { alias_service = \"web\" }") ==
        "1:7: check is an alias of service \"web\", which is not defined: it "
        "is critical; expected the id of a service of this node");
  CHECK(WarningsIn("check { alias_service = \"web\" alias_node = \"n\" }")
            .empty());
}

}  // namespace
}  // namespace meshgw::test
