#include "catalog/upstream_target.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "catalog/instance.h"
#include "mesh/go_quote.h"
#include "meshgw/mesh_name.h"

namespace meshgw::internal {
namespace {

void Replace(const std::string& by, std::string* field) {
  if (!by.empty()) *field = by;
}

// Consul's rewriteTarget: what is empty stays, another service starts without a
// subset.
UpstreamTarget Rewrite(UpstreamTarget target, const ResolverTarget& to) {
  if (!to.service.empty() && to.service != target.service) {
    target.service = to.service;
    target.subset.clear();
  }
  Replace(to.service_subset, &target.subset);
  Replace(to.partition, &target.partition);
  Replace(to.name_space, &target.name_space);
  Replace(LowerCase(to.datacenter), &target.datacenter);
  target.peer = to.peer;
  return target;
}

const ServiceResolver* ResolverOf(const Config& config,
                                  const UpstreamTarget& target) {
  // Only a peer knows the resolvers of its services.
  if (!target.peer.empty()) return nullptr;
  return FindResolver(config.service_resolvers, target.service,
                      target.name_space, target.partition);
}

// What Consul refuses of the target that a chain ends at.
absl::Status CheckTarget(const Config& config, const ServiceResolver* resolver,
                         const UpstreamTarget& target) {
  if (!target.subset.empty() && target.peer.empty() &&
      (resolver == nullptr || !resolver->subsets.contains(target.subset))) {
    return absl::FailedPreconditionError(
        internal::StrFormat("service %s does not have a subset named %s",
                            GoQuote(target.service), GoQuote(target.subset)));
  }
  const ServiceDefaults* defaults = FindServiceDefaults(
      config, target.service, target.name_space, target.partition);
  if (resolver == nullptr || defaults == nullptr ||
      defaults->external_sni.empty()) {
    return absl::OkStatus();
  }
  std::string_view refused;
  if (!resolver->failover.empty()) refused = "failover";
  if (!resolver->subsets.empty()) refused = "subsets";
  if (resolver->redirect.has_value()) refused = "redirects";
  if (refused.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(internal::StrFormat(
      "service %s has an external SNI set; cannot define %s for external "
      "services",
      GoQuote(target.service), refused));
}

}  // namespace

std::string UpstreamTarget::Id() const {
  std::string out = subset.empty() ? "" : subset + ".";
  out += service + "." + name_space + "." + partition + ".";
  return out + (peer.empty() ? datacenter : "external." + peer);
}

absl::StatusOr<UpstreamTarget> ResolveTarget(const Config& config,
                                             UpstreamTarget target) {
  std::vector<UpstreamTarget> seen;
  while (true) {
    const ServiceResolver* resolver = ResolverOf(config, target);
    const bool circular =
        std::find(seen.begin(), seen.end(), target) != seen.end();
    seen.push_back(target);
    if (circular) {
      std::string way;
      for (const UpstreamTarget& step : seen) {
        way += (way.empty() ? "" : " -> ") + step.Id();
      }
      return absl::FailedPreconditionError(internal::StrFormat(
          "detected circular resolver redirect: [%s]", way));
    }
    UpstreamTarget next = target;
    if (resolver != nullptr && resolver->redirect.has_value()) {
      next = Rewrite(target, *resolver->redirect);
    }
    if (next == target && resolver != nullptr && target.subset.empty()) {
      next.subset = resolver->default_subset;
    }
    if (next == target) {
      absl::Status status = CheckTarget(config, resolver, target);
      if (!status.ok()) return status;
      return target;
    }
    target = std::move(next);
  }
}

absl::StatusOr<std::vector<UpstreamTarget>> FailoverTargets(
    const Config& config, const UpstreamTarget& target) {
  std::vector<UpstreamTarget> out;
  const ServiceResolver* resolver = ResolverOf(config, target);
  if (resolver == nullptr) return out;
  auto section = resolver->failover.find(target.subset);
  if (section == resolver->failover.end()) {
    section = resolver->failover.find("*");
  }
  if (section == resolver->failover.end()) return out;
  for (const ResolverTarget& to : section->second.targets) {
    UpstreamTarget next = Rewrite(target, to);
    if (next == target) continue;
    auto resolved = ResolveTarget(config, std::move(next));
    if (!resolved.ok()) return resolved.status();
    out.push_back(*std::move(resolved));
  }
  return out;
}

}  // namespace meshgw::internal
