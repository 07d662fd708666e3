//go:build unix && !darwin

package secret

import (
	"fmt"
	"os"
	"testing"
)

func TestSystemKeyringNeedsASessionBus(t *testing.T) {
	bus := fmt.Sprintf("/run/user/%d/bus", os.Getuid())
	_, err := os.Stat(bus)
	for address, want := range map[string]bool{
		"": err == nil, "autolaunch:": err == nil, "unix:path=/nowhere": true,
	} {
		got := systemKeyring(func(string) string { return address })
		if (got != nil) != want {
			t.Errorf("%q: got %v", address, got)
		}
	}
}
