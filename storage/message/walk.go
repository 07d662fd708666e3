package message

import (
	"bytes"
	"strings"
)

// walker builds the tree of parts.
type walker struct {
	parts int
}

func parseTree(raw []byte) *Part {
	w := walker{}
	root := w.part(raw, true, 0, "text/plain")

	if len(root.Children) == 0 && root.Header.find("Content-Type") == nil && looksHTML(root.Body) {
		root.MediaType = "text/html"
	}

	c := classifier{}
	c.walk(root, nil)

	return root
}

func (w *walker) part(raw []byte, top bool, depth int, fallback string) *Part {
	w.parts++

	p := &Part{Raw: raw}
	p.Header, p.Body = splitHeader(raw, top)
	p.describe(fallback)

	if strings.HasPrefix(p.MediaType, "multipart/") && depth < maxDepth {
		w.multipart(p, depth)
	}

	if strings.HasPrefix(p.MediaType, "multipart/") && len(p.Children) == 0 {
		// No boundary, or too deep: there is still something to read.
		p.MediaType = "text/plain"
		if looksHTML(p.Body) {
			p.MediaType = "text/html"
		}
	}

	return p
}

func (w *walker) multipart(p *Part, depth int) {
	body, mark, ok := p.findBoundary()
	if !ok {
		return
	}

	p.Encoding = ""

	fallback := "text/plain"
	if p.MediaType == "multipart/digest" {
		fallback = "message/rfc822"
	}

	w.sections(p, body, mark, depth, fallback)
}

// findBoundary tries, from the strict to the desperate, which delimiter the
// body of a multipart has. The body comes back decoded when it was encoded,
// which RFC 2045 section 6.4 forbids.
func (p *Part) findBoundary() (body []byte, mark boundary, ok bool) {
	body = p.Body
	mark.text = p.Params.Get("boundary")

	if mark.opens(body) {
		return body, mark, true
	}

	if p.Encoding != "" {
		decoded, _ := p.Content() // whether it is of use is seen at once
		if mark.opens(decoded) {
			return decoded, mark, true
		}
	}

	mark = boundary{text: strings.TrimRight(mark.text, " \t"), loose: true}
	if mark.opens(body) {
		return body, mark, true
	}

	mark = boundary{text: guessBoundary(body)}

	return body, mark, mark.opens(body)
}

// sections cuts body at its delimiters. What follows a close-delimiter is an
// epilogue and left out, unless it has delimiters too: then it was an inner
// multipart with the same boundary that was closed.
func (w *walker) sections(p *Part, body []byte, mark boundary, depth int, fallback string) {
	at, more := mark.next(body, 0)

	for more {
		var next delimiter

		next, more = mark.next(body, at.end)

		section := body[at.end:]
		if more {
			section = trimEOL(body[at.end:next.start])
		}

		switch {
		case at.closing:
		case w.parts >= maxParts:
			w.remainder(p, body[at.end:])

			return
		default:
			p.Children = append(p.Children, w.part(section, false, depth+1, fallback))
		}

		at = next
	}
}

// remainder keeps what is beyond the allowed number of parts as one text.
func (w *walker) remainder(p *Part, rest []byte) {
	p.Children = append(p.Children, &Part{MediaType: "text/plain", Raw: rest, Body: rest})
}

// boundary finds the delimiter lines of a multipart (RFC 2046 section 5.1.1).
type boundary struct {
	text string
	// loose takes lines that only begin like a delimiter, which the RFC allows
	// and which makes one boundary a part of another.
	loose bool
}

// delimiter is where a delimiter line stands, with its line end.
type delimiter struct {
	start, end int
	closing    bool
}

func (b boundary) next(body []byte, pos int) (delimiter, bool) {
	if b.text == "" {
		return delimiter{}, false
	}

	mark := []byte("--" + b.text)

	for pos < len(body) {
		i := bytes.Index(body[pos:], mark)
		if i < 0 {
			break
		}

		start := pos + i
		pos = start + 1

		if start > 0 && body[start-1] != '\n' && body[start-1] != '\r' {
			continue
		}

		if d, ok := b.at(body, start, len(mark)); ok {
			return d, true
		}
	}

	return delimiter{}, false
}

// opens reports whether the first delimiter of body begins a part.
func (b boundary) opens(body []byte) bool {
	d, ok := b.next(body, 0)

	return ok && !d.closing
}

// at checks what follows the boundary on its line: nothing, white space, or
// the two hyphens that close.
func (b boundary) at(body []byte, start, length int) (delimiter, bool) {
	pos := start + length
	d := delimiter{start: start}

	if bytes.HasPrefix(body[pos:], []byte("--")) {
		d.closing = true
		pos += 2
	}

	for pos < len(body) && (body[pos] == ' ' || body[pos] == '\t') {
		pos++
	}

	for b.loose && pos < len(body) && body[pos] != '\n' && body[pos] != '\r' {
		pos++
	}

	for pos < len(body) && body[pos] == '\r' {
		pos++
	}

	switch {
	case pos == len(body):
	case body[pos] == '\n':
		pos++
	case body[pos-1] == '\r': // a bare CR
	default:
		return delimiter{}, false
	}

	d.end = pos

	return d, true
}

// trimEOL takes away the line end that belongs to the delimiter after it.
func trimEOL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}

	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}

	return b
}

// guessBoundary finds the delimiter of a multipart whose header does not tell
// it: a line that starts with two hyphens before a line of a part's header.
func guessBoundary(body []byte) string {
	const (
		lines   = 200
		longest = 200
	)

	pos := 0

	for range lines {
		if pos >= len(body) {
			break
		}

		line, next := lineAt(body, pos)
		line = bytes.TrimRight(line, " \t")

		if len(line) > 2 && len(line) <= longest && bytes.HasPrefix(line, []byte("--")) {
			following, _ := lineAt(body, next)
			if len(following) > 8 && strings.EqualFold(string(following[:8]), "content-") && fieldColon(following) > 0 {
				return string(line[2:])
			}
		}

		pos = next
	}

	return ""
}

func looksHTML(body []byte) bool {
	const near = 512

	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), near)]))

	return bytes.HasPrefix(head, []byte("<html")) || bytes.HasPrefix(head, []byte("<!doctype html")) ||
		bytes.HasPrefix(head, []byte("<body"))
}

// classifier gives every leaf its role, in the order of the message.
type classifier struct {
	body bool // a body was seen
}

func (c *classifier) walk(p, parent *Part) {
	if len(p.Children) > 0 {
		for _, child := range p.Children {
			c.walk(child, p)
		}

		return
	}

	p.role = c.roleOf(p, parent)

	if p.role != roleBody {
		return
	}

	if len(p.Body) > 0 {
		c.body = true
	}

	if p.MediaType == "text/plain" && p.Encoding == "" {
		p.findFiles()
	}
}

func (c *classifier) roleOf(p, parent *Part) role {
	kind := ""
	if parent != nil {
		kind = parent.MediaType
	}

	switch {
	case p.IsMessage():
		return roleAttachment
	case readable(p.MediaType):
		return c.textRole(p, parent)
	case isSignature(p.MediaType) && kind == "multipart/signed",
		p.MediaType == "application/pgp-encrypted",
		p.MediaType == "application/applefile" && kind == "multipart/appledouble":
		return roleNone
	case kind == "multipart/alternative" && strings.HasPrefix(p.MediaType, "text/") && p.MediaType != "text/calendar":
		return roleNone // a form of the body that nobody asked for
	case kind == "multipart/related" && p.ContentID != "" && p.Disposition != "attachment":
		return roleEmbedded
	case len(p.Body) == 0 && p.Filename == "":
		return roleNone
	}

	return roleAttachment
}

// textRole tells bodies from text files: a file has a name, or says that it is
// attached. The first text of a message is its body even with a name.
func (c *classifier) textRole(p, parent *Part) role {
	switch {
	case p.Disposition == "attachment" && (p.Filename != "" || parent != nil):
		return roleAttachment
	case p.Filename != "" && c.body && parent.MediaType != "multipart/alternative":
		return roleAttachment
	}

	return roleBody
}

// readable media types are shown as text.
func readable(mediaType string) bool {
	switch mediaType {
	case "text/plain", "text/html", "text/enriched", "text/richtext", "text/rfc822-headers", "text/markdown",
		"message/delivery-status", "message/disposition-notification", "message/feedback-report":
		return true
	}

	return false
}

func isSignature(mediaType string) bool {
	switch mediaType {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return true
	}

	return false
}

// findFiles makes parts of the files that are uuencoded in a text.
func (p *Part) findFiles() {
	const most = 100

	for pos := 0; len(p.files) < most; {
		block, ok := findUU(p.Body, pos)
		if !ok {
			return
		}

		p.cuts = append(p.cuts, block)
		raw := p.Body[block.start:block.end]
		p.files = append(p.files, &Part{
			MediaType:   "application/octet-stream",
			Disposition: "attachment",
			Filename:    cleanFilename(decodeHeader(block.name, p.Charset)),
			Encoding:    "uuencode",
			Raw:         raw,
			Body:        raw,
			role:        roleAttachment,
		})
		pos = block.end
	}
}
