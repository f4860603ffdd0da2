#include "cli/consul_flags.h"

#include <map>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/gateway_flags.h"
#include "run_program.h"

namespace meshgw::test {
namespace {

using cli::ConsulFlags;
using internal::GatewayAddress;
using Variables = std::map<std::string, std::string>;

struct Parsed {
  cli::GatewayFlags flags;
  std::string error;  // Empty: none.
};

// The flags of `meshgw gateway` with these arguments and variables.
Parsed Parse(std::vector<std::string> arguments,
             const Variables& variables = {}) {
  Parsed out;
  CLI::App app;
  cli::AddGatewayFlags(&app, &out.flags);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  auto normalized = cli::NormalizeArguments(pointers);
  std::reverse(normalized.begin(), normalized.end());
  try {
    app.parse(normalized);
    cli::FinishGatewayFlags(
        [&variables](const char* name) -> const char* {
          const auto at = variables.find(name);
          return at == variables.end() ? nullptr : at->second.c_str();
        },
        &out.flags);
  } catch (const CLI::Error& error) {
    out.error = error.what();
    if (out.error.empty()) out.error = error.get_name();
  }
  return out;
}

ConsulFlags Consul(std::vector<std::string> arguments,
                   const Variables& variables = {}) {
  arguments.insert(arguments.begin(), "-gateway=mesh");
  const Parsed parsed = Parse(arguments, variables);
  CHECK(parsed.error == "");
  return parsed.flags.consul;
}

TEST_CASE("a flag counts before its variable, and a variable before nothing") {
  const struct {
    std::string flag;
    std::string variable;
    std::function<std::string(const ConsulFlags&)> value;
    std::string otherwise;
  } rows[] = {
      {"http-addr", "CONSUL_HTTP_ADDR",
       [](const ConsulFlags& flags) { return flags.http_address; },
       "127.0.0.1:8500"},
      {"grpc-addr", "CONSUL_GRPC_ADDR",
       [](const ConsulFlags& flags) { return flags.grpc_address; }, ""},
      {"token", "CONSUL_HTTP_TOKEN",
       [](const ConsulFlags& flags) { return flags.token; }, ""},
      {"token-file", "CONSUL_HTTP_TOKEN_FILE",
       [](const ConsulFlags& flags) { return flags.token_file; }, ""},
      {"ca-file", "CONSUL_CACERT",
       [](const ConsulFlags& flags) { return flags.tls.ca_file; }, ""},
      {"ca-path", "CONSUL_CAPATH",
       [](const ConsulFlags& flags) { return flags.tls.ca_path; }, ""},
      {"client-cert", "CONSUL_CLIENT_CERT",
       [](const ConsulFlags& flags) { return flags.tls.cert_file; }, ""},
      {"client-key", "CONSUL_CLIENT_KEY",
       [](const ConsulFlags& flags) { return flags.tls.key_file; }, ""},
      {"tls-server-name", "CONSUL_TLS_SERVER_NAME",
       [](const ConsulFlags& flags) { return flags.tls.server_name; }, ""},
      {"grpc-ca-file", "CONSUL_GRPC_CACERT",
       [](const ConsulFlags& flags) { return flags.grpc_ca_file; }, ""},
      {"grpc-ca-path", "CONSUL_GRPC_CAPATH",
       [](const ConsulFlags& flags) { return flags.grpc_ca_path; }, ""},
      {"namespace", "CONSUL_NAMESPACE",
       [](const ConsulFlags& flags) { return flags.name_space; }, ""},
      {"partition", "CONSUL_PARTITION",
       [](const ConsulFlags& flags) { return flags.partition; }, ""},
      {"proxy-id", "CONNECT_PROXY_ID",
       [](const ConsulFlags& flags) { return flags.proxy_id; }, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.flag);
    const Variables set{{row.variable, "variable"}};
    const std::string flag = "-" + row.flag + "=flag";
    CHECK(row.value(Consul({})) == row.otherwise);
    CHECK(row.value(Consul({}, {{row.variable, ""}})) == row.otherwise);
    CHECK(row.value(Consul({}, set)) == "variable");
    CHECK(row.value(Consul({flag})) == "flag");
    CHECK(row.value(Consul({flag}, set)) == "flag");
    CHECK(row.value(Consul({"-" + row.flag, "flag"}, set)) == "flag");
    // A flag that needs a value.
    CHECK(Parse({"-gateway=mesh", "-" + row.flag}).error != "");
  }
}

// Consul: api.NewClient.
TEST_CASE("of tokens the file's flag counts, then the flag, then variables") {
  const Variables both{{"CONSUL_HTTP_TOKEN", "v"},
                       {"CONSUL_HTTP_TOKEN_FILE", "vf"}};
  const struct {
    std::vector<std::string> arguments;
    Variables variables;
    std::string file;
    std::string token;  // When no file counts.
  } rows[] = {
      {{}, {}, "", ""},
      {{}, {{"CONSUL_HTTP_TOKEN", "v"}}, "", "v"},
      {{}, both, "vf", ""},
      {{"-token=f"}, both, "", "f"},
      {{"-token-file=ff"}, both, "ff", ""},
      {{"-token=f", "-token-file=ff"}, both, "ff", "f"},
  };
  for (const auto& row : rows) {
    const ConsulFlags flags = Consul(row.arguments, row.variables);
    CHECK(flags.token_file == row.file);
    CHECK(flags.token == row.token);
  }
}

TEST_CASE("a variable that is true or false is read as Go reads it") {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    CHECK(cli::ParseGoBool(yes) == true);
    CHECK(Consul({}, {{"CONSUL_HTTP_SSL", yes}}).http_address ==
          "https://127.0.0.1:8500");
    CHECK(Consul({}, {{"CONSUL_HTTP_SSL_VERIFY", yes}}).tls.verify);
  }
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"}) {
    CHECK(cli::ParseGoBool(no) == false);
    CHECK(Consul({}, {{"CONSUL_HTTP_SSL", no}}).http_address ==
          "127.0.0.1:8500");
    CHECK_FALSE(Consul({}, {{"CONSUL_HTTP_SSL_VERIFY", no}}).tls.verify);
  }
  for (const char* bad : {"yes", "no", "on", "2", "tRUE", " true", "-1"}) {
    CHECK_FALSE(cli::ParseGoBool(bad).has_value());
    for (const char* name : {"CONSUL_HTTP_SSL", "CONSUL_HTTP_SSL_VERIFY"}) {
      CHECK(Parse({"-gateway=mesh"}, {{name, bad}}).error ==
            std::string(name) + "=" + bad + ": expected true or false");
    }
  }
  CHECK(Consul({}, {{"CONSUL_HTTP_SSL_VERIFY", ""}}).tls.verify);
}

TEST_CASE("who asks for TLS gets it, whatever the address says") {
  const struct {
    std::string address;
    std::string read;
  } rows[] = {
      {"10.0.0.1:8501", "https://10.0.0.1:8501"},
      {"http://10.0.0.1:8501", "https://10.0.0.1:8501"},
      {"https://10.0.0.1:8501", "https://10.0.0.1:8501"},
      {"unix:///run/consul.sock", "unix:///run/consul.sock"},
  };
  for (const auto& row : rows) {
    const Variables ssl{{"CONSUL_HTTP_SSL", "true"}};
    CHECK(Consul({"-http-addr=" + row.address}, ssl).http_address == row.read);
    CHECK(Consul({"-http-addr=" + row.address}).http_address == row.address);
  }
}

// The first rows are those of Consul's flags_test.go.
TEST_CASE("-address is read as Consul's own command reads it") {
  const struct {
    std::string text;
    GatewayAddress read;
  } rows[] = {
      {"8.8.8.8:", {"8.8.8.8", 8443}},
      {"8.8.8.8:1234", {"8.8.8.8", 1234}},
      {"8.8.8.8", {"8.8.8.8", 8443}},
      {"localhost:3333", {"localhost", 3333}},
      {":9443", {"", 9443}},
      {"[2001:db8::1]:443", {"2001:db8::1", 443}},
      {"[2001:db8::1]:", {"2001:db8::1", 8443}},
      // Which Consul refuses.
      {"2001:db8::1", {"2001:db8::1", 8443}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto read = cli::ParseGatewayAddress(row.text);
    REQUIRE(read.ok());
    CHECK(*read == row.read);
    CHECK(Consul({"-register", "-address=" + row.text}).lan == row.read);
    CHECK(Consul({"-register", "-wan-address", row.text}).wan == row.read);
    CHECK(Consul({"-register", "-bind-address=a=" + row.text}).bind ==
          std::map<std::string, GatewayAddress>{{"a", row.read}});
  }
}

TEST_CASE("an -address that is none is refused in Consul's words") {
  const struct {
    std::string text;
    std::string said;
  } rows[] = {
      {"not-an-ip-address",
       "Error parsing address \"not-an-ip-address\": not an IP address"},
      {"localhost:notaport", "Error parsing port \"notaport\": "},
      {"too:many:colons",
       "Error parsing address \"too:many:colons\": address too:many:colons: "
       "too many colons"},
      {"", "Error parsing address \"\": not an IP address"},
      {"1.2.3.4:65536", "Error parsing port \"65536\": expected 1 to 65535"},
      {"1.2.3.4:0", "Error parsing port \"0\": expected 1 to 65535"},
      {"1.2.3.4:-1", "Error parsing port \"-1\": expected 1 to 65535"},
      {"[::1]", "Error parsing address \"[::1]\": "},
      {"[::1", "Error parsing address \"[::1\": "},
      {"{{ GetPrivateIP }}", "Error parsing address \"{{ GetPrivateIP }}\": "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto read = cli::ParseGatewayAddress(row.text);
    CHECK(absl::IsInvalidArgument(read.status()));
    const std::string message(read.status().message());
    CHECK(message.substr(0, row.said.size()) == row.said);
    CHECK(Parse({"-register", "-address=" + row.text}).error != "");
  }
}

TEST_CASE("what is registered follows from the flags") {
  const auto plain = cli::Definition(Consul({"-register"}));
  CHECK(plain.id == "mesh-gateway");
  CHECK(plain.name == "mesh-gateway");
  CHECK(plain.deregister_after_critical == "6h");
  CHECK_FALSE(plain.lan.has_value());
  CHECK(cli::Definition(Consul({"-register", "-service=gw"})).id == "gw");
  const auto all = cli::Definition(
      Consul({"-register", "-service=gw", "-proxy-id=gw-1", "-expose-servers",
              "-deregister-after-critical=1h", "-bind-address=a=1.2.3.4:1",
              "-bind-address=b=1.2.3.4:2"}));
  CHECK(all.id == "gw-1");
  CHECK(all.name == "gw");
  CHECK(all.expose_servers);
  CHECK(all.deregister_after_critical == "1h");
  CHECK(all.bind.size() == 2);
  CHECK(Consul({}, {{"CONNECT_PROXY_ID", "x"}}).proxy_id == "x");
}

TEST_CASE("flags that do not go together are refused") {
  const std::string registers =
      "-address, -wan-address and -bind-address are what -register registers, "
      "which is not given; -bind says where to listen otherwise";
  const std::string missing = "what to serve is missing; ";
  const std::string both =
      "-catalog serves files, other flags follow a Consul "
      "agent; expected one of both";
  const struct {
    std::vector<std::string> arguments;
    std::string said;  // The beginning.
  } rows[] = {
      {{"-gateway=mesh", "-expose-servers"},
       "'-expose-servers' requires '-register'"},
      {{"-gateway=mesh", "-node-name=n"}, "'-node-name' requires '-proxy-id'"},
      {{"-register", "-proxy-id=gw-svc-id", "-node-name=gw-node"},
       "'-register' cannot be used with '-node-name'"},
      {{"-gateway=mesh", "-address=1.2.3.4"}, registers},
      {{"-gateway=mesh", "-wan-address=1.2.3.4"}, registers},
      {{"-gateway=mesh", "-bind-address=a=1.2.3.4"}, registers},
      {{"-gateway=ingress"}, "-gateway ingress: meshgw is a mesh gateway only"},
      {{"-register", "-bind-address=1.2.3.4"},
       "-bind-address: Missing \"=\" in argument: 1.2.3.4"},
      {{}, missing},
      {{"-http-addr=127.0.0.1:8500"}, missing},
      {{"-token=x"}, missing},
      {{"-catalog=/x"}, "--datacenter is required"},
      {{"-catalog=/x", "-datacenter=a", "-register"}, both},
      {{"-catalog=/x", "-datacenter=a", "-gateway=mesh"}, both},
      {{"-catalog=/x", "-datacenter=a", "-mesh-gateway"}, both},
      {{"-catalog=/x", "-datacenter=a", "-http-addr=x"}, both},
      {{"-catalog=/x", "-datacenter=a", "-grpc-addr=x"}, both},
      {{"-catalog=/x", "-datacenter=a", "-address=1.2.3.4"}, both},
      {{"-catalog=/x", "-datacenter=a", "-bind-address=a=1.2.3.4"}, both},
      {{"-catalog=/x", "-datacenter=a", "-expose-servers"}, both},
      {{"-catalog=/x", "-datacenter=a", "-last-good=/x"}, both},
  };
  for (const auto& row : rows) {
    CAPTURE(row.arguments);
    const Parsed parsed = Parse(row.arguments);
    CHECK(parsed.error.substr(0, row.said.size()) == row.said);
    // The program says it, too, and ends with 2.
    auto arguments = row.arguments;
    arguments.insert(arguments.begin(), "gateway");
    const Outcome outcome = RunProgram(arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out == "");
  }
  // A catalog ignores Consul's variables, which many shells have.
  CHECK(Parse({"-catalog=/x", "-datacenter=a"},
              {{"CONSUL_HTTP_ADDR", "x"}, {"CONSUL_HTTP_SSL", "bad"}})
            .error == "");
}

TEST_CASE("flags of Consul's command are refused by name, or change nothing") {
  const std::pair<std::string, std::string> refused[] = {
      {"sidecar-for", "sidecars"},
      {"bootstrap", "bootstrap"},
      {"admin-access-log-path", "-access-log"},
      {"envoy-ready-bind-address", "/readyz"},
      {"envoy-ready-bind-port", "/readyz"},
      {"prometheus-backend-port", "/metrics"},
      {"prometheus-scrape-path", "/metrics"},
      {"prometheus-ca-file", "/metrics"},
      {"prometheus-ca-path", "/metrics"},
      {"prometheus-cert-file", "/metrics"},
      {"prometheus-key-file", "/metrics"},
  };
  for (const auto& [name, instead] : refused) {
    for (const std::string& written :
         {"-" + name, "-" + name + "=x", "--" + name + "=x"}) {
      CAPTURE(written);
      const std::string error = Parse({"-gateway=mesh", written}).error;
      CHECK(error.find("-" + name + ": ") != std::string::npos);
      CHECK(error.find(instead) != std::string::npos);
    }
  }
  CHECK(Parse({"-gateway=mesh", "-ignore-envoy-compatibility",
               "-no-central-config", "-omit-deprecated-tags",
               "-enable-config-gen-logging", "-envoy-binary=x",
               "-envoy-version", "1.30"})
            .error == "");
}

TEST_CASE("the agent's HTTP API is used when it is named or needed") {
  const std::vector<std::string> both{"-proxy-id=x", "-grpc-addr=x"};
  const auto uses = [&both](std::vector<std::string> more,
                            const Variables& variables = {}) {
    more.insert(more.end(), both.begin(), both.end());
    return Parse(more, variables).flags.consul.uses_http;
  };
  CHECK_FALSE(uses({}));
  CHECK(uses({"-http-addr=x"}));
  CHECK(uses({}, {{"CONSUL_HTTP_ADDR", "x"}}));
  CHECK(uses({"-register"}));
  CHECK(Consul({"-proxy-id=x"}).uses_http);
  CHECK(Consul({"-grpc-addr=x"}).uses_http);
}

}  // namespace
}  // namespace meshgw::test
