package pop3

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// hidden stands in a trace for what nobody may read there.
const hidden = "***"

// tracer writes the conversation, a line each, for a person to read. A nil
// tracer writes nothing. It never holds up the conversation: an error of its
// writer is not the session's.
type tracer struct {
	to io.Writer
	// masks are texts that must not be shown even when the server says them.
	masks *strings.Replacer
}

// newTracer is a tracer to w that hides each of the secrets.
func newTracer(w io.Writer, secrets ...string) *tracer {
	if w == nil {
		return nil
	}
	return &tracer{to: w, masks: masker(secrets...)}
}

// masker hides the secrets in a text. Very short ones are left: hiding every
// "a" would tell the secret to whoever looks.
func masker(secrets ...string) *strings.Replacer {
	var pairs []string
	for _, s := range secrets {
		if len(s) >= 4 {
			pairs = append(pairs, s, hidden)
		}
	}
	return strings.NewReplacer(pairs...)
}

func (t *tracer) sent(b []byte)     { t.line("C: ", b) }
func (t *tracer) received(b []byte) { t.line("S: ", b) }

// receivedBody notes a body by its size alone: mail does not belong in a trace.
func (t *tracer) receivedBody(n int64) {
	if t != nil {
		t.line("S: ", fmt.Appendf(nil, "[%d octets]", n))
	}
}

func (t *tracer) line(who string, b []byte) {
	if t == nil {
		return
	}
	text := t.masks.Replace(printable(string(bytes.TrimRight(b, "\r\n"))))
	fmt.Fprintf(t.to, "%s%s\n", who, text)
}
