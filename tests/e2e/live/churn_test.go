package live

import (
	"fmt"
	"sync"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestChurn(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		always := f.dc2.StartNative(t, "api", "api-always", nil)
		f.waitPages(t, apiInDc2, always)
		client, err := f.dc1.NewDialer(apiInDc2)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("no connection fails while instances come and go, and a resolver changes", func(t *testing.T) {
			stop := make(chan struct{})
			load := startLoad(client, f.gateway1.LAN, stop)
			for round := range 5 {
				guest := f.dc2.StartNative(t, "api", fmt.Sprintf("api-guest-%d", round), mesh.Object{"Meta": mesh.Object{"version": "1"}})
				f.waitPages(t, apiInDc2, always, guest)
				f.WriteConfig(t, versions(nil))
				f.waitPages(t, subsetOfAPI("v1"), guest)
				f.dc2.SetCheck(t, guest.ID, "critical")
				f.waitPages(t, apiInDc2, always)
				f.DeleteConfig(t, "service-resolver", "api")
				f.dc2.Deregister(t, guest.ID)
			}
			close(stop)
			made, failed := load.result()
			t.Logf("%d connections", made)
			if made == 0 || failed != nil {
				t.Errorf("of %d connections failed, at least: %v", made, failed)
			}
		})
	})
}

// A load makes connections one after another, some at a time.
type load struct {
	workers sync.WaitGroup
	mutex   sync.Mutex
	made    int
	failed  error
}

func startLoad(client *mesh.Dialer, gateway string, stop chan struct{}) *load {
	l := &load{}
	for range 2 {
		l.workers.Add(1)
		go func() {
			defer l.workers.Done()
			for {
				select {
				case <-stop:
					return
				default:
					l.add(askVia(client, gateway))
				}
			}
		}()
	}
	return l
}

func askVia(client *mesh.Dialer, gateway string) error {
	talk, err := client.Dial(gateway)
	if err != nil {
		return err
	}
	defer talk.Close()
	_, err = talk.Ask()
	return err
}

func (l *load) add(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.made++
	if err != nil {
		l.failed = err
	}
}

// result returns how many connections were made, and the last error.
func (l *load) result() (int, error) {
	l.workers.Wait()
	return l.made, l.failed
}
