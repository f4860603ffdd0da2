#ifndef MESHGW_TESTS_XDS_MESSAGES_H_
#define MESHGW_TESTS_XDS_MESSAGES_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/resource_type.h"

// Resources in the shapes that Consul gives a mesh gateway.
namespace meshgw::test {

using ClusterMessage = envoy::config::cluster::v3::Cluster;
using EndpointsMessage = envoy::config::endpoint::v3::ClusterLoadAssignment;
using ListenerMessage = envoy::config::listener::v3::Listener;
using FilterChainMessage = envoy::config::listener::v3::FilterChain;
using TcpProxyMessage =
    envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;

inline constexpr char kTrustDomain[] =
    "11111111-2222-3333-4444-555555555555.consul";
inline const std::string kTd = kTrustDomain;

inline ClusterMessage EdsCluster(const std::string& name) {
  ClusterMessage cluster;
  cluster.set_name(name);
  cluster.set_type(ClusterMessage::EDS);
  cluster.mutable_connect_timeout()->set_seconds(5);
  cluster.mutable_eds_cluster_config();
  cluster.mutable_outlier_detection();
  return cluster;
}

struct Host {
  std::string address = "192.0.2.1";
  std::uint32_t port = 443;
};

inline envoy::config::endpoint::v3::LbEndpoint* AddHost(
    const Host& host, envoy::config::endpoint::v3::LocalityLbEndpoints* to) {
  auto* endpoint = to->add_lb_endpoints();
  auto* address =
      endpoint->mutable_endpoint()->mutable_address()->mutable_socket_address();
  address->set_address(host.address);
  address->set_port_value(host.port);
  return endpoint;
}

inline EndpointsMessage Assignment(const std::string& name,
                                   const std::vector<Host>& hosts) {
  EndpointsMessage assignment;
  assignment.set_cluster_name(name);
  auto* locality = assignment.add_endpoints();
  for (const Host& host : hosts) AddHost(host, locality);
  return assignment;
}

inline ClusterMessage InlineCluster(const std::string& name,
                                    ClusterMessage::DiscoveryType type,
                                    const std::vector<Host>& hosts) {
  ClusterMessage cluster;
  cluster.set_name(name);
  cluster.set_type(type);
  *cluster.mutable_load_assignment() = Assignment(name, hosts);
  return cluster;
}

inline void AddFilter(const std::string& name, const std::string& type,
                      const std::string& config, FilterChainMessage* chain) {
  auto* filter = chain->add_filters();
  filter->set_name(name);
  filter->mutable_typed_config()->set_type_url("type.googleapis.com/" + type);
  filter->mutable_typed_config()->set_value(config);
}

inline void AddTcpProxy(const TcpProxyMessage& proxy,
                        FilterChainMessage* chain) {
  AddFilter("envoy.filters.network.tcp_proxy",
            "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
            proxy.SerializeAsString(), chain);
}

inline void AddSniCluster(FilterChainMessage* chain) {
  AddFilter("envoy.filters.network.sni_cluster",
            "envoy.extensions.filters.network.sni_cluster.v3.SniCluster", "",
            chain);
}

// A chain for `names` (none: all others) to `cluster`.
inline FilterChainMessage Chain(const std::vector<std::string>& names,
                                const std::string& cluster) {
  FilterChainMessage chain;
  for (const std::string& name : names) {
    chain.mutable_filter_chain_match()->add_server_names(name);
  }
  TcpProxyMessage proxy;
  proxy.set_stat_prefix("mesh_gateway");
  proxy.set_cluster(cluster);
  AddTcpProxy(proxy, &chain);
  return chain;
}

// The chain that makes the server name the cluster's.
inline FilterChainMessage SniChain(const std::vector<std::string>& names = {}) {
  FilterChainMessage chain;
  for (const std::string& name : names) {
    chain.mutable_filter_chain_match()->add_server_names(name);
  }
  AddSniCluster(&chain);
  TcpProxyMessage proxy;
  proxy.set_cluster("");
  AddTcpProxy(proxy, &chain);
  return chain;
}

// As Consul makes one: a port, tls_inspector, the chains.
inline ListenerMessage GatewayListener(
    const std::string& name, const std::vector<FilterChainMessage>& chains,
    std::uint32_t port = 8443) {
  ListenerMessage listener;
  listener.set_name(name);
  auto* address = listener.mutable_address()->mutable_socket_address();
  address->set_address("192.0.2.10");
  address->set_port_value(port);
  for (const FilterChainMessage& chain : chains) {
    *listener.add_filter_chains() = chain;
  }
  auto* inspector = listener.add_listener_filters();
  inspector->set_name("envoy.filters.listener.tls_inspector");
  inspector->mutable_typed_config()->set_type_url(
      "type.googleapis.com/"
      "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector");
  return listener;
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_MESSAGES_H_
