package cli

import (
	"encoding/json"
	"fmt"
	"strings"
)

// writeJSON writes an object with its fields in order.
func writeJSON(b *strings.Builder, fields []field) {
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		name, value := mustJSON(f.name), mustJSON(f.value)
		fmt.Fprintf(b, "%s:%s", name, value)
	}
	b.WriteByte('}')
}

// mustJSON encodes the plain values that records are made of; others become
// their text.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		data, _ = json.Marshal(fmt.Sprint(v)) // a string always encodes
	}
	return data
}
