#include "xds/filter_chain.h"

#include <string_view>

#include "base/str_format.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "xds/read_duration.h"
#include "xds/refusal.h"

namespace meshgw::internal {
namespace {

namespace listener_v3 = envoy::config::listener::v3;
using envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;

constexpr std::string_view kTcpProxy =
    "type.googleapis.com/"
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
constexpr std::string_view kSniCluster =
    "type.googleapis.com/"
    "envoy.extensions.filters.network.sni_cluster.v3.SniCluster";
constexpr std::string_view kHttpConnectionManager =
    "type.googleapis.com/envoy.extensions.filters.network."
    "http_connection_manager.v3.HttpConnectionManager";
constexpr std::string_view kRawBuffer =
    "type.googleapis.com/"
    "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

bool IsSniCluster(const listener_v3::Filter& filter) {
  // It has no settings, so old control planes send its name alone.
  return filter.typed_config().type_url() == kSniCluster ||
         (filter.config_type_case() ==
              listener_v3::Filter::CONFIG_TYPE_NOT_SET &&
          filter.name() == "envoy.filters.network.sni_cluster");
}

std::string WhyRefused(const listener_v3::Filter& filter) {
  if (filter.typed_config().type_url() == kHttpConnectionManager) {
    return "HTTP would have to be read (http_connection_manager), and a "
           "gateway that only splices does not end TLS";
  }
  return StrFormat("filter %s is not supported", filter.name());
}

// What tcp_proxy would do that splicing to one cluster is not.
std::string WhyRefused(const TcpProxy& proxy, bool by_server_name) {
  if (proxy.has_tunneling_config()) {
    return "tcp_proxy.tunneling_config is not supported";
  }
  if (proxy.has_on_demand()) return "tcp_proxy.on_demand is not supported";
  if (proxy.has_metadata_match()) {
    return "tcp_proxy.metadata_match is not supported";
  }
  if (by_server_name &&
      (proxy.has_weighted_clusters() || !proxy.cluster().empty())) {
    return "sni_cluster with another cluster for connections without a server "
           "name is not supported";
  }
  if (proxy.weighted_clusters().clusters_size() > 1) {
    return StrFormat(
        "tcp_proxy.weighted_clusters with %d clusters is not supported: a "
        "route leads to one",
        proxy.weighted_clusters().clusters_size());
  }
  return {};
}

absl::Status ReadCluster(const TcpProxy& proxy, const std::string& place,
                         ListenerRule* rule) {
  if (proxy.has_weighted_clusters()) {
    const auto& only = proxy.weighted_clusters();
    if (only.clusters_size() == 0 || only.clusters(0).weight() == 0) {
      return Refusal(place + ".weighted_clusters",
                     "expected a cluster with a weight of at least 1");
    }
    rule->cluster = only.clusters(0).name();
  } else {
    rule->cluster = proxy.cluster();
  }
  if (rule->cluster.empty()) return Refusal(place + ".cluster", "is empty");
  return absl::OkStatus();
}

absl::Status ReadTcpProxy(const listener_v3::Filter& filter,
                          const std::string& place, ListenerRule* rule) {
  TcpProxy proxy;
  if (!proxy.ParseFromString(filter.typed_config().value())) {
    return Refusal(place, "TcpProxy is malformed");
  }
  rule->closed = WhyRefused(proxy, rule->by_server_name);
  if (!rule->closed.empty()) {
    rule->by_server_name = false;
    return absl::OkStatus();
  }
  if (proxy.has_idle_timeout()) {
    const auto timeout =
        ReadDuration(proxy.idle_timeout(), place + ".idle_timeout");
    if (!timeout.ok()) return timeout.status();
    rule->idle_timeout = *timeout;
  }
  if (rule->by_server_name) return absl::OkStatus();
  return ReadCluster(proxy, place, rule);
}

}  // namespace

bool IsRawBuffer(const envoy::config::core::v3::TransportSocket& socket) {
  return socket.typed_config().type_url() == kRawBuffer;
}

absl::Status ReadFilterChain(const listener_v3::FilterChain& chain,
                             const std::string& place, ListenerRule* rule) {
  if (chain.has_transport_socket() && !IsRawBuffer(chain.transport_socket())) {
    rule->closed = StrFormat(
        "TLS would have to be ended (transport_socket %s), and a gateway that "
        "only splices does not",
        chain.transport_socket().name());
    return absl::OkStatus();
  }
  if (chain.use_proxy_proto().value()) {
    rule->closed = "use_proxy_proto is not supported";
    return absl::OkStatus();
  }
  for (int i = 0; i < chain.filters_size(); ++i) {
    const listener_v3::Filter& filter = chain.filters(i);
    const std::string where = StrFormat("%s.filters[%d]", place, i);
    if (IsSniCluster(filter)) {
      rule->by_server_name = true;
    } else if (filter.typed_config().type_url() == kTcpProxy) {
      if (i + 1 < chain.filters_size()) {
        return Refusal(where,
                       "tcp_proxy ends a chain, and filters are behind it");
      }
      return ReadTcpProxy(filter, where, rule);
    } else {
      rule->by_server_name = false;
      rule->closed = WhyRefused(filter);
      return absl::OkStatus();
    }
  }
  return Refusal(place, "no filter ends the chain; expected tcp_proxy");
}

}  // namespace meshgw::internal
