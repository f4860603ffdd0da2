package oracle

// The fields of Consul's CheckServiceNode that filters may ask for (agent/structs),
// by the same names and of the same types.

type serviceAddress struct {
	Address string
	Port    int
}

type weights struct{ Passing, Warning int }

type meshGateway struct{ Mode string }

type upstream struct {
	DestinationType      string
	DestinationNamespace string
	DestinationPartition string
	DestinationPeer      string
	DestinationName      string
	Datacenter           string
	LocalBindAddress     string
	LocalBindPort        int
	LocalBindSocketPath  string
	LocalBindSocketMode  string
	MeshGateway          meshGateway
}

type exposePath struct {
	ListenerPort    int
	Path            string
	LocalPathPort   int
	Protocol        string
	ParsedFromCheck bool
}

type expose struct {
	Checks bool
	Paths  []exposePath
}

type envoyExtension struct {
	Name          string
	Required      bool
	ConsulVersion string
	EnvoyVersion  string
}

type transparentProxy struct {
	OutboundListenerPort int
	DialedDirectly       bool
}

type accessLogs struct {
	Enabled             bool
	DisableListenerLogs bool
	Type                string
	Path                string
	JSONFormat          string
	TextFormat          string
}

type proxy struct {
	EnvoyExtensions        []envoyExtension
	DestinationServiceName string
	DestinationServiceID   string
	LocalServiceAddress    string
	LocalServicePort       int
	LocalServiceSocketPath string
	Mode                   string
	Upstreams              []upstream
	MeshGateway            meshGateway
	Expose                 expose
	TransparentProxy       transparentProxy
	AccessLogs             accessLogs
}

type connect struct{ Native bool }

type nodeService struct {
	Kind              string
	ID                string
	Service           string
	Tags              []string
	Address           string
	TaggedAddresses   map[string]serviceAddress
	Meta              map[string]string
	Port              int
	SocketPath        string
	Weights           *weights
	EnableTagOverride bool
	Proxy             proxy
	Connect           connect
	PeerName          string
}

type node struct {
	ID              string
	Node            string
	Address         string
	Datacenter      string
	Partition       string
	PeerName        string
	TaggedAddresses map[string]string
	Meta            map[string]string
}

type healthCheck struct {
	Node        string
	CheckID     string
	Name        string
	Status      string
	Notes       string
	Output      string
	ServiceID   string
	ServiceName string
	ServiceTags []string
	Type        string
	Interval    string
	Timeout     string
	ExposedPort int
	PeerName    string
}

type instance struct {
	Node    *node
	Service *nodeService
	Checks  []*healthCheck
}

// instances are those of filter_answers.cc.
func instances() []instance {
	tags := []string{"blue", "v2", "not", "in"}
	return []instance{
		{
			Node: &node{
				Node: "node-1", Address: "10.0.0.9", Datacenter: "dc1",
				Meta: map[string]string{"rack": "r1"},
			},
			Service: &nodeService{
				Kind: "connect-proxy", ID: "web-1-sidecar-proxy", Service: "web-sidecar-proxy",
				Tags: tags, Address: "10.0.0.1", Port: 21000,
				TaggedAddresses:   map[string]serviceAddress{"wan": {"1.2.3.4", 443}},
				Meta:              map[string]string{"version": "2", "a.b": "c", "empty": ""},
				Weights:           &weights{3, 1},
				EnableTagOverride: true,
				Proxy: proxy{
					DestinationServiceName: "web", LocalServicePort: 80,
					MeshGateway: meshGateway{"local"},
					Expose:      expose{true, []exposePath{{22000, "/health", 80, "http", false}}},
					Upstreams: []upstream{
						{DestinationType: "service", DestinationName: "api", Datacenter: "dc2", LocalBindPort: 9000},
						{DestinationType: "service", DestinationName: "db", MeshGateway: meshGateway{"remote"}},
					},
				},
			},
			Checks: []*healthCheck{
				{
					Node: "node-1", CheckID: "c1", Name: "alive", Status: "warning", Type: "ttl",
					ServiceID: "web-1-sidecar-proxy", ServiceName: "web-sidecar-proxy", ServiceTags: tags,
				},
				{Node: "node-1", CheckID: "disk", Status: "passing"},
			},
		},
		{Node: &node{}, Service: &nodeService{Weights: &weights{1, 1}}},
	}
}
