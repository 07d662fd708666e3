//go:build linux

package cli

import (
	"testing"
	"time"
)

// await polls until something is there; what comes late fails the test by its
// absence.
func await(t *testing.T, look func() [][]byte) [][]byte {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		if got := look(); len(got) > 0 || time.Now().After(deadline) {
			return got
		}
		time.Sleep(20 * time.Millisecond)
	}
}
