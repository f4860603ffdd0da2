#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/str_format.h"
#include "config/bexpr.h"
#include "config/decode.h"
#include "config/instance_schema.h"
#include "config/rules.h"
#include "mesh/go_quote.h"

// What is refused here Consul refuses too, in its words: agent/structs
// config_entry_discoverychain.go, ServiceResolverConfigEntry.Validate. What it
// refuses for want of an Enterprise licence is not.
namespace meshgw::internal {
namespace {

using Names = ObjectReader::Names;

const Names kService = {"Service"};
const Names kServiceSubset = {"ServiceSubset", "service_subset"};
const Names kNamespace = {"Namespace"};
const Names kPartition = {"Partition"};
const Names kDatacenter = {"Datacenter"};
const Names kDatacenters = {"Datacenters"};
const Names kPeer = {"Peer"};
const Names kTargets = {"Targets"};
const Names kSamenessGroup = {"SamenessGroup", "sameness_group"};
const Names kDefaultSubset = {"DefaultSubset", "default_subset"};
const Names kItself = {};

bool IsSubset(const ServiceResolver& entry, const std::string& subset) {
  return entry.subsets.contains(subset);
}

// A subset of the service itself is one that the entry defines.
bool NamesNoSubset(const ServiceResolver& entry, const ResolverTarget& to) {
  return !to.service_subset.empty() &&
         (to.service.empty() || to.service == entry.name) &&
         !IsSubset(entry, to.service_subset);
}

std::string NoSubset(const ServiceResolver& entry, const ResolverTarget& to) {
  return internal::StrFormat("ServiceSubset %s is not a valid subset of %s",
                             GoQuote(to.service_subset), GoQuote(entry.name));
}

ResolverTarget DecodeTarget(ObjectReader* reader) {
  ResolverTarget out;
  reader->String(kService, &out.service);
  reader->String(kServiceSubset, &out.service_subset);
  reader->String(kNamespace, &out.name_space);
  reader->String(kPartition, &out.partition);
  reader->String(kDatacenter, &out.datacenter);
  reader->String(kPeer, &out.peer);
  return out;
}

void CheckRedirect(const ObjectReader& reader, const ServiceResolver& entry,
                   const std::string& group) {
  const ResolverTarget& to = *entry.redirect;
  const bool subset = !to.service_subset.empty();
  const bool partition = !to.partition.empty();
  const bool datacenter = !to.datacenter.empty();
  const bool peer = !to.peer.empty();
  const bool nothing = to.service.empty() && !subset && to.name_space.empty() &&
                       !partition && !datacenter && !peer && group.empty();
  const std::string_view target_partition =
      partition ? std::string_view(to.partition) : "default";
  const Rule rules[] = {
      {datacenter && entry.partition != "default", kDatacenter,
       "Cross-datacenter redirect is only supported in the default partition"},
      {datacenter && target_partition != entry.partition, kPartition,
       "Cross-datacenter and cross-partition redirect is not supported"},
      {nothing, kItself, "Redirect is empty"},
      {!group.empty() && subset, kServiceSubset,
       "Redirect.SamenessGroup cannot be set with Redirect.ServiceSubset"},
      {!group.empty() && partition, kPartition,
       "Redirect.Partition cannot be set with Redirect.SamenessGroup"},
      {!group.empty() && datacenter, kDatacenter,
       "Redirect.SamenessGroup cannot be set with Redirect.Datacenter"},
      {peer && subset, kServiceSubset,
       "Redirect.Peer cannot be set with Redirect.ServiceSubset"},
      {peer && partition, kPartition,
       "Redirect.Partition cannot be set with Redirect.Peer"},
      {peer && datacenter, kDatacenter,
       "Redirect.Peer cannot be set with Redirect.Datacenter"},
      {to.service.empty() && subset, kServiceSubset,
       "Redirect.ServiceSubset defined without Redirect.Service"},
      {to.service.empty() && !to.name_space.empty(), kNamespace,
       "Redirect.Namespace defined without Redirect.Service"},
      {to.service.empty() && partition, kPartition,
       "Redirect.Partition defined without Redirect.Service"},
      {to.service.empty() && peer, kPeer,
       "Redirect.Peer defined without Redirect.Service"},
      {NamesNoSubset(entry, to), kServiceSubset,
       "Redirect." + NoSubset(entry, to)},
  };
  ReportFirst(reader, rules);
}

void DecodeRedirect(DecodeContext* context, const Value& block,
                    ServiceResolver* out) {
  ObjectReader reader(context, block, "Redirect");
  out->redirect = DecodeTarget(&reader);
  std::string group;
  reader.String(kSamenessGroup, &group);
  reader.Finish();
  CheckRedirect(reader, *out, group);
}

ResolverTarget DecodeFailoverTarget(DecodeContext* context, const Value& block,
                                    const std::string& path,
                                    const std::string& prefix,
                                    const ServiceResolver& entry) {
  ObjectReader reader(context, block, path);
  ResolverTarget to = DecodeTarget(&reader);
  reader.Finish();
  const bool peer = !to.peer.empty();
  const Rule rules[] = {
      {peer && !to.service_subset.empty(), kServiceSubset,
       "Peer cannot be set with ServiceSubset"},
      {peer && !to.partition.empty(), kPartition,
       "Partition cannot be set with Peer"},
      {peer && !to.datacenter.empty(), kDatacenter,
       "Peer cannot be set with Datacenter"},
      {!to.partition.empty() && !to.datacenter.empty(), kPartition,
       "Partition cannot be set with Datacenter"},
      {NamesNoSubset(entry, to), kServiceSubset, NoSubset(entry, to)},
  };
  ReportFirst(reader, rules, prefix);
  return to;
}

ResolverFailover DecodeFailover(DecodeContext* context, const Member& member,
                                const ServiceResolver& entry) {
  const std::string path = "Failover." + member.key;
  const std::string bad = "Bad Failover[" + GoQuote(member.key) + "]";
  ObjectReader reader(context, member.value, path);
  ResolverFailover out;
  out.where = context->At(reader.where());
  ResolverTarget common;
  reader.String(kService, &common.service);
  reader.String(kServiceSubset, &common.service_subset);
  reader.String(kNamespace, &common.name_space);
  std::string group;
  reader.String(kSamenessGroup, &group);
  // One target for each datacenter, or the targets that are listed.
  const std::vector<std::string> datacenters = reader.StringList(kDatacenters);
  for (const std::string& datacenter : datacenters) {
    out.targets.push_back(common);
    out.targets.back().datacenter = datacenter;
  }
  const std::vector<const Value*> targets = reader.Objects(kTargets);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    out.targets.push_back(DecodeFailoverTarget(
        context, *targets[i], path + ".Targets",
        bad + internal::StrFormat(".Targets[%d]: ", i), entry));
  }
  CheckFailoverPolicy(&reader, {"Policy"}, bad + ": ");
  reader.Finish();
  if (member.key != "*" && !IsSubset(entry, member.key)) {
    context->Error(member.where, bad + ": not a valid subset",
                   "a key of Subsets, or \"*\"");
  }
  const bool nothing =
      common.service.empty() && common.service_subset.empty() &&
      common.name_space.empty() && out.targets.empty() && group.empty();
  const bool grouped = !group.empty();
  const bool listed = !targets.empty();
  const Rule rules[] = {
      {nothing, kItself,
       "one of Service, ServiceSubset, Namespace, Targets, SamenessGroup, or "
       "Datacenters is required"},
      {!datacenters.empty() && entry.partition != "default", kDatacenters,
       "Cross-datacenter failover is only supported in the default partition"},
      {NamesNoSubset(entry, common), kServiceSubset, NoSubset(entry, common)},
      {grouped && !datacenters.empty(), kDatacenters,
       "SamenessGroup cannot be set with Datacenters"},
      {grouped && !common.service_subset.empty(), kServiceSubset,
       "SamenessGroup cannot be set with ServiceSubset"},
      {grouped && listed, kTargets, "SamenessGroup cannot be set with Targets"},
      {!datacenters.empty() && listed, kTargets,
       "Targets cannot be set with Datacenters"},
      {!common.service_subset.empty() && listed, kTargets,
       "Targets cannot be set with ServiceSubset"},
      {!common.service.empty() && listed, kTargets,
       "Targets cannot be set with Service"},
      {std::ranges::find(datacenters, "") != datacenters.end(), kDatacenters,
       "found empty datacenter"},
  };
  ReportFirst(reader, rules, bad + ": ");
  if (out.targets.empty()) out.targets.push_back(common);
  return out;
}

void DecodeFailovers(DecodeContext* context, const Value& block,
                     ServiceResolver* out) {
  const Value* object = AsObject(block);
  if (object == nullptr) {
    context->Error(block.where,
                   "Failover is " + std::string(KindName(block.kind)),
                   "an object");
    return;
  }
  for (const Member& member : object->members) {
    out->failover[member.key] = DecodeFailover(context, member, *out);
  }
}

// Consul's pattern: ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$, at most 63 of them.
bool IsSubsetName(std::string_view name) {
  return !name.empty() && name.size() <= 63 && !name.starts_with('-') &&
         !name.ends_with('-') &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             name.npos;
}

void CheckFilter(DecodeContext* context, const ServiceResolver& resolver,
                 const std::string& subset,
                 const Located<std::string>& filter) {
  if (filter.value.empty()) return;  // All instances.
  const auto parsed = Filter::Parse(filter.value, InstanceSchema());
  if (parsed.ok()) return;
  context->FilterError(
      {filter.where.line, filter.where.column},
      internal::StrFormat("filter of subset %s of service %s: %s", subset,
                          resolver.name, parsed.status().message()));
}

void DecodeSubsets(DecodeContext* context, const Value& block,
                   ServiceResolver* out) {
  const Value* object = AsObject(block);
  if (object == nullptr) {
    context->Error(block.where,
                   "Subsets is " + std::string(KindName(block.kind)),
                   "an object");
    return;
  }
  for (const Member& member : object->members) {
    ObjectReader reader(context, member.value, "Subsets." + member.key);
    ResolverSubset& subset = out->subsets[member.key];
    subset.where = context->At(member.where);
    if (!IsSubsetName(member.key)) {
      context->Error(member.where,
                     "Subset " + GoQuote(member.key) + " is invalid",
                     "1 to 63 lower case letters, digits and '-', which is "
                     "neither first nor last");
    }
    if (auto filter = reader.String({"Filter"})) {
      subset.filter = *std::move(filter);
      CheckFilter(context, *out, member.key, subset.filter);
    }
    reader.Bool({"OnlyPassing", "only_passing"}, &subset.only_passing);
    reader.Finish();
  }
}

}  // namespace

void DecodeServiceResolver(ObjectReader* reader, ServiceResolver entry,
                           Config* out) {
  DecodeContext* context = &reader->context();
  reader->String(kDefaultSubset, &entry.default_subset);
  if (const Member* subsets = reader->Get({"Subsets"})) {
    DecodeSubsets(context, subsets->value, &entry);
  }
  if (!entry.default_subset.empty() && !IsSubset(entry, entry.default_subset)) {
    context->Error(reader->WhereOf(kDefaultSubset),
                   "DefaultSubset " + GoQuote(entry.default_subset) +
                       " is not a valid subset",
                   "a key of Subsets");
  }
  const Member* redirect = reader->Get({"Redirect"});
  if (redirect != nullptr) DecodeRedirect(context, redirect->value, &entry);
  if (const Member* failover = reader->Get({"Failover"})) {
    DecodeFailovers(context, failover->value, &entry);
    if (redirect != nullptr && !entry.failover.empty()) {
      context->Error(failover->where,
                     "Redirect and Failover cannot both be set", "one of them");
    }
  }
  if (const auto timeout =
          reader->Duration({"ConnectTimeout", "connect_timeout"})) {
    entry.connect_timeout = timeout->value;
  }
  reader->Duration({"RequestTimeout", "request_timeout"});
  if (const Member* balancer = reader->Get({"LoadBalancer", "load_balancer"})) {
    DecodeLoadBalancer(context, balancer->value, &entry);
  }
  reader->Ignore({"PrioritizeByLocality", "prioritize_by_locality"});
  out->service_resolvers.push_back(std::move(entry));
}

}  // namespace meshgw::internal
