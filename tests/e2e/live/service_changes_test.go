package live

import (
	"errors"
	"fmt"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestServiceChanges(t *testing.T) {
	everyPair(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		t.Run("a service that is new, and each instance that joins it, get connections", func(t *testing.T) {
			first := f.dc2.StartNative(t, "api", "api-1", nil)
			f.waitPages(t, apiInDc2, first)
			second := f.dc2.StartNative(t, "api", "api-2", nil)
			f.waitPages(t, apiInDc2, first, second)
		})
		t.Run("an instance that is critical gets no new connections, and those it has live on", func(t *testing.T) {
			first := f.dc2.StartNative(t, "api", "api-1", nil)
			second := f.dc2.StartNative(t, "api", "api-2", nil)
			f.waitPages(t, apiInDc2, first, second)
			talk := f.talkWith(t, apiInDc2, first)
			f.dc2.SetCheck(t, first.ID, "critical")
			f.waitPages(t, apiInDc2, second)
			livesOn(t, talk, first)
			f.dc2.SetCheck(t, first.ID, "passing")
			f.waitPages(t, apiInDc2, first, second)
		})
		t.Run("an instance that is deregistered gets no new connections, and those it has live on", func(t *testing.T) {
			first := f.dc2.StartNative(t, "api", "api-1", nil)
			second := f.dc2.StartNative(t, "api", "api-2", nil)
			f.waitPages(t, apiInDc2, first, second)
			talk := f.talkWith(t, apiInDc2, first)
			f.dc2.Deregister(t, first.ID)
			f.waitPages(t, apiInDc2, second)
			livesOn(t, talk, first)
		})
		t.Run("a service without instances is refused, and connections that it had live on", func(t *testing.T) {
			only := f.dc2.StartNative(t, "api", "api-1", nil)
			f.waitPages(t, apiInDc2, only)
			talk := f.talkWith(t, apiInDc2, only)
			f.dc2.Deregister(t, only.ID)
			f.waitRefused(t, apiInDc2)
			livesOn(t, talk, only)
		})
	})
}

var apiInDc2 = mesh.Target{Service: "api", Datacenter: "dc2"}

// Connections that have to show between them what a gateway chooses from: a
// choice at random would leave one of two out once in half a million times.
const tries = 20

// waitPages returns when connections from dc1, through its gateway, get to these
// instances and no others.
func (f *federation) waitPages(t *testing.T, target mesh.Target, instances ...*mesh.Native) {
	t.Helper()
	waitPagesOf(t, f.dc1, f.gateway1, target, instances...)
}

// waitPagesOf returns when connections from a datacenter, through a gateway, do.
func waitPagesOf(t *testing.T, dc *mesh.Datacenter, gateway *mesh.Gateway, target mesh.Target, instances ...*mesh.Native) {
	t.Helper()
	wanted := map[string]bool{}
	for _, instance := range instances {
		wanted[instance.Page] = true
	}
	mesh.Eventually(t, fmt.Sprintf("connections to %s get to %d instances", target.Service, len(wanted)), func() error {
		got := map[string]bool{}
		for range tries {
			page, err := dc.PageVia(gateway.LAN, target)
			if err != nil {
				return err
			}
			if !wanted[page] {
				return fmt.Errorf("a connection got to %s", page)
			}
			got[page] = true
		}
		if len(got) < len(wanted) {
			return fmt.Errorf("connections only got to %v", got)
		}
		return nil
	})
}

// talkWith opens a conversation with that instance of the target.
func (f *federation) talkWith(t *testing.T, target mesh.Target, instance *mesh.Native) *mesh.Conversation {
	t.Helper()
	var talk *mesh.Conversation
	mesh.Eventually(t, "a connection gets to "+instance.ID, func() error {
		opened, err := f.dc1.Via(f.gateway1.LAN, target)
		if err != nil {
			return err
		}
		page, err := opened.Ask()
		if err == nil && page != instance.Page {
			err = fmt.Errorf("it got to %s", page)
		}
		if err != nil {
			opened.Close()
			return err
		}
		talk = opened
		return nil
	})
	t.Cleanup(talk.Close)
	return talk
}

func livesOn(t *testing.T, talk *mesh.Conversation, instance *mesh.Native) {
	t.Helper()
	page, err := talk.Ask()
	if err != nil || page != instance.Page {
		t.Errorf("the connection to %s shows %q, %v", instance.ID, page, err)
	}
}

func (f *federation) waitRefused(t *testing.T, target mesh.Target) {
	t.Helper()
	mesh.Eventually(t, "connections to "+target.Service+" are refused", func() error {
		page, err := f.dc1.PageVia(f.gateway1.LAN, target)
		if err == nil {
			return errors.New("one got to " + page)
		}
		return nil
	})
}
