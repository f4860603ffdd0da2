#ifndef MESHGW_MESH_NAME_H_
#define MESHGW_MESH_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace meshgw {

// MeshNameKind says which form of Consul's server names a name has.
enum class MeshNameKind : std::int32_t {
  kService = 1,  // [subset.]service.namespace.[partition.]dc.internal[-v1].td
  kGateway = 2,  // [partition.]dc.internal[-v1].td
  kPreparedQuery = 3,  // query.default.dc.query.td
  kExported = 4,       // service.namespace.partition.peer.external.td
  kServer = 5,         // [node.]server.dc.domain
  kPeeringServer = 6,  // server.dc.peering.td
};
// MeshNameKindName returns a stable snake_case name: "service", "gateway",
// "prepared_query", "exported", "server" or "peering_server"; "unknown" for
// other values. Thread-safe.
std::string_view MeshNameKindName(MeshNameKind kind) noexcept;

// MeshName is a Consul server name (SNI) taken apart. Source: Consul
// agent/connect/sni.go, agent/connect/uri_server.go, tlsutil/config.go.
//
// Consul joins the parts by dots without escaping, so a name does not always
// say which parts it was made of: service `x` of subset `v1` and service `v1.x`
// are the same name. Route by whole names, and parse for people only.
struct MeshName {
  MeshNameKind kind = MeshNameKind::kService;
  std::string subset;                  // kService; empty: none.
  std::string service;                 // kService, kExported; the query's name
                                       // for kPreparedQuery.
  std::string name_space = "default";  // kService, kExported.
  std::string partition = "default";   // kService, kGateway, kExported.
  std::string datacenter;              // All but kExported.
  std::string peer;                    // kExported: the exporter's name for the
                                       // dialing peer.
  std::string node;                    // kServer; empty: any server.
  // The trust domain "<cluster id>.consul"; for kServer the agent's `domain`.
  std::string trust_domain;

  // Parse takes `name` apart (any case; parts come back in lower case; one
  // trailing dot is ignored). InvalidArgument, with the label and what was
  // expected, for a name of no known form. `server_domain` is the agent's
  // `domain` (a trailing dot is ignored), which kServer names end in; a name
  // that fits it is one, whatever else it fits. Labels beyond those of the form
  // go to the service's name. Thread-safe.
  static absl::StatusOr<MeshName> Parse(
      std::string_view name, std::string_view server_domain = "consul");

  // Format joins the parts as Consul does: an empty namespace or partition is
  // "default", the trust domain is lower-cased, the rest keeps its case.
  // InvalidArgument when a part that the kind needs is empty. Thread-safe.
  absl::StatusOr<std::string> Format() const;

  bool operator==(const MeshName&) const = default;
};

// TrustDomain returns "<cluster id>.consul" in lower case. Source: Consul
// agent/connect/uri_signing.go. Thread-safe.
std::string TrustDomain(std::string_view cluster_id);

// LowerCase returns `name` with ASCII letters in lower case: the form in which
// server names are compared (RFC 6066 3). Other bytes stay as they are.
// Thread-safe.
std::string LowerCase(std::string_view name);

}  // namespace meshgw

#endif  // MESHGW_MESH_NAME_H_
