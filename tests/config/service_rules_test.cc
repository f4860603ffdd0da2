#include <string>
#include <vector>

#include "config_text.h"

// What Consul refuses of a service: agent/structs NodeService.Validate and
// Upstream.Validate, agent/config builder.go.
namespace meshgw::test {
namespace {

TEST_CASE("Connect proxies are refused as a Consul agent refuses them") {
  const auto proxy = [](const std::string& text) {
    return "service { name = \"p\" kind = \"connect-proxy\" port = 1\nproxy { "
           "destination_service_name = \"web\"\n" +
           text + " } }";
  };
  CheckMistakes({
      {"service { name = \"p\" kind = \"connect-proxy\" proxy { "
       "destination_service_name = \"web\" } }",
       "1:9: Port or SocketPath must be set for a connect-proxy; expected port "
       "= 21000, for example"},
      {"service { name = \"p\" kind = \"connect-proxy\" socket_path = \"/s\" "
       "proxy { destination_service_name = \"web\" } }",
       ""},
      {"service { name = \"p\" kind = \"connect-proxy\" port = 1 proxy { "
       "destination_service_name = \"*\" } }",
       "1:60: Proxy.DestinationServiceName must not be a wildcard for Connect "
       "proxy services; expected the name of one service"},
      {"service { name = \"p\" kind = \"connect-proxy\" port = 1 proxy { "
       "destination_service_name = \"web\" } connect { native = true } }",
       "1:9: A Proxy cannot also be Connect Native, only typical services"},
      {proxy("upstreams { destination_name = \"a\" local_bind_port = 1 }\n"
             "upstreams { destination_name = \"a\" local_bind_port = 2 }"),
       "4:11: upstreams cannot contain duplicates of [type=\"service\", "
       "name=\"a\", partition=\"\", namespace=\"\", peer=\"\", "
       "datacenter=\"\"]"},
      {proxy("upstreams { destination_name = \"a\" local_bind_port = 1 }\n"
             "upstreams { destination_name = \"a\" local_bind_port = 2 "
             "datacenter = \"x\" }"),
       ""},
      {proxy("upstreams { destination_name = \"a\" local_bind_port = 1 }\n"
             "upstreams { destination_name = \"b\" local_bind_port = 1 "
             "local_bind_address = \"127.0.0.1\" }"),
       "4:11: upstreams cannot contain duplicates by local bind address and "
       "port or unix path; \"127.0.0.1:1\" is specified twice"},
      {proxy("upstreams { destination_name = \"a\" local_bind_port = 1 }\n"
             "upstreams { destination_name = \"b\" local_bind_port = 1 "
             "local_bind_address = \"::1\" }"),
       ""},
      {proxy("upstreams { destination_name = \"a\" local_bind_socket_path = "
             "\"/s\" }\nupstreams { destination_name = \"b\" "
             "local_bind_socket_path = \"/s\" }"),
       "4:11: upstreams cannot contain duplicates by local bind address and "
       "port or unix path; \"/s\" is specified twice"},
  });
}

TEST_CASE("services are refused as a Consul agent refuses them") {
  CheckMistakes({
      {"service { port = 1 }",
       "1:9: a service has no name; expected name = \"<service>\""},
      {"service { name = \"a\" address = \"0.0.0.0\" }",
       "1:9: Invalid service address \"0.0.0.0\"; expected an address that "
       "others can dial"},
      {"service { name = \"a\" address = \"0::0\" }",
       "1:9: Invalid service address \"0::0\"; expected an address that "
       "others can dial"},
      {"service { name = \"a\" meta { consul-x = \"1\" } }",
       "1:9: meta key \"consul-x\" is reserved for Consul's own use"},
      {"service { name = \"a\" }\nservice { name = \"b\" }",
       "2:9: service is given 2 times in one file; expected one service "
       "block, or services blocks"},
      {"services { name = \"a\" }\nservices { name = \"b\" id = \"a\" }",
       "2:10: service id \"a\" is given twice; first at a.hcl:1; expected an "
       "id of its own for each instance"},
      {"services { name = \"a-sidecar-proxy\" }\n"
       "services { name = \"a\" connect { sidecar_service { } } }",
       "2:49: service id \"a-sidecar-proxy\" is given twice; first at a.hcl:1; "
       "expected an id of its own for each instance"},
      {"service { name = \"g\" kind = \"mesh-gateway\" }",
       "1:9: Port must be non-zero for a mesh-gateway; expected port = 8443, "
       "for example"},
      {"service { name = \"g\" kind = \"mesh-gateway\" port = 1 proxy { "
       "destination_service_name = \"x\" local_service_port = 2 } }",
       "1:59: The Proxy.DestinationServiceName configuration is invalid for a "
       "mesh-gateway\n"
       "1:59: The Proxy.LocalServicePort configuration is invalid for a "
       "mesh-gateway"},
      {"service { name = \"g\" kind = \"mesh-gateway\" port = 1 connect { "
       "sidecar_service { } } }",
       "1:63: A mesh-gateway cannot have a sidecar service defined"},
      {"service { name = \"g\" kind = \"mesh-gateway\" port = 1 proxy { "
       "local_service_socket_path = \"/s\" local_service_address = \"x\" "
       "destination_service_id = \"y\" upstreams { destination_name = \"z\" } "
       "} }",
       "1:59: The Proxy.DestinationServiceID configuration is invalid for a "
       "mesh-gateway\n"
       "1:59: The Proxy.LocalServiceAddress configuration is invalid for a "
       "mesh-gateway\n"
       "1:59: The Proxy.Upstreams configuration is invalid for a "
       "mesh-gateway\n"
       "1:89: The Proxy.LocalServiceSocketPath configuration is invalid for a "
       "mesh-gateway"},
      {"service { name = \"g\" kind = \"mesh-gateway\" port = 1 ports { } }",
       "1:53: Ports cannot be set for a mesh-gateway"},
      {"service { name = \"p\" kind = \"connect-proxy\" port = 1 }",
       "1:9: Proxy.DestinationServiceName must be non-empty for Connect proxy "
       "services; expected proxy { destination_service_name = \"<service>\" }"},
      {"service { port = 1 name = \"a\" connect { native = true "
       "sidecar_service { } } }",
       "1:55: a service cannot be Connect-native and have a sidecar"},
      {"service { name = \"a\" connect { sidecar_service { id = \"x\" } } }",
       "1:48: sidecar_service can't specify an ID: it is managed by the agent"},
      {"service { name = \"a\" connect { sidecar_service { connect { } } } }",
       "1:50: sidecar_service cannot have a nested connect block"},
      {"service { name = \"a\" check { status = \"bad\" ttl = \"1s\" } }",
       "1:39: check status \"bad\"; expected \"passing\", \"warning\" or "
       "\"critical\""},
      {"check { name = \"c\" service_id = \"gone\" ttl = \"1s\" }",
       "1:7: check names service_id \"gone\", which is not defined; expected "
       "the id of a service"},
  });
}

TEST_CASE("upstreams are refused as a Consul agent refuses them") {
  const auto upstream = [](const std::string& text,
                           const std::string& service = "") {
    return "service { name = \"p\" kind = \"connect-proxy\" port = 1 " +
           service +
           " proxy { destination_service_name = \"a\" upstreams = [{\n" + text +
           "\n}] } }";
  };
  const std::string bind = "local_bind_port = 1\n";
  CheckMistakes({
      {upstream(bind), "1:107: upstream destination name cannot be empty"},
      {upstream(bind + "destination_name = \"\""),
       "3:20: upstream destination name cannot be empty"},
      {upstream(bind + "destination_name = \"*\""),
       "3:20: upstream destination name cannot be a wildcard"},
      {upstream(bind + "destination_name = \"b\" destination_type = \"queue\""),
       "3:43: unknown upstream destination type: \"queue\"; expected "
       "\"service\" or \"prepared_query\""},
      {upstream(bind + "destination_name = \"b\" datacenter = \"x\" "
                       "destination_peer = \"y\""),
       "3:37: upstream cannot specify both destination peer and datacenter"},
      {upstream(bind + "destination_name = \"b\" mesh_gateway { mode = "
                       "\"Local\" }"),
       "3:46: Invalid Mesh Gateway Mode: \"Local\"; expected \"none\", "
       "\"local\" or \"remote\""},
      {upstream("destination_name = \"b\""),
       "1:107: upstream local bind port or local socket path must be defined "
       "and nonzero"},
      {upstream("destination_name = \"b\" local_bind_port = 0"),
       "2:42: upstream local bind port or local socket path must be defined "
       "and nonzero"},
      {upstream(bind + "destination_name = \"b\" local_bind_socket_path = "
                       "\"/s\""),
       "3:49: only one of upstream local bind port or local socket path can be "
       "defined and nonzero"},
      {upstream("destination_name = \"b\" local_bind_socket_path = \"/s\" "
                "local_bind_socket_mode = \"0698\""),
       "2:79: local_bind_socket_mode: invalid mode: 0698; expected octal "
       "digits, such as \"0600\""},
      {upstream("destination_name = \"b\" local_bind_port = \"x\""),
       "2:42: service.proxy.upstreams.local_bind_port is the string \"x\"; "
       "expected an integer from 0 to 65535"},
      {upstream(bind + "destination_name = \"b\" datacenter = \"x\"",
                "partition = \"q\""),
       "1:122: upstreams cannot target another datacenter in non default "
       "partition"},
      {upstream(bind + "destination_name = \"b\" datacenter = \"x\" "
                       "destination_partition = \"q\""),
       "1:107: upstreams cannot target another datacenter in non default "
       "partition"},
      {upstream(bind + "destination_name = \"b\" destination_peer = \"x\" "
                       "destination_partition = \"q\""),
       "1:107: upstreams must target peers in the same partition as the "
       "service"},
      {upstream(bind + "destination_name = \"b\" destination_peer = \"x\"",
                "partition = \"q\""),
       ""},
      // As Consul, which registers it without its proxy block.
      {"service { name = \"a\" proxy { upstreams { destination_name = \"b\" } "
       "} }",
       ""},
  });
}

TEST_CASE("exposed paths are refused as a Consul agent refuses them") {
  const auto paths = [](const std::string& text) {
    return "service { name = \"p\" kind = \"connect-proxy\" port = 1 proxy { "
           "destination_service_name = \"a\" expose { paths = [{\n" +
           text + "\n}] } } }";
  };
  CheckMistakes({
      {paths("listener_port = 1"), "1:111: expose.paths: empty path exposed"},
      {paths("path = \"/\" listener_port = 0"),
       "2:28: expose.paths: invalid listener port: 0"},
      {paths("path = \"/\" listener_port = 1 },\n{ path = \"/x\" "
             "listener_port = 1"),
       "3:31: expose.paths: duplicate listener ports exposed"},
      {paths("path = \"/\" listener_port = 1 protocol = \"grpc\""),
       "2:41: expose.paths: protocol 'grpc' not supported for path: /, must be "
       "in: [http http2]"},
      {paths("path = \"/\" listener_port = 1 protocol = \"HTTP2\""), ""},
  });
}

TEST_CASE("gateways of each kind are refused as a mesh gateway is") {
  for (const std::string kind : {"mesh-gateway", "terminating-gateway",
                                 "ingress-gateway", "api-gateway"}) {
    CAPTURE(kind);
    const std::string head = "service { name = \"g\" kind = \"" + kind + "\"\n";
    CHECK(MistakesIn(head +
                     "port = 1 proxy { destination_service_id = \"x\" } }") ==
          "2:16: The Proxy.DestinationServiceID configuration is invalid for "
          "a " +
              kind);
    CHECK(MistakesIn(head + "port = 1 connect { sidecar_service { } } }") ==
          "2:20: A " + kind + " cannot have a sidecar service defined");
    CHECK(MistakesIn(head + "port = 1 ports = [{ name = \"a\" port = 2 }] }") ==
          "2:10: Ports cannot be set for a " + kind);
    const bool may_have_none =
        kind == "ingress-gateway" || kind == "api-gateway";
    CHECK(MistakesIn(head + "}") ==
          (may_have_none ? ""
                         : "1:9: Port must be non-zero for a " + kind +
                               "; expected port = 8443, for example"));
  }
}

TEST_CASE("a service is reached in one way, and in some") {
  CheckMistakes({
      {"service { name = \"a\" connect { native = true } }",
       "1:9: Port or SocketPath must be set for a Connect native service.; "
       "expected port = 8080, for example"},
      {"service { name = \"a\" socket_path = \"/s\" connect { native = true } "
       "}",
       ""},
      {"service { name = \"a\" socket_path = \"/s\" port = 1 }",
       "1:36: service a cannot have both socket path /s and address/port; "
       "expected one of them"},
      {"service { name = \"a\" socket_path = \"/s\" address = \"10.0.0.1\" }",
       "1:36: service a cannot have both socket path /s and address/port; "
       "expected one of them"},
      {"service { name = \"a\" port = 1 ports = [{ name = \"x\" port = 2 }] }",
       "1:31: Cannot set both Port and Ports; expected one of them"},
      {"service { name = \"a\" ports = [{ name = \"x\" port = 2 }] }", ""},
      {"service { name = \"a\" port = 1 ports = [] }", ""},
      {"service { name = \"p\" kind = \"connect-proxy\" port = 1 ports = [{ "
       "name = \"x\" }] proxy { destination_service_name = \"a\" } }",
       "1:54: Ports cannot be set for a connect-proxy"},
      {"service { name = \"p\" kind = \"connect-proxy\" port = 1 proxy { "
       "destination_service_name = \" \" } }",
       "1:9: Proxy.DestinationServiceName must be non-empty for Connect proxy "
       "services; expected proxy { destination_service_name = \"<service>\" }"},
  });
}

TEST_CASE("a service's meta is refused as a Consul agent refuses it") {
  const auto meta = [](const std::string& text) {
    return "service { name = \"a\" meta {\n" + text + " } }";
  };
  std::string many;
  for (int i = 0; i < 65; ++i) many += "k" + std::to_string(i) + " = \"v\"\n";
  CheckMistakes({
      {meta("\"a b\" = \"v\""),
       "1:9: meta key \"a b\" has a character that is no letter, digit, '_' "
       "or '-', or none"},
      {meta("\"\" = \"v\""),
       "1:9: meta key \"\" has a character that is no letter, digit, '_' or "
       "'-', or none"},
      {meta(std::string(129, 'k') + " = \"v\""),
       "1:9: meta key \"" + std::string(129, 'k') +
           "\" is too long (limit: 128 characters)"},
      {meta("k = \"" + std::string(513, 'v') + "\""),
       "1:9: meta key \"k\" has a value that is too long (limit: 512 "
       "characters)"},
      {meta(many), "1:9: meta cannot contain more than 64 key/value pairs"},
      {meta("consul-wan-federation = \"1\""),
       "1:9: meta key \"consul-wan-federation\" is reserved for Consul's own "
       "use"},
  });
}

}  // namespace
}  // namespace meshgw::test
