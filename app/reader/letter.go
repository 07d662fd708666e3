package reader

import (
	"context"
	"fmt"
	"strings"

	"peyk/app/widgets"
	"peyk/storage"
	"peyk/storage/message"
)

// Source gives the bytes of messages.
type Source interface {
	// Raw reads from this machine; it wraps storage.ErrNotFound when they are not here.
	Raw(ctx context.Context, id storage.MessageID) ([]byte, error)
	// FetchBody brings them here from the server.
	FetchBody(ctx context.Context, id storage.MessageID) error
}

// maxShown is how much of a text is shown. More than a long book nobody reads in a mail window.
const maxShown = 2 << 20

// letter is a message made ready to be shown.
type letter struct {
	body  written
	files []file
	raw   []byte
	// cut tells that the text goes on beyond what is shown.
	cut bool
}

// file is an attachment.
type file struct {
	name  string
	media string
	size  int64
	part  *message.Part
}

// open reads and parses a message.
func open(ctx context.Context, source Source, id storage.MessageID) (*letter, error) {
	raw, err := source.Raw(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading the message: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return parse(raw), nil
}

func parse(raw []byte) *letter {
	m := message.Parse(raw)
	l := &letter{raw: raw}
	plain, html := bodyOf(m)
	if html != "" {
		l.body = fromHTML(html)
	}
	if strings.TrimSpace(l.body.text) == "" {
		remote := l.body.remote
		text, cut := shorten(plain)
		l.body, l.cut = fromPlain(text), cut
		l.body.remote = remote
	} else if text, cut := shorten(l.body.text); cut {
		l.body.text, l.cut = text, true
		l.body.spans = within([]rune(text), l.body.spans)
	}
	for _, p := range m.Attachments() {
		l.files = append(l.files, file{name: p.Name(), media: p.MediaType, size: partSize(p), part: p})
	}
	return l
}

func shorten(text string) (string, bool) {
	if len(text) <= maxShown {
		return text, false
	}
	return strings.ToValidUTF8(text[:maxShown], ""), true
}

// within keeps the spans that lie inside the text.
func within(text []rune, spans []widgets.Span) []widgets.Span {
	kept := spans[:0]
	for _, s := range spans {
		if s.Start < len(text) {
			s.End = min(s.End, len(text))
			kept = append(kept, s)
		}
	}
	return kept
}

// sourceText is the start of a message's bytes as text.
func sourceText(raw []byte) string {
	text := strings.ReplaceAll(string(raw[:min(len(raw), sourceShown)]), "\r\n", "\n")
	return strings.ToValidUTF8(text, "\ufffd")
}

// bodyOf gives a message's text and, where it has one, its HTML.
func bodyOf(m *message.Message) (plain, html string) {
	if html, ok := m.HTML(); ok {
		return m.Text(), html
	}
	return m.Text(), ""
}

// partSize is about how many bytes an attachment has, without decoding it.
func partSize(p *message.Part) int64 {
	n := int64(len(p.Body))
	if strings.EqualFold(p.Encoding, "base64") {
		// Of four signs come three bytes; every line of 76 ends with two more.
		return n * 3 / 4 * 76 / 78
	}
	return n
}
