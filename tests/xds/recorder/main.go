// Recorder writes what a control plane would send a mesh gateway, in Envoy's own
// messages as go-control-plane has them: an encoder that knows nothing of ours.
//
//	cd tests/xds/recorder && go run . ../../../testdata
//
// It writes xds/two_datacenters.frames (gRPC frames: clusters, endpoints,
// listener) and seeds of the fuzz targets xds_resources and xds_stream.
package main

import (
	"encoding/binary"
	"log"
	"os"
	"path/filepath"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsinspector "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/tls_inspector/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	snicluster "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/sni_cluster/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	trust = "0a0b0c0d-1111-2222-3333-444444444444.consul"
	api   = "api.default.dc1.internal." + trust
	dc2   = "dc2.internal." + trust
	dc3   = "dc3.internal." + trust
	shop  = "shop.default.default.east.external." + trust
	web   = "web.default.default.east.external." + trust
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func packed(message proto.Message) *anypb.Any {
	return must(anypb.New(message))
}

func eds(name string) *cluster.Cluster {
	return &cluster.Cluster{
		Name:                 name,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS},
		EdsClusterConfig: &cluster.Cluster_EdsClusterConfig{EdsConfig: &core.ConfigSource{
			ResourceApiVersion:    core.ApiVersion_V3,
			ConfigSourceSpecifier: &core.ConfigSource_Ads{Ads: &core.AggregatedConfigSource{}},
		}},
		ConnectTimeout:   durationpb.New(5 * time.Second),
		OutlierDetection: &cluster.OutlierDetection{},
	}
}

func host(address string, port, weight uint32, health core.HealthStatus) *endpoint.LbEndpoint {
	return &endpoint.LbEndpoint{
		HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{
			Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
				Address: address, PortSpecifier: &core.SocketAddress_PortValue{PortValue: port},
			}}},
		}},
		HealthStatus:        health,
		LoadBalancingWeight: wrapperspb.UInt32(weight),
	}
}

func assignment(name string, priority uint32, hosts ...*endpoint.LbEndpoint) *endpoint.ClusterLoadAssignment {
	return &endpoint.ClusterLoadAssignment{
		ClusterName: name,
		Endpoints:   []*endpoint.LocalityLbEndpoints{{Priority: priority, LbEndpoints: hosts}},
		Policy:      &endpoint.ClusterLoadAssignment_Policy{OverprovisioningFactor: wrapperspb.UInt32(100000)},
	}
}

func clusters() []proto.Message {
	local := eds(api)
	local.LbPolicy = cluster.Cluster_LEAST_REQUEST
	local.LbConfig = &cluster.Cluster_LeastRequestLbConfig_{LeastRequestLbConfig: &cluster.Cluster_LeastRequestLbConfig{
		ChoiceCount: wrapperspb.UInt32(4),
	}}
	local.CircuitBreakers = &cluster.CircuitBreakers{Thresholds: []*cluster.CircuitBreakers_Thresholds{{
		MaxConnections: wrapperspb.UInt32(77), MaxPendingRequests: wrapperspb.UInt32(8), MaxRequests: wrapperspb.UInt32(9),
	}}}
	local.OutlierDetection = &cluster.OutlierDetection{
		Consecutive_5Xx:          wrapperspb.UInt32(3),
		BaseEjectionTime:         durationpb.New(40 * time.Second),
		MaxEjectionTime:          durationpb.New(400 * time.Second),
		EnforcingConsecutive_5Xx: wrapperspb.UInt32(100),
	}
	remote := eds(dc2)
	remote.ConnectTimeout = durationpb.New(1500 * time.Millisecond)
	remote.UpstreamConnectionOptions = &cluster.UpstreamConnectionOptions{TcpKeepalive: &core.TcpKeepalive{
		KeepaliveProbes: wrapperspb.UInt32(7), KeepaliveTime: wrapperspb.UInt32(120), KeepaliveInterval: wrapperspb.UInt32(60),
	}}
	hostname := &cluster.Cluster{
		Name:                 dc3,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_LOGICAL_DNS},
		DnsRefreshRate:       durationpb.New(10 * time.Second),
		DnsLookupFamily:      cluster.Cluster_V4_ONLY,
		ConnectTimeout:       durationpb.New(5 * time.Second),
		LoadAssignment:       assignment(dc3, 0, host("gateways.dc3.example.com", 443, 1, core.HealthStatus_HEALTHY)),
	}
	exported := eds("exported~shop.default.dc1.internal." + trust)
	exported.AltStatName = exported.Name
	exported.CircuitBreakers = &cluster.CircuitBreakers{}
	exported.CommonLbConfig = &cluster.Cluster_CommonLbConfig{}
	http := eds("exported~web.default.dc1.internal." + trust)
	http.TransportSocket = &core.TransportSocket{
		Name:       "tls",
		ConfigType: &core.TransportSocket_TypedConfig{TypedConfig: packed(&tls.UpstreamTlsContext{Sni: "web"})},
	}
	return []proto.Message{local, eds("v2." + api), remote, hostname, exported, http, eds("node1.server.dc1.consul")}
}

func endpoints() []proto.Message {
	healthy, unhealthy := core.HealthStatus_HEALTHY, core.HealthStatus_UNHEALTHY
	return []proto.Message{
		assignment(api, 0, host("10.1.0.1", 20000, 1, healthy), host("10.1.0.2", 20000, 128, unhealthy)),
		assignment("v2."+api, 2, host("2001:db8::2", 20001, 3, core.HealthStatus_DEGRADED)),
		assignment(dc2, 0, host("198.51.100.1", 443, 1, healthy), host("198.51.100.2", 8443, 1, healthy)),
		assignment("exported~shop.default.dc1.internal."+trust, 0, host("10.1.0.3", 20000, 1, healthy)),
		assignment("node1.server.dc1.consul", 0, host("10.1.0.9", 8300, 1, core.HealthStatus_UNKNOWN)),
	}
}

func proxy(name string) *listener.Filter {
	return &listener.Filter{
		Name: "envoy.filters.network.tcp_proxy",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(&tcpproxy.TcpProxy{
			StatPrefix:       "mesh_gateway",
			ClusterSpecifier: &tcpproxy.TcpProxy_Cluster{Cluster: name},
		})},
	}
}

func chain(name string, filters ...*listener.Filter) *listener.FilterChain {
	out := &listener.FilterChain{Filters: filters}
	if name != "" {
		out.FilterChainMatch = &listener.FilterChainMatch{ServerNames: []string{name}}
	}
	return out
}

func listeners() []proto.Message {
	http := chain(web, &listener.Filter{
		Name: "envoy.filters.network.http_connection_manager",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(&hcm.HttpConnectionManager{
			StatPrefix: "mesh_gateway_local_peered",
		})},
	})
	http.TransportSocket = &core.TransportSocket{
		Name:       "tls",
		ConfigType: &core.TransportSocket_TypedConfig{TypedConfig: packed(&tls.DownstreamTlsContext{})},
	}
	sni := &listener.Filter{
		Name:       "envoy.filters.network.sni_cluster",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(&snicluster.SniCluster{})},
	}
	return []proto.Message{&listener.Listener{
		Name: "default:192.0.2.10:8443",
		Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: "192.0.2.10", PortSpecifier: &core.SocketAddress_PortValue{PortValue: 8443},
		}}},
		FilterChains: []*listener.FilterChain{
			chain(shop, proxy("exported~shop.default.dc1.internal."+trust)),
			http,
			chain("*."+dc2, proxy(dc2)),
			chain("*."+dc3, proxy(dc3)),
			chain("node1.server.dc1.consul", proxy("node1.server.dc1.consul")),
			chain("", sni, proxy("")),
		},
		ListenerFilters: []*listener.ListenerFilter{{
			Name: "envoy.filters.listener.tls_inspector",
			ConfigType: &listener.ListenerFilter_TypedConfig{
				TypedConfig: packed(&tlsinspector.TlsInspector{}),
			},
		}},
	}}
}

func name(message proto.Message) string {
	switch each := message.(type) {
	case *cluster.Cluster:
		return each.Name
	case *endpoint.ClusterLoadAssignment:
		return each.ClusterName
	case *listener.Listener:
		return each.Name
	}
	log.Fatalf("no name: %T", message)
	return ""
}

func encoded(message proto.Message) []byte {
	return must(proto.MarshalOptions{Deterministic: true}.Marshal(message))
}

func frame(nonce string, messages []proto.Message) []byte {
	response := &discovery.DeltaDiscoveryResponse{TypeUrl: packed(messages[0]).TypeUrl, Nonce: nonce}
	for _, message := range messages {
		response.Resources = append(response.Resources, &discovery.Resource{
			Name: name(message), Version: "1", Resource: packed(message),
		})
	}
	bytes := encoded(response)
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(bytes))), bytes...)
}

func write(path string, bytes []byte) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(path, bytes, 0o644); err != nil {
		log.Fatal(err)
	}
}

// A step of the fuzz target xds_stream.
func step(what byte, bytes []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{what}, uint16(len(bytes))), bytes...)
}

func main() {
	folder := os.Args[1]
	lists := [][]proto.Message{clusters(), endpoints(), listeners()}
	var frames, steps, single []byte
	for i, list := range lists {
		bytes := frame(string(rune('1'+i)), list)
		frames = append(frames, bytes...)
		steps = append(steps, step(0, bytes)...)
		for _, message := range list {
			body := encoded(message)
			seed := []string{"cluster", "endpoints", "listener"}[i] + "_" + name(message)[:5]
			write(filepath.Join(folder, "fuzz/xds_resources", seed), append([]byte{byte(i)}, body...))
			single = append(single, 2, byte(i))
			single = append(single, step(0, body)[1:]...)
			single = append(single, 0)
		}
	}
	write(filepath.Join(folder, "xds/two_datacenters.frames"), frames)
	write(filepath.Join(folder, "fuzz/xds_stream/two_datacenters"), steps)
	write(filepath.Join(folder, "fuzz/xds_stream/one_by_one"), single)
	// The same again after a break, and all of it gone a minute later.
	again := append(append([]byte{}, single...), 4, 14, 5)
	again = append(append(again, step(0, frame("9", lists[2]))...), 3, 61)
	write(filepath.Join(folder, "fuzz/xds_stream/reconnect"), again)
}
