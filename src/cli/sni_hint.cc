#include "cli/sni_hint.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "config/spelling.h"
#include "meshgw/mesh_name.h"

namespace meshgw::cli {
namespace {

// ", did you mean x? There are: x, y".
std::string Known(std::string_view word, const std::vector<std::string>& known,
                  const char* none) {
  if (known.empty()) return none;
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < std::min(known.size(), kShown); ++i) {
    out += (i == 0 ? "" : ", ") + known[i];
  }
  if (known.size() > kShown) {
    out += absl::StrFormat(" and %d more", known.size() - kShown);
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto closest = internal::ClosestSpelling(word, views);
  return (closest.empty() ? ""
                          : absl::StrFormat("; did you mean %s?", closest)) +
         "; there is: " + out;
}

const LocalService* FindService(const Snapshot& snapshot, const MeshName& name,
                                std::string_view service) {
  for (const LocalService& local : snapshot.services) {
    if (LowerCase(local.name) == service &&
        LowerCase(local.name_space) == name.name_space &&
        LowerCase(local.partition) == name.partition) {
      return &local;
    }
  }
  return nullptr;
}

std::vector<std::string> SubsetsOf(const Snapshot& snapshot,
                                   const LocalService& service) {
  std::vector<std::string> out;
  for (const ServiceResolver& resolver : snapshot.resolvers) {
    if (resolver.name != service.name ||
        resolver.name_space != service.name_space ||
        resolver.partition != service.partition) {
      continue;
    }
    for (const auto& [subset, definition] : resolver.subsets) {
      out.push_back(subset);
    }
  }
  return out;
}

std::string OfService(const MeshName& name, const Snapshot& snapshot) {
  const std::string whole =
      (name.subset.empty() ? "" : name.subset + ".") + name.service;
  if (FindService(snapshot, name, whole) != nullptr) return "";
  const LocalService* service = FindService(snapshot, name, name.service);
  if (service != nullptr) {
    const auto subsets = SubsetsOf(snapshot, *service);
    if (std::find(subsets.begin(), subsets.end(), name.subset) !=
        subsets.end()) {
      return "";
    }
    return absl::StrFormat("service %s has no subset %s", service->name,
                           name.subset) +
           Known(name.subset, subsets, "; it has none");
  }
  std::vector<std::string> names;
  for (const LocalService& local : snapshot.services) {
    names.push_back(local.name);
  }
  std::string where = "datacenter " + snapshot.datacenter;
  if (name.name_space != "default") {
    where = "namespace " + name.name_space + " of " + where;
  }
  return absl::StrFormat("%s has no service %s with a sidecar", where,
                         name.service) +
         Known(name.service, names, "; it has none");
}

std::string OfDatacenter(const MeshName& name, const Snapshot& snapshot) {
  std::vector<std::string> names{snapshot.datacenter};
  for (const RemoteGateways& remote : snapshot.remote_gateways) {
    if (LowerCase(remote.datacenter) == name.datacenter) {
      if (!remote.gateways.empty()) return "";
      return absl::StrFormat("datacenter %s has no mesh gateway",
                             remote.datacenter);
    }
    names.push_back(remote.datacenter);
  }
  return absl::StrFormat("the catalog has no datacenter %s", name.datacenter) +
         Known(name.datacenter, names, "");
}

}  // namespace

std::string SniHint(std::string_view server_name, const Snapshot& snapshot) {
  const auto name = MeshName::Parse(server_name, snapshot.server_domain);
  if (!name.ok()) {
    return absl::StrFormat(
        "not a name of this mesh: %s; its trust domain is %s",
        name.status().message(), snapshot.trust_domain);
  }
  if (name->kind != MeshNameKind::kService &&
      name->kind != MeshNameKind::kGateway) {
    return "";
  }
  if (name->trust_domain != LowerCase(snapshot.trust_domain)) {
    return absl::StrFormat("the catalog's trust domain is %s, not %s",
                           snapshot.trust_domain, name->trust_domain);
  }
  if (name->datacenter != LowerCase(snapshot.datacenter)) {
    return OfDatacenter(*name, snapshot);
  }
  if (name->kind == MeshNameKind::kService) return OfService(*name, snapshot);
  return absl::StrFormat(
      "this is the name of datacenter %s's own gateways, which go nowhere",
      snapshot.datacenter);
}

}  // namespace meshgw::cli
