package message

import (
	"strings"
	"unicode"
)

// previewLine makes one line of at most previewRunes runes from a text. Quotes
// with the line that introduces them and the signature are left out when the
// writer's own words are there; own tells whether they are.
func previewLine(text string) (line string, own bool) {
	var mine, rest lineBuilder

	lines := lineReader{text: text}

	for {
		l, ok := lines.next()
		if !ok || mine.full() {
			break
		}

		trimmed := strings.TrimSpace(l)

		switch {
		case l == "-- " || l == "--":
			rest.add(strings.ReplaceAll(lines.rest(), "\n", " "))

			lines.text = ""
		case strings.HasPrefix(trimmed, ">"):
			rest.add(strings.TrimLeft(trimmed, "> "))
		case introducesQuote(trimmed, lines):
			rest.add(trimmed)
		case isRule(trimmed):
		default:
			mine.add(trimmed)
		}
	}

	if s := mine.String(); s != "" {
		return s, true
	}

	return rest.String(), false
}

type lineReader struct{ text string }

func (r *lineReader) next() (string, bool) {
	if r.text == "" {
		return "", false
	}

	var line string

	line, r.text, _ = strings.Cut(r.text, "\n")

	return line, true
}

// rest bounds what is looked at of a signature.
func (r *lineReader) rest() string {
	return r.text[:min(len(r.text), 8*previewRunes)]
}

// introducesQuote reports that line ends like "Ann wrote:" and a quoted line
// comes next.
func introducesQuote(line string, following lineReader) bool {
	if !strings.HasSuffix(line, ":") {
		return false
	}

	for range 3 {
		next, ok := following.next()
		if !ok {
			return false
		}

		if next = strings.TrimSpace(next); next != "" {
			return strings.HasPrefix(next, ">")
		}
	}

	return false
}

// isRule reports that a line is drawn, not written.
func isRule(line string) bool {
	const shortest = 3

	if len(line) < shortest {
		return false
	}

	return strings.Trim(line, "-_=*~#+─━•·| ") == ""
}

// lineBuilder joins texts with single spaces and without invisible filling, up
// to previewRunes.
type lineBuilder struct {
	out   strings.Builder
	runes int
	space bool
	zwnj  bool
}

func (b *lineBuilder) full() bool { return b.runes >= previewRunes }

func (b *lineBuilder) add(text string) {
	b.space = b.runes > 0

	for _, r := range text {
		if b.full() {
			return
		}

		switch {
		case r == 0x200c:
			// A joiner between letters is Persian spelling, elsewhere padding.
			b.zwnj = !b.space && b.runes > 0

			continue
		case isFilling(r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.space, b.zwnj = b.runes > 0, false

			continue
		}

		b.put(r)
	}
}

func (b *lineBuilder) put(r rune) {
	if b.space {
		b.out.WriteByte(' ')
		b.runes++
	} else if b.zwnj {
		b.out.WriteRune(0x200c)
		b.runes++
	}

	b.space, b.zwnj = false, false

	if !b.full() {
		b.out.WriteRune(r)
		b.runes++
	}
}

func (b *lineBuilder) String() string { return strings.TrimSpace(b.out.String()) }

// isFilling reports runes without width that newsletters pad their preview
// with.
func isFilling(r rune) bool {
	switch r {
	case 0x00ad, 0x034f, 0x200b, 0x2060, 0xfeff, 0xfffc:
		return true
	}

	return false
}
