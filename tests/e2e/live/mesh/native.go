package mesh

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"testing"
)

// A Native is an instance of a service that speaks the mesh's TLS by itself:
// cheaper than one with a sidecar where only the way to it matters.
type Native struct {
	ID, Page string
	dc       *Datacenter
}

// StartNative starts and registers an instance; settings are merged into its
// registration.
func (dc *Datacenter) StartNative(t testing.TB, name, id string, settings Object) *Native {
	t.Helper()
	certificate, err := dc.leaf(name)
	if err != nil {
		t.Fatalf("leaf of %s: %v", name, err)
	}
	n := &Native{ID: id, Page: PageOf(id, dc), dc: dc}
	port := dc.startBackend(t, n.Page, &tls.Config{Certificates: []tls.Certificate{certificate}})
	registration := Object{"ID": id, "Name": name, "Address": dc.Address, "Port": port,
		"Connect": Object{"Native": true}, "Check": passing()}
	merge(registration, settings)
	dc.Register(t, registration)
	return n
}

func (dc *Datacenter) leaf(service string) (tls.Certificate, error) {
	var leaf struct{ CertPEM, PrivateKeyPEM string }
	if err := dc.Get("/v1/agent/connect/ca/leaf/"+url.PathEscape(service), &leaf); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair([]byte(leaf.CertPEM), []byte(leaf.PrivateKeyPEM))
}

// A Target is what a client in the mesh asks for.
type Target struct {
	Service    string
	Subset     string
	Datacenter string
}

// A Dialer reaches a target as a sidecar would: by its name, with a leaf of the
// mesh. It needs no agent once it is made.
type Dialer struct{ config *tls.Config }

// NewDialer returns one for the service "web" of the datacenter.
func (dc *Datacenter) NewDialer(target Target) (*Dialer, error) {
	certificate, err := dc.leaf("web")
	if err != nil {
		return nil, err
	}
	roots, err := dc.roots()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, root := range roots.Roots {
		pool.AppendCertsFromPEM([]byte(root.RootCert))
	}
	name := fmt.Sprintf("%s.default.%s.internal.%s", target.Service, target.Datacenter, roots.TrustDomain)
	if target.Subset != "" {
		name = target.Subset + "." + name
	}
	identity := fmt.Sprintf("spiffe://%s/ns/default/dc/%s/svc/%s", roots.TrustDomain, target.Datacenter, target.Service)
	return &Dialer{&tls.Config{
		ServerName: name, Certificates: []tls.Certificate{certificate},
		// Names of the mesh are URIs, which Go does not check by itself.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return verifyIdentity(state.PeerCertificates, pool, identity)
		},
	}}, nil
}

// Dial opens a conversation through the gateway at the address.
func (d *Dialer) Dial(gateway string) (*Conversation, error) { return DialTLS(gateway, d.config) }

// Via opens a conversation with the target through the gateway at the address,
// and checks who answers.
func (dc *Datacenter) Via(gateway string, target Target) (*Conversation, error) {
	dialer, err := dc.NewDialer(target)
	if err != nil {
		return nil, err
	}
	return dialer.Dial(gateway)
}

func verifyIdentity(chain []*x509.Certificate, roots *x509.CertPool, identity string) error {
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
		return err
	}
	if len(chain[0].URIs) != 1 {
		return errors.New("the certificate has not one URI")
	}
	if got := chain[0].URIs[0].String(); got != identity {
		return fmt.Errorf("it is %s and not %s", got, identity)
	}
	return nil
}

// PageVia asks for one page over a connection of its own.
func (dc *Datacenter) PageVia(gateway string, target Target) (string, error) {
	conversation, err := dc.Via(gateway, target)
	if err != nil {
		return "", err
	}
	defer conversation.Close()
	return conversation.Ask()
}
