#include <string>
#include <vector>

#include "config_text.h"

// What Consul's Validate of a config entry refuses (agent/structs
// config_entry*.go), each with the place of the value concerned.
namespace meshgw::test {
namespace {

const std::string kResolver =
    "Kind = \"service-resolver\"\nName = \"a\"\nSubsets { v1 { } }\n";

TEST_CASE("subsets have names that fit a server name, and are defined") {
  CheckMistakes(
      "Kind = \"service-resolver\"\nName = \"a\"\n",
      {
          {"Subsets = 1", "3:11: Subsets is an integer; expected an object"},
          {"DefaultSubset = \"v1\"",
           "3:17: DefaultSubset \"v1\" is not a valid subset; expected a key "
           "of Subsets"},
          {"default_subset = \"v1\"",
           "3:18: DefaultSubset \"v1\" is not a valid subset; expected a key "
           "of Subsets"},
          {"Subsets { v-1 { } }", ""},
      });
  for (const std::string& name :
       {std::string(), std::string("V1"), std::string("a.b"), std::string("-a"),
        std::string("a-"), std::string("a_b"), std::string(64, 'a')}) {
    CAPTURE(name);
    CHECK(
        MistakesIn("Kind = \"service-resolver\"\nName = \"a\"\nSubsets {\n\"" +
                   name + "\" { } }") ==
        "4:1: Subset \"" + name +
            "\" is invalid; expected 1 to 63 lower case letters, digits and "
            "'-', which is neither first nor last");
  }
}

TEST_CASE("a resolver redirects or fails over, not both") {
  CheckMistakes(
      kResolver,
      {
          {"Redirect { Service = \"b\" }\nFailover { v1 { Service = \"c\" } }",
           "5:1: Redirect and Failover cannot both be set; expected one of "
           "them"},
          {"Failover { v1 { Service = \"c\" } }\nRedirect { Service = \"b\" }",
           "4:1: Redirect and Failover cannot both be set; expected one of "
           "them"},
          {"Redirect { Service = \"b\" }\nFailover { }", ""},
      });
}

TEST_CASE("a redirect leads to one place") {
  CheckMistakes(
      kResolver,
      {
          {"Redirect { }", "4:10: Redirect is empty"},
          {"Redirect { Service = \"b\" Datacenter = \"x\" Partition = \"p\" }",
           "4:55: Cross-datacenter and cross-partition redirect is not "
           "supported"},
          {"Partition = \"p\"\nRedirect { Service = \"b\" Datacenter = \"x\" }",
           "5:39: Cross-datacenter redirect is only supported in the default "
           "partition"},
          {"Redirect { SamenessGroup = \"g\" ServiceSubset = \"v1\" }",
           "4:48: Redirect.SamenessGroup cannot be set with "
           "Redirect.ServiceSubset"},
          {"Redirect { SamenessGroup = \"g\" Partition = \"p\" }",
           "4:44: Redirect.Partition cannot be set with "
           "Redirect.SamenessGroup"},
          {"Redirect { SamenessGroup = \"g\" Datacenter = \"x\" }",
           "4:45: Redirect.SamenessGroup cannot be set with "
           "Redirect.Datacenter"},
          {"Redirect { Service = \"b\" Peer = \"q\" ServiceSubset = \"v1\" }",
           "4:53: Redirect.Peer cannot be set with Redirect.ServiceSubset"},
          {"Redirect { Service = \"b\" Peer = \"q\" Partition = \"p\" }",
           "4:49: Redirect.Partition cannot be set with Redirect.Peer"},
          {"Redirect { Service = \"b\" Peer = \"q\" Datacenter = \"x\" }",
           "4:50: Redirect.Peer cannot be set with Redirect.Datacenter"},
          {"Redirect { ServiceSubset = \"v1\" }",
           "4:28: Redirect.ServiceSubset defined without Redirect.Service"},
          {"Redirect { Namespace = \"n\" }",
           "4:24: Redirect.Namespace defined without Redirect.Service"},
          {"Redirect { Partition = \"p\" }",
           "4:24: Redirect.Partition defined without Redirect.Service"},
          {"Redirect { Peer = \"q\" }",
           "4:19: Redirect.Peer defined without Redirect.Service"},
          {"Redirect { Service = \"a\" service_subset = \"v2\" }",
           "4:43: Redirect.ServiceSubset \"v2\" is not a valid subset of "
           "\"a\""},
          {"Redirect { Service = \"a\" ServiceSubset = \"v1\" }", ""},
          {"Redirect { Service = \"b\" ServiceSubset = \"v2\" }", ""},
          {"Redirect { Datacenter = \"x\" }", ""},
          {"Redirect { SamenessGroup = \"g\" }", ""},
          {"Partition = \"p\"\nRedirect { Service = \"b\" Partition = \"q\" }",
           ""},
      });
}

TEST_CASE("a failover leads somewhere, in one way") {
  const std::string bad = "Bad Failover[\"v1\"]: ";
  CheckMistakes(
      kResolver,
      {
          {"Failover = 1", "4:12: Failover is an integer; expected an object"},
          {"Failover { v2 { Service = \"b\" } }",
           "4:12: Bad Failover[\"v2\"]: not a valid subset; expected a key of "
           "Subsets, or \"*\""},
          {"Failover { \"*\" { Service = \"b\" } }", ""},
          {"Failover { v1 { } }",
           "4:15: " + bad +
               "one of Service, ServiceSubset, Namespace, Targets, "
               "SamenessGroup, or Datacenters is required"},
          {"Partition = \"p\"\nFailover { v1 { Datacenters = [\"x\"] } }",
           "5:31: " + bad +
               "Cross-datacenter failover is only supported in the default "
               "partition"},
          {"Failover { v1 { ServiceSubset = \"v2\" } }",
           "4:33: " + bad +
               "ServiceSubset \"v2\" is not a valid subset of "
               "\"a\""},
          {"Failover { v1 { Service = \"b\" ServiceSubset = \"v2\" } }", ""},
          {"Failover { v1 { SamenessGroup = \"g\" Datacenters = [\"x\"] } }",
           "4:51: " + bad + "SamenessGroup cannot be set with Datacenters"},
          {"Failover { v1 { SamenessGroup = \"g\" ServiceSubset = \"v1\" } }",
           "4:53: " + bad + "SamenessGroup cannot be set with ServiceSubset"},
          {"Failover { v1 { SamenessGroup = \"g\" Targets = [{ Peer = \"q\" }] "
           "} }",
           "4:47: " + bad + "SamenessGroup cannot be set with Targets"},
          {"Failover { v1 { Datacenters = [\"x\"] Targets = [{ Peer = \"q\" }] "
           "} }",
           "4:47: " + bad + "Targets cannot be set with Datacenters"},
          {"Failover { v1 { ServiceSubset = \"v1\" Targets = [{ Peer = \"q\" "
           "}] } }",
           "4:48: " + bad + "Targets cannot be set with ServiceSubset"},
          {"Failover { v1 { Service = \"b\" Targets = [{ Peer = \"q\" }] } }",
           "4:41: " + bad + "Targets cannot be set with Service"},
          {"Failover { v1 { Datacenters = [\"x\", \"\"] } }",
           "4:31: " + bad + "found empty datacenter"},
          {"Failover { v1 { Service = \"b\" Policy { Mode = \"best\" } } }",
           "4:47: " + bad +
               "Failover-policy mode must be one of '', 'sequential', or "
               "'order-by-locality'"},
          {"Failover { v1 { Service = \"b\" Policy { Mode = \"sequential\" "
           "Regions = [\"r\"] } } }",
           ""},
          // Keys that Consul has of targets only.
          {"Failover { v1 { Service = \"b\" Datacenter = \"x\" } }",
           "4:31: invalid config key Failover.v1.Datacenter; did you mean "
           "Datacenters?"},
      });
}

TEST_CASE("each target of a failover is one place") {
  const std::string bad = "Bad Failover[\"v1\"].Targets[1]: ";
  const auto target = [](const std::string& text) {
    return "Failover { v1 { Targets = [{ Peer = \"q\" },\n{ " + text +
           " }] } }";
  };
  CheckMistakes(
      kResolver,
      {
          {target("Peer = \"q\" ServiceSubset = \"v1\""),
           "5:30: " + bad + "Peer cannot be set with ServiceSubset"},
          {target("Peer = \"q\" Partition = \"p\""),
           "5:26: " + bad + "Partition cannot be set with Peer"},
          {target("Peer = \"q\" Datacenter = \"x\""),
           "5:27: " + bad + "Peer cannot be set with Datacenter"},
          {target("Partition = \"p\" Datacenter = \"x\""),
           "5:15: " + bad + "Partition cannot be set with Datacenter"},
          {target("ServiceSubset = \"v2\""),
           "5:19: " + bad +
               "ServiceSubset \"v2\" is not a valid subset of \"a\""},
          {target("Service = \"b\" ServiceSubset = \"v2\""), ""},
      });
}

TEST_CASE("a load balancer's parts fit its policy") {
  const std::string bad = "Bad LoadBalancer ";
  const auto hash = [](const std::string& text) {
    return "LoadBalancer { Policy = \"maglev\"\nHashPolicies = [{ " + text +
           " }] }";
  };
  const std::string hash_bad = "Bad LoadBalancer HashPolicy[0]: ";
  CheckMistakes(
      kResolver,
      {
          {"LoadBalancer { Policy = \"best\" }",
           "4:25: " + bad +
               "policy: \"best\" is not supported; expected least_request, "
               "round_robin, random, ring_hash or maglev"},
          {"LoadBalancer { RingHashConfig { MinimumRingSize = 1 } }",
           "4:31: " + bad +
               "configuration. RingHashConfig specified for incompatible load "
               "balancing policy \"\""},
          {"LoadBalancer { Policy = \"random\" LeastRequestConfig { } }",
           "4:53: " + bad +
               "configuration. LeastRequestConfig specified for incompatible "
               "load balancing policy \"random\""},
          {"LoadBalancer { Policy = \"random\" HashPolicies = [{ SourceIP = "
           "true }] }",
           "4:49: " + bad +
               "configuration: HashPolicies specified for non-hash-based "
               "Policy: \"random\""},
          {"LoadBalancer { Policy = \"ring_hash\" RingHashConfig { "
           "MaximumRingSize = 9 } HashPolicies = [{ SourceIP = true Terminal = "
           "true }] }",
           ""},
          {"LoadBalancer { Policy = \"ring_hash\" RingHashConfig { Size = 9 } "
           "}",
           "4:54: invalid config key LoadBalancer.RingHashConfig.Size"},
          {hash("Field = \"body\" FieldValue = \"x\""),
           "5:27: " + hash_bad + "\"body\" is not a supported field"},
          {hash("Field = \"header\" FieldValue = \"x\" SourceIP = true"),
           "5:27: " + hash_bad +
               "A single hash policy cannot hash both a source address and a "
               "\"header\""},
          {hash("FieldValue = \"x\" SourceIP = true"),
           "5:32: " + hash_bad +
               "A FieldValue cannot be specified when hashing SourceIP"},
          {hash("Field = \"header\""),
           "5:27: " + hash_bad +
               "Field \"header\" was specified without a FieldValue"},
          {hash("FieldValue = \"x\""),
           "5:32: " + hash_bad + "FieldValue requires a Field to apply to"},
          {hash("Field = \"header\" FieldValue = \"x\" CookieConfig { Path = "
                "\"/\" }"),
           "5:66: " + hash_bad + "cookie_config provided for \"header\""},
          {hash(
               "Field = \"cookie\" FieldValue = \"x\" CookieConfig { Session = "
               "true TTL = \"1s\" }"),
           "5:66: " + hash_bad +
               "a session cookie cannot have an associated TTL"},
          {hash("Field = \"cookie\" FieldValue = \"x\" CookieConfig { TTL = "
                "\"1s\" }"),
           ""},
      });
}

TEST_CASE("a resolver's times are durations that are not negative") {
  CheckMistakes(
      kResolver,
      {
          {"ConnectTimeout = \"5 s\"",
           "4:18: ConnectTimeout is the string \"5 s\"; expected a duration "
           "such as \"500ms\", \"10s\" or \"1h30m\""},
          {"RequestTimeout = \"-1s\"",
           "4:18: RequestTimeout is the string \"-1s\"; expected a duration "
           "such as \"500ms\", \"10s\" or \"1h30m\""},
      });
}

const std::string kServiceDefaults =
    "Kind = \"service-defaults\"\nName = \"a\"\n";

TEST_CASE("service-defaults are refused as Consul refuses them") {
  CHECK(MistakesIn("Kind = \"service-defaults\"\nName = \"*\"") ==
        "2:8: service-defaults name must be the name of a service, and not a "
        "wildcard");
  CheckMistakes(
      kServiceDefaults,
      {
          {"Protocol = \"GRPC\"", ""},
          {"Protocol = \"udp\"",
           "3:12: invalid value for protocol: udp; expected tcp, http, http2 "
           "or grpc"},
          {"BalanceInboundConnections = \"exact\"",
           "3:29: invalid value for balance_inbound_connections: exact; "
           "expected exact_balance"},
          {"MutualTLSMode = \"lax\"",
           "3:17: Invalid MutualTLSMode lax; expected strict, permissive"},
          {"UpstreamConfig { }\nDestination { Addresses = [\"x.org\"] Port = "
           "1 }",
           "4:13: UpstreamConfig and Destination are mutually exclusive for "
           "service defaults"},
          {"Destination { Port = 1 }",
           "3:13: Destination must contain at least one valid address"},
          {"Destination { Addresses = [\"x.org\", \"10.0.0.1\", \"::1\"] }",
           "3:13: Invalid Port number 0; expected Port = 443, for example"},
          {"Destination { Addresses = [\"x.org\", \"x.org\"] Port = 1 }",
           "3:27: Duplicate address 'x.org' is not allowed"},
          {"Destination { Addresses = [\"*.org\"] Port = 70000 }",
           "3:27: Destination address '*.org' is invalid; expected an IP "
           "address or a host name\n"
           "3:44: Destination.Port is 70000; expected an integer from 1 to "
           "65535"},
          {"Meta { " + std::string(129, 'k') + " = \"v\" }",
           "3:6: Meta key \"" + std::string(129, 'k') +
               "\" exceeds maximum length 128"},
          {"Meta { k = \"" + std::string(513, 'v') + "\" }",
           "3:6: Meta value for key \"k\" exceeds maximum length 512"},
      });
}

TEST_CASE("UpstreamConfig is refused as Consul refuses it") {
  const auto defaults = [](const std::string& text) {
    return "UpstreamConfig { Defaults {\n" + text + " } }";
  };
  const auto overrides = [](const std::string& text) {
    return "UpstreamConfig { Overrides = [{\n" + text + " }] }";
  };
  const std::string health = "UpstreamConfig.Defaults.PassiveHealthCheck.";
  CheckMistakes(
      kServiceDefaults,
      {
          {defaults("Name = \"b\""),
           "4:8: error in upstream defaults: Name must be empty"},
          {defaults("Namespace = \"n\""),
           "4:13: error in upstream defaults: Namespace must be empty"},
          {defaults("Partition = \"p\""),
           "4:13: error in upstream defaults: Partition must be empty"},
          {overrides("Name = \"*\""),
           "4:8: error in upstream override: Wildcard name is not supported"},
          {overrides("Name = \"b\" Namespace = \"*\""),
           "4:24: error in upstream override: Wildcard namespace is not "
           "supported"},
          {overrides("Name = \"b\" BalanceOutboundConnections = \"x\""),
           "4:41: invalid value for balance_outbound_connections: x; expected "
           "exact_balance"},
          {defaults("PassiveHealthCheck { Interval = \"-1s\" }"),
           "4:33: " + health +
               "Interval is the string \"-1s\"; expected a duration such as "
               "\"500ms\", \"10s\" or \"1h30m\""},
          {defaults("PassiveHealthCheck { EnforcingConsecutive5xx = 101 }"),
           "4:48: " + health +
               "EnforcingConsecutive5xx is 101; expected an integer from 0 "
               "to 100"},
          {defaults("PassiveHealthCheck { max_ejection_percent = 101 }"),
           "4:45: " + health +
               "max_ejection_percent is 101; expected an integer from 0 to "
               "100"},
          {defaults("Limits { MaxPendingRequests = -1 }"),
           "4:31: UpstreamConfig.Defaults.Limits.MaxPendingRequests is -1; "
           "expected an integer from 0 to 2147483647"},
      });
}

TEST_CASE("proxy-defaults are refused as Consul refuses them") {
  CheckMistakes(
      "Kind = \"proxy-defaults\"\nName = \"global\"\n",
      {
          {"AccessLogs { Type = \"syslog\" }",
           "3:21: invalid access log type: syslog; expected file, stdout, "
           "stderr"},
          {"AccessLogs { Type = \"file\" }",
           "3:21: path must be specified when using file type access logs"},
          {"AccessLogs { Path = \"/x\" }",
           "3:21: path is only valid for file type access logs"},
          {"AccessLogs { JSONFormat = \"{}\" TextFormat = \"x\" }",
           "3:45: cannot specify both access log JSONFormat and TextFormat"},
          {"AccessLogs { json_format = \"{x\" }",
           "3:28: invalid access log json for JSON format: unexpected 'x'"},
          {"AccessLogs { Enabled = true DisableListenerLogs = true Type = "
           "\"file\" Path = \"/x\" JSONFormat = \"{}\" }",
           ""},
          {"FailoverPolicy { Mode = \"best\" }",
           "3:25: Failover-policy mode must be one of '', 'sequential', or "
           "'order-by-locality'"},
          {"MutualTLSMode = \"lax\"",
           "3:17: Invalid MutualTLSMode lax; expected strict, permissive"},
      });
}

TEST_CASE("a mesh entry is refused as Consul refuses it") {
  CheckMistakes(
      "Kind = \"mesh\"\n",
      {
          {"TLS { Incoming { TLSMinVersion = \"TLSv1.2\" } }",
           "2:34: no matching TLS version found for TLSv1.2; expected "
           "TLS_AUTO, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3"},
          {"TLS { Outgoing { TLSMinVersion = \"TLSv1_3\" tls_max_version = "
           "\"TLSv1_2\" } }",
           "2:62: configuring max version TLSv1_2 less than the configured "
           "min version TLSv1_3 is invalid"},
          {"TLS { Incoming { TLSMinVersion = \"TLSv1_3\" CipherSuites = "
           "[\"x\"] } }",
           "2:59: configuring CipherSuites is only applicable to connections "
           "negotiated with TLS 1.2 or earlier, TLSMinVersion is set to "
           "TLSv1_3"},
          {"TLS { Incoming { TLSMinVersion = \"TLS_AUTO\" TLSMaxVersion = "
           "\"TLSv1_2\" } }",
           ""},
          {"HTTP { Incoming { RequestNormalization { "
           "PathWithEscapedSlashesAction = \"KEEP\" } } }",
           "2:73: no matching PathWithEscapedSlashesAction value found for "
           "KEEP; expected IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED, "
           "REJECT_REQUEST, UNESCAPE_AND_REDIRECT, UNESCAPE_AND_FORWARD"},
          {"HTTP { SanitizeXForwardedClientCert = true Incoming { "
           "RequestNormalization { HeadersWithUnderscoresAction = \"DROP\" } "
           "} }",
           "2:109: no matching HeadersWithUnderscoresAction value found for "
           "DROP; expected ALLOW, REJECT_REQUEST, DROP_HEADER"},
      });
}

}  // namespace
}  // namespace meshgw::test
