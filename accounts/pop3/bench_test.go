package pop3

import (
	"bytes"
	"context"
	"testing"

	"peyk/accounts/pop3/popserver"
)

// BenchmarkRetrieve reads 10,000 messages of 20 KB from a server in the same
// process.
func BenchmarkRetrieve(b *testing.B) {
	const count = 10_000
	raw := bytes.Repeat([]byte("A line of ordinary text, as long as most lines in mail are today.....\r\n"), 20<<10/72)
	memory := &popserver.Memory{}
	memory.AddUser("sara", "secret")
	for range count {
		memory.Deliver("sara", raw)
	}
	server := serve(b, memory, popserver.Options{})
	b.SetBytes(int64(count * len(raw)))
	for b.Loop() {
		s, err := Dial(context.Background(), server, "secret", Options{})
		if err != nil {
			b.Fatal(err)
		}
		listed, err := s.List(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		numbers := make([]int, len(listed))
		for i, l := range listed {
			numbers[i] = l.Number
		}
		got := 0
		err = s.Retrieve(context.Background(), numbers, func(r Retrieved) error {
			if len(r.Raw) == len(raw) {
				got++
			}
			return r.Err
		})
		if err != nil || got != count {
			b.Fatal(got, err)
		}
		if err := s.Quit(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
