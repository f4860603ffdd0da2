package mesh

import (
	"errors"
	"testing"
	"time"
)

// Deadline bounds every single condition that a test waits for.
const Deadline = 45 * time.Second

// Between two looks at a condition, not instead of one.
const pause = 50 * time.Millisecond

// Eventually returns when the condition first holds, that is returns nil, and
// fails the test with its last error when that is not before the deadline, or
// cannot be any more because a process has ended.
func Eventually(t testing.TB, what string, condition func() error) {
	t.Helper()
	Within(t, Deadline, what, condition)
}

// Within is Eventually with a deadline of its own.
func Within(t testing.TB, deadline time.Duration, what string, condition func() error) {
	t.Helper()
	begin := time.Now()
	for {
		err := condition()
		took := time.Since(begin)
		if err == nil {
			if took > pause {
				t.Logf("after %5d ms: %s", took.Milliseconds(), what)
			}
			return
		}
		var over *endedError
		if errors.As(err, &over) || took > deadline {
			t.Fatalf("not within %v: %s: %v", took.Round(pause), what, err)
		}
		time.Sleep(pause)
	}
}
