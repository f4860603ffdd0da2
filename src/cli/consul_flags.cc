#include "cli/consul_flags.h"

#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/ip_address.h"
#include "base/str_format.h"
#include "cli/command_line.h"

namespace meshgw::cli {
namespace {

using internal::ClassifyIp;
using internal::GatewayAddress;
using internal::IpKind;
using internal::StrFormat;

constexpr std::string_view kDefaultService = "mesh-gateway";

// A flag of Consul's command, and what to do here.
struct OtherFlag {
  const char* name;
  const char* instead;
};
constexpr std::array kRefused{
    OtherFlag{"--sidecar-for", "this is a gateway; sidecars are Envoy's"},
    OtherFlag{"--bootstrap", "there is no Envoy to be given a bootstrap"},
    OtherFlag{"--admin-access-log-path", "use -access-log"},
    OtherFlag{"--envoy-ready-bind-address", "use /readyz of -admin-bind"},
    OtherFlag{"--envoy-ready-bind-port", "use /readyz of -admin-bind"},
    OtherFlag{"--prometheus-backend-port", "use /metrics of -admin-bind"},
    OtherFlag{"--prometheus-scrape-path", "use /metrics of -admin-bind"},
    OtherFlag{"--prometheus-ca-file", "use /metrics of -admin-bind"},
    OtherFlag{"--prometheus-ca-path", "use /metrics of -admin-bind"},
    OtherFlag{"--prometheus-cert-file", "use /metrics of -admin-bind"},
    OtherFlag{"--prometheus-key-file", "use /metrics of -admin-bind"},
};
// Those that change nothing where there is no Envoy.
constexpr const char* kIgnoredFlags[] = {
    "--ignore-envoy-compatibility", "--no-central-config",
    "--omit-deprecated-tags", "--enable-config-gen-logging"};
constexpr const char* kIgnoredOptions[] = {"--envoy-binary", "--envoy-version"};

void AddAddressFlag(CLI::App* verb, const std::string& name,
                    std::optional<GatewayAddress>* value,
                    const std::string& description) {
  verb->add_option_function<std::string>(
          name,
          [value, name](const std::string& text) {
            auto address = ParseGatewayAddress(text);
            if (!address.ok()) {
              throw CLI::ValidationError(
                  name.substr(1) + ": " +
                  std::string(address.status().message()));
            }
            *value = *std::move(address);
          },
          description)
      ->type_name("ADDRESS");
}

void SetGateway(ConsulFlags* flags, const std::string& kind) {
  if (kind != "mesh") {
    throw CLI::ValidationError(
        "-gateway " + kind + ": meshgw is a mesh gateway only; expected mesh");
  }
  flags->is_gateway = true;
}

void AddBindAddress(ConsulFlags* flags, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("-bind-address: Missing \"=\" in argument: " +
                               text + "; expected name=ip:port");
  }
  auto address = ParseGatewayAddress(text.substr(equals + 1));
  if (!address.ok()) {
    throw CLI::ValidationError("-bind-address: " +
                               std::string(address.status().message()));
  }
  flags->bind[text.substr(0, equals)] = *std::move(address);
}

void AddRegistrationFlags(CLI::App* verb, ConsulFlags* flags) {
  verb->add_flag("--register", flags->is_register,
                 "Register the gateway with the agent, and deregister it at "
                 "the end");
  verb->add_option_function<std::string>(
          "--gateway",
          [flags](const std::string& kind) { SetGateway(flags, kind); },
          "mesh: adopt the mesh gateway that the agent has")
      ->type_name("KIND:{mesh}");
  verb->add_flag("--mesh-gateway", flags->is_gateway, "As -gateway=mesh")
      ->group("");
  verb->add_option("--service", flags->service,
                   "Name of the service to register (default mesh-gateway)")
      ->type_name("NAME");
  verb->add_option("--node-name", flags->node_name,
                   "Node that the service is registered with in the catalog, "
                   "if not with the agent")
      ->type_name("NAME");
  AddAddressFlag(verb, "--address", &flags->lan,
                 "LAN address to register: ip[:port], name:port (port 8443)");
  AddAddressFlag(verb, "--wan-address", &flags->wan, "WAN address to register");
  verb->add_option_function<std::vector<std::string>>(
          "--bind-address",
          [flags](const std::vector<std::string>& values) {
            for (const std::string& text : values) AddBindAddress(flags, text);
          },
          "Address to register to listen at, instead of the LAN address; may "
          "be repeated with other names")
      ->type_name("NAME=IP:PORT")
      ->allow_extra_args(false);
  verb->add_flag("--expose-servers", flags->expose_servers,
                 "Register as a gateway for WAN federation of servers");
  verb->add_option("--deregister-after-critical",
                   flags->deregister_after_critical,
                   "How long the check may be critical before Consul "
                   "deregisters the gateway")
      ->type_name("DURATION")
      ->capture_default_str();
}

struct TextFlag {
  const char* name;
  std::string* value;
  const char* description;
  const char* type;
};

void AddTextFlags(CLI::App* verb, std::initializer_list<TextFlag> all) {
  for (const TextFlag& flag : all) {
    verb->add_option(flag.name, *flag.value, flag.description)
        ->type_name(flag.type);
  }
}

// How the HTTP API is reached.
void AddAgentFlags(CLI::App* verb, ConsulFlags* flags) {
  AddTextFlags(
      verb,
      {{"--http-addr", &flags->http_address,
        "Consul agent: host:port, http://, https:// or unix:// "
        "(CONSUL_HTTP_ADDR; default 127.0.0.1:8500)",
        "ADDRESS"},
       {"--token", &flags->token,
        "ACL token; rather give it by CONSUL_HTTP_TOKEN or -token-file",
        "TOKEN"},
       {"--token-file", &flags->token_file,
        "File with the ACL token, read again when it changes "
        "(CONSUL_HTTP_TOKEN_FILE)",
        "PATH"},
       {"--ca-file", &flags->tls.ca_file,
        "CA certificates for the agent, in PEM (CONSUL_CACERT)", "PATH"},
       {"--ca-path", &flags->tls.ca_path,
        "Folder with CA certificates (CONSUL_CAPATH)", "DIR"},
       {"--client-cert", &flags->tls.cert_file,
        "Client certificate for the agent (CONSUL_CLIENT_CERT)", "PATH"},
       {"--client-key", &flags->tls.key_file, "Its key (CONSUL_CLIENT_KEY)",
        "PATH"},
       {"--tls-server-name", &flags->tls.server_name,
        "Name in the agent's certificate (CONSUL_TLS_SERVER_NAME)", "NAME"},
       {"--namespace", &flags->name_space, "Namespace (CONSUL_NAMESPACE)",
        "NAME"},
       {"--partition", &flags->partition, "Admin partition (CONSUL_PARTITION)",
        "NAME"}});
}

void AddXdsFlags(CLI::App* verb, ConsulFlags* flags) {
  AddTextFlags(
      verb,
      {{"--grpc-addr", &flags->grpc_address,
        "Its xDS server (CONSUL_GRPC_ADDR; default: what the agent says)",
        "ADDRESS"},
       {"--grpc-ca-file", &flags->grpc_ca_file,
        "CA certificates for xDS, if others (CONSUL_GRPC_CACERT)", "PATH"},
       {"--grpc-ca-path", &flags->grpc_ca_path,
        "Folder with them (CONSUL_GRPC_CAPATH)", "DIR"}});
}

void AddOtherFlags(CLI::App* verb) {
  for (const OtherFlag& other : kRefused) {
    verb->add_option_function<std::vector<std::string>>(
            other.name,
            [other](const std::vector<std::string>&) {
              throw CLI::ValidationError(
                  StrFormat("%s: %s", other.name + 1, other.instead));
            })
        ->expected(0, 1)
        ->group("");
  }
  for (const char* name : kIgnoredFlags) verb->add_flag(name)->group("");
  for (const char* name : kIgnoredOptions) {
    verb->add_option_function<std::string>(name, [](const std::string&) {})
        ->group("");
  }
}

bool BoolOf(const Environment& environment, const char* name, bool otherwise) {
  const char* text = environment(name);
  if (text == nullptr || *text == '\0') return otherwise;
  const auto value = ParseGoBool(text);
  if (!value.has_value()) {
    throw CLI::ValidationError(
        StrFormat("%s=%s: expected true or false", name, text));
  }
  return *value;
}

void CheckTogether(const ConsulFlags& flags) {
  const auto fail = [](const char* text) { throw CLI::ValidationError(text); };
  if (flags.expose_servers && !flags.is_register) {
    fail("'-expose-servers' requires '-register'");
  }
  if (!flags.node_name.empty() && flags.proxy_id.empty()) {
    fail("'-node-name' requires '-proxy-id'");
  }
  if (!flags.node_name.empty() && flags.is_register) {
    fail("'-register' cannot be used with '-node-name'");
  }
  if (!flags.is_register &&
      (flags.lan.has_value() || flags.wan.has_value() || !flags.bind.empty())) {
    fail(
        "-address, -wan-address and -bind-address are what -register "
        "registers, which is not given; -bind says where to listen otherwise");
  }
}

}  // namespace

std::optional<bool> ParseGoBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

absl::StatusOr<GatewayAddress> ParseGatewayAddress(const std::string& text) {
  const auto fail = [&text](std::string_view why) {
    return absl::InvalidArgumentError(
        StrFormat("Error parsing address \"%s\": %s", text, why));
  };
  if (text.find("{{") != std::string::npos) {
    return fail(
        "templates of go-sockaddr are not evaluated; expected ip[:port]");
  }
  if (ClassifyIp(text) != IpKind::kNone) return GatewayAddress{text};
  std::string_view host = text;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t end = host.find("]:");
    if (end == std::string_view::npos) return fail("missing ']' and a port");
    port = host.substr(end + 2);
    host = host.substr(1, end - 1);
  } else {
    const std::size_t colon = host.find(':');
    if (colon == std::string_view::npos) return fail("not an IP address");
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (port.find(':') != std::string_view::npos) {
      return fail("address " + text + ": too many colons in address");
    }
  }
  GatewayAddress address{std::string(host)};
  if (port.empty()) return address;
  const auto [end, error] =
      std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() ||
      address.port == 0) {
    return absl::InvalidArgumentError(
        StrFormat("Error parsing port \"%s\": expected 1 to 65535", port));
  }
  return address;
}

void AddConsulFlags(CLI::App* verb, ConsulFlags* flags) {
  AddAgentFlags(verb, flags);
  AddXdsFlags(verb, flags);
  AddRegistrationFlags(verb, flags);
  AddOtherFlags(verb);
  verb->add_option("--last-good", flags->last_good,
                   "File that keeps the newest table of the control plane, to "
                   "be served at a start before it answers")
      ->type_name("PATH");
  AddDurationFlag(verb, "--start-timeout", &flags->start_timeout,
                  "Without anything to serve after so long the program ends "
                  "with 3; 0: it waits (default 1m)");
}

void AddAgentInsteadOfCatalog(CLI::App* verb, ConsulFlags* flags) {
  CLI::Option* catalog = verb->get_option("--catalog");
  catalog->required(false);
  verb->get_option("--datacenter")->required(false);
  AddAgentFlags(verb, flags);
  verb->get_option("--http-addr")->excludes(catalog);
}

void FinishConsulFlags(const Environment& environment, ConsulFlags* flags) {
  const std::pair<const char*, std::string*> variables[] = {
      {"CONSUL_HTTP_ADDR", &flags->http_address},
      {"CONSUL_GRPC_ADDR", &flags->grpc_address},
      {"CONSUL_HTTP_TOKEN_FILE", &flags->token_file},
      {"CONSUL_CACERT", &flags->tls.ca_file},
      {"CONSUL_CAPATH", &flags->tls.ca_path},
      {"CONSUL_CLIENT_CERT", &flags->tls.cert_file},
      {"CONSUL_CLIENT_KEY", &flags->tls.key_file},
      {"CONSUL_TLS_SERVER_NAME", &flags->tls.server_name},
      {"CONSUL_GRPC_CACERT", &flags->grpc_ca_file},
      {"CONSUL_GRPC_CAPATH", &flags->grpc_ca_path},
      {"CONSUL_NAMESPACE", &flags->name_space},
      {"CONSUL_PARTITION", &flags->partition},
      {"CONNECT_PROXY_ID", &flags->proxy_id},
  };
  // Consul's order: -token-file, -token, the variable with a file, that with
  // the token itself.
  const bool has_token = !flags->token.empty();
  for (const auto& [name, value] : variables) {
    if (value == &flags->token_file && has_token) continue;
    const char* text = environment(name);
    if (value->empty() && text != nullptr) *value = text;
  }
  const char* token = environment("CONSUL_HTTP_TOKEN");
  if (flags->token.empty() && flags->token_file.empty() && token != nullptr) {
    flags->token = token;
  }
  flags->tls.verify = BoolOf(environment, "CONSUL_HTTP_SSL_VERIFY", true);
  const bool ssl = BoolOf(environment, "CONSUL_HTTP_SSL", false);
  flags->uses_http = !flags->http_address.empty() || flags->is_register ||
                     flags->proxy_id.empty() || flags->grpc_address.empty();
  if (flags->http_address.empty()) flags->http_address = "127.0.0.1:8500";
  if (ssl) {
    // As in Consul: who asks for TLS gets it, also with http:// in the address.
    std::string& address = flags->http_address;
    constexpr std::string_view kPlain = "http://";
    if (address.starts_with(kPlain)) address.erase(0, kPlain.size());
    if (address.find("://") == std::string::npos) {
      address = "https://" + address;
    }
  }
  CheckTogether(*flags);
  if (flags->is_register) {
    if (flags->service.empty()) flags->service = kDefaultService;
    if (flags->proxy_id.empty()) flags->proxy_id = flags->service;
  }
}

bool NamesConsul(const ConsulFlags& flags) {
  return flags.is_register || flags.is_gateway || !flags.proxy_id.empty() ||
         !flags.grpc_address.empty();
}

internal::GatewayDefinition Definition(const ConsulFlags& flags) {
  return {.id = flags.proxy_id,
          .name = flags.service,
          .lan = flags.lan,
          .wan = flags.wan,
          .bind = flags.bind,
          .expose_servers = flags.expose_servers,
          .deregister_after_critical = flags.deregister_after_critical};
}

}  // namespace meshgw::cli
