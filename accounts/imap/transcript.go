package imap

import (
	"io"
	"strconv"
	"sync"
)

// maxTraced is how much of a line a transcript shows.
const maxTraced = 1000

// transcript writes what both sides said, a line each. Bodies are not in it,
// and whoever sends a secret masks it. A nil transcript writes nothing.
type transcript struct {
	mu sync.Mutex
	w  io.Writer
}

func newTranscript(w io.Writer) *transcript {
	if w == nil {
		return nil
	}
	return &transcript{w: w}
}

// line writes one line. That a transcript cannot be written must not end the
// conversation it tells of, so it then just ends itself.
func (t *transcript) line(who string, text []byte) {
	if t == nil {
		return
	}
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	rest := ""
	if len(text) > maxTraced {
		rest = " … " + strconv.Itoa(len(text)) + " octets"
		text = text[:maxTraced]
	}
	// Control characters of a server must not steer the terminal that shows them.
	shown := make([]byte, 0, len(who)+len(text)+len(rest)+1)
	shown = append(shown, who...)
	for _, c := range text {
		if c < 0x20 || c == 0x7f {
			c = '.'
		}
		shown = append(shown, c)
	}
	shown = append(append(shown, rest...), '\n')
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w == nil {
		return
	}
	if _, err := t.w.Write(shown); err != nil {
		t.w = nil
	}
}
