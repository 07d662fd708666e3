package pop3

import (
	"maps"
	"slices"
	"strings"
)

// Capabilities is what the server answered to CAPA (RFC 2449): the arguments
// of each capability by its name in upper case. It is empty for a server that
// does not know CAPA.
type Capabilities map[string][]string

// Has says whether the server announced the capability, in any case.
func (c Capabilities) Has(name string) bool {
	_, ok := c[strings.ToUpper(name)]
	return ok
}

// SASL are the mechanisms offered, in upper case.
func (c Capabilities) SASL() []string { return c["SASL"] }

// String is the names in order, for a person to read.
func (c Capabilities) String() string {
	return strings.Join(slices.Sorted(maps.Keys(c)), " ")
}

// parseCapabilities reads the lines of a CAPA answer. Lines that make no sense
// announce nothing.
func parseCapabilities(raw []byte) Capabilities {
	caps := Capabilities{}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, args := strings.ToUpper(fields[0]), fields[1:]
		if name == "SASL" {
			args = strings.Fields(strings.ToUpper(strings.Join(args, " ")))
		}
		caps[name] = append(caps[name], args...)
	}
	return caps
}
