#include "consul/catalog_json.h"

#include <boost/json.hpp>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "consul/json_fields.h"

namespace meshgw::internal {
namespace {

namespace json = boost::json;

ServiceKind ReadKind(std::string_view name) {
  for (const ServiceKind kind :
       {ServiceKind::kConnectProxy, ServiceKind::kMeshGateway,
        ServiceKind::kTerminatingGateway, ServiceKind::kIngressGateway,
        ServiceKind::kApiGateway}) {
    if (name == ServiceKindName(kind)) return kind;
  }
  return ServiceKind::kTypical;
}

// Nobody checks the mode of a registration. Who uses it takes what is no mode
// for none, as Consul's sidecars do.
MeshGatewayMode ReadMode(const JsonFields& owner) {
  const auto mode =
      ParseMeshGatewayMode(owner.Object("MeshGateway").Text("Mode"));
  return mode.ok() ? *mode : MeshGatewayMode::kNone;
}

void SetText(std::string text, std::string* field) {
  if (!text.empty()) *field = std::move(text);
}

UpstreamDefinition ReadUpstream(const JsonFields& fields) {
  UpstreamDefinition out;
  out.is_prepared_query = fields.Text("DestinationType") == "prepared_query";
  out.destination_name = fields.Text("DestinationName");
  out.destination_namespace = fields.Text("DestinationNamespace");
  out.destination_partition = fields.Text("DestinationPartition");
  out.destination_peer = fields.Text("DestinationPeer");
  out.datacenter = fields.Text("Datacenter");
  out.mesh_gateway.value = ReadMode(fields);
  return out;
}

ProxyDefinition ReadProxy(const JsonFields& fields) {
  ProxyDefinition out;
  out.destination_service_name = fields.Text("DestinationServiceName");
  out.destination_service_id = fields.Text("DestinationServiceID");
  out.mode = fields.Text("Mode");
  out.mesh_gateway.value = ReadMode(fields);
  fields.Each("Upstreams", [&](const JsonFields& upstream) {
    out.upstreams.push_back(ReadUpstream(upstream));
  });
  return out;
}

ServiceDefinition ReadServiceDefinition(const JsonFields& fields) {
  ServiceDefinition out;
  out.kind = ReadKind(fields.Text("Kind"));
  out.id = fields.Text("ID");
  out.name = fields.Text("Service");
  SetText(fields.Text("Namespace"), &out.name_space);
  SetText(fields.Text("Partition"), &out.partition);
  out.address = fields.Text("Address");
  out.port = fields.Port("Port");
  out.connect_native = fields.Object("Connect").Bool("Native");
  fields.Object("TaggedAddresses")
      .EachMember([&](const std::string& name, const JsonFields& tagged) {
        out.tagged_addresses[name] = {tagged.Text("Address"),
                                      tagged.Port("Port")};
      });
  const JsonFields proxy = fields.Object("Proxy");
  if (out.kind != ServiceKind::kTypical && proxy.object() != nullptr) {
    out.proxy = ReadProxy(proxy);
  }
  return out;
}

CheckDefinition ReadCheck(const JsonFields& fields) {
  CheckDefinition out;
  out.id = fields.Text("CheckID");
  out.name = fields.Text("Name");
  const std::string status = fields.Text("Status");
  out.status = status == "passing"   ? CheckStatus::kPassing
               : status == "warning" ? CheckStatus::kWarning
                                     : CheckStatus::kCritical;
  return out;
}

LiveInstance ReadInstance(const JsonFields& fields) {
  LiveInstance out;
  const JsonFields node = fields.Object("Node");
  out.node = node.Text("Node");
  out.service = ReadServiceDefinition(fields.Object("Service"));
  fields.Each("Checks", [&](const JsonFields& check) {
    out.service.checks.push_back(ReadCheck(check));
  });
  // As Consul's BestAddress: a service with an address of its own does without
  // those of its node.
  if (!out.service.address.empty()) return out;
  out.service.address = node.Text("Address");
  const std::string wan = node.Object("TaggedAddresses").Text("wan");
  if (!wan.empty()) {
    out.service.tagged_addresses.try_emplace("wan", ServiceAddress{wan, 0});
  }
  return out;
}

// The members of `object` that are named, those that are null left out.
json::object Keep(const json::object& object,
                  std::initializer_list<std::string_view> names) {
  json::object out;
  for (const std::string_view name : names) {
    const json::value* value = object.if_contains({name.data(), name.size()});
    if (value != nullptr && !value->is_null()) {
      out.emplace(json::string_view(name.data(), name.size()), *value);
    }
  }
  return out;
}

json::object KeepUpstreamConfig(const json::object& config) {
  json::object out;
  if (const json::value* defaults = config.if_contains("Defaults")) {
    if (const auto* object = defaults->if_object()) {
      out["Defaults"] = Keep(*object, {"MeshGateway"});
    }
  }
  const json::value* overrides = config.if_contains("Overrides");
  if (overrides == nullptr || !overrides->is_array()) return out;
  json::array kept;
  for (const json::value& each : overrides->get_array()) {
    if (const auto* object = each.if_object()) {
      kept.emplace_back(Keep(
          *object, {"Name", "Namespace", "Partition", "Peer", "MeshGateway"}));
    }
  }
  out["Overrides"] = std::move(kept);
  return out;
}

// The fields of an entry that matter; nothing for kinds that do not.
json::object KeepEntry(std::string_view kind, const json::object& entry) {
  if (kind == "proxy-defaults") {
    return Keep(entry, {"Kind", "Name", "MeshGateway"});
  }
  if (kind == "service-resolver") {
    return Keep(entry, {"Kind", "Name", "Namespace", "Partition",
                        "DefaultSubset", "Subsets", "Redirect", "Failover"});
  }
  if (kind != "service-defaults") return {};
  json::object out = Keep(entry, {"Kind", "Name", "Namespace", "Partition",
                                  "ExternalSNI", "MeshGateway"});
  if (const json::value* upstreams = entry.if_contains("UpstreamConfig")) {
    if (const auto* object = upstreams->if_object()) {
      out["UpstreamConfig"] = KeepUpstreamConfig(*object);
    }
  }
  return out;
}

template <typename Entry>
void Append(std::vector<Entry> from, std::vector<Entry>* to) {
  std::move(from.begin(), from.end(), std::back_inserter(*to));
}

void AddEntry(const JsonFields& fields, Config* config,
              std::vector<std::string>* passed_over) {
  if (fields.object() == nullptr) return;
  const std::string kind = fields.Text("Kind");
  const json::object kept = KeepEntry(kind, *fields.object());
  if (kept.empty()) return;
  const ConfigFile file{
      .name = StrFormat("/v1/config/%s/%s", kind, fields.Text("Name")),
      .contents = json::serialize(kept),
      .format = ConfigFormat::kJson};
  ConfigDiagnostics found;
  auto read = ParseConfig({&file, 1}, ConfigLimits(), &found);
  if (!read.ok()) {
    passed_over->push_back(found.errors.empty()
                               ? std::string(read.status().message())
                               : found.errors[0].Format());
    return;
  }
  if (read->proxy_defaults.has_value()) {
    config->proxy_defaults = std::move(read->proxy_defaults);
  }
  Append(std::move(read->service_defaults), &config->service_defaults);
  Append(std::move(read->service_resolvers), &config->service_resolvers);
}

ChainTarget ReadTarget(const JsonFields& targets, const std::string& id) {
  const JsonFields fields = targets.Object(id);
  if (fields.object() == nullptr) targets.Fail(id, "the target of that name");
  return {.id = id,
          .mode = fields.Object("MeshGateway").Text("Mode"),
          .sni = fields.Text("SNI")};
}

}  // namespace

absl::StatusOr<std::vector<LiveInstance>> ParseInstances(
    std::string_view text) {
  std::vector<LiveInstance> out;
  const absl::Status status = ReadRecords(text, [&](const JsonFields& fields) {
    out.push_back(ReadInstance(fields));
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<ServiceDefinition> ParseLocalService(std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  ServiceDefinition out =
      ReadServiceDefinition(JsonFields(*value, "", &status));
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<std::string> ParseTrustDomain(std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  const JsonFields fields(*value, "", &status);
  std::string out = fields.Text("TrustDomain");
  if (out.empty()) fields.Fail("TrustDomain", "the cluster's trust domain");
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<std::vector<std::string>> ParseServiceNames(
    std::string_view text) {
  std::vector<std::string> out;
  const absl::Status status = ReadRecords(text, [&](const JsonFields& fields) {
    out.push_back(fields.Text("Name"));
  });
  if (!status.ok()) return status;
  return out;
}

absl::Status AddConfigEntries(std::string_view text, Config* config,
                              std::vector<std::string>* passed_over) {
  return ReadRecords(text, [&](const JsonFields& fields) {
    AddEntry(fields, config, passed_over);
  });
}

absl::StatusOr<DiscoveryChain> ParseDiscoveryChain(std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  const JsonFields chain = JsonFields(*value, "", &status).Object("Chain");
  const JsonFields node = chain.Object("Nodes").Object(chain.Text("StartNode"));
  DiscoveryChain out;
  out.start = node.Text("Type");
  if (out.start.empty()) chain.Fail("StartNode", "the name of a node");
  if (out.start == "resolver") {
    const JsonFields resolver = node.Object("Resolver");
    const JsonFields targets = chain.Object("Targets");
    out.targets.push_back(ReadTarget(targets, resolver.Text("Target")));
    for (const std::string& id : resolver.Object("Failover").Texts("Targets")) {
      out.targets.push_back(ReadTarget(targets, id));
    }
  }
  if (!status.ok()) return status;
  return out;
}

}  // namespace meshgw::internal
