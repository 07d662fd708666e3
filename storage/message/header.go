package message

import (
	"bytes"
	"strings"
)

// Field is one header field as it stands in the message.
type Field struct {
	// Name is the field's name in the message's own spelling, without the colon.
	Name string
	// Raw is the whole field with its name, folds and line ends.
	Raw []byte

	offset  int // of Raw in the entity
	colon   int
	charset string // of the message's text, for raw 8-bit bytes
}

// Value is the field body unfolded and trimmed, otherwise undecoded; it need
// not be valid UTF-8.
func (f Field) Value() string {
	return unfold(f.Raw[f.colon+1:])
}

// Text is the field body decoded (RFC 2047) to one line of valid UTF-8.
func (f Field) Text() string {
	return decodeHeader(f.Value(), f.charset)
}

// Header is a header block in its own order.
type Header []Field

// Get returns the decoded text of the first field called name, or "".
func (h Header) Get(name string) string {
	if f := h.find(name); f != nil {
		return f.Text()
	}

	return ""
}

// Values returns the decoded texts of all fields called name, in order.
func (h Header) Values(name string) []string {
	var out []string

	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			out = append(out, h[i].Text())
		}
	}

	return out
}

// value returns the undecoded body of the first field called name that has
// one: an empty field says no more than a missing one.
func (h Header) value(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			if v := h[i].Value(); v != "" {
				return v
			}
		}
	}

	return ""
}

func (h Header) find(name string) *Field {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return &h[i]
		}
	}

	return nil
}

// unfold joins the lines of a field body. A line break becomes nothing where
// white space follows, as RFC 5322 section 2.2.3 wants, and a space where a
// broken writer left the white space out.
func unfold(b []byte) string {
	b = bytes.Trim(b, " \t\r\n")
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return string(b)
	}

	var out strings.Builder

	out.Grow(len(b))

	for i := 0; i < len(b); i++ {
		if b[i] != '\r' && b[i] != '\n' {
			out.WriteByte(b[i])

			continue
		}

		for i+1 < len(b) && (b[i+1] == '\r' || b[i+1] == '\n') {
			i++
		}

		if i+1 < len(b) && b[i+1] != ' ' && b[i+1] != '\t' {
			out.WriteByte(' ')
		}
	}

	return out.String()
}

// headerScanner cuts a header block from what follows it. The rules for
// broken blocks are one place: a line that is no field is a continuation while
// fields still follow it, and else the first line of a body whose separator is
// missing.
type headerScanner struct {
	raw    []byte
	pos    int
	top    bool // a whole message, not a part of one
	fields Header
	start  int // of the open field
	colon  int // in the open field, -1 when none is open
}

// splitHeader parses the header block of an entity and returns the rest.
func splitHeader(raw []byte, top bool) (Header, []byte) {
	s := headerScanner{raw: raw, top: top, colon: -1}
	if top {
		s.pos = prefaceEnd(raw)
	}

	for s.pos < len(raw) {
		line, next := lineAt(raw, s.pos)

		body, done := s.line(line, next)
		if done {
			s.close(s.pos)

			return s.fields, raw[body:]
		}

		s.pos = next
	}

	s.close(len(raw))

	return s.fields, raw[len(raw):]
}

// line takes one line of the block; done tells that the body starts at body.
func (s *headerScanner) line(line []byte, next int) (body int, done bool) {
	switch {
	case len(line) == 0:
		return next, true

	case isBlank(line):
		// White space alone is a separator to most writers; it is a fold only
		// when the header plainly goes on.
		if !s.fieldAhead(next) {
			return next, true
		}

		return 0, false

	case line[0] == ' ' || line[0] == '\t':
		if s.colon < 0 && !s.fieldAhead(next) {
			return s.pos, true
		}

		return 0, false
	}

	colon := fieldColon(line)
	if colon >= 0 {
		s.close(s.pos)
		s.start, s.colon = s.pos, colon

		return 0, false
	}

	if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
		s.close(s.pos)

		if s.top || len(s.fields) > 0 {
			return 0, false
		}

		return s.pos, true
	}

	if (s.colon < 0 && !s.top) || !s.fieldAhead(next) {
		return s.pos, true
	}

	return 0, false
}

func (s *headerScanner) close(end int) {
	if s.colon < 0 {
		return
	}

	raw := s.raw[s.start:end]
	s.fields = append(s.fields, Field{
		Name:   string(bytes.TrimRight(raw[:s.colon], " \t")),
		Raw:    raw,
		offset: s.start,
		colon:  s.colon,
	})
	s.colon = -1
}

// fieldAhead reports whether one of the next lines before a blank one is
// surely a header field: prose has colons too.
func (s *headerScanner) fieldAhead(pos int) bool {
	const lines = 5

	for range lines {
		if pos >= len(s.raw) {
			return false
		}

		line, next := lineAt(s.raw, pos)
		if isBlank(line) {
			return false
		}

		if c := fieldColon(line); c >= 0 && knownField(line[:c]) {
			return true
		}

		pos = next
	}

	return false
}

func knownField(name []byte) bool {
	name = bytes.TrimRight(name, " \t")
	if bytes.IndexByte(name, '-') > 0 {
		return true
	}

	switch strings.ToLower(string(name)) {
	case "from", "to", "cc", "bcc", "subject", "date", "sender", "received", "references", "keywords", "status":
		return true
	}

	return false
}

// prefaceEnd is where the header of a whole message begins: after a byte order
// mark, and after blank lines that stand before what surely is a field.
func prefaceEnd(raw []byte) int {
	pos := 0
	if bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		pos = 3
	}

	start := pos

	for pos < len(raw) {
		line, next := lineAt(raw, pos)
		if !isBlank(line) {
			if c := fieldColon(line); c >= 0 && knownField(line[:c]) || bytes.HasPrefix(line, []byte("From ")) {
				return pos
			}

			break
		}

		pos = next
	}

	return start
}

// lineAt returns the line that begins at pos without its end, and where the
// next one begins. CRLF, LF and the CR CR LF of broken gateways end a line.
func lineAt(b []byte, pos int) (line []byte, next int) {
	if pos >= len(b) {
		return nil, len(b)
	}

	next = len(b)
	end := next

	if i := bytes.IndexByte(b[pos:], '\n'); i >= 0 {
		end, next = pos+i, pos+i+1
	}

	for end > pos && b[end-1] == '\r' {
		end--
	}

	return b[pos:end], next
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}

	return true
}

// fieldColon is the index of the colon after a field name (RFC 5322 section
// 2.2, with the white space before the colon of section 4.5), or -1.
func fieldColon(line []byte) int {
	const longestName = 256

	for i, c := range line {
		switch {
		case c == ':':
			if i == 0 {
				return -1
			}

			return i
		case c == ' ' || c == '\t':
			rest := bytes.TrimLeft(line[i:], " \t")
			if i > 0 && len(rest) > 0 && rest[0] == ':' {
				return len(line) - len(rest)
			}

			return -1
		case c < 33 || c > 126 || i >= longestName:
			return -1
		}
	}

	return -1
}

// withLineFeeds returns raw with bare CR line ends turned into LF where it has
// no others; the length, and so every offset, stays.
func withLineFeeds(raw []byte) []byte {
	const enough = 16 << 10

	head := raw[:min(len(raw), enough)]
	if bytes.IndexByte(head, '\n') >= 0 || bytes.IndexByte(head, '\r') < 0 {
		return raw
	}

	out := bytes.Clone(raw)
	for i, c := range out {
		if c == '\r' && (i+1 == len(out) || out[i+1] != '\n') {
			out[i] = '\n'
		}
	}

	return out
}
