package live

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// checkDoesNotListen starts a gateway that its agent or itself refuses, and
// waits for it to say why. It may end, or go on trying.
func checkDoesNotListen(t *testing.T, gateway *mesh.Gateway, reason string) {
	t.Helper()
	gateway.Launch(t)
	defer gateway.Kill()
	pattern := regexp.MustCompile(reason)
	mesh.Eventually(t, "its log says "+reason, func() error {
		if pattern.MatchString(gateway.Log()) {
			return nil
		}
		return errors.New("it does not")
	})
	if open, err := isOpen(gateway.LAN); err != nil || open {
		t.Errorf("it listens: %v, %v", open, err)
	}
}

func isOpen(address string) (bool, error) {
	conversation, err := mesh.Dial(address)
	if err == nil {
		conversation.Close()
		return true, nil
	}
	if strings.Contains(err.Error(), "refused") {
		return false, nil
	}
	return false, fmt.Errorf("neither open nor refused: %w", err)
}
