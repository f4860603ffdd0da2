#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/str_format.h"
#include "config/decode.h"
#include "config/rules.h"
#include "mesh/go_quote.h"

// The LoadBalancer of a service-resolver. Source of what is refused: Consul
// agent/structs config_entry_discoverychain.go, ServiceResolverConfigEntry.
namespace meshgw::internal {
namespace {

using Names = ObjectReader::Names;

const Names kPolicy = {"Policy"};
const Names kRing = {"RingHashConfig", "ring_hash_config"};
const Names kLeast = {"LeastRequestConfig", "least_request_config"};
const Names kHashPolicies = {"HashPolicies", "hash_policies"};
const Names kField = {"Field"};
const Names kFieldValue = {"FieldValue", "field_value"};
const Names kCookie = {"CookieConfig", "cookie_config"};

// The policy that is meant; nothing, after reporting, for one of no use.
std::optional<LoadBalancing> PolicyOf(const ObjectReader& reader,
                                      const std::string& policy) {
  if (policy == "least_request") return LoadBalancing::kLeastRequest;
  if (policy == "round_robin") return LoadBalancing::kRoundRobin;
  if (policy == "random") return LoadBalancing::kRandom;
  if (policy == "maglev" || policy == "ring_hash")
    return LoadBalancing::kMaglev;
  if (!policy.empty()) {
    reader.context().Error(
        reader.WhereOf(kPolicy),
        "Bad LoadBalancer policy: " + GoQuote(policy) + " is not supported",
        "least_request, round_robin, random, ring_hash or maglev");
  }
  return std::nullopt;
}

// What requests are hashed by, which only sidecars see: read for its mistakes.
void DecodeHashPolicy(DecodeContext* context, const Value& block,
                      std::size_t index) {
  ObjectReader reader(context, block, "LoadBalancer.HashPolicies");
  std::string field, field_value;
  bool source_ip = false, terminal = false, session = false, has_ttl = false;
  reader.String(kField, &field);
  reader.String(kFieldValue, &field_value);
  reader.Bool({"SourceIP", "source_ip"}, &source_ip);
  reader.Bool({"Terminal"}, &terminal);
  const Member* cookie = reader.Get(kCookie);
  if (cookie != nullptr) {
    ObjectReader inner(context, cookie->value, reader.PathOf("CookieConfig"));
    inner.Bool({"Session"}, &session);
    const auto ttl = inner.Duration({"TTL"});
    has_ttl = ttl.has_value() && ttl->value.count() != 0;
    inner.Ignore({"Path"});
    inner.Finish();
  }
  reader.Finish();
  const bool known =
      field == "header" || field == "cookie" || field == "query_parameter";
  const std::string quoted = GoQuote(field);
  const Rule rules[] = {
      {!field.empty() && !known, kField, quoted + " is not a supported field"},
      {source_ip && !field.empty(), kField,
       "A single hash policy cannot hash both a source address and a " +
           quoted},
      {source_ip && !field_value.empty(), kFieldValue,
       "A FieldValue cannot be specified when hashing SourceIP"},
      {!field.empty() && field_value.empty(), kField,
       "Field " + quoted + " was specified without a FieldValue"},
      {!field_value.empty() && field.empty(), kFieldValue,
       "FieldValue requires a Field to apply to"},
      {cookie != nullptr && field != "cookie", kCookie,
       "cookie_config provided for " + quoted},
      {session && has_ttl, kCookie,
       "a session cookie cannot have an associated TTL"},
  };
  ReportFirst(reader, rules,
              internal::StrFormat("Bad LoadBalancer HashPolicy[%d]: ", index));
}

}  // namespace

void DecodeLoadBalancer(DecodeContext* context, const Value& block,
                        ServiceResolver* out) {
  ObjectReader reader(context, block, "LoadBalancer");
  std::string policy;
  reader.String(kPolicy, &policy);
  out->load_balancing = PolicyOf(reader, policy);
  const Member* least = reader.Get(kLeast);
  if (least != nullptr) {
    ObjectReader inner(context, least->value,
                       "LoadBalancer.LeastRequestConfig");
    if (const auto count =
            inner.Integer({"ChoiceCount", "choice_count"}, 0, 1000)) {
      out->choice_count = static_cast<std::uint32_t>(count->value);
    }
    inner.Finish();
  }
  const Member* ring = reader.Get(kRing);
  if (ring != nullptr) {
    ObjectReader inner(context, ring->value, "LoadBalancer.RingHashConfig");
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    inner.Integer({"MinimumRingSize", "minimum_ring_size"}, 0, kMost);
    inner.Integer({"MaximumRingSize", "maximum_ring_size"}, 0, kMost);
    inner.Finish();
  }
  const std::vector<const Value*> hashes = reader.Objects(kHashPolicies);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    DecodeHashPolicy(context, *hashes[i], i);
  }
  reader.Finish();
  const std::string quoted = GoQuote(policy);
  const Rule rules[] = {
      {ring != nullptr && policy != "ring_hash", kRing,
       ". RingHashConfig specified for incompatible load balancing policy " +
           quoted},
      {least != nullptr && policy != "least_request", kLeast,
       ". LeastRequestConfig specified for incompatible load balancing "
       "policy " +
           quoted},
      {!hashes.empty() && policy != "ring_hash" && policy != "maglev",
       kHashPolicies,
       ": HashPolicies specified for non-hash-based Policy: " + quoted},
  };
  ReportFirst(reader, rules, "Bad LoadBalancer configuration");
}

}  // namespace meshgw::internal
