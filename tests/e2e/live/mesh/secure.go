package mesh

import (
	"fmt"
	"testing"
)

// Secure gives the server a certificate of the authority, with which it talks
// to others and offers HTTPS, to clients with a certificate, and gRPC over TLS.
func (dc *Datacenter) Secure(t testing.TB, authority *Authority) {
	t.Helper()
	server := "server." + dc.Name + ".consul"
	certificate, key := authority.Issue(t, dc.Node, dc.Address, server, dc.Node+"."+server, "localhost")
	merge(dc.config, Object{
		"ports": Object{"https": dc.ports.https, "grpc_tls": dc.ports.grpcTLS},
		"tls": Object{
			"defaults": Object{"ca_file": authority.File, "cert_file": certificate, "key_file": key, "verify_outgoing": true},
			"https":    Object{"verify_incoming": true},
			"internal_rpc": Object{
				"verify_incoming": true, "verify_server_hostname": true,
			},
		},
	})
}

// SecureFlags are those of a gateway that calls its agent over TLS only, with a
// certificate of one authority, and takes that of the agent from the trusted.
func (dc *Datacenter) SecureFlags(t testing.TB, own, trusted *Authority) []string {
	t.Helper()
	certificate, key := own.Issue(t, "gateway-"+dc.Name, dc.Address)
	return []string{
		"-http-addr", fmt.Sprintf("https://%s:%d", dc.Address, dc.ports.https),
		"-ca-file", trusted.File, "-client-cert", certificate, "-client-key", key,
		"-grpc-addr", fmt.Sprintf("https://%s:%d", dc.Address, dc.ports.grpcTLS), "-grpc-ca-file", trusted.File,
	}
}
