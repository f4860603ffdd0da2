#include "meshgw/mesh_name.h"

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "base/ascii.h"
#include "base/str_format.h"
#include "mesh/go_quote.h"

namespace meshgw {
namespace {

using internal::GoQuote;
using Labels = std::span<const std::string_view>;

absl::Status BadName(std::string_view name, const std::string& what) {
  return absl::InvalidArgumentError(
      internal::StrFormat("server name %s: %s", GoQuote(name), what));
}

std::vector<std::string_view> SplitLabels(std::string_view name) {
  std::vector<std::string_view> labels;
  std::size_t start = 0;
  while (true) {
    const std::size_t dot = name.find('.', start);
    labels.push_back(name.substr(start, dot - start));
    if (dot == std::string_view::npos) return labels;
    start = dot + 1;
  }
}

std::string Join(Labels labels) {
  std::string out;
  for (const std::string_view label : labels) {
    if (!out.empty()) out += '.';
    out += label;
  }
  return out;
}

// The labels before a marker, taken from the right. What a form does not name
// stays in `rest`.
class LabelTaker {
 public:
  explicit LabelTaker(Labels labels) : rest_(labels) {}
  std::string TakeLast() {
    std::string label(rest_.back());
    rest_ = rest_.first(rest_.size() - 1);
    return label;
  }
  Labels rest() const { return rest_; }

 private:
  Labels rest_;
};

// [subset.]service: one label is the service, two are subset and service,
// further ones belong to the service (Consul does not escape dots).
void TakeSubsetAndService(Labels rest, MeshName* out) {
  if (rest.size() > 1) {
    out->subset = rest.front();
    rest = rest.subspan(1);
  }
  out->service = Join(rest);
}

absl::Status ParseInternal(std::string_view name, Labels before,
                           bool has_partition, MeshName* out) {
  const std::size_t gateway = has_partition ? 2 : 1;
  const std::size_t service = gateway + 2;
  if (before.size() != gateway && before.size() < service) {
    return BadName(
        name,
        internal::StrFormat(
            "%d labels before \"%s\"; expected %s or %s", before.size(),
            has_partition ? "internal-v1" : "internal",
            has_partition ? "partition.datacenter" : "datacenter",
            has_partition ? "[subset.]service.namespace.partition.datacenter"
                          : "[subset.]service.namespace.datacenter"));
  }
  LabelTaker taker(before);
  out->datacenter = taker.TakeLast();
  if (has_partition) out->partition = taker.TakeLast();
  out->kind = MeshNameKind::kGateway;
  if (before.size() == gateway) return absl::OkStatus();
  out->kind = MeshNameKind::kService;
  out->name_space = taker.TakeLast();
  TakeSubsetAndService(taker.rest(), out);
  return absl::OkStatus();
}

absl::Status ParseExported(std::string_view name, Labels before,
                           MeshName* out) {
  if (before.size() < 4) {
    return BadName(
        name, internal::StrFormat("%d labels before \"external\"; expected "
                                  "service.namespace.partition.peer",
                                  before.size()));
  }
  LabelTaker taker(before);
  out->kind = MeshNameKind::kExported;
  out->peer = taker.TakeLast();
  out->partition = taker.TakeLast();
  out->name_space = taker.TakeLast();
  out->service = Join(taker.rest());
  return absl::OkStatus();
}

absl::Status ParseQuery(std::string_view name, Labels before, MeshName* out) {
  if (before.size() < 3 || before[before.size() - 2] != "default") {
    return BadName(name, "before \"query\" expected name.default.datacenter");
  }
  LabelTaker taker(before);
  out->kind = MeshNameKind::kPreparedQuery;
  out->datacenter = taker.TakeLast();
  taker.TakeLast();
  out->service = Join(taker.rest());
  return absl::OkStatus();
}

absl::Status ParsePeering(std::string_view name, Labels before, MeshName* out) {
  if (before.size() != 2 || before[0] != "server") {
    return BadName(name, "before \"peering\" expected server.datacenter");
  }
  out->kind = MeshNameKind::kPeeringServer;
  out->datacenter = before[1];
  return absl::OkStatus();
}

// [node.]server.dc.domain. Nothing else when the name does not end in `domain`
// or the labels before it do not fit.
std::optional<MeshName> ParseServer(std::string_view name,
                                    std::string_view domain) {
  if (domain.empty() || name.size() <= domain.size() ||
      !name.ends_with(domain) || name[name.size() - domain.size() - 1] != '.') {
    return std::nullopt;
  }
  const auto labels =
      SplitLabels(name.substr(0, name.size() - domain.size() - 1));
  if (labels.size() < 2 || labels[labels.size() - 2] != "server") {
    return std::nullopt;
  }
  MeshName out;
  out.kind = MeshNameKind::kServer;
  out.datacenter = labels.back();
  out.node = Join(Labels(labels).first(labels.size() - 2));
  out.trust_domain = domain;
  return out;
}

// The trust domain is the last two labels, the marker the one before them.
absl::StatusOr<MeshName> ParseMarked(std::string_view name, Labels labels) {
  MeshName out;
  out.trust_domain = Join(labels.last(2));
  const std::string_view marker = labels[labels.size() - 3];
  const Labels before = labels.first(labels.size() - 3);
  absl::Status status;
  if (marker == "internal" || marker == "internal-v1") {
    status = ParseInternal(name, before, marker == "internal-v1", &out);
  } else if (marker == "external") {
    status = ParseExported(name, before, &out);
  } else if (marker == "query") {
    status = ParseQuery(name, before, &out);
  } else if (marker == "peering") {
    status = ParsePeering(name, before, &out);
  } else {
    status = BadName(name, internal::StrFormat(
                               "label %s before the trust domain %s; expected "
                               "internal, internal-v1, external, query or "
                               "peering",
                               GoQuote(marker), GoQuote(out.trust_domain)));
  }
  if (!status.ok()) return status;
  return out;
}

std::string OrDefault(const std::string& value) {
  return value.empty() ? "default" : value;
}

struct Part {
  const char* name;
  const std::string& value;
};

absl::Status RequireParts(MeshNameKind kind,
                          std::initializer_list<Part> parts) {
  for (const Part& part : parts) {
    if (part.value.empty()) {
      return absl::InvalidArgumentError(
          internal::StrFormat("a %s name needs a %s, which is empty",
                              MeshNameKindName(kind), part.name));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckParts(const MeshName& name) {
  const Part service{"service", name.service};
  const Part datacenter{"datacenter", name.datacenter};
  const Part trust_domain{"trust domain", name.trust_domain};
  switch (name.kind) {
    case MeshNameKind::kService:
    case MeshNameKind::kPreparedQuery:
      return RequireParts(name.kind, {service, datacenter, trust_domain});
    case MeshNameKind::kGateway:
    case MeshNameKind::kServer:
    case MeshNameKind::kPeeringServer:
      return RequireParts(name.kind, {datacenter, trust_domain});
    case MeshNameKind::kExported:
      return RequireParts(name.kind,
                          {service, {"peer", name.peer}, trust_domain});
  }
  return absl::InvalidArgumentError("no such kind of mesh name");
}

// dc.internal, or partition.dc.internal-v1 outside the default partition.
std::string GatewayPart(const MeshName& name) {
  const std::string partition = OrDefault(name.partition);
  if (partition == "default") return name.datacenter + ".internal.";
  return partition + "." + name.datacenter + ".internal-v1.";
}

}  // namespace

std::string_view MeshNameKindName(MeshNameKind kind) noexcept {
  switch (kind) {
    case MeshNameKind::kService:
      return "service";
    case MeshNameKind::kGateway:
      return "gateway";
    case MeshNameKind::kPreparedQuery:
      return "prepared_query";
    case MeshNameKind::kExported:
      return "exported";
    case MeshNameKind::kServer:
      return "server";
    case MeshNameKind::kPeeringServer:
      return "peering_server";
  }
  return "unknown";
}

absl::StatusOr<MeshName> MeshName::Parse(std::string_view name,
                                         std::string_view server_domain) {
  std::string lower = LowerCase(name);
  if (lower.ends_with('.')) lower.pop_back();
  std::string domain = LowerCase(server_domain);
  if (domain.ends_with('.')) domain.pop_back();
  const auto labels = SplitLabels(lower);
  for (const std::string_view label : labels) {
    if (label.empty()) return BadName(name, "has an empty label");
  }
  // First: a domain may have a marker's label in it.
  if (auto server = ParseServer(lower, domain)) return *std::move(server);
  if (labels.size() > 3) return ParseMarked(name, labels);
  return BadName(name,
                 internal::StrFormat("has %d labels; the shortest form is "
                                     "datacenter.internal.<cluster id>."
                                     "consul",
                                     labels.size()));
}

absl::StatusOr<std::string> MeshName::Format() const {
  if (absl::Status status = CheckParts(*this); !status.ok()) return status;
  const std::string domain = LowerCase(trust_domain);
  const std::string ns = OrDefault(name_space);
  switch (kind) {
    case MeshNameKind::kService:
      return (subset.empty() ? "" : subset + ".") + service + "." + ns + "." +
             GatewayPart(*this) + domain;
    case MeshNameKind::kGateway:
      return GatewayPart(*this) + domain;
    case MeshNameKind::kPreparedQuery:
      return service + ".default." + datacenter + ".query." + domain;
    case MeshNameKind::kExported:
      return service + "." + ns + "." + OrDefault(partition) + "." + peer +
             ".external." + domain;
    case MeshNameKind::kServer:
      return (node.empty() ? "" : node + ".") + "server." + datacenter + "." +
             domain;
    case MeshNameKind::kPeeringServer:
      return "server." + datacenter + ".peering." + domain;
  }
  return absl::InvalidArgumentError("no such kind of mesh name");
}

std::string TrustDomain(std::string_view cluster_id) {
  return LowerCase(cluster_id) + ".consul";
}

std::string LowerCase(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = internal::AsciiLower(c);
  return out;
}

}  // namespace meshgw
