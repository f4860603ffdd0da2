package live

import (
	"sync"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// A load makes connections one after another, some at a time.
type load struct {
	workers sync.WaitGroup
	over    chan struct{}
	once    sync.Once
	mutex   sync.Mutex
	made    int
	failed  error
}

// startLoad asks for pages through the gateway until the load is stopped, or
// the test has ended.
func startLoad(t *testing.T, client *mesh.Dialer, gateway *mesh.Gateway) *load {
	t.Helper()
	l := &load{over: make(chan struct{})}
	for range 2 {
		l.workers.Add(1)
		go func() {
			defer l.workers.Done()
			for {
				select {
				case <-l.over:
					return
				default:
					l.add(askVia(client, gateway.LAN))
				}
			}
		}()
	}
	t.Cleanup(func() { l.stop() })
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

// stop returns how many connections were made, and the last error.
func (l *load) stop() (int, error) {
	l.once.Do(func() { close(l.over) })
	l.workers.Wait()
	return l.made, l.failed
}

// checkNoneFailed stops the load.
func (l *load) checkNoneFailed(t *testing.T) {
	t.Helper()
	made, failed := l.stop()
	t.Logf("%d connections", made)
	if made == 0 || failed != nil {
		t.Errorf("of %d connections failed, at least: %v", made, failed)
	}
}
