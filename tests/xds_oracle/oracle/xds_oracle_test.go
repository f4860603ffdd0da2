// Package oracle serves snapshots of go-control-plane to the project's xDS
// client, and compares what it makes of them with what was served.
package oracle

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsinspector "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/tls_inspector/v3"
	snicluster "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/sni_cluster/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	node     = "gateway-1"
	patience = 30 * time.Second
)

func packed(t *testing.T, message proto.Message) *anypb.Any {
	t.Helper()
	out, err := anypb.New(message)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func at(host string, port uint32) *core.Address {
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
		Address: host, PortSpecifier: &core.SocketAddress_PortValue{PortValue: port},
	}}}
}

func assignment(name string, priority uint32, hosts ...string) *endpoint.ClusterLoadAssignment {
	locality := &endpoint.LocalityLbEndpoints{Priority: priority}
	for i, host := range hosts {
		locality.LbEndpoints = append(locality.LbEndpoints, &endpoint.LbEndpoint{
			HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{
				Address: at(host, 8000+uint32(i)),
			}},
			LoadBalancingWeight: wrapperspb.UInt32(uint32(i) + 1),
		})
	}
	return &endpoint.ClusterLoadAssignment{ClusterName: name, Endpoints: []*endpoint.LocalityLbEndpoints{locality}}
}

func eds(name string) *cluster.Cluster {
	return &cluster.Cluster{
		Name:                 name,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS},
		EdsClusterConfig: &cluster.Cluster_EdsClusterConfig{EdsConfig: &core.ConfigSource{
			ResourceApiVersion:    core.ApiVersion_V3,
			ConfigSourceSpecifier: &core.ConfigSource_Ads{Ads: &core.AggregatedConfigSource{}},
		}},
	}
}

func inline(name string, kind cluster.Cluster_DiscoveryType, hosts ...string) *cluster.Cluster {
	return &cluster.Cluster{
		Name:                 name,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: kind},
		LoadAssignment:       assignment(name, 0, hosts...),
	}
}

func filter(t *testing.T, name string, config proto.Message) *listener.Filter {
	t.Helper()
	return &listener.Filter{
		Name:       "envoy.filters.network." + name,
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(t, config)},
	}
}

// chain leads names (none: all others) to a cluster.
func chain(filters []*listener.Filter, names ...string) *listener.FilterChain {
	out := &listener.FilterChain{Filters: filters}
	if len(names) > 0 {
		out.FilterChainMatch = &listener.FilterChainMatch{ServerNames: names}
	}
	return out
}

func proxy(t *testing.T, name string) []*listener.Filter {
	return []*listener.Filter{filter(t, "tcp_proxy", &tcpproxy.TcpProxy{
		StatPrefix: "gateway", ClusterSpecifier: &tcpproxy.TcpProxy_Cluster{Cluster: name},
	})}
}

func weighted(t *testing.T, names ...string) []*listener.Filter {
	clusters := &tcpproxy.TcpProxy_WeightedCluster{}
	for _, name := range names {
		clusters.Clusters = append(clusters.Clusters, &tcpproxy.TcpProxy_WeightedCluster_ClusterWeight{Name: name, Weight: 1})
	}
	return []*listener.Filter{filter(t, "tcp_proxy", &tcpproxy.TcpProxy{
		StatPrefix: "gateway", ClusterSpecifier: &tcpproxy.TcpProxy_WeightedClusters{WeightedClusters: clusters},
	})}
}

func bySNI(t *testing.T) []*listener.Filter {
	return append([]*listener.Filter{filter(t, "sni_cluster", &snicluster.SniCluster{})}, proxy(t, "")...)
}

func gateway(t *testing.T, chains ...*listener.FilterChain) *listener.Listener {
	return &listener.Listener{
		Name: "default", Address: at("192.0.2.10", 8443), FilterChains: chains,
		ListenerFilters: []*listener.ListenerFilter{{
			Name:       "envoy.filters.listener.tls_inspector",
			ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: packed(t, &tlsinspector.TlsInspector{})},
		}},
	}
}

// world is a control plane, and the project's client that follows it.
type world struct {
	t       *testing.T
	cache   cache.SnapshotCache
	version int
	tables  chan string
	server  *grpc.Server
	address string
}

func (w *world) listen() {
	w.t.Helper()
	listening, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.address = listening.Addr().String()
	w.server = grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(w.server, server.NewServer(context.Background(), w.cache, nil))
	go w.server.Serve(listening)
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cache: cache.NewSnapshotCache(true, cache.IDHash{}, nil), tables: make(chan string, 100), address: "127.0.0.1:0"}
	w.listen()
	_, port, err := net.SplitHostPort(w.address)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Getenv("MESHGW_FOLLOW_TABLE"), port)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("follow_table: %v", err)
	}
	go func() {
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			w.tables <- lines.Text()
		}
		io.Copy(io.Discard, output)
		close(w.tables)
	}()
	t.Cleanup(func() {
		input.Close()
		for range w.tables {
		}
		if err := command.Wait(); err != nil {
			t.Errorf("follow_table: %v", err)
		}
		w.server.Stop()
	})
	return w
}

func (w *world) serve(resources map[resource.Type][]types.Resource) {
	w.t.Helper()
	w.version++
	snapshot, err := cache.NewSnapshot(strconv.Itoa(w.version), resources)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := snapshot.Consistent(); err != nil {
		w.t.Fatal(err)
	}
	if err := w.cache.SetSnapshot(context.Background(), node, snapshot); err != nil {
		w.t.Fatal(err)
	}
}

// expect waits for the table; those on the way to it may be others.
func (w *world) expect(what, expected string) {
	w.t.Helper()
	last := "none"
	deadline := time.After(patience)
	for {
		select {
		case table, ok := <-w.tables:
			if !ok {
				w.t.Fatalf("%s: the client has ended; the last table: %s", what, last)
			}
			last = table
			if table == expected {
				return
			}
		case <-deadline:
			w.t.Fatalf("%s:\n    table: %s\n expected: %s", what, last, expected)
		}
	}
}

const head = "default=192.0.2.10:8443;"

func TestTheTableIsWhatWasServed(t *testing.T) {
	w := start(t)
	served := map[resource.Type][]types.Resource{
		resource.ClusterType: {
			eds("api.td"), inline("dns.td", cluster.Cluster_STRICT_DNS, "db.example.com"),
			inline("static.td", cluster.Cluster_STATIC, "10.0.0.3", "10.0.0.4"),
		},
		resource.EndpointType: {assignment("api.td", 1, "10.0.0.1", "10.0.0.2")},
		resource.ListenerType: {gateway(t,
			chain(proxy(t, "static.td"), "exact.example.com", "*.dc2.td"),
			chain(weighted(t, "api.td", "static.td"), "weighted.example.com"),
			chain(bySNI(t)),
		)},
	}
	w.serve(served)
	api := " api.td->api.td"
	apiHosts := " api.td:10.0.0.1/8000/1/1,10.0.0.2/8001/2/1,"
	other := " dns.td->dns.td dns.td:db.example.com/8000/1/0,"
	names := " exact.example.com->static.td"
	static := " static.td->static.td static.td:10.0.0.3/8000/1/0,10.0.0.4/8001/2/0,"
	closed := " weighted.example.com->(closed)"
	suffix := " *.dc2.td->static.td"
	nothing := " (closed):"
	w.expect("the first table", head+nothing+suffix+api+apiHosts+other+names+static+closed)

	served[resource.EndpointType] = []types.Resource{assignment("api.td", 0, "10.0.0.9")}
	w.serve(served)
	apiHosts = " api.td:10.0.0.9/8000/1/0,"
	w.expect("changed endpoints", head+nothing+suffix+api+apiHosts+other+names+static+closed)

	served[resource.ClusterType] = served[resource.ClusterType][:1:1]
	served[resource.ClusterType] = append(served[resource.ClusterType], inline("static.td", cluster.Cluster_STATIC, "10.0.0.3"))
	served[resource.ListenerType] = []types.Resource{gateway(t, chain(proxy(t, "static.td"), "exact.example.com"), chain(bySNI(t)))}
	w.serve(served)
	static = " static.td->static.td static.td:10.0.0.3/8000/1/0,"
	w.expect("removals", head+api+apiHosts+names+static)

	served[resource.ClusterType] = append(served[resource.ClusterType], eds("new.td"))
	served[resource.EndpointType] = append(served[resource.EndpointType], assignment("new.td", 0, "10.0.0.7"))
	w.serve(served)
	added := " new.td->new.td new.td:10.0.0.7/8000/1/0,"
	w.expect("an addition", head+api+apiHosts+names+added+static)

	// The server goes, comes back, and knows what the client has.
	w.server.Stop()
	w.listen()
	served[resource.EndpointType] = []types.Resource{assignment("api.td", 0, "10.0.0.5"), assignment("new.td", 0, "10.0.0.7")}
	w.serve(served)
	apiHosts = " api.td:10.0.0.5/8000/1/0,"
	w.expect("the server's return", head+api+apiHosts+names+added+static)
}
