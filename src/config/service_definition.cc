#include <string>
#include <utility>

#include "base/host_name.h"
#include "base/ip_address.h"
#include "base/str_format.h"
#include "config/decode.h"
#include "config/spelling.h"
#include "mesh/go_quote.h"

namespace meshgw {

std::string_view ServiceKindName(ServiceKind kind) noexcept {
  switch (kind) {
    case ServiceKind::kTypical:
      return "";
    case ServiceKind::kConnectProxy:
      return "connect-proxy";
    case ServiceKind::kMeshGateway:
      return "mesh-gateway";
    case ServiceKind::kTerminatingGateway:
      return "terminating-gateway";
    case ServiceKind::kIngressGateway:
      return "ingress-gateway";
    case ServiceKind::kApiGateway:
      return "api-gateway";
  }
  return "unknown";
}

namespace internal {

bool IsGateway(ServiceKind kind) {
  return kind == ServiceKind::kMeshGateway ||
         kind == ServiceKind::kTerminatingGateway ||
         kind == ServiceKind::kIngressGateway ||
         kind == ServiceKind::kApiGateway;
}

namespace {

// Consul takes any other word for a typical service, without one of its own.
ServiceKind DecodeKind(ObjectReader* reader) {
  const auto text = reader->String({"kind"});
  if (!text.has_value() || text->value.empty()) return ServiceKind::kTypical;
  std::vector<std::string_view> names;
  for (const ServiceKind kind :
       {ServiceKind::kConnectProxy, ServiceKind::kMeshGateway,
        ServiceKind::kTerminatingGateway, ServiceKind::kIngressGateway,
        ServiceKind::kApiGateway}) {
    if (text->value == ServiceKindName(kind)) return kind;
    names.push_back(ServiceKindName(kind));
  }
  const std::string_view close = ClosestSpelling(text->value, names);
  reader->context().Warn(
      {text->where.line, text->where.column},
      internal::StrFormat("%s %s has no effect: there is no such kind",
                          reader->PathOf("kind"), GoQuote(text->value)),
      close.empty() ? "" : "did you mean " + GoQuote(close) + "?");
  return ServiceKind::kTypical;
}

// What could be looked up, or is an address already. "[::]" is refused anyway.
void WarnOfAddress(const ObjectReader& reader, const std::string& address) {
  if (address.empty() || address == "[::]" || address.starts_with("unix:") ||
      ClassifyIp(address) != IpKind::kNone || IsHostName(address)) {
    return;
  }
  reader.context().Warn(
      reader.WhereOf({"address"}),
      internal::StrFormat("%s %s is no IP address and no host name",
                          reader.PathOf("address"), GoQuote(address)),
      "an IP address without brackets, zone and port, or a host name");
}

std::map<std::string, ServiceAddress> DecodeTaggedAddresses(
    ObjectReader* reader) {
  std::map<std::string, ServiceAddress> out;
  const Member* member = reader->Get({"tagged_addresses"});
  if (member == nullptr) return out;
  const Value* object = AsObject(member->value);
  if (object == nullptr) {
    reader->context().Error(member->value.where,
                            reader->PathOf("tagged_addresses") + " is " +
                                std::string(KindName(member->value.kind)),
                            "an object");
    return out;
  }
  for (const Member& entry : object->members) {
    ObjectReader address(&reader->context(), entry.value,
                         reader->PathOf("tagged_addresses." + entry.key));
    ServiceAddress& tagged = out[entry.key];
    address.String({"address"}, &tagged.address);
    address.Port({"port"}, &tagged.port);
    WarnOfAddress(address, tagged.address);
    address.Finish();
  }
  return out;
}

ServiceWeights DecodeWeights(ObjectReader* reader) {
  ServiceWeights out;
  const Member* member = reader->Get({"weights"});
  if (member == nullptr) return out;
  ObjectReader weights(&reader->context(), member->value,
                       reader->PathOf("weights"));
  if (const auto passing = weights.Integer({"passing"}, 1, 65535)) {
    out.passing = static_cast<std::uint32_t>(passing->value);
  }
  if (const auto warning = weights.Integer({"warning"}, 0, 65535)) {
    out.warning = static_cast<std::uint32_t>(warning->value);
  }
  weights.Finish();
  return out;
}

// What Consul's ValidateForAgent refuses of a gateway.
void ValidateGateway(DecodeContext* context, const ServiceDefinition& service,
                     Position where) {
  const std::string_view kind = ServiceKindName(service.kind);
  if (service.port == 0 && service.kind != ServiceKind::kIngressGateway &&
      service.kind != ServiceKind::kApiGateway) {
    context->Error(where,
                   internal::StrFormat("Port must be non-zero for a %s", kind),
                   "port = 8443, for example");
  }
  if (!service.proxy.has_value()) return;
  const ProxyDefinition& proxy = *service.proxy;
  const auto refuse = [&](bool set, std::string_view field) {
    if (!set) return;
    context->Error(
        {proxy.where.line, proxy.where.column},
        internal::StrFormat("The Proxy.%s configuration is invalid for a %s",
                            field, kind));
  };
  refuse(!proxy.destination_service_name.empty(), "DestinationServiceName");
  refuse(!proxy.destination_service_id.empty(), "DestinationServiceID");
  refuse(!proxy.local_service_address.empty(), "LocalServiceAddress");
  refuse(proxy.local_service_port != 0, "LocalServicePort");
  refuse(!proxy.upstreams.empty(), "Upstreams");
}

// What Consul refuses of a Connect proxy, in its own words. A sidecar without a
// port gets one.
void ValidateConnectProxy(DecodeContext* context,
                          const ServiceDefinition& service, Position where) {
  if (service.port == 0 && service.socket_path.empty() &&
      service.sidecar_of.empty()) {
    context->Error(where, "Port or SocketPath must be set for a connect-proxy",
                   "port = 21000, for example");
  }
  const std::string destination =
      service.proxy.has_value() ? service.proxy->destination_service_name : "";
  if (destination.find_first_not_of(" \t\r\n\v\f") == destination.npos) {
    context->Error(where,
                   "Proxy.DestinationServiceName must be non-empty for Connect "
                   "proxy services",
                   "proxy { destination_service_name = \"<service>\" }");
  } else if (destination == "*") {
    context->Error({service.proxy->where.line, service.proxy->where.column},
                   "Proxy.DestinationServiceName must not be a wildcard for "
                   "Connect proxy services",
                   "the name of one service");
  }
  if (service.connect_native) {
    context->Error(where,
                   "A Proxy cannot also be Connect Native, only typical "
                   "services");
  }
  if (service.proxy.has_value()) {
    CheckUpstreams(context, service.proxy->upstreams, service.partition);
  }
}

// Consul warns of such names as well: they are not for DNS either.
void CheckServiceName(DecodeContext* context, const ServiceDefinition& service,
                      Position where) {
  if (service.name.empty() || FitsServerName(service.name)) return;
  context->Warn(where,
                internal::StrFormat("no TLS client can ask for service %s: its "
                                    "name fits no server name",
                                    GoQuote(service.name)),
                "letters, digits, '-' and '_', at most 63 of them");
}

// Consul's ValidateServiceMetadata.
void ValidateMeta(DecodeContext* context, const ServiceDefinition& service,
                  Position where) {
  constexpr std::string_view kPrefix = "consul-";
  if (service.meta.size() > 64) {
    context->Error(where, "meta cannot contain more than 64 key/value pairs");
  }
  for (const auto& [key, value] : service.meta) {
    const bool allowed = service.kind == ServiceKind::kMeshGateway &&
                         key == "consul-wan-federation";
    std::string_view wrong;
    if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            key.npos ||
        key.empty()) {
      wrong = "has a character that is no letter, digit, '_' or '-', or none";
    } else if (key.size() > 128) {
      wrong = "is too long (limit: 128 characters)";
    } else if (key.starts_with(kPrefix) && !allowed) {
      wrong = "is reserved for Consul's own use";
    } else if (value.size() > 512) {
      wrong = "has a value that is too long (limit: 512 characters)";
    }
    if (wrong.empty()) continue;
    context->Error(where,
                   internal::StrFormat("meta key \"%s\" %s", key, wrong));
  }
}

void ValidateService(DecodeContext* context, const ServiceDefinition& service,
                     Position where) {
  if (service.name.empty()) {
    context->Error(where, "a service has no name", "name = \"<service>\"");
  }
  CheckServiceName(context, service, where);
  if (service.address == "[::]" ||
      ClassifyIp(service.address) == IpKind::kUnspecified) {
    context->Error(
        where,
        internal::StrFormat("Invalid service address \"%s\"", service.address),
        "an address that others can dial");
  }
  ValidateMeta(context, service, where);
  if (IsGateway(service.kind)) ValidateGateway(context, service, where);
  if (service.connect_native && service.port == 0 &&
      service.socket_path.empty()) {
    context->Error(where,
                   "Port or SocketPath must be set for a Connect native "
                   "service.",
                   "port = 8080, for example");
  }
  if (service.kind == ServiceKind::kConnectProxy) {
    ValidateConnectProxy(context, service, where);
  }
  if (service.kind == ServiceKind::kTypical && service.proxy.has_value()) {
    context->Warn({service.proxy->where.line, service.proxy->where.column},
                  "Consul ignores the proxy block of a service without "
                  "kind = \"connect-proxy\"; its upstreams and modes are read "
                  "here for `explain` only");
  }
}

void CheckServiceId(DecodeContext* context, const ServiceDefinition& service,
                    Position where) {
  if (service.id.empty()) return;
  context->CheckOnce(where,
                     internal::StrFormat("service id \"%s\"", service.id), "",
                     "an id of its own for each instance");
}

// ports = [{ name, port, default }], which Connect has no use for.
void DecodeServicePorts(ObjectReader* reader,
                        const ServiceDefinition& service) {
  DecodeContext* context = &reader->context();
  const Member* member = reader->Get({"ports"});
  if (member == nullptr) return;
  const std::vector<const Value*> ports = reader->Objects({"ports"});
  if (ports.empty()) return;
  if (IsGateway(service.kind) || service.kind == ServiceKind::kConnectProxy) {
    context->Error(member->where,
                   internal::StrFormat("Ports cannot be set for a %s",
                                       ServiceKindName(service.kind)));
  } else if (service.port != 0) {
    context->Error(member->where, "Cannot set both Port and Ports",
                   "one of them");
  }
}

// The keys that a service and a sidecar_service have in common.
ServiceDefinition DecodeFields(ObjectReader* reader, const std::string& path,
                               bool is_sidecar) {
  DecodeContext* context = &reader->context();
  ServiceDefinition out;
  out.where = context->At(reader->where());
  out.kind = DecodeKind(reader);
  if (is_sidecar && out.kind == ServiceKind::kTypical) {
    out.kind = ServiceKind::kConnectProxy;
  }
  reader->String({"id"}, &out.id);
  reader->String({"name"}, &out.name);
  reader->String({"namespace"}, &out.name_space);
  reader->String({"partition"}, &out.partition);
  reader->String({"address"}, &out.address);
  reader->Port({"port"}, &out.port);
  WarnOfAddress(*reader, out.address);
  out.tags = reader->StringList({"tags"});
  out.meta = reader->StringMap({"meta"});
  out.tagged_addresses = DecodeTaggedAddresses(reader);
  out.weights = DecodeWeights(reader);
  for (const std::string_view key : {"check", "checks"}) {
    for (const Value* check : reader->Objects({key})) {
      out.checks.push_back(
          DecodeCheck(context, *check, path + "." + std::string(key)));
    }
  }
  if (const Member* proxy = reader->Get({"proxy"})) {
    out.proxy = DecodeProxy(context, proxy->value, path + ".proxy", out.kind);
  }
  reader->Misplaced("mesh_gateway",
                    "did you mean proxy { mesh_gateway { mode = \"...\" } }?");
  reader->Bool({"enable_tag_override"}, &out.enable_tag_override);
  reader->String({"socket_path"}, &out.socket_path);
  for (const std::string_view key : {"token", "locality"}) {
    reader->Ignore({key});
  }
  DecodeServicePorts(reader, out);
  if (!out.socket_path.empty() && (out.port != 0 || !out.address.empty())) {
    context->Error(
        reader->WhereOf({"socket_path"}),
        internal::StrFormat("service %s cannot have both socket path %s and "
                            "address/port",
                            out.name, out.socket_path),
        "one of them");
  }
  return out;
}

void AddDefaultChecks(const ServiceDefinition& parent,
                      ServiceDefinition* sidecar) {
  CheckDefinition listening;
  listening.name = "Connect Sidecar Listening";
  listening.type = "tcp";
  listening.where = sidecar->where;
  CheckDefinition alias;
  alias.name = "Connect Sidecar Aliasing " + parent.id;
  alias.type = "alias";
  alias.alias_service = parent.id;
  alias.where = sidecar->where;
  sidecar->checks = {std::move(listening), std::move(alias)};
}

// Consul agent/sidecar_service.go: what a sidecar takes from its parent.
ServiceDefinition DecodeSidecar(DecodeContext* context, const Value& block,
                                const std::string& path,
                                const ServiceDefinition& parent) {
  ObjectReader reader(context, block, path);
  ServiceDefinition out = DecodeFields(&reader, path, true);
  if (!out.id.empty()) {
    context->Error(block.where,
                   "sidecar_service can't specify an ID: it is managed by the "
                   "agent");
  }
  if (const Member* nested = reader.Get({"connect"})) {
    context->Error(nested->where,
                   "sidecar_service cannot have a nested connect block");
  }
  reader.Finish();
  out.sidecar_of = parent.id;
  out.id = parent.id + "-sidecar-proxy";
  if (out.name.empty()) out.name = parent.name + "-sidecar-proxy";
  if (out.tags.empty()) out.tags = parent.tags;
  if (out.meta.empty()) out.meta = parent.meta;
  if (out.address.empty()) out.address = parent.address;
  out.name_space = parent.name_space;
  out.partition = parent.partition;
  if (!out.proxy.has_value()) {
    out.proxy.emplace();
    out.proxy->where = out.where;
  }
  ProxyDefinition& proxy = *out.proxy;
  if (proxy.destination_service_name.empty()) {
    proxy.destination_service_name = parent.name;
  }
  if (proxy.destination_service_id.empty()) {
    proxy.destination_service_id = parent.id;
  }
  if (proxy.local_service_address.empty()) {
    proxy.local_service_address = "127.0.0.1";
  }
  if (proxy.local_service_port == 0) proxy.local_service_port = parent.port;
  if (out.checks.empty()) AddDefaultChecks(parent, &out);
  return out;
}

// connect { native, sidecar_service {} }
void DecodeConnect(DecodeContext* context, ObjectReader* service_reader,
                   const std::string& path, ServiceDefinition* service,
                   const Value** sidecar) {
  const Member* member = service_reader->Get({"connect"});
  if (member == nullptr) return;
  ObjectReader reader(context, member->value, path + ".connect");
  reader.Bool({"native"}, &service->connect_native);
  if (const Member* block = reader.Get({"sidecar_service"})) {
    *sidecar = &block->value;
    if (IsGateway(service->kind)) {
      context->Error(
          block->where,
          internal::StrFormat("A %s cannot have a sidecar service defined",
                              ServiceKindName(service->kind)));
      *sidecar = nullptr;
    } else if (service->connect_native) {
      context->Error(block->where,
                     "a service cannot be Connect-native and have a sidecar");
    }
  }
  reader.Ignore({"peer_meta"});
  reader.Finish();
}

}  // namespace

CheckDefinition DecodeCheck(DecodeContext* context, const Value& block,
                            const std::string& path) {
  ObjectReader reader(context, block, path);
  CheckDefinition out;
  out.where = context->At(block.where);
  reader.String({"id", "check_id"}, &out.id);
  reader.String({"name"}, &out.name);
  reader.String({"notes"}, &out.notes);
  reader.String({"interval"}, &out.interval);
  reader.String({"timeout"}, &out.timeout);
  reader.String({"service_id"}, &out.service_id);
  reader.String({"alias_service"}, &out.alias_service);
  reader.String({"alias_node"}, &out.alias_node);
  if (const auto status = reader.String({"status"})) {
    if (status->value == "critical") {
      out.status = CheckStatus::kCritical;
    } else if (status->value == "warning") {
      out.status = CheckStatus::kWarning;
    } else if (!status->value.empty() && status->value != "passing") {
      context->Error({status->where.line, status->where.column},
                     internal::StrFormat("check status \"%s\"", status->value),
                     "\"passing\", \"warning\" or \"critical\"");
    }
  }
  for (const std::string_view type :
       {"http", "tcp", "udp", "grpc", "ttl", "h2ping", "script", "args",
        "docker_container_id", "os_service"}) {
    if (reader.Get({type}) != nullptr && out.type.empty()) out.type = type;
  }
  if (!out.alias_service.empty() || !out.alias_node.empty()) out.type = "alias";
  for (const std::string_view key :
       {"token", "header", "method", "body", "shell", "grpc_use_tls",
        "h2ping_use_tls", "tcp_use_tls", "tls_server_name", "tls_skip_verify",
        "success_before_passing", "failures_before_warning",
        "failures_before_critical", "deregister_critical_service_after",
        "output_max_size", "disable_redirects", "namespace", "partition"}) {
    reader.Ignore({key});
  }
  reader.Finish();
  return out;
}

void DecodeService(DecodeContext* context, const Value& block,
                   const std::string& path, Config* out) {
  ObjectReader reader(context, block, path);
  ServiceDefinition service = DecodeFields(&reader, path, false);
  if (service.id.empty()) service.id = service.name;
  const Value* sidecar = nullptr;
  DecodeConnect(context, &reader, path, &service, &sidecar);
  reader.Finish();
  ValidateService(context, service, block.where);
  CheckServiceId(context, service, block.where);
  out->services.push_back(service);
  if (sidecar == nullptr) return;
  ServiceDefinition expanded = DecodeSidecar(
      context, *sidecar, path + ".connect.sidecar_service", service);
  ValidateService(context, expanded, sidecar->where);
  CheckServiceId(context, expanded, sidecar->where);
  out->services.push_back(std::move(expanded));
}

}  // namespace internal
}  // namespace meshgw
