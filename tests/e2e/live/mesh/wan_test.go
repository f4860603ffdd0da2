package mesh

import (
	"net"
	"testing"
	"time"
)

func TestAWANThatIsCutLosesWhatGoesToTheOtherSide(t *testing.T) {
	wan := NewWAN(t)
	first, second := wan.join(t), wan.join(t)
	listener, err := listenAt(second + ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	there := listener.Addr().String()
	reaches := func(from string) error {
		return at(from, func() error {
			connection, err := net.DialTimeout("tcp", there, 200*time.Millisecond)
			if err == nil {
				connection.Close()
			}
			return err
		})
	}
	Eventually(t, "the first side reaches the second", func() error { return reaches(first) })
	wan.Cut(t)
	if err, timeout := reaches(first).(net.Error); !timeout || !err.Timeout() {
		t.Errorf("over a cut: %v", err)
	}
	if err := reaches(second); err != nil {
		t.Errorf("on its own side: %v", err)
	}
	wan.Heal(t)
	Eventually(t, "the first side reaches the second again", func() error { return reaches(first) })
}
