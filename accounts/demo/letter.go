package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// person is somebody who writes or is written to.
type person struct {
	name, address string
	// zone is where their clock stands.
	zone *time.Location
}

func (p person) domain() string { return p.address[strings.LastIndexByte(p.address, '@')+1:] }

// letter is a message before it is bytes. It is written here rather than by
// the program's own builder because the sample shall hold what other programs
// write: old charsets, undeclared headers, file names encoded the wrong way.
type letter struct {
	id         string // Message-ID without brackets
	inReplyTo  string
	references []string
	from       person
	to, cc     []person
	subject    string
	date       time.Time
	extra      [][2]string

	text, html string
	inline     []file
	files      []file
	calendar   string

	// charset is "" for UTF-8 or "windows-1256".
	charset string
	// bareHeaders writes the headers' bytes in that charset, undeclared.
	bareHeaders bool
	// oldNames writes file names as encoded words, which RFC 2231 replaced.
	oldNames bool
}

// file is an attachment or, with a cid, an image shown inside the text.
type file struct {
	name, mediaType, cid string
	data                 []byte
}

// node is an entity of the MIME tree.
type node struct {
	header   [][2]string
	body     []byte
	subtype  string // of a multipart
	children []node
}

func (l *letter) bytes() []byte {
	root := l.content()
	if len(l.files) > 0 {
		mixed := node{subtype: "mixed", children: []node{root}}
		for _, f := range l.files {
			mixed.children = append(mixed.children, l.fileNode(f, "attachment"))
		}
		root = mixed
	}
	var b bytes.Buffer
	l.writeHeaders(&b)
	root.write(&b, "=_"+strings.ReplaceAll(l.id[:strings.IndexByte(l.id, '@')], ".", "_"))
	return b.Bytes()
}

// content is the tree of what is read: text, HTML and the images within, and
// an invitation as one more alternative.
func (l *letter) content() node {
	var shapes []node
	if l.text != "" || l.html == "" {
		shapes = append(shapes, l.textNode("plain", l.text))
	}
	if l.html != "" {
		n := l.textNode("html", l.html)
		if len(l.inline) > 0 {
			n = node{subtype: "related", children: []node{n}}
			for _, f := range l.inline {
				n.children = append(n.children, l.fileNode(f, "inline"))
			}
		}
		shapes = append(shapes, n)
	}
	if l.calendar != "" {
		shapes = append(shapes, node{
			header: [][2]string{{"Content-Type", "text/calendar; charset=utf-8; method=REQUEST"}, {"Content-Transfer-Encoding", "base64"}},
			body:   base64Lines([]byte(l.calendar)),
		})
	}
	if len(shapes) == 1 {
		return shapes[0]
	}
	return node{subtype: "alternative", children: shapes}
}

func (l *letter) textNode(subtype, text string) node {
	charset, raw := "utf-8", []byte(text)
	if l.charset != "" {
		charset, raw = l.charset, toWindows1256(text)
	}
	encoding, body := transferEncode(raw)
	if encoding == "7bit" {
		charset = "us-ascii"
	}
	return node{
		header: [][2]string{
			{"Content-Type", fmt.Sprintf("text/%s; charset=%s", subtype, charset)},
			{"Content-Transfer-Encoding", encoding},
		},
		body: body,
	}
}

func (l *letter) fileNode(f file, disposition string) node {
	name := func(key string) string { return fileNameParameter(key, f.name) }
	if l.oldNames {
		name = func(key string) string { return fmt.Sprintf("%s=%q", key, mime.BEncoding.Encode("utf-8", f.name)) }
	}
	n := node{
		header: [][2]string{
			{"Content-Type", f.mediaType + ";\r\n " + name("name")},
			{"Content-Transfer-Encoding", "base64"},
			{"Content-Disposition", disposition + ";\r\n " + name("filename")},
		},
		body: base64Lines(f.data),
	}
	if f.cid != "" {
		n.header = append(n.header, [2]string{"Content-ID", "<" + f.cid + ">"})
	}
	return n
}

func (n *node) write(b *bytes.Buffer, boundary string) {
	if n.subtype != "" {
		n.header = [][2]string{{"Content-Type", fmt.Sprintf("multipart/%s;\r\n boundary=%q", n.subtype, boundary)}}
	}
	for _, h := range n.header {
		fmt.Fprintf(b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	for i := range n.children {
		fmt.Fprintf(b, "--%s\r\n", boundary)
		n.children[i].write(b, fmt.Sprintf("%s.%d", boundary, i))
	}
	if n.subtype != "" {
		fmt.Fprintf(b, "--%s--\r\n", boundary)
		return
	}
	b.Write(n.body)
	if !bytes.HasSuffix(n.body, []byte("\r\n")) {
		b.WriteString("\r\n")
	}
}

func (l *letter) writeHeaders(b *bytes.Buffer) {
	for _, h := range l.extra {
		fmt.Fprintf(b, "%s: %s\r\n", h[0], h[1])
	}
	zone := l.from.zone
	if zone == nil {
		zone = time.UTC
	}
	fmt.Fprintf(b, "Date: %s\r\n", l.date.In(zone).Format(time.RFC1123Z))
	fmt.Fprintf(b, "From: %s\r\n", l.addresses([]person{l.from}))
	if len(l.to) > 0 {
		fmt.Fprintf(b, "To: %s\r\n", l.addresses(l.to))
	}
	if len(l.cc) > 0 {
		fmt.Fprintf(b, "Cc: %s\r\n", l.addresses(l.cc))
	}
	fmt.Fprintf(b, "Message-ID: <%s>\r\n", l.id)
	if l.inReplyTo != "" {
		fmt.Fprintf(b, "In-Reply-To: <%s>\r\n", l.inReplyTo)
		fmt.Fprintf(b, "References: <%s>\r\n", strings.Join(l.references, ">\r\n <"))
	}
	fmt.Fprintf(b, "Subject: %s\r\n", l.words(l.subject))
	b.WriteString("MIME-Version: 1.0\r\n")
}

func (l *letter) addresses(people []person) string {
	var out []string
	for _, p := range people {
		name := l.words(p.name)
		if name == p.name && strings.ContainsAny(name, `.,()<>@"`) {
			name = `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
		}
		if name == "" {
			out = append(out, p.address)
			continue
		}
		out = append(out, fmt.Sprintf("%s <%s>", name, p.address))
	}
	return strings.Join(out, ",\r\n ")
}

// words encodes the text of a header (RFC 2047), folded between the words.
func (l *letter) words(s string) string {
	switch {
	case isASCII(s):
		return s
	case l.bareHeaders:
		return string(toWindows1256(s))
	case l.charset != "":
		return "=?" + l.charset + "?B?" + base64.StdEncoding.EncodeToString(toWindows1256(s)) + "?="
	}
	return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", s), "?= =?", "?=\r\n =?")
}

// fileNameParameter writes key="name", or its RFC 2231 form, continued over
// lines, when the name is not ASCII.
func fileNameParameter(key, name string) string {
	if isASCII(name) {
		return fmt.Sprintf("%s=%q", key, name)
	}
	escaped := strings.ReplaceAll(url.PathEscape(name), "'", "%27")
	const room = 60
	if len(escaped) <= room {
		return key + "*=utf-8''" + escaped
	}
	var out []string
	for i := 0; escaped != ""; i++ {
		n := min(room, len(escaped))
		// A cut inside %XX would leave neither half readable.
		if at := strings.LastIndexByte(escaped[:n], '%'); at > n-3 && n < len(escaped) {
			n = at
		}
		charset := ""
		if i == 0 {
			charset = "utf-8''"
		}
		out = append(out, fmt.Sprintf("%s*%d*=%s%s", key, i, charset, escaped[:n]))
		escaped = escaped[n:]
	}
	return strings.Join(out, ";\r\n ")
}

// transferEncode picks what a sensible program would: 7bit for short ASCII
// lines, quoted-printable while that stays readable, else base64.
func transferEncode(raw []byte) (encoding string, body []byte) {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	high, longest := 0, 0
	for line := range bytes.Lines(raw) {
		longest = max(longest, len(line))
	}
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			high++
		}
	}
	crlf := bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
	switch {
	case high == 0 && longest < 900:
		return "7bit", crlf
	case high*4 > len(raw):
		return "base64", base64Lines(crlf)
	}
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	// Writes to a bytes.Buffer do not fail.
	w.Write(crlf)
	w.Close()
	return "quoted-printable", b.Bytes()
}

func base64Lines(data []byte) []byte {
	s := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	b.WriteString(s + "\r\n")
	return b.Bytes()
}

// toWindows1256 writes Persian as programs of that charset did: it has no
// Persian yeh and no Persian digits.
func toWindows1256(s string) []byte {
	var out []byte
	for _, r := range s {
		switch {
		case r == 'ی':
			r = 'ي'
		case r >= '۰' && r <= '۹':
			r = r - '۰' + '0'
		case r == 'ٔ':
			continue
		}
		if c, ok := charmap.Windows1256.EncodeRune(r); ok {
			out = append(out, c)
		} else {
			out = append(out, '?')
		}
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
