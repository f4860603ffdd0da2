package meshgw

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestTheVectorsOfConfigurationsHoldTheMistakesThatTheySay(t *testing.T) {
	var vectors struct {
		Files []struct {
			Name, File, Text string
			Errors           []struct {
				Line, Column int
				What         string
			}
		}
	}
	loadVectors(t, "config.json", &vectors)
	if len(vectors.Files) < 14 {
		t.Fatal("too few vectors")
	}
	for _, v := range vectors.Files {
		config, err := ParseConfig(ConfigFile{Name: v.File, Contents: v.Text})
		if len(v.Errors) == 0 {
			equal(t, v.Name, err, nil)
			config.Close()
			continue
		}
		var found *Error
		if !errors.As(err, &found) || !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if len(found.Details) != len(v.Errors) {
			t.Errorf("%s: %v", v.Name, found.Details)
			continue
		}
		for i, want := range v.Errors {
			got := found.Details[i]
			equal(t, v.Name, got.File, v.File)
			equal(t, v.Name, got.Line, want.Line)
			equal(t, v.Name, got.Column, want.Column)
			equal(t, v.Name, got.What, want.What)
		}
	}
}

const agentText = `
datacenter = "dc1"
connect { enabled = true ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
service { name = "web" port = 80 }
`

func TestAConfigurationSaysWhatItHolds(t *testing.T) {
	config, err := ParseConfig(
		ConfigFile{Name: "a.txt", Contents: agentText, Format: FormatHCL},
		ConfigFile{Name: "b.json", Contents: `{"service": {"name": "api", "port": 81}}`})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "datacenter", config.Datacenter(), "dc1")
	equal(t, "services", config.NumServices(), 2)
	for _, warning := range config.Warnings() {
		equal(t, "a warning says something", warning.What != "", true)
	}
	equal(t, "close", errors.Join(config.Close(), config.Close()), nil)
	equal(t, "datacenter", config.Datacenter(), "")
	equal(t, "services", config.NumServices(), 0)
	equal(t, "warnings", len(config.Warnings()), 0)
	if _, err := NewCatalog(config); err != ErrClosed {
		t.Error(err)
	}
}

func TestConfigurationsThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	_, err := LoadConfig(filepath.Join(folder, "none.hcl"))
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "none.hcl") {
		t.Error(err)
	}
	var detailed *Error
	if errors.As(err, &detailed) && detailed.Errno != 0 && !errors.Is(err, fs.ErrNotExist) {
		t.Error("errno", detailed.Errno)
	}
	file := filepath.Join(folder, "a.hcl")
	if err := os.WriteFile(file, []byte(agentText), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	config.Close()
	if _, err := ParseConfig(ConfigFile{Name: "a.hcl", Format: 9}); !errors.Is(err, ErrInvalidArgument) {
		t.Error("an unknown format:", err)
	}
	equal(t, "error of a code", error(CodeNoMemory).Error(), "meshgw: no_memory")
	wrapped := &Error{Code: CodeUnavailable, Errno: syscall.EMFILE}
	equal(t, "errno", errors.Is(wrapped, syscall.EMFILE), true)
}

const exampleTrustDomain = "11111111-2222-3333-4444-555555555555.consul"

func exampleCatalog(t testing.TB) *Catalog {
	t.Helper()
	catalog, err := LoadCatalog(filepath.Join(treeRoot, "examples", "two-datacenters"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { catalog.Close() })
	return catalog
}

func TestACatalogGivesRoutesAndExplainsModes(t *testing.T) {
	catalog := exampleCatalog(t)
	equal(t, "datacenters", strings.Join(catalog.Datacenters(), " "), "primary secondary")
	equal(t, "primary", catalog.Primary(), "primary")
	routes, warnings, err := catalog.Routes("primary", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Log("warnings:", warnings)
	if routes.NumClusters() == 0 {
		t.Error("no clusters")
	}
	routes.Close()
	if _, _, err := catalog.Routes("tertiary", ""); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	_, err = catalog.ExplainMode(UpstreamQuery{Datacenter: "primary", Service: "none", Upstream: "x"})
	if !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	explained, err := catalog.ExplainMode(UpstreamQuery{Datacenter: "primary", Service: "web", Upstream: "api"})
	if err != nil {
		t.Fatal(err)
	}
	placed := false
	for _, layer := range explained.Layers {
		placed = placed || layer.File != "" && layer.Line > 0
	}
	equal(t, "a layer has its place", placed, true)
	equal(t, "target", explained.Target, UpstreamTarget{
		SourceDatacenter: "primary", Datacenter: "secondary", Service: "api",
		ServerName: "api.default.secondary.internal." + exampleTrustDomain,
	})
	if len(explained.Dial) == 0 || explained.Dial[0].Address == "" || explained.Dial[0].Port == 0 {
		t.Error("nothing is dialled", explained.Dial)
	}
}

func TestAnExplanationHasTheFailoversOfAnUpstream(t *testing.T) {
	var configs []*Config
	for name, text := range map[string]string{
		"dc1": `datacenter = "dc1"
connect { ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
services = [{ name = "web" port = 1 address = "10.1.0.2" connect = { sidecar_service = {
  proxy = { upstreams = [{ destination_name = "api" local_bind_port = 2
    mesh_gateway = { mode = "remote" } }] } } } }]
config_entries { bootstrap = [{ kind = "service-resolver" name = "api"
  failover = { "*" = { datacenters = ["dc2"] } } }] }`,
		"dc2": `datacenter = "dc2"
primary_datacenter = "dc1"
service { kind = "mesh-gateway" name = "gw" port = 8443 address = "10.2.0.1" }`,
	} {
		config, err := ParseConfig(ConfigFile{Name: name + ".hcl", Contents: text})
		if err != nil {
			t.Fatal(err)
		}
		defer config.Close()
		configs = append(configs, config)
	}
	catalog, err := NewCatalog(configs...)
	if err != nil {
		t.Fatal(err)
	}
	defer catalog.Close()
	explained, err := catalog.ExplainMode(UpstreamQuery{Datacenter: "dc1", Service: "web", Upstream: "api"})
	if err != nil {
		t.Fatal(err)
	}
	if len(explained.Failover) != 1 {
		t.Fatal(explained.Failover)
	}
	next := explained.Failover[0]
	equal(t, "datacenter", next.Datacenter, "dc2")
	equal(t, "service", next.Service, "api")
	equal(t, "subset", next.Subset, "")
	equal(t, "mode", next.Decision.Mode, ModeRemote)
	equal(t, "dialled", len(next.Dial), 1)
	equal(t, "address", next.Dial[0].Address, "10.2.0.1")
}

func TestWarningsAndBadFiltersOfConfigurationsAndCatalogs(t *testing.T) {
	config, err := ParseConfig(ConfigFile{Name: "a.hcl", Contents: agentText + `
config_entries { bootstrap = [
  { kind = "service-router" name = "web" },
  { kind = "service-resolver" name = "api" subsets = { v1 = { filter = "Service.Meta.v ==" } } }
] }
`})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := NewCatalog(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, found := range map[string][]Detail{
		"warnings": config.Warnings(), "warnings of the catalog": catalog.Warnings(),
		"filters": config.FilterErrors(), "filters of the catalog": catalog.FilterErrors(),
	} {
		if len(found) != 1 || found[0].File != "a.hcl" || found[0].Line == 0 || found[0].What == "" {
			t.Error(name, found)
		}
	}
	config.Close()
	catalog.Close()
	equal(t, "after Close", len(config.FilterErrors())+len(catalog.Warnings())+len(catalog.FilterErrors()), 0)
}

func TestACatalogCanBeMadeOfConfigurations(t *testing.T) {
	var configs []*Config
	for _, name := range []string{"primary", "secondary"} {
		config, err := LoadConfig(filepath.Join(treeRoot, "examples", "two-datacenters", name))
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, config)
	}
	catalog, err := NewCatalog(configs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range configs {
		config.Close()
	}
	equal(t, "datacenters", len(catalog.Datacenters()), 2)
	if _, err := NewCatalog(); err == nil {
		t.Error("a catalog of nothing was made")
	}
	catalog.Close()
	catalog.Close()
	if _, _, err := catalog.Routes("primary", ""); err != ErrClosed {
		t.Error(err)
	}
	if _, err := catalog.ExplainMode(UpstreamQuery{}); err != ErrClosed {
		t.Error(err)
	}
}
