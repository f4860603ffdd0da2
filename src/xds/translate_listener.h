#ifndef MESHGW_XDS_TRANSLATE_LISTENER_H_
#define MESHGW_XDS_TRANSLATE_LISTENER_H_

#include "absl/status/statusor.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "xds/limits.h"
#include "xds/resources.h"

namespace meshgw::internal {

// TranslateListener reads a Listener: its TCP address, and for each chain of
// filters the server names that select it with what tcp_proxy does with them. A
// chain without server names, else default_filter_chain, is for all others.
// sni_cluster in front of tcp_proxy makes the server name the cluster's.
//
// A chain that would need more than splicing (any other filter, TLS
// termination, several weighted clusters, tunnels, clusters on demand) closes
// its names, and `closed` says why: no wider chain may serve them instead.
// tcp_proxy's access log, connect attempts and hash policy are not used: the
// gateway has its own.
//
// InvalidArgument with the place for what no gateway could do right: an address
// that is none, the same name in two chains, names that are none ("*w.x"),
// chains chosen by more than server names (addresses, ports, ALPN, transports
// other than "tls"), other listener filters than tls_inspector, and malformed
// filters. ResourceExhausted for more names than `limits` allow. Thread-safe.
// Source: Envoy's listener.proto, listener_components.proto and
// tcp_proxy.proto; Consul agent/xds/listeners.go makeMeshGatewayListener.
absl::StatusOr<ListenerResource> TranslateListener(
    const envoy::config::listener::v3::Listener& listener,
    const XdsLimits& limits);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_TRANSLATE_LISTENER_H_
