package routes

import (
	"reflect"
	"strings"
	"testing"
)

const dump = `{"configs": [
  {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump"},
  {"dynamic_active_clusters": [
    {"cluster": {"name": "api.dc1", "type": "EDS"}},
    {"cluster": {"name": "empty.dc1", "type": "EDS"}},
    {"cluster": {"name": "dc2", "type": "LOGICAL_DNS", "load_assignment": {"cluster_name": "dc2", "endpoints": [
      {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "gw.dc2", "port_value": 443}}},
        "health_status": "HEALTHY", "load_balancing_weight": 1}]}]}}}]},
  {"dynamic_listeners": [{"active_state": {"listener": {"filter_chains": [
    {"filter_chain_match": {"server_names": ["*.dc2"]}, "filters": [
      {"name": "envoy.filters.network.rbac"},
      {"name": "envoy.filters.network.tcp_proxy", "typed_config": {"cluster": "dc2"}}]},
    {"filters": [{"name": "envoy.filters.network.sni_cluster"},
      {"name": "envoy.filters.network.tcp_proxy", "typed_config": {"cluster": ""}}]}]}}}]},
  {"dynamic_endpoint_configs": [
    {"endpoint_config": {"cluster_name": "api.dc1", "endpoints": [{"lb_endpoints": [
      {"endpoint": {"address": {"socket_address": {"address": "10.0.0.2", "port_value": 80}}},
        "health_status": "UNHEALTHY", "load_balancing_weight": 3},
      {"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}}]}]}},
    {"endpoint_config": {"cluster_name": "dc2", "endpoints": [{"lb_endpoints": [
      {"endpoint": {"address": {"socket_address": {"address": "192.0.2.1", "port_value": 443}}}}]}]}}]}]}`

func TestADumpOfEnvoyBecomesATableOfNamesAndSuffixes(t *testing.T) {
	got, err := FromEnvoy(strings.NewReader(dump))
	want := Table{
		"*.dc2":     {{"gw.dc2", 443, 1, "healthy"}},
		"api.dc1":   {{"10.0.0.1", 80, 1, "healthy"}, {"10.0.0.2", 80, 3, "unhealthy"}},
		"empty.dc1": {},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAChainWithoutItsClusterIsAnError(t *testing.T) {
	_, err := FromEnvoy(strings.NewReader(strings.Replace(dump, `"cluster": "dc2"`, `"cluster": "dc3"`, 1)))
	if err == nil || !strings.Contains(err.Error(), "*.dc2 leads to the cluster dc3") {
		t.Errorf("got %v", err)
	}
}

func TestAListingOfMeshgwBecomesTheSameTable(t *testing.T) {
	listing := `{"match":"*.dc2","kind":"suffix","endpoints":[{"address":"gw.dc2","port":443,"weight":1,"health":"healthy"}]}
{"match":"api.dc1","kind":"exact","endpoints":[{"address":"10.0.0.2","port":80,"weight":3,"health":"unhealthy"},{"address":"10.0.0.1","port":80,"weight":1,"health":"healthy"}]}
{"match":"empty.dc1","kind":"exact","endpoints":[]}
`
	ours, err := FromMeshgw(strings.NewReader(listing))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := FromEnvoy(strings.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	if lines := Difference("envoy", "meshgw", theirs, ours); len(lines) > 0 {
		t.Errorf("they differ: %v", lines)
	}
}

func TestEachDifferenceIsNamed(t *testing.T) {
	first := Endpoint{"10.0.0.1", 80, 1, "healthy"}
	second := Endpoint{"10.0.0.2", 80, 1, "healthy"}
	sick := Endpoint{"10.0.0.1", 80, 1, "unhealthy"}
	for _, test := range []struct {
		why  string
		a, b Table
		want []string
	}{
		{"equal tables", Table{"x": {first}}, Table{"x": {first}}, nil},
		{"a name of the first", Table{"x": {first}}, Table{}, []string{"x: only a has it, with 1 endpoints"}},
		{"a name of the second", Table{}, Table{"x": {}}, []string{"x: only b has it, with 0 endpoints"}},
		{"another health", Table{"x": {first}}, Table{"x": {sick}}, []string{
			"x: only a has 10.0.0.1 port 80, weight 1, healthy", "x: only b has 10.0.0.1 port 80, weight 1, unhealthy"}},
		{"one more endpoint", Table{"x": {first, second}}, Table{"x": {first}}, []string{
			"x: only a has 10.0.0.2 port 80, weight 1, healthy"}},
		{"the same endpoint twice", Table{"x": {first}}, Table{"x": {first, first}}, []string{
			"x: only b has 10.0.0.1 port 80, weight 1, healthy"}},
	} {
		if got := Difference("a", "b", test.a, test.b); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %q", test.why, got)
		}
	}
}
